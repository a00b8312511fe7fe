"""The container definitions of a task, as canonical JSON: the same content is the same text, hence no new revision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from components.volumes import Mount, mount_points
from release.container_limits import SHARED, Limits, Ulimit, check_stop_timeout, check_ulimits


@dataclass(frozen=True, kw_only=True)
class ContainerSecret:
    """A secret that ECS gives to the container when it starts."""

    variable: str
    arn: pulumi.Input[str]
    json_key: str | None = None

    @property
    def value_from(self) -> pulumi.Output[str]:
        """The reference in ECS's words (AWS: "Pass Secrets Manager secrets through ... environment variables")."""
        key = f":{self.json_key}::" if self.json_key else ""
        return pulumi.Output.concat(self.arn, key)


@dataclass(frozen=True, kw_only=True)
class Container:
    """The one container of a service."""

    name: str
    image: pulumi.Input[str]
    """By digest."""
    port: int
    user: str
    """Never root."""
    environment: Mapping[str, str]
    secrets: Sequence[ContainerSecret]
    stop_timeout: int
    """Seconds between SIGTERM and SIGKILL."""
    log_group: pulumi.Input[str]
    region: str
    limits: Limits = SHARED
    ulimits: Sequence[Ulimit] = ()
    mounts: Sequence[Mount] = ()
    init: bool = False
    """Whether process 1 is an init that hands on signals and reaps what its children leave (Docker's `--init`)."""

    def __post_init__(self) -> None:
        if self.user.split(":")[0] in ("", "0", "root"):
            raise ValueError(f"user is {self.user!r}; a container does not run as root")
        check_stop_timeout(self.stop_timeout)
        check_ulimits(self.ulimits)


def container_definitions(container: Container) -> list[dict[str, Any]]:
    """The definitions with all that AWS would fill in by itself, lists that are sets in order.

    What is not asked for is not in them: an option that nobody uses is no new revision of anything.
    """
    variables = {**container.environment, "PORT": str(container.port)}
    return [
        {
            "name": container.name,
            "image": container.image,
            "essential": True,
            "user": container.user,
            "privileged": False,
            "readonlyRootFilesystem": True,
            "stopTimeout": container.stop_timeout,
            "portMappings": [
                {"containerPort": container.port, "hostPort": container.port, "protocol": "tcp"},
            ],
            "environment": [{"name": name, "value": variables[name]} for name in sorted(variables)],
            "secrets": [
                {"name": secret.variable, "valueFrom": secret.value_from}
                for secret in sorted(container.secrets, key=lambda secret: secret.variable)
            ],
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {
                    "awslogs-group": container.log_group,
                    "awslogs-region": container.region,
                    "awslogs-stream-prefix": "ecs",
                },
            },
            **limits_of(container.limits),
            **_ulimits(container.ulimits),
            **_init(asked=container.init),
            **mount_points(container.mounts),
        }
    ]


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
