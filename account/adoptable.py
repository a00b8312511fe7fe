"""What is in an account already, and may be taken over by a stack."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from account.aws_faults import AwsFault
from account.session import AwsSession

ANYWHERE: Final = "0.0.0.0/0"
FARGATE: Final = "FARGATE"
MISSING: Final = frozenset(
    {
        "ClusterNotFoundException",
        "LoadBalancerNotFound",
        "LoadBalancerNotFoundException",
        "RepositoryNotFoundException",
        "ServiceNotFoundException",
    }
)


@dataclass(frozen=True, kw_only=True)
class ListenerRule:
    """A rule of a listener; the smallest priority is asked first."""

    arn: str
    priority: int
    target_group_arns: frozenset[str]
    """Those it forwards to."""


@dataclass(frozen=True, kw_only=True)
class LoadBalancer:
    """An application load balancer."""

    arn: str
    name: str
    vpc_id: str
    security_group_ids: Sequence[str]
    listeners: Mapping[int, str]
    """Port -> ARN."""
    open_ports: Mapping[int, str]
    """TCP port that the first security group opens to everybody -> id of the security group's rule."""
    rules: Sequence[ListenerRule]
    """Those of its listeners, but for their default ones."""

    def rules_of(self, target_groups: Iterable[str]) -> list[ListenerRule]:
        """The rules that forward to these groups, and to nothing else."""
        groups = frozenset(target_groups)
        return [rule for rule in self.rules if rule.target_group_arns and rule.target_group_arns <= groups]

    def shared_rules_of(self, target_groups: Iterable[str]) -> list[ListenerRule]:
        """The rules that forward to these groups, and to others too."""
        groups = frozenset(target_groups)
        return [rule for rule in self.rules if rule.target_group_arns & groups and rule.target_group_arns - groups]


@dataclass(frozen=True, kw_only=True)
class Service:
    """An ECS service."""

    name: str
    cluster: str
    target_group_arns: Sequence[str]
    load_balancer: str
    """Name of the load balancer that its first target group belongs to; empty without one."""
    subnet_ids: Sequence[str]
    obstacles: Sequence[str]
    """Why it cannot be a service of ours without being made anew."""


class NotThereError(Exception):
    """There is nothing of that name; the message says what there is."""


def cluster(session: AwsSession, name: str) -> str:
    """The name of the ECS cluster, which is there. Raises `NotThereError`."""
    found = session.call("ecs", "describe_clusters", clusters=[name])["clusters"]
    if not any(one["status"] == "ACTIVE" for one in found):
        there = session.call("ecs", "list_clusters")["clusterArns"]
        raise NotThereError(_not_there("ECS cluster", name, [arn.rpartition("/")[2] for arn in there]))
    return name


def repository(session: AwsSession, name: str) -> str:
    """The name of the ECR repository, which is there. Raises `NotThereError`."""
    found = session.call("ecr", "describe_repositories")["repositories"]
    names = [one["repositoryName"] for one in found]
    if name not in names:
        raise NotThereError(_not_there("ECR repository", name, names))
    return name


def log_group(session: AwsSession, name: str) -> str | None:
    """The name of the log group, where it is there."""
    found = session.call("logs", "describe_log_groups", logGroupNamePrefix=name)["logGroups"]
    return name if any(one["logGroupName"] == name for one in found) else None


def service(session: AwsSession, cluster_name: str, name: str) -> Service:
    """The ECS service. Raises `NotThereError`."""
    found = _describe_service(session, cluster_name, name)
    groups = [one["targetGroupArn"] for one in found.get("loadBalancers", []) if "targetGroupArn" in one]
    described = (
        session.call("elbv2", "describe_target_groups", TargetGroupArns=groups)["TargetGroups"] if groups else []
    )
    balancers = [arn for group in described for arn in group["LoadBalancerArns"]]
    network = found.get("networkConfiguration", {}).get("awsvpcConfiguration", {})
    return Service(
        name=name,
        cluster=cluster_name,
        target_group_arns=groups,
        load_balancer=balancers[0].split("/")[-2] if balancers else "",
        subnet_ids=network.get("subnets", []),
        obstacles=tuple(_obstacles(found, described)),
    )


