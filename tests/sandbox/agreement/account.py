"""A scenario in the sandbox, made, driven and looked at by boto3 alone."""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from typing import TYPE_CHECKING, Any

from tests.sandbox.agreement.scenario import ALARM_SPAN
from tests.sandbox.agreement.view import View
from tests.sandbox.conftest import session

if TYPE_CHECKING:
    from sandbox.lifecycle import Sandbox
    from tests.sandbox.agreement.scenario import Scenario

CLUSTER = "agreement"
_TRUST = (
    '{"Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, '
    '"Action": "sts:AssumeRole"}]}'
)


class Account:
    """The account with a network, a load balancer and a cluster."""

    def __init__(self, box: Sandbox) -> None:
        self.box = box
        signed = session(box)
        names = ("ec2", "elbv2", "ecs", "ecr", "cloudwatch", "iam", "lambda")
        self.clients: dict[str, Any] = {name: signed.client(name, endpoint_url=box.endpoint) for name in names}
        ec2, elb = self.clients["ec2"], self.clients["elbv2"]
        self.vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.subnets = [
            ec2.create_subnet(VpcId=self.vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"eu-west-1{zone}")[
                "Subnet"
            ]["SubnetId"]
            for n, zone in enumerate("ab")
        ]
        self.group = ec2.create_security_group(VpcId=self.vpc, GroupName="tasks", Description="tasks")["GroupId"]
        balancer = elb.create_load_balancer(Name="lb", Scheme="internal", Subnets=self.subnets)["LoadBalancers"][0][
            "LoadBalancerArn"
        ]
        fixed = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}]
        self.listener = elb.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=fixed)[
            "Listeners"
        ][0]["ListenerArn"]
        self.role = self.clients["iam"].create_role(RoleName="execution", AssumeRolePolicyDocument=_TRUST)["Role"][
            "Arn"
        ]
        self.clients["ecs"].create_cluster(clusterName=CLUSTER)
        self.clients["ecr"].create_repository(repositoryName="app")
        self.rules = 0
        trust = _TRUST.replace("ecs-tasks", "ecs")
        made = self.clients["iam"].create_role(RoleName="balancing", AssumeRolePolicyDocument=trust)
        self.balancing_role = made["Role"]["Arn"]
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as archive:
            archive.writestr("main.py", "def handler(event, context): ...")
        self.failing_function = self.clients["lambda"].create_function(
            FunctionName="failing",
            Runtime="python3.12",
            Role=self.role,
            Handler="main.handler",
            Code={"ZipFile": code.getvalue()},
            Tags={"slipway.sandbox.hook": "FAILED"},
        )["FunctionArn"]

    def target_group(self, scenario: Scenario, name: str) -> str:
        """A target group; its ARN."""
        elb = self.clients["elbv2"]
        arn = elb.create_target_group(
            Name=name, Protocol="HTTP", Port=8080, VpcId=self.vpc, TargetType="ip", **scenario.target_group()
        )["TargetGroups"][0]["TargetGroupArn"]
        delay = {"Key": "deregistration_delay.timeout_seconds", "Value": str((scenario.target or {})["delay"])}
        elb.modify_target_group_attributes(TargetGroupArn=arn, Attributes=[delay])
        return str(arn)

    def rule(self, name: str, groups: list[str]) -> str:
        """A listener rule that sends all to the first of the groups; its ARN."""
        self.rules += 1
        weights = [{"TargetGroupArn": group, "Weight": 100 * (group == groups[0])} for group in groups]
        made = self.clients["elbv2"].create_rule(
            ListenerArn=self.listener,
            Priority=self.rules,
            Conditions=[{"Field": "path-pattern", "Values": [f"/{name}/*"]}],
            Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": weights}}],
        )
        return str(made["Rules"][0]["RuleArn"])


