"""What ECS and the load balancer say about one service, as plain facts. Pure: no AWS client is known here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from release.deployment_status import DeploymentStatus
    from release.evidence import Alarm, Check


def short(arn: str) -> str:
    """The part of an ARN that people use: `auth-service:7`, `auth-service`, a task's id."""
    return arn.rsplit("/", 1)[-1]


def target_group_name(arn: str) -> str:
    """The name in a target group's ARN, whose last part is an id."""
    return arn.rsplit("/", 2)[-2] if arn.count("/") > 1 else arn


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """One service deployment: ECS's attempt to bring one revision of a service up."""

    arn: str
    status: DeploymentStatus
    task_definition: str
    """ARN of the task definition in the revision it brings."""
    created_at: datetime
    reason: str = ""
    """ECS's words on the status."""
    rollback_reason: str = ""
    breaker_triggered: bool = False
    triggered_alarms: tuple[str, ...] = ()
    updated_at: datetime | None = None
    stage: str = ""
    """Its lifecycle stage, where traffic is shifted."""
    traffic: float | None = None
    """Percent of the production traffic that ECS means to send to the revision; None where ECS shifts none."""
    bake_minutes: int = 0
    """How long it bakes in all, after the traffic has moved."""
    sources: int = 0
    """How many revisions ran before it: 0 at the service's first deployment, which has nothing to go back to."""
    paused_at: str = ""
    """The lifecycle stage at which it waits for a person; empty when it does not."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """A task that ECS means to keep."""

    id: str
    task_definition: str
    running: bool
    address: str = ""
    """Private IPv4 address, under which target groups know the task. Empty until it has one."""
    digests: frozenset[str] = frozenset()
    """Digests of its containers' images, as pinned in the task definition and as pulled."""
    health: str = "UNKNOWN"
    """What the health checks of its containers say: `HEALTHY`, `UNHEALTHY`; `UNKNOWN` where there are none, or none has
    been made (AWS: "Task", ECS API reference)."""
    started_at: datetime | None = None
    """When it reached RUNNING."""


@dataclass(frozen=True, kw_only=True)
class StoppedTask:
    """A task that ended. ECS forgets it about an hour later."""

    id: str
    task_definition: str
    stopped_at: datetime | None
    reason: str
    created_at: datetime | None = None
    container: str = ""
    """The container that ended it, where one did."""
    exit_code: int | None = None
    container_reason: str = ""
    ran_for: float | None = None
    """Seconds; None when it never ran."""
    log: tuple[str, ...] = ()
    """The container's last log lines, oldest first, redacted."""

    @property
    def retired(self) -> bool:
        """Whether ECS stopped it only because it was no longer wanted."""
        return self.reason.startswith("Scaling activity initiated by")

    @property
    def ended_by_itself(self) -> bool:
        """Whether a container ended the task, rather than ECS, which then stops the containers."""
        return self.reason.startswith("Essential container in task exited")


@dataclass(frozen=True, kw_only=True)
class Target:
    """An address in a target group."""

    group: str
    address: str
    state: str
    """`initial`, `healthy`, `unhealthy`, `draining`, `unused`, ... (AWS: "TargetHealth")."""
    reason: str = ""
    member_of: str = ""
    """Where traffic is shifted between a pair of groups: ARN of the one that it is in."""


@dataclass(frozen=True, kw_only=True)
class Shares:
    """How a production listener rule divides the traffic."""

    rule: str
    """ARN."""
    pair: tuple[str, str]
    """ARNs of the two target groups that ECS shifts traffic between."""
    percent: Mapping[str, float] | None
    """By the target group's ARN; empty where it forwards to none, None where the rule is gone."""


@dataclass(frozen=True, kw_only=True)
class ServiceFacts:
    """One look at a service."""

    service: str
    desired: int
    running: int
    task_definition: str
    """ARN of the task definition that ECS means to run now."""
    now: datetime
    """AWS's time of the look."""
    settled: bool
    """Whether ECS considers nothing to be in motion: one deployment, and it is completed."""
    own: Deployment | None = None
    """The newest deployment of the requested task definition."""
    latest: Deployment | None = None
    """The newest deployment of all."""
    tasks: tuple[Task, ...] = field(default=())
    targets: tuple[Target, ...] = field(default=())
    stopped: tuple[StoppedTask, ...] = field(default=())
    """Stopped tasks of the requested task definition, oldest first. Without logs while its deployment goes on."""
    check: Check | None = None
    """The health check that its tasks had to pass; like the two below, looked up only when the release failed."""
    alarms: tuple[Alarm, ...] = field(default=())
    """The alarms that failed it."""
    shares: tuple[Shares, ...] = field(default=())
    """Empty for a service between whose revisions ECS could shift no traffic."""
    trouble: str = ""
    """The newest event of the service that tells of tasks it cannot place."""
