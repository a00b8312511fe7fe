"""What a service is, in every environment alike: the form of the entries in `stacks/catalogue.py`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from release.architecture import Architecture
from release.capacity import PLATFORM_VERSIONS
from release.container_limits import SHARED, Limits, Ulimit
from release.container_order import Dependency
from release.container_order import HealthCheck as ContainerCheck
from release.queue_alarms import QueueBounds
from release.service_alarms import AlarmBounds
from release.target_traffic import TargetTraffic
from release.task_needs import AwsResource
from release.verification_request import Verification
from release.work_queue import Delivery
from stacks.references import ParameterReference, Permission, SecretReference
from stacks.scheduled_command import ScheduledCommand
from stacks.shared_files import SharedFiles
from stacks.sidecar_definition import Beside

__all__ = [
    "QUEUE_URL",
    "HealthCheck",
    "MigrationDefinition",
    "ParameterReference",
    "Permission",
    "QueueDefinition",
    "SecretReference",
    "ServiceDefinition",
]

QUEUE_URL: Final = "QUEUE_URL"
"""The variable in which a container finds its queue."""


@dataclass(frozen=True, kw_only=True)
class HealthCheck:
    """How the load balancer tells whether a task can take traffic."""

    path: str = "/health"
    interval: int = 10
    """Seconds between two checks."""
    timeout: int = 5
    """Seconds after which a check has failed."""
    healthy_threshold: int = 2
    unhealthy_threshold: int = 3
    grace_period: int = 30
    """Seconds after a task's start in which ECS forgives failed checks."""


@dataclass(frozen=True, kw_only=True)
class MigrationDefinition:
    """What each new image of a service runs once, as a task of its own, before the service gets it."""

    command: tuple[str, ...]
    """Instead of the image's own. It runs with the service's variables, secrets and permissions."""
    timeout: int = 600
    """Seconds after which it is stopped and has failed."""
    irreversible: bool = False
    """Whether the versions before may not work with the data afterwards: deploys and rollbacks warn of it."""


@dataclass(frozen=True, kw_only=True)
class QueueDefinition:
    """A queue of SQS that is made for a service, with its name, and that the service works off (docs/workers.md).

    Its container finds the queue's URL in `QUEUE_URL`. Other services put something in by `sends=(Queue("name"),)`.
    """

    delivery: Delivery = field(default_factory=Delivery)
    """How its messages are handed out."""
    key: str = ""
    """Alias of the customer's KMS key that encrypts them, such as `alias/orders`. Empty: SQS's own key does."""
    alarms: QueueBounds = field(default_factory=QueueBounds)
    """When its alarms go off."""


