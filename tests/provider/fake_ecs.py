"""A service on ECS that answers as AWS does: every answer is checked against botocore's model of the API."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore.validate import ParamValidator

from account.aws_faults import AwsFault
from provider.verdict import Release

if TYPE_CHECKING:
    from collections.abc import Callable


PREFIX = "arn:aws:ecs:eu-west-1:111111111111"
ALTERNATE = "arn:aws:elasticloadbalancing:eu-west-1:111111111111:targetgroup/auth-b/0123456789abcdef"
GROUP = "arn:aws:elasticloadbalancing:eu-west-1:111111111111:targetgroup/auth/0123456789abcdef"
RULE = "arn:aws:elasticloadbalancing:eu-west-1:111111111111:listener-rule/app/alb/0123456789abcdef/1/2"
START = datetime(2026, 1, 1, tzinfo=UTC)
DIGESTS = {1: "sha256:" + "1" * 64, 2: "sha256:" + "2" * 64, 3: "sha256:" + "3" * 64}


def task_definition(revision: int) -> str:
    return f"{PREFIX}:task-definition/auth-service:{revision}"


def release(revision: int, version: str = "") -> Release:
    return Release(
        service="auth-service",
        version=version or f"1.{revision - 1}.0",
        task_definition=task_definition(revision),
        digest=DIGESTS[revision],
        target_groups=(GROUP,),
    )


@cache
def model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


def checked(service: str, operation: str, params: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    name = "".join(part.capitalize() for part in operation.split("_"))
    shapes = model(service).operation_model(name)
    for what, value, shape in (("input", params, shapes.input_shape), ("output", answer, shapes.output_shape)):
        report = ParamValidator().validate(value, shape)
        assert not report.has_errors(), f"{what} of {name}: {report.generate_report()}"
        strangers = set(value) - set(shape.members)
        assert not strangers, f"{what} of {name} knows no {strangers}"
    return answer


@dataclass
class FakeEcs:
    """The session's `call`, over plain state that a test sets up."""

    desired: int = 2
    current: int = 1
    rollout_state: str = "COMPLETED"
    draining: bool = False
    status: str = "ACTIVE"
    history: list[dict[str, Any]] = field(default_factory=list)
    tasks: list[dict[str, Any]] = field(default_factory=list)
    targets: list[tuple[str, str]] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    alarm_reason: str = ""
    calls: list[str] = field(default_factory=list)
    at_call: dict[int, Callable[[], None]] = field(default_factory=dict)
    """What happens in AWS just before the call of that number."""
    faults: dict[str, AwsFault] = field(default_factory=dict)
    stops: list[tuple[str, str]] = field(default_factory=list)
    continued: list[tuple[str, str, str]] = field(default_factory=list)
    """Deployments that somebody stopped, and how."""
    page: int = 100
    load_balanced: bool = False
    alternate: bool = False
    """Whether the load balancer shifts traffic between two target groups, and the targets are in the second one."""
    weights: dict[str, int] = field(default_factory=dict)
    """Of the listener rule, by target group; empty where none is known."""
    rule: str = "forwards"
    """What becomes of requests at the production rule: `forwards`, `redirects`; or `gone`, where there is none."""

    def deploy(self, revision: int, status: str = "SUCCESSFUL", **more: Any) -> None:
        number = len(self.history) + 1
        self.history.append(
            {
                "serviceDeploymentArn": f"{PREFIX}:service-deployment/microservices-cluster/auth-service/{number:03}",
                "targetServiceRevision": {"arn": f"{PREFIX}:service-revision/microservices-cluster/x/{revision}"},
                "createdAt": START + timedelta(minutes=number),
                "status": status,
                **more,
            }
        )

    def run(self, revision: int, count: int = 2, health: str = "healthy", digest: str = "") -> None:
        for _ in range(count):
            number = len(self.tasks) + 1
            self.tasks.append(
                {
                    "taskArn": f"{PREFIX}:task/microservices-cluster/{number:032}",
                    "taskDefinitionArn": task_definition(revision),
                    "lastStatus": "RUNNING",
                    "attachments": [{"details": [{"name": "privateIPv4Address", "value": f"10.0.0.{number}"}]}],
                    "containers": [
                        {
                            "name": "auth-service",
                            "image": f"registry/auth-service@{digest or DIGESTS[revision]}",
                            "imageDigest": digest or DIGESTS[revision],
                        }
                    ],
                }
            )
            self.targets.append((f"10.0.0.{number}", health))

    def stop(self, revision: int, why: str, /, minute: float = 1, **container: Any) -> None:
        number = len(self.tasks) + 1
        self.tasks.append(
            {
                "taskArn": f"{PREFIX}:task/microservices-cluster/{number:032}",
                "taskDefinitionArn": task_definition(revision),
                "lastStatus": "STOPPED",
                "stoppedReason": why,
                "stoppedAt": START + timedelta(minutes=minute),
                "containers": [{"name": "auth-service", **container}],
            }
        )

    def call(self, service: str, operation: str, /, **params: Any) -> dict[str, Any]:
        self.calls.append(operation)
        self.at_call.pop(len(self.calls), lambda: None)()
        if operation in self.faults:
            raise self.faults[operation]
        return checked(service, operation, params, getattr(self, f"_{operation}")(params))

    def _describe_services(self, _params: dict[str, Any]) -> dict[str, Any]:
        if self.status == "MISSING":
            return {"services": [], "failures": [{"arn": "x", "reason": "MISSING"}]}
        running = sum(task["lastStatus"] == "RUNNING" for task in self.tasks)
        deployments = [
            {"status": "PRIMARY", "taskDefinition": task_definition(self.current), "rolloutState": self.rollout_state}
        ]
        if self.draining:
            deployments.append({"status": "ACTIVE", "taskDefinition": task_definition(1)})
        service = {
            "serviceName": "auth-service",
            "status": self.status,
            "desiredCount": self.desired,
            "runningCount": running,
            "taskDefinition": task_definition(self.current),
            "deployments": deployments,
            "loadBalancers": self._load_balancers(),
            "healthCheckGracePeriodSeconds": 30,
            "events": [{"message": message} for message in self.events],
        }
        return {"services": [service], "failures": []}

    def _describe_rules(self, _params: dict[str, Any]) -> dict[str, Any]:
        if self.rule == "gone":
            raise AwsFault("elbv2 DescribeRules: one or more rules not found", code="RuleNotFound", passing=False)
        if self.rule == "redirects":
            return {"Rules": [{"RuleArn": RULE, "Actions": [{"Type": "redirect"}]}]}
        groups = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in self.weights.items()]
        action = {"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}
        return {"Rules": [{"RuleArn": RULE, "Actions": [action]}]}

    def _load_balancers(self) -> list[dict[str, Any]]:
        pair = {"alternateTargetGroupArn": ALTERNATE} | ({"productionListenerRule": RULE} if self.weights else {})
        advanced = {"advancedConfiguration": pair} if self.alternate else {}
        balancer = {"targetGroupArn": GROUP, "containerPort": 8080, **advanced}
        return [balancer] if self.load_balanced or self.alternate else []

    def _list_service_deployments(self, params: dict[str, Any]) -> dict[str, Any]:
        start = int(params.get("nextToken", "0"))
        briefs = [
            {key: one[key] for key in ("serviceDeploymentArn", "createdAt", "status")}
            | {"targetServiceRevisionArn": one["targetServiceRevision"]["arn"]}
            for one in self.history[start : start + self.page]
            if one["status"] in params.get("status", [one["status"]])
        ]
        more = {"nextToken": str(start + self.page)} if start + self.page < len(self.history) else {}
        return {"serviceDeployments": briefs, **more}

    def _describe_service_deployments(self, params: dict[str, Any]) -> dict[str, Any]:
        wanted = params["serviceDeploymentArns"]
        return {"serviceDeployments": [one for one in self.history if one["serviceDeploymentArn"] in wanted]}

    def _describe_service_revisions(self, params: dict[str, Any]) -> dict[str, Any]:
        assert len(params["serviceRevisionArns"]) <= 20
        return {
            "serviceRevisions": [
                {"serviceRevisionArn": arn, "taskDefinition": task_definition(int(arn.rsplit("/", 1)[-1]))}
                for arn in params["serviceRevisionArns"]
            ]
        }

    def _stop_service_deployment(self, params: dict[str, Any]) -> dict[str, Any]:
        arn = params["serviceDeploymentArn"]
        next(one for one in self.history if one["serviceDeploymentArn"] == arn)["status"] = "ROLLBACK_REQUESTED"
        self.stops.append((arn, params["stopType"]))
        return {"serviceDeploymentArn": arn}

    def _continue_service_deployment(self, params: dict[str, Any]) -> dict[str, Any]:
        self.continued.append((params["serviceDeploymentArn"], params["hookId"], params["action"]))
        return {"serviceDeploymentArn": params["serviceDeploymentArn"]}

    def _update_service(self, params: dict[str, Any]) -> dict[str, Any]:
        """Deploys at once, and well, whatever was asked for."""
        self.current = int(params["taskDefinition"].rsplit(":", 1)[1])
        assert params["forceNewDeployment"], "without it ECS does nothing where the task definition is the same"
        self.deploy(self.current)
        self.tasks, self.targets = [], []
        self.run(self.current)
        return {"service": {}}

    def _list_tasks(self, params: dict[str, Any]) -> dict[str, Any]:
        return {"taskArns": [t["taskArn"] for t in self.tasks if t["lastStatus"] == params["desiredStatus"]]}

    def _describe_tasks(self, params: dict[str, Any]) -> dict[str, Any]:
        return {"tasks": [task for task in self.tasks if task["taskArn"] in params["tasks"]]}

    def _describe_task_definition(self, _params: dict[str, Any]) -> dict[str, Any]:
        options = {"awslogs-group": "/ecs/auth-service", "awslogs-stream-prefix": "ecs"}
        container = {"name": "auth-service", "logConfiguration": {"logDriver": "awslogs", "options": options}}
        return {"taskDefinition": {"containerDefinitions": [container]}}

    def _get_log_events(self, _params: dict[str, Any]) -> dict[str, Any]:
        return {"events": [{"message": line} for line in self.log]}

    def _describe_target_health(self, params: dict[str, Any]) -> dict[str, Any]:
        if (params["TargetGroupArn"] == ALTERNATE) is not self.alternate:
            return {"TargetHealthDescriptions": []}
        return {
            "TargetHealthDescriptions": [
                {
                    "Target": {"Id": address},
                    "TargetHealth": {"State": state}
                    | ({"Description": "Health checks failed with these codes: [503]"} if state == "unhealthy" else {}),
                }
                for address, state in self.targets
            ]
        }

    def _describe_target_groups(self, params: dict[str, Any]) -> dict[str, Any]:
        check = {
            "HealthCheckPath": "/health",
            "HealthCheckIntervalSeconds": 10,
            "HealthCheckTimeoutSeconds": 5,
            "UnhealthyThresholdCount": 3,
        }
        return {"TargetGroups": [{"TargetGroupArn": arn, **check} for arn in params["TargetGroupArns"]]}

    def _describe_alarms(self, params: dict[str, Any]) -> dict[str, Any]:
        alarms = [{"AlarmName": name, "StateReason": self.alarm_reason} for name in params["AlarmNames"]]
        return {"MetricAlarms": alarms, "CompositeAlarms": []}
