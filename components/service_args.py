"""What `Service` is told: its routing, its deployment, its release."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.calls import Callee, check_callees
from components.gates import Gates
from components.migration import MigrationPlan
from components.service_connect import ServiceConnect
from release.capacity import PLATFORM_VERSIONS, CapacityMix
from release.lifecycle_hooks import FunctionHook, PauseHook, check_number
from release.rule_conditions import check_hosts, check_paths, check_together
from rollout.strategy import Shifting


@dataclass(frozen=True, kw_only=True)
class Routing:
    """How traffic reaches the service."""

    listener_arn: pulumi.Input[str]
    """The load balancer's listener, which gets a rule for the service."""
    load_balancer_security_group_id: pulumi.Input[str]
    """The group that tasks let in, and no other."""
    target_group_arn: pulumi.Input[str]
    """The group that the very first release takes."""
    alternate_target_group_arn: pulumi.Input[str]
    """The other one of the pair that traffic is shifted between."""
    shifting_role_arn: pulumi.Input[str]
    """The role in which ECS moves the rule's weights."""
    paths: Sequence[str]
    """Patterns of paths that are the service's, such as `/orders/*`; `*` and `?` stand for any text and any letter."""
    hosts: Sequence[str] = ()
    """Names of hosts that are the service's, such as `shop.example.com` or `*.shop.example.com`: a request is for it
    when both host and path are. Five hosts and paths together at most. Empty: of any host."""
    priority: int
    """Of the rule, 1 to 50000: the lowest is asked first, and a listener has each once."""
    needs: Sequence[pulumi.Resource] = ()
    """What must be there before traffic can be shifted: the policy of that role."""
    test_listener_arn: pulumi.Input[str] | None = None
    """Where a new revision is shown before it gets traffic. None: nowhere."""

    def __post_init__(self) -> None:
        check_hosts(self.hosts)
        check_paths(self.paths)
        check_together(self.hosts, self.paths)


@dataclass(frozen=True, kw_only=True)
class TcpRouting:
    """How connections reach the service through a network load balancer: all of one port, whoever makes them."""

    load_balancer_security_group_id: pulumi.Input[str]
    """The `NetworkLoadBalancer`'s group, which tasks let in, and no other."""
    target_group_arn: pulumi.Input[str]
    """The `NetworkListener`'s."""
    needs: Sequence[pulumi.Resource] = ()
    """What must be there before connections can come."""


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
    hooks: Sequence[PauseHook | FunctionHook] = ()
    """Where a release that shifts traffic waits for a person, or asks a function."""
    hook_role_arn: pulumi.Input[str] | None = None
    """The role in which ECS asks functions: a `HookRole`'s."""
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
        if self.hooks and self.shifting is None:
            raise ValueError("hooks are asked while traffic shifts, and shifting is None: choose one that shifts")
        check_number(tuple(self.hooks))
        if self.hook_role_arn is None and any(isinstance(hook, FunctionHook) for hook in self.hooks):
            raise ValueError("hooks has functions, and hook_role_arn is None: ECS asks them in a role, see HookRole")
        if self.automatic_rollback and not self.circuit_breaker:
            raise ValueError("automatic_rollback needs circuit_breaker: without it ECS never gives a deployment up")


@dataclass(frozen=True, kw_only=True)
class Release:
    """What is to run, and under which name people know it."""

    version: str
    """The version people know it by."""
    digest: pulumi.Input[str]
    """Of the image, `sha256:...`."""
    task_definition_arn: pulumi.Input[str]
    """With the revision."""
    task_definition_content: pulumi.Input[str]
    """The definition as canonical JSON."""
    needs: Sequence[pulumi.Resource]
    """What must be there before tasks can start: the policies of their roles."""


@dataclass(frozen=True, kw_only=True)
class KeptImages:
    """The images that stay whatever their age: those of the last verified releases."""

    repository: str
    """Name of the ECR repository."""
    releases: int
    """How many of them."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the service is, for whoever looks at it."""

    account: str
    """The AWS account, twelve digits."""
    region: str
    """Its region, such as `eu-west-1`."""
    role_arn: str
    """The role assumed to look. Empty: the credentials as they are."""


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long a release takes, and for how long it is followed, in seconds."""

    predicted: int
    """What a sound release takes."""
    limit: int
    """After which it is followed no more, and fails."""


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
    """The cluster that the service runs in."""
    vpc_id: pulumi.Input[str]
    """The VPC of the tasks."""
    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    """Private subnets."""
    port: int | None = None
    """On which the container listens. None: on nothing, and it has no routing."""
    egress_ports: Sequence[int]
    """TCP ports that tasks may reach outside."""
    calls: Sequence[Callee] = ()
    """The services that its tasks may call, each by its ports. Nobody else reaches their tasks, but the load
    balancer."""
    registry_arn: pulumi.Input[str] | None = None
    """Where its tasks are found by name: a `ServiceRegistry`'s. None: nowhere."""
    connect: ServiceConnect | None = None
    """Its place in a namespace of Service Connect. None: it has none, and a service that had one keeps it until it is
    made anew: ECS takes what is left out for no change."""
    desired_count: int
    """Tasks to run."""
    autoscaled: bool = False
    """Whether `Autoscaling` owns the number of tasks. `desired_count` is then what the service begins with."""
    capacity: CapacityMix | None = None
    """How tasks are shared between Fargate and Fargate Spot. None: all run on Fargate. Once there is a mix, each change
    of the service is a deployment, and only a mix without Spot goes back in place (docs/tasks.md)."""
    platform_version: str = PLATFORM_VERSIONS[0]
    """Of Fargate: `LATEST` or a number."""
    execute_command: bool = False
    """Whether people may open a shell in a task (ECS Exec). The task role needs `execute_command.permissions`."""
    health_check_grace_period: int | None = None
    """Seconds after a task's start in which failed checks are forgiven. None: none are, and without routing or a health
    check of the container there are none to forgive."""
    routing: Routing | TcpRouting | None = None
    """How traffic reaches them. None: none does. The service is a worker that fetches what it does: nobody is let in,
    releases roll, and tasks are judged by the health check of their container, else by time (docs/workers.md)."""
    deployment: Deployment
    """How a release replaces the one before."""
    release: Release
    """What is to run."""
    place: Place
    """Where the service is."""
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
        check_callees(self.service_name, self.calls)
        if self.platform_version not in PLATFORM_VERSIONS:
            raise ValueError(
                f"platform_version is {self.platform_version!r}; allowed are {', '.join(PLATFORM_VERSIONS)}"
            )
        if self.routing is not None and self.port is None:
            raise ValueError("routing sends traffic to the container's port, and port is None: say on which it listens")
        if self.registry_arn is not None and self.deployment.shifting is not None:
            raise ValueError(
                f"registry_arn lets callers find each task as soon as it runs, so the strategy "
                f"{self.deployment.shifting.strategy} would not shift them; let releases roll, with shifting=None, or "
                "take registry_arn out"
            )
        if self.deployment.shifting is not None and not isinstance(self.routing, Routing):
            why = (
                "is None: no traffic reaches the service" if self.routing is None else "is TCP's, which has no weights"
            )
            raise ValueError(
                f"deployment has the strategy {self.deployment.shifting.strategy}, which shifts traffic, and routing "
                f"{why}; let its releases roll, with shifting=None"
            )
