"""What is in an account, and why it may not be a service of ours."""

from __future__ import annotations

from typing import Any

import pytest

from account import adoptable
from account.aws_faults import AwsFault

GROUP = "arn:aws:elasticloadbalancing:eu-west-1:111111111111:targetgroup/it/1"
BALANCER = "arn:aws:elasticloadbalancing:eu-west-1:111111111111:loadbalancer/app/legacy-alb/2"
SERVICE: dict[str, Any] = {
    "serviceName": "it",
    "status": "ACTIVE",
    "launchType": "FARGATE",
    "schedulingStrategy": "REPLICA",
    "deploymentController": {"type": "ECS"},
    "loadBalancers": [{"targetGroupArn": GROUP}],
    "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-1"]}},
}


class Answers:
    """A session that answers from a table."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers

    def call(self, _service: str, operation: str, /, **_params: object) -> Any:
        answer = self.answers[operation]
        if isinstance(answer, Exception):
            raise answer
        return answer


def session(target_type: str = "ip", **changed: Any) -> Any:
    group = {"TargetGroupName": "it", "TargetType": target_type, "LoadBalancerArns": [BALANCER]}
    return Answers(
        describe_services={"services": [{**SERVICE, **changed}]},
        describe_target_groups={"TargetGroups": [group]},
        list_services={"serviceArns": ["arn:aws:ecs:eu-west-1:111111111111:service/legacy/other"]},
    )


def test_a_service_is_found_with_its_load_balancer() -> None:
    found = adoptable.service(session(), "legacy", "it")
    assert (found.load_balancer, found.target_group_arns, found.obstacles) == ("legacy-alb", [GROUP], ())


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"launchType": "EC2"}, "launch type is EC2"),
        ({"deploymentController": {"type": "CODE_DEPLOY"}}, "deployment controller is CODE_DEPLOY"),
        ({"schedulingStrategy": "DAEMON"}, "scheduling strategy is DAEMON"),
        ({"loadBalancers": [{"targetGroupArn": GROUP}, {"targetGroupArn": "other"}]}, "2 target groups"),
        ({"target_type": "instance"}, "targets of type instance"),
    ],
)
def test_what_aws_lets_nobody_change_in_a_service_stands_in_the_way(changed: dict[str, Any], said: str) -> None:
    assert said in " ".join(adoptable.service(session(**changed), "legacy", "it").obstacles)


def test_a_service_that_is_gone_is_not_there_and_what_is_there_is_said() -> None:
    with pytest.raises(adoptable.NotThereError, match="there are: other"):
        adoptable.service(session(status="INACTIVE"), "legacy", "it")


def test_a_cluster_that_is_not_active_is_not_there() -> None:
    gone: Any = Answers(describe_clusters={"clusters": [{"status": "INACTIVE"}]}, list_clusters={"clusterArns": []})
    with pytest.raises(adoptable.NotThereError, match="there are: none"):
        adoptable.cluster(gone, "legacy")


def balancer(kind: str = "application") -> Any:
    def rule(number: int, **action: Any) -> dict[str, Any]:
        return {"Priority": str(number), "RuleArn": f"rule-{number}", "IsDefault": False, "Actions": [action]}

    found = {"LoadBalancerArn": BALANCER, "VpcId": "vpc-1", "Type": kind, "SecurityGroups": ["sg-1", "sg-2"]}
    way_in = {"IsEgress": False, "CidrIpv4": "0.0.0.0/0", "FromPort": 80, "ToPort": 80, "SecurityGroupRuleId": "sgr-1"}
    return Answers(
        describe_load_balancers={"LoadBalancers": [found]},
        describe_listeners={"Listeners": [{"Port": 80, "ListenerArn": "listener"}]},
        describe_security_group_rules={
            "SecurityGroupRules": [way_in, {**way_in, "CidrIpv4": "10.0.0.0/8", "FromPort": 81, "ToPort": 81}]
        },
        describe_rules={
            "Rules": [
                rule(9, TargetGroupArn=GROUP),
                rule(5, ForwardConfig={"TargetGroups": [{"TargetGroupArn": GROUP}]}),
                rule(7, ForwardConfig={"TargetGroups": [{"TargetGroupArn": GROUP}, {"TargetGroupArn": "other"}]}),
                {**rule(0, TargetGroupArn=GROUP), "IsDefault": True, "Priority": "default"},
            ]
        },
    )


def test_of_a_load_balancer_its_listeners_open_ports_and_rules_are_told() -> None:
    found = adoptable.load_balancer(balancer(), "legacy-alb")
    assert found.listeners == {80: "listener"}
    assert found.open_ports == {80: "sgr-1"}
    assert [rule.priority for rule in found.rules] == [9, 5, 7], "and not the default one"


def test_rules_of_a_service_alone_are_told_apart_from_those_it_shares() -> None:
    found = adoptable.load_balancer(balancer(), "legacy-alb")
    assert [rule.arn for rule in found.rules_of([GROUP])] == ["rule-9", "rule-5"]
    assert [rule.arn for rule in found.shared_rules_of([GROUP])] == ["rule-7"]
    assert found.rules_of(["other"]) == []


def test_a_network_load_balancer_is_none_of_ours() -> None:
    with pytest.raises(adoptable.NotThereError, match="type network"):
        adoptable.load_balancer(balancer("network"), "legacy-alb")


def test_a_fault_that_is_not_about_its_absence_stays_a_fault() -> None:
    denied: Any = Answers(describe_load_balancers=AwsFault("denied", code="AccessDenied"))
    with pytest.raises(AwsFault, match="denied"):
        adoptable.load_balancer(denied, "legacy-alb")