def _describe_service(session: AwsSession, cluster_name: str, name: str) -> dict[str, Any]:
    answer = session.call("ecs", "describe_services", cluster=cluster_name, services=[name])
    found = [one for one in answer["services"] if one["status"] == "ACTIVE"]
    if not found:
        arns = session.call("ecs", "list_services", cluster=cluster_name)["serviceArns"]
        there = [arn.rpartition("/")[2] for arn in arns]
        raise NotThereError(_not_there(f"ECS service in cluster {cluster_name}", name, there))
    described: dict[str, Any] = found[0]
    return described


def _obstacles(found: Mapping[str, Any], groups: Sequence[Mapping[str, Any]]) -> list[str]:
    """What AWS lets nobody change in a service that is there (AWS: "UpdateService", ECS API reference): documented."""
    said = []
    launch = found.get("launchType", "")
    if launch and launch != FARGATE:
        said.append(f"its launch type is {launch}, and Slipway runs Fargate")
    controller = found.get("deploymentController", {}).get("type", "ECS")
    if controller != "ECS":
        said.append(f"its deployment controller is {controller}, and Slipway's is ECS")
    if found.get("schedulingStrategy", "REPLICA") != "REPLICA":
        said.append(f"its scheduling strategy is {found['schedulingStrategy']}, and Slipway's is REPLICA")
    said += [
        f"its target group {group['TargetGroupName']} has targets of type {group['TargetType']}, Fargate's are ip"
        for group in groups
        if group["TargetType"] != "ip"
    ]
    ways_in = len(found.get("loadBalancers", []))
    if ways_in > 1:
        said.append(f"it has {ways_in} target groups, and Slipway's services have one pair")
    return said


def load_balancer(session: AwsSession, name: str) -> LoadBalancer:
    """The application load balancer. Raises `NotThereError`."""
    try:
        found = session.call("elbv2", "describe_load_balancers", Names=[name])["LoadBalancers"]
    except AwsFault as fault:
        if fault.code not in MISSING:
            raise
        there = session.call("elbv2", "describe_load_balancers")["LoadBalancers"]
        names = [one["LoadBalancerName"] for one in there]
        raise NotThereError(_not_there("load balancer", name, names)) from fault
    one = found[0]
    if one["Type"] != "application":
        raise NotThereError(f"load balancer {name} is of type {one['Type']}, and Slipway's is an application one")
    listeners = session.call("elbv2", "describe_listeners", LoadBalancerArn=one["LoadBalancerArn"])["Listeners"]
    groups = one.get("SecurityGroups", [])
    return LoadBalancer(
        arn=one["LoadBalancerArn"],
        name=name,
        vpc_id=one["VpcId"],
        security_group_ids=groups,
        listeners={listener["Port"]: listener["ListenerArn"] for listener in listeners},
        open_ports=_open_ports(session, groups[0]) if groups else {},
        rules=_rules(session, [listener["ListenerArn"] for listener in listeners]),
    )


def _open_ports(session: AwsSession, group: str) -> dict[int, str]:
    asked = [{"Name": "group-id", "Values": [group]}]
    found = session.call("ec2", "describe_security_group_rules", Filters=asked)["SecurityGroupRules"]
    return {
        one["FromPort"]: one["SecurityGroupRuleId"]
        for one in found
        if not one["IsEgress"] and one.get("CidrIpv4") == ANYWHERE and one.get("FromPort") == one.get("ToPort")
    }


def _rules(session: AwsSession, listeners: Sequence[str]) -> list[ListenerRule]:
    """The rules of the listeners, but for their default ones."""
    asked = (session.call("elbv2", "describe_rules", ListenerArn=listener)["Rules"] for listener in listeners)
    return [
        ListenerRule(
            arn=rule["RuleArn"], priority=int(rule["Priority"]), target_group_arns=frozenset(_forwards_to(rule))
        )
        for rules in asked
        for rule in rules
        if not rule["IsDefault"]
    ]


def _forwards_to(rule: Mapping[str, Any]) -> list[str]:
    groups = []
    for action in rule["Actions"]:
        groups += [one["TargetGroupArn"] for one in action.get("ForwardConfig", {}).get("TargetGroups", [])]
        groups += [action["TargetGroupArn"]] if "TargetGroupArn" in action else []
    return groups


def _not_there(what: str, name: str, there: Sequence[str]) -> str:
    known = ", ".join(sorted(there)) or "none"
    return f"there is no {what} {name!r}; there are: {known}"
