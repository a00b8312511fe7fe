"""A service as the control plane remembers it: the model of its rollout, and what the model need not know."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from rollout.behaviour import HEALTHY, Behaviour
from sandbox.ecs.arns import decimal, letters, uuid

if TYPE_CHECKING:
    from rollout.service import Service
    from sandbox.caller import Caller
    from sandbox.ecs.arns import Place
    from sandbox.ecs.ports import SubnetFacts
    from sandbox.ecs.task_record import TaskRecord

    Json = dict[str, Any]

MOST_EVENTS = 100
"""Events that DescribeServices shows (AWS: "Viewing Amazon ECS service event messages"): documented."""


@dataclass
class DeploymentRecord:
    """A deployment with its service revision: the configuration that its tasks run with."""

    number: int
    id: str
    revision_arn: str
    created_at: datetime
    config: Json
    """The service's configuration when the deployment was made."""
    definition: Json
    """Its task definition, which may be gone before the deployment is."""
    subnets: list[SubnetFacts] = field(default_factory=list)
    digests: dict[str, str] = field(default_factory=dict)
    """Container name -> the digest that its image named when the deployment was made."""
    behaviour: Behaviour = HEALTHY
    start_failure: str = ""
    """Why tasks cannot start, in AWS's words, as far as it is known beforehand; else ""."""
    groups: dict[str, str] = field(default_factory=dict)
    """The target group that its tasks are in, by the ``targetGroupArn`` of the load balancer's configuration."""
    fault: str = ""
    """Why its traffic cannot be shifted, in AWS's words; else ""."""

    def group(self, balancer: Json) -> str:
        """The target group that its tasks are in, of the two that a load balancer's configuration may name."""
        arn: str = balancer["targetGroupArn"]
        return self.groups.get(arn, arn)

    @property
    def task_definition(self) -> str:
        """The task definition's ARN."""
        return str(self.definition["taskDefinitionArn"])

    @property
    def security_groups(self) -> list[str]:
        """The security groups of its tasks, as far as they were named."""
        network = self.config.get("networkConfiguration", {}).get("awsvpcConfiguration", {})
        return list(network.get("securityGroups", []))


@dataclass
class HookRecord:
    """A run of a lifecycle hook, as DescribeServiceDeployments shows it."""

    run: int
    id: str
    kind: str
    stage: str
    status: str
    target: str | None = None
    expires_at: datetime | None = None
    timeout_action: str = "ROLLBACK"
    problem: str = ""
    """Why its function could not answer, in AWS's words; else ""."""


@dataclass
class ServiceDeploymentRecord:
    """A service deployment: the history entry of a deployment (AWS: "ServiceDeployment", ECS API reference)."""

    arn: str
    number: int
    created_at: datetime
    target_revision: str
    source_revisions: list[str]
    config: Json
    status: str = "IN_PROGRESS"
    status_reason: str | None = None
    updated_at: datetime | None = None
    finished_at: datetime | None = None
    stopped_at: datetime | None = None
    rollback: Json | None = None
    breaker_status: str = "MONITORING"
    failure_count: int = 0
    alarms_status: str = "DISABLED"
    triggered_alarms: list[str] = field(default_factory=list)
    stage: str | None = None
    """``lifecycleStage`` of a deployment that shifts traffic."""
    hooks: list[HookRecord] = field(default_factory=list)
    failure: str = ""
    """``statusReason`` of a failure that needs more words than its cause has; else ""."""
    production: dict[int, float] = field(default_factory=dict)
    """Percent of the production traffic by deployment, once any has been shifted."""
    test: dict[int, float] = field(default_factory=dict)


@dataclass
class ServiceRecord:
    """One service."""

    place: Place
    cluster: str
    name: str
    arn: str
    created_at: datetime
    created_by: Caller
    config: Json
    """Its present configuration, by the members of AWS's ``Service``."""
    tags: list[Json]
    model: Service = field(init=False)
    status: str = "ACTIVE"
    client_token: str | None = None
    request: Json = field(default_factory=dict)
    deployments: dict[int, DeploymentRecord] = field(default_factory=dict)
    service_deployments: list[ServiceDeploymentRecord] = field(default_factory=list)
    tasks: dict[int, TaskRecord] = field(default_factory=dict)
    """By the model's number, until an hour after they stopped."""
    events: list[Json] = field(default_factory=list)
    """Newest first."""
    event_count: int = 0

    @property
    def key(self) -> str:
        """Where the store keeps it."""
        return f"ecs/{self.place.account}/{self.place.region}/service/{self.cluster}/{self.name}"

    def moment(self, at: float) -> datetime:
        """The sandbox time of a moment of the model."""
        return self.created_at + timedelta(seconds=at)

    def at(self, moment: datetime) -> float:
        """The model's time of a sandbox moment."""
        return (moment - self.created_at).total_seconds()

    def say(self, at: datetime, message: str) -> None:
        """Add a service event, ``(service name) message``."""
        self.event_count += 1
        event = {
            "id": uuid(self.arn, self.created_at, "event", self.event_count),
            "createdAt": at,
            "message": f"(service {self.name}) {message}",
        }
        self.events = [event, *self.events[: MOST_EVENTS - 1]]

    def deployment_id(self, number: int) -> str:
        """``ecs-svc/1234567890123456789`` of the model's deployment ``number``."""
        return f"ecs-svc/{decimal(self.arn, self.created_at, 'deployment', number)}"

    def revision_arn(self, number: int) -> str:
        """The ARN of the service revision that deployment ``number`` deploys."""
        revision = decimal(self.arn, self.created_at, "revision", number)
        return self.place.arn(f"service-revision/{self.cluster}/{self.name}/{revision}")

    def service_deployment_arn(self, number: int) -> str:
        """The ARN of the service deployment of deployment ``number``."""
        identifier = letters(21, self.arn, self.created_at, "service deployment", number)
        return self.place.arn(f"service-deployment/{self.cluster}/{self.name}/{identifier}")

    def live_deployments(self) -> list[DeploymentRecord]:
        """The primary deployment first, then those that still have tasks, newest first."""
        primary = self.model.primary.id
        others = sorted((n for n in self.model.deployments if n != primary), reverse=True)
        return [self.deployments[number] for number in (primary, *others)]

    def service_deployment(self, number: int) -> ServiceDeploymentRecord | None:
        """The history entry of deployment ``number``."""
        return next((entry for entry in self.service_deployments if entry.number == number), None)