class Deployed:
    """The service of a scenario. Revisions are called ``1``, ``2`` and so on, in the order of their registration."""

    def __init__(self, account: Account, scenario: Scenario, name: str) -> None:
        self.account = account
        self.scenario = scenario
        self.name = name
        self.sizes: dict[str, int] = {}
        self.digests: dict[str, str] = {}
        """Of each revision's image; of one that was never pushed, one that nothing has."""
        self._revisions: dict[str, str] = {}
        self._stopped: set[str] = set()
        self._revision_of_task: dict[str, str] = {}
        self._revision_of_group: dict[str, str] = {}
        ecs = account.clients["ecs"]
        names = ([name, f"{name}-b"] if scenario.shifting else [name]) if scenario.target else []
        self.groups = [account.target_group(scenario, one) for one in names]
        self.rule = account.rule(name, self.groups) if self.groups else ""
        if scenario.alarm:
            self._make_alarm()
        network = {"subnets": account.subnets, "securityGroups": [account.group]}
        created = ecs.create_service(
            cluster=CLUSTER,
            serviceName=name,
            taskDefinition=self._register(""),
            desiredCount=scenario.desired,
            launchType="FARGATE",
            networkConfiguration={"awsvpcConfiguration": network},
            deploymentConfiguration=scenario.deployment_configuration(name),
            **self._balanced(),
        )
        self.created_at = created["service"]["createdAt"]

    def _balanced(self) -> dict[str, Any]:
        if not self.groups:
            return {}
        balancer: dict[str, Any] = {
            "targetGroupArn": self.groups[0],
            "containerName": "app",
            "containerPort": 8080,
        }
        if self.scenario.shifting:
            balancer["advancedConfiguration"] = {
                "alternateTargetGroupArn": self.groups[1],
                "productionListenerRule": self.rule,
                "roleArn": self.account.balancing_role,
            }
        return {"loadBalancers": [balancer], "healthCheckGracePeriodSeconds": self.scenario.grace}

    def deploy(self, behave: str) -> None:
        """Release an image that behaves so."""
        halt, halted = self.scenario.halt, {}
        if halt:
            hook = halt.lifecycle_hook(self.account.failing_function, self.account.balancing_role)
            configuration = self.scenario.deployment_configuration(self.name) | {"lifecycleHooks": [hook]}
            halted = {"deploymentConfiguration": configuration}
        self.account.clients["ecs"].update_service(
            cluster=CLUSTER, service=self.name, taskDefinition=self._register(behave), **halted
        )

    def raise_alarm(self) -> None:
        """Let the service's alarm go into ALARM."""
        self.account.clients["cloudwatch"].set_alarm_state(
            AlarmName=self.name, StateValue="ALARM", StateReason="the test says so"
        )

    def scale(self, count: int) -> None:
        """Want another number of tasks."""
        self.account.clients["ecs"].update_service(cluster=CLUSTER, service=self.name, desiredCount=count)

    def stop_deployment(self) -> None:
        """Stop the deployment in progress."""
        ecs = self.account.clients["ecs"]
        arn = self.service()["currentServiceDeployment"]
        ecs.stop_service_deployment(serviceDeploymentArn=arn, stopType="ROLLBACK")

    def continue_deployment(self, action: str) -> None:
        """Let the paused deployment go on, or back."""
        ecs = self.account.clients["ecs"]
        arn = self.service()["currentServiceDeployment"]
        (entry,) = ecs.describe_service_deployments(serviceDeploymentArns=[arn])["serviceDeployments"]
        (hook,) = [one["hookId"] for one in entry["lifecycleHookDetails"] if one["status"] == "AWAITING_ACTION"]
        ecs.continue_service_deployment(serviceDeploymentArn=arn, hookId=hook, action=action)

    def stop_first_task(self) -> None:
        """Stop the task that the service started first."""
        first = next(event["message"] for event in reversed(self.service()["events"]) if "started" in event["message"])
        task = first.split("(task ")[1].split(")")[0]
        self.account.clients["ecs"].stop_task(cluster=CLUSTER, task=task)

    def service(self) -> dict[str, Any]:
        """What DescribeServices says."""
        answer = self.account.clients["ecs"].describe_services(cluster=CLUSTER, services=[self.name])
        found: dict[str, Any] = answer["services"][0]
        return found

    def ends(self) -> list[tuple[str, float | None]]:
        """(status, seconds of the service's life at which it finished) of each service deployment, oldest first."""
        answer = self.account.clients["ecs"].list_service_deployments(cluster=CLUSTER, service=self.name)
        return [
            (
                one["status"],
                round((one["finishedAt"] - self.created_at).total_seconds(), 1) if "finishedAt" in one else None,
            )
            for one in reversed(answer["serviceDeployments"])
        ]

    def look(self) -> View:
        """What a client sees now."""
        return View(
            Counter(
                (
                    self._revisions[task["taskDefinitionArn"]],
                    task["desiredStatus"],
                    task["lastStatus"],
                    task["healthStatus"],
                )
                for task in self._tasks()
            ),
            Counter(self._targets()),
            tuple(
                (self._revisions[one["taskDefinition"]], one["status"], one["rolloutState"])
                for one in self.service()["deployments"]
            ),
            self._shares(),
            self._stage(),
        )

    def _tasks(self) -> list[dict[str, Any]]:
        """All that have not stopped: wanted ones, and others, which may have been told to stop when they began."""
        ecs = self.account.clients["ecs"]
        pages = ecs.get_paginator("list_tasks")
        arns = [
            arn
            for desired in ("RUNNING", "STOPPED")
            for page in pages.paginate(cluster=CLUSTER, serviceName=self.name, desiredStatus=desired)
            for arn in page["taskArns"]
            if arn not in self._stopped
        ]
        tasks = ecs.describe_tasks(cluster=CLUSTER, tasks=arns)["tasks"] if arns else []
        for task in tasks:
            for address in (d["value"] for a in task["attachments"] for d in a["details"] if "IPv4" in d["name"]):
                self._revision_of_task[address] = self._revisions[task["taskDefinitionArn"]]
        self._stopped |= {task["taskArn"] for task in tasks if task["lastStatus"] == "STOPPED"}
        return [task for task in tasks if task["lastStatus"] != "STOPPED"]

    def _targets(self) -> list[tuple[str, str]]:
        """(revision, state) of each target; a group belongs to the revision whose tasks came into it last."""
        elb, found = self.account.clients["elbv2"], []
        for group in self.groups:
            for one in elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]:
                revision = self._revision_of_task[one["Target"]["Id"]]
                found.append((revision, one["TargetHealth"]["State"]))
                if one["TargetHealth"]["State"] != "draining":
                    self._revision_of_group[group] = revision
        return found

    def _shares(self) -> tuple[tuple[str, float], ...]:
        if not self.scenario.shifting:
            return ()
        rule = self.account.clients["elbv2"].describe_rules(RuleArns=[self.rule])["Rules"][0]
        weights = {
            one["TargetGroupArn"]: one["Weight"]
            for one in rule["Actions"][0]["ForwardConfig"]["TargetGroups"]
            if one["Weight"]
        }
        whole = sum(weights.values())
        return tuple(
            sorted(
                (self._revision_of_group[group], round(100 * weight / whole, 1)) for group, weight in weights.items()
            )
        )

    def _stage(self) -> str:
        """Of the newest service deployment, while it is under way."""
        ecs = self.account.clients["ecs"]
        newest = ecs.list_service_deployments(cluster=CLUSTER, service=self.name)["serviceDeployments"][0]
        arn = newest["serviceDeploymentArn"]
        (entry,) = ecs.describe_service_deployments(serviceDeploymentArns=[arn])["serviceDeployments"]
        return str(entry.get("lifecycleStage", "")) if entry["status"] == "IN_PROGRESS" else ""

    def _register(self, behave: str) -> str:
        number, box = str(len(self._revisions) + 1), self.account.box
        tag = f"{self.name}-{number}"
        self.digests[number] = "sha256:" + "0" * 64
        self.sizes[number] = 0 if behave == "missing" else self._push(number, tag, behave)
        container = {
            "name": "app",
            "image": f"127.0.0.1:{box.port}/111111111111/eu-west-1/app:{tag}",
            **self.scenario.container_definition(),
        }
        arn = self.account.clients["ecs"].register_task_definition(
            family=self.name,
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="256",
            memory="512",
            executionRoleArn=self.account.role,
            containerDefinitions=[container],
        )["taskDefinition"]["taskDefinitionArn"]
        self._revisions[arn] = number
        return str(arn)

    def _push(self, number: str, tag: str, behave: str) -> int:
        """The size of the image that behaves so, in bytes."""
        digest = self.account.box.image("app", tag, behaviour=behave)["digest"]
        self.digests[number] = str(digest)
        found = self.account.clients["ecr"].describe_images(repositoryName="app", imageIds=[{"imageDigest": digest}])
        return int(found["imageDetails"][0]["imageSizeInBytes"])

    def _make_alarm(self) -> None:
        self.account.clients["cloudwatch"].put_metric_alarm(
            AlarmName=self.name,
            Namespace="agreement",
            MetricName="errors",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=ALARM_SPAN // 60,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="ignore",  # stays in the state that the test sets
        )
