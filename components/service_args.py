"""What `Service` is told: its routing, its deployment, its release."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.gates import Gates
from components.migration import MigrationPlan
from release.capacity import PLATFORM_VERSIONS, CapacityMix
from rollout.strategy import Shifting


@dataclass(frozen=True, kw_only=True)
class Routing:
    """How traffic reaches the service."""

    listener_arn: pulumi.Input[str]
    load_balancer_security_group_id: pulumi.Input[str]
    target_group_arn: pulumi.Input[str]
    alternate_target_group_arn: pulumi.Input[str]
    """The other one of the pair that traffic is shifted between."""
    shifting_role_arn: pulumi.Input[str]
    """The role in which ECS moves the rule's weights."""
    paths: Sequence[str]
    priority: int
    needs: Sequence[pulumi.Resource] = ()
    """What must be there before traffic can be shifted: the policy of that role."""


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """How a release replaces the one before."""

    minimum_healthy_percent: int
    """Lower limit of running tasks, in percent of the desired count."""
    maximum_percent: int
    """Upper limit of running and pending tasks, in percent of the desired count."""
    circuit_breaker: bool = True
    """Whether ECS gives up a deployment whose tasks fail again and again."""
    automatic_rollback: bool = True
    """Whether it then goes back to the release before."""
    shifting: Shifting | None = None
    """How traffic moves to the new tasks; None: they replace the old ones by and by."""
    alarms: Sequence[pulumi.Input[str]] = ()
    """Names of the alarms that ECS watches, and that make it give a deployment up. They are there before it begins."""
    zone_rebalancing: bool | None = None
    """Whether ECS moves tasks until each zone has as many. None: what the service has, and AWS turns it on for a new
    one (AWS: "Balancing an Amazon ECS service across Availability Zones")."""

    def __post_init__(self) -> None:
        if not 0 <= self.minimum_healthy_percent <= 100 <= self.maximum_percent:  # noqa: PLR2004 - percent
            raise ValueError(
                f"minimum_healthy_percent is {self.minimum_healthy_percent}, maximum_percent {self.maximum_percent}; "
                "allowed are 0 to 100, and 100 or more"
            )
        if self.minimum_healthy_percent == self.maximum_percent:
            raise ValueError("minimum_healthy_percent and maximum_percent are both 100: ECS could replace no task")
        if self.zone_rebalancing and self.maximum_percent <= 100:  # noqa: PLR2004 - percent
            raise ValueError(
                f"zone_rebalancing starts tasks before it stops others, and maximum_percent is {self.maximum_percent}; "
                "set it above 100"
            )
        if self.automatic_rollback and not self.circuit_breaker:
            raise ValueError("automatic_rollback needs circuit_breaker: without it ECS never gives a deployment up")


@dataclass(frozen=True, kw_only=True)
class Release:
    """What is to run, and under which name people know it."""

    version: str
    digest: pulumi.Input[str]
    task_definition_arn: pulumi.Input[str]
    task_definition_content: pulumi.Input[str]
    """The definition as canonical JSON."""
    needs: Sequence[pulumi.Resource]
    """What must be there before tasks can start: the policies of their roles."""


@dataclass(frozen=True, kw_only=True)
class KeptImages:
    """The images that stay whatever their age: those of the last verified releases."""

    repository: str
    releases: int


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the service is, for whoever looks at it."""

    account: str
    region: str
    role_arn: str
    """The role assumed to look. Empty: the credentials as they are."""


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long a release takes, and for how long it is followed, in seconds."""

    predicted: int
    limit: int


@dataclass(frozen=True, kw_only=True)
class Verification:
    """What is verified once the release runs."""

    request: pulumi.Input[str]
    """What is compared with the time before, as JSON."""
    on_failure: str
    """`rollback` puts the last verified revision back; `fail` leaves the release as it is, and fails."""


@dataclass(frozen=True, kw_only=True)
class ServiceArgs:
    """The service and its release."""

    service_name: str
    """The service's name, and the container's."""
    cluster_name: pulumi.Input[str]
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    """Private subnets."""
    port: int
    egress_ports: Sequence[int]
    """TCP ports that tasks may reach outside."""
    desired_count: int
    autoscaled: bool = False
    """Whether `Autoscaling` owns the number of tasks. `desired_count` is then what the service begins with."""
    capacity: CapacityMix | None = None
    """How tasks are shared between Fargate and Fargate Spot. None: all run on Fargate. Once there is a mix, each change
    of the service is a deployment, and only a mix without Spot goes back in place (docs/tasks.md)."""
    platform_version: str = PLATFORM_VERSIONS[0]
    """Of Fargate: `LATEST` or a number."""
    execute_command: bool = False
    """Whether people may open a shell in a task (ECS Exec). The task role needs `execute_command.permissions`."""
    health_check_grace_period: int
    """Seconds after a task's start in which failed checks are forgiven."""
    routing: Routing
    deployment: Deployment
    release: Release
    place: Place
    gates: Gates | None = None
    """What lets a release go out. None: every release goes out."""
    verification: Verification | None = None
    """None: no more than tasks and targets."""
    kept_images: KeptImages | None = None
    """None: no image is marked as kept."""
    journal: pulumi.Input[str] = ""
    """Where the service's attempts are written down, `s3://bucket/attempts/service`. Empty: nowhere."""
    patience: Patience | None = None
    """How long a release is expected to take. None: nobody has predicted it."""
    attempt: int = 1
    """Raised when a release that failed is to be tried again as it is."""
    migration: MigrationPlan | None = None
    """What a release runs once before the service gets it. None: nothing."""

    def __post_init__(self) -> None:
        if self.platform_version not in PLATFORM_VERSIONS:
            raise ValueError(
                f"platform_version is {self.platform_version!r}; allowed are {', '.join(PLATFORM_VERSIONS)}"
            )