@dataclass(frozen=True, kw_only=True)
class ServiceDefinition:
    """What a service is, in every environment alike."""

    name: str
    port: int | None = None
    """Port the container listens on; it finds the number in `PORT`. None: it listens on none."""
    paths: tuple[str, ...] = ()
    """Path patterns that the load balancer sends to this service, such as `/payments/*`. Without them, and without a
    priority, it sends none: the service is a worker (docs/workers.md)."""
    hosts: tuple[str, ...] = ()
    """Names of hosts, such as `shop.example.com`: it then gets requests for its paths there alone. Empty: of any."""
    priority: int | None = None
    """Order among the services' paths: the lowest number is tried first. None: it has no paths."""
    protocol: str = "HTTP"
    """What the container speaks on its port: `HTTP`, or `HTTPS` with a certificate that it may make for itself."""
    traffic: TargetTraffic = field(default_factory=TargetTraffic)
    """How the load balancer hands requests to its tasks: HTTP/2 and gRPC, slow start, sticky sessions
    (docs/load-balancing.md)."""
    health_check: HealthCheck = HealthCheck()
    container_check: ContainerCheck | None = None
    """How ECS asks the container itself whether it is well, by a command in it; of use to workers above all. None: ECS
    does not ask."""
    cpu: int = 256
    """CPU units, unless the stack file says otherwise."""
    memory: int = 512
    """MiB, unless the stack file says otherwise."""
    architecture: Architecture = Architecture.X86_64
    """The processor. One image goes through all environments, so that it is the same in all of them."""
    ephemeral_storage: int | None = None
    """GiB of disk of a running task, 21 to 200, unless the stack file says otherwise. None: Fargate's 20."""
    limits: Limits = SHARED
    """Its container's part of the task's CPU and memory, for services with sidecars."""
    ulimits: tuple[Ulimit, ...] = ()
    """Limits of the operating system, such as the number of open files."""
    init: bool = False
    """Whether process 1 is an init that hands on signals and reaps children: for images whose own process does not."""
    scratch: tuple[str, ...] = ()
    """Folders that may be written to, such as `/tmp`: empty at the start, gone with the task. The rest is read-only.
    The image has a `VOLUME` at each of them that belongs to its user (docs/tasks.md)."""
    sidecars: tuple[Beside, ...] = ()
    """What runs beside it in each task: a `LogRouter`, a `Collector`, containers of your own (docs/tasks.md)."""
    depends_on: tuple[Dependency, ...] = ()
    """The sidecars that it starts after. After a log router it starts in any case."""
    files: tuple[SharedFiles, ...] = ()
    """Files that its tasks share and that outlive them, on EFS (docs/tasks.md)."""
    platform_version: str = PLATFORM_VERSIONS[0]
    """Of Fargate: `LATEST` or a number."""
    user: str = "65532:65532"
    """User and group the container runs as: never root."""
    environment: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Plain environment variables. Nothing secret: they stand in the task definition for all to read."""
    not_secret: tuple[str, ...] = ()
    """Variables of `environment` whose name or value looks like a secret and is none: who reads this has looked."""
    secrets: tuple[SecretReference, ...] = ()
    """What ECS reads from Secrets Manager when a task starts."""
    parameters: tuple[ParameterReference, ...] = ()
    """What ECS reads from Systems Manager when a task starts."""
    permissions: tuple[Permission, ...] = ()
    """What its own code may do in AWS, beside what follows."""
    reads: tuple[AwsResource, ...] = ()
    """What its own code reads: a `Bucket`, `Table`, `Secret` or `Parameter` of `release/task_needs.py`, by name."""
    writes: tuple[AwsResource, ...] = ()
    """What it writes: a `Bucket` or `Table`."""
    sends: tuple[AwsResource, ...] = ()
    """What it sends to: a `Queue`, `Topic` or `EventBus`."""
    receives: tuple[AwsResource, ...] = ()
    """What it receives from: a `Queue`."""
    queue: QueueDefinition | None = None
    """The queue that it works off. None: none is made for it."""
    egress_ports: tuple[int, ...] = (443,)
    """TCP ports that the tasks may reach outside. 443 is needed for the image, the logs and the secrets."""
    stop_timeout: int = 30
    """Seconds a container has between SIGTERM and SIGKILL."""
    deregistration_delay: int = 30
    """Seconds a task that leaves may still answer what it was asked: as long as the longest request."""
    migration: MigrationDefinition | None = None
    """None: its images need none."""
    scheduled: tuple[ScheduledCommand, ...] = ()
    """What its image runs by the clock, beside the service (docs/jobs.md)."""
    changelog: str = ""
    """The file, from the project's folder, in which each release has a heading; empty: the service keeps none."""
    calls: tuple[str, ...] = ()
    """The services of this catalogue that it calls, by name. Its tasks reach theirs by their port, nobody else does; a
    release of either is verified on both (docs/service-discovery.md)."""
    alarms: AlarmBounds = field(default_factory=AlarmBounds)
    """When its alarms go off."""
    verification: Verification = field(default_factory=Verification)
    """What must be true after a release, beside running and healthy tasks."""

    @property
    def routed(self) -> bool:
        """Whether the load balancer sends it traffic."""
        return bool(self.paths) or self.priority is not None
