"""The container definitions of a task, as canonical JSON: the same content is the same text, hence no new revision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from components.container_secrets import ContainerParameter, ContainerSecret
from components.service_connect import NamedPort
from components.sidecars import LogRouting, Sidecar
from components.volumes import Mount, mount_points
from release.container_limits import SHARED, Limits, Ulimit, check_stop_timeout, check_ulimits
from release.container_order import Dependency, HealthCheck, order_of
from release.sidecar_rules import check_user

__all__ = ["Container", "ContainerParameter", "ContainerSecret", "Logs", "container_definitions", "limits_of"]


@dataclass(frozen=True, kw_only=True)
class Logs:
    """Where containers log to, unless they say otherwise."""

    group: pulumi.Input[str]
    region: str


@dataclass(frozen=True, kw_only=True)
class Container:
    """The container of the service itself."""

    name: str
    image: pulumi.Input[str]
    """By digest."""
    port: int | None
    """On which it listens. None: on nothing."""
    named_port: NamedPort | None = None
    """What Service Connect knows it by."""
    user: str
    """Never root."""
    environment: Mapping[str, str]
    secrets: Sequence[ContainerSecret | ContainerParameter]
    stop_timeout: int
    """Seconds between SIGTERM and SIGKILL."""
    logs: Logs
    log_routing: LogRouting | None = None
    """Through which sidecar its log goes elsewhere. None: to `logs`."""
    limits: Limits = SHARED
    ulimits: Sequence[Ulimit] = ()
    mounts: Sequence[Mount] = ()
    depends_on: Sequence[Dependency] = ()
    """The sidecars that it starts after."""
    health_check: HealthCheck | None = None
    """None: it is well as long as it runs."""
    init: bool = False
    """Whether process 1 is an init that hands on signals and reaps what its children leave (Docker's `--init`)."""

    def __post_init__(self) -> None:
        check_user(self.user)
        check_stop_timeout(self.stop_timeout)
        check_ulimits(self.ulimits)


def container_definitions(container: Container, sidecars: Sequence[Sidecar] = ()) -> list[dict[str, Any]]:
    """The definitions with all that AWS would fill in by itself, lists that are sets in order.

    What is not asked for is not in them: an option that nobody uses is no new revision of anything. The service's own
    container comes first, then the sidecars by name.
    """
    variables = {**container.environment, **_told(container.port)}
    routing = container.log_routing
    own = {
        "name": container.name,
        "image": container.image,
        "essential": True,
        "user": container.user,
        "privileged": False,
        "readonlyRootFilesystem": True,
        "stopTimeout": container.stop_timeout,
        "portMappings": _ports(container.port, container.named_port),
        "environment": _variables(variables),
        "secrets": _secrets(container.secrets),
        "logConfiguration": routing.said if routing else _to_cloudwatch(container.logs),
        **limits_of(container.limits),
        **_ulimits(container.ulimits),
        **_init(asked=container.init),
        **mount_points(container.mounts),
        **order_of(container.depends_on),
        **_health_check(container.health_check),
    }
    return [own, *(_beside(one, container.logs) for one in sorted(sidecars, key=lambda one: one.name))]


def _beside(sidecar: Sidecar, logs: Logs) -> dict[str, Any]:
    said = {
        "name": sidecar.name,
        "image": sidecar.image,
        "essential": sidecar.essential,
        "user": sidecar.user,
        "privileged": False,
        "readonlyRootFilesystem": True,
        "stopTimeout": sidecar.stop_timeout,
        "environment": _variables(sidecar.environment),
        "secrets": _secrets(sidecar.secrets),
        "logConfiguration": _to_cloudwatch(logs),
        **limits_of(sidecar.limits),
        **mount_points(sidecar.mounts),
        **order_of(sidecar.depends_on),
        **_health_check(sidecar.health_check),
    }
    if sidecar.command:
        said["command"] = list(sidecar.command)
    if sidecar.start_timeout is not None:
        said["startTimeout"] = sidecar.start_timeout
    if sidecar.firelens is not None:
        said["firelensConfiguration"] = {"type": "fluentbit", "options": dict(sorted(sidecar.firelens.items()))}
    return said


def _health_check(check: HealthCheck | None) -> dict[str, Any]:
    return {"healthCheck": check.said} if check else {}


def _told(port: int | None) -> dict[str, str]:
    return {} if port is None else {"PORT": str(port)}


def _ports(port: int | None, named: NamedPort | None) -> list[dict[str, Any]]:
    if port is None:
        return []
    return [{"containerPort": port, "hostPort": port, "protocol": "tcp", **(named.said if named else {})}]


def _variables(variables: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": variables[name]} for name in sorted(variables)]


def _secrets(secrets: Sequence[ContainerSecret | ContainerParameter]) -> list[dict[str, Any]]:
    return [
        {"name": secret.variable, "valueFrom": secret.value_from}
        for secret in sorted(secrets, key=lambda secret: secret.variable)
    ]


def _to_cloudwatch(logs: Logs) -> dict[str, Any]:
    return {
        "logDriver": "awslogs",
        "options": {
            "awslogs-group": logs.group,
            "awslogs-region": logs.region,
            "awslogs-stream-prefix": "ecs",
        },
    }


def limits_of(limits: Limits) -> dict[str, Any]:
    """What a definition says of a container's part of the task (AWS: "ContainerDefinition")."""
    said = {"cpu": limits.cpu, "memory": limits.memory, "memoryReservation": limits.memory_reservation}
    return {name: value for name, value in said.items() if value}


def _ulimits(ulimits: Sequence[Ulimit]) -> dict[str, Any]:
    said = [
        {"name": one.name, "softLimit": one.soft, "hardLimit": one.hard}
        for one in sorted(ulimits, key=lambda one: one.name)
    ]
    return {"ulimits": said} if said else {}


def _init(*, asked: bool) -> dict[str, Any]:
    return {"linuxParameters": {"initProcessEnabled": True}} if asked else {}
