"""What a service is, in every environment alike: the form of the entries in `stacks/catalogue.py`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from release.architecture import Architecture
from release.capacity import PLATFORM_VERSIONS
from release.container_limits import Ulimit
from release.service_alarms import AlarmBounds
from release.verification_request import Verification


@dataclass(frozen=True, kw_only=True)
class SecretReference:
    """A secret by name, never by value: ECS reads it when a task starts and gives it to the container."""

    variable: str
    """The environment variable that the container finds it in."""
    secret: str
    """Name of the secret in Secrets Manager, in the account of each environment."""
    json_key: str | None = None
    """The key, when the secret is a JSON object and only one value of it is meant."""


@dataclass(frozen=True, kw_only=True)
class Permission:
    """Something that the service's own code may do in AWS."""

    name: str
    """Lower case words joined by hyphens: `read-avatars`."""
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    """ARNs."""


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
class ServiceDefinition:
    """What a service is, in every environment alike."""

    name: str
    port: int
    """Port the container listens on; it finds the number in `PORT`."""
    paths: tuple[str, ...]
    """Path patterns that the load balancer sends to this service, such as `/payments/*`."""
    priority: int
    """Order among the services' paths: the lowest number is tried first."""
    health_check: HealthCheck = HealthCheck()
    cpu: int = 256
    """CPU units, unless the stack file says otherwise."""
    memory: int = 512
    """MiB, unless the stack file says otherwise."""
    architecture: Architecture = Architecture.X86_64
    """The processor. One image goes through all environments, so that it is the same in all of them."""
    ephemeral_storage: int | None = None
    """GiB of disk of a running task, 21 to 200, unless the stack file says otherwise. None: Fargate's 20."""
    ulimits: tuple[Ulimit, ...] = ()
    """Limits of the operating system, such as the number of open files."""
    init: bool = False
    """Whether process 1 is an init that hands on signals and reaps children: for images whose own process does not."""
    scratch: tuple[str, ...] = ()
    """Folders that may be written to, such as `/tmp`: empty at the start, gone with the task. The rest is read-only.
    The image has a `VOLUME` at each of them that belongs to its user (docs/tasks.md)."""
    platform_version: str = PLATFORM_VERSIONS[0]
    """Of Fargate: `LATEST` or a number."""
    user: str = "65532:65532"
    """User and group the container runs as: never root."""
    environment: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Plain environment variables. Nothing secret: they stand in the task definition for all to read."""
    secrets: tuple[SecretReference, ...] = ()
    permissions: tuple[Permission, ...] = ()
    egress_ports: tuple[int, ...] = (443,)
    """TCP ports that the tasks may reach outside. 443 is needed for the image, the logs and the secrets."""
    stop_timeout: int = 30
    """Seconds a container has between SIGTERM and SIGKILL."""
    deregistration_delay: int = 30
    """Seconds a task that leaves may still answer what it was asked: as long as the longest request."""
    migration: MigrationDefinition | None = None
    """None: its images need none."""
    changelog: str = ""
    """The file, from the project's folder, in which each release has a heading; empty: the service keeps none."""
    calls: tuple[str, ...] = ()
    """The services of this catalogue that it calls, by name: a release of either is verified on both."""
    alarms: AlarmBounds = field(default_factory=AlarmBounds)
    """When its alarms go off."""
    verification: Verification = field(default_factory=Verification)
    """What must be true after a release, beside running and healthy tasks."""
