"""Container definitions: what AWS refuses in them, and the defaults it fills in (AWS: "ContainerDefinition")."""

from __future__ import annotations

import re
from typing import Any

from sandbox.ecs import refusals

Json = dict[str, Any]

_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
_PORTS = range(1, 65536)
_FARGATE_LONGEST_STOP = 120
_FARGATE_LOG_DRIVERS = ("awslogs", "splunk", "awsfirelens")


def completed(containers: list[Json], network_mode: str) -> list[Json]:
    """The definitions as AWS gives them back: with its defaults."""
    return [_completed(container, network_mode) for container in containers]


def check(containers: list[Json], *, network_mode: str, fargate: bool, cpu: int, memory: int) -> None:
    """Refuse what AWS would; ``cpu`` units and ``memory`` MiB are the task's, 0 if it has none."""
    if not containers:
        raise refusals.client("Container list cannot be empty.")
    names = [container.get("name", "") for container in containers]
    for container in containers:
        _check_container(container, network_mode=network_mode, fargate=fargate, sized=memory > 0)
    if len(set(names)) < len(names):
        raise refusals.client("Container names must be unique within a task definition.")
    if not any(container.get("essential", True) for container in containers):
        raise refusals.client("Task definition must have at least one essential container.")
    _check_sums(containers, cpu, memory)
    _check_dependencies(containers, set(names))


def _completed(container: Json, network_mode: str) -> Json:
    defaults: Json = {
        "cpu": 0,
        "essential": True,
        "environment": [],
        "mountPoints": [],
        "volumesFrom": [],
        "systemControls": [],
    }
    result = defaults | container
    result["portMappings"] = [_completed_port(port, network_mode) for port in container.get("portMappings", [])]
    if "healthCheck" in container:
        result["healthCheck"] = {"interval": 30, "timeout": 5, "retries": 3} | container["healthCheck"]
    return result


def _completed_port(port: Json, network_mode: str) -> Json:
    result: Json = {"protocol": "tcp"} | port
    if "containerPort" in port:
        result.setdefault("hostPort", port["containerPort"] if network_mode in {"awsvpc", "host"} else 0)
    return result


def _check_container(container: Json, *, network_mode: str, fargate: bool, sized: bool) -> None:
    name = container.get("name")
    if not name:
        raise refusals.client("Container.name should not be null or empty.")
    if not _NAME.fullmatch(name):
        raise refusals.client(
            f"Invalid container name {name!r}: up to 255 letters, numbers, hyphens and underscores are allowed."
        )
    if not container.get("image"):
        raise refusals.client("Container.image should not be null or empty.")
    if not sized and not container.get("memory") and not container.get("memoryReservation"):
        raise refusals.client(
            f"Invalid setting for container '{name}'. "
            "At least one of 'memory' or 'memoryReservation' must be specified."
        )
    for port in container.get("portMappings", []):
        _check_port(port, network_mode)
    if fargate:
        _check_on_fargate(container)
    _check_health_check(container)


def _check_port(port: Json, network_mode: str) -> None:
    number, host = port.get("containerPort"), port.get("hostPort")
    if number is None and "containerPortRange" not in port:
        raise refusals.client("Port mapping must have a containerPort or a containerPortRange.")
    if number is not None and number not in _PORTS:
        raise refusals.client(f"Invalid container port {number}: it must be from 1 to 65535.")
    if network_mode == "awsvpc" and host is not None and host not in {number, 0}:
        raise refusals.client(
            "When networkMode=awsvpc, the host ports and container ports in port mappings must match."
        )


def _check_on_fargate(container: Json) -> None:
    name = container["name"]
    if container.get("privileged"):
        raise refusals.client("Fargate does not support privileged mode.")
    if container.get("links"):
        raise refusals.client("Links are not supported when networkMode=awsvpc.")
    if container.get("stopTimeout", 0) > _FARGATE_LONGEST_STOP:
        raise refusals.client(
            f"Container '{name}' has a stopTimeout of {container['stopTimeout']} seconds, "
            f"the maximum on Fargate is {_FARGATE_LONGEST_STOP}."
        )
    driver = container.get("logConfiguration", {}).get("logDriver")
    if driver and driver not in _FARGATE_LOG_DRIVERS:
        raise refusals.client(f"Log driver '{driver}' is not supported on Fargate.")
    options = container.get("logConfiguration", {}).get("options", {})
    if driver == "awslogs":
        for option in ("awslogs-group", "awslogs-region", "awslogs-stream-prefix"):
            if not options.get(option):
                raise refusals.client(f"Log driver awslogs requires options: awslogs-group, awslogs-region, {option}.")


def _check_health_check(container: Json) -> None:
    health = container.get("healthCheck")
    if health is None:
        return
    command = health.get("command") or [""]
    if command[0] not in {"CMD", "CMD-SHELL", "NONE"}:
        raise refusals.client("Health check command must begin with CMD, CMD-SHELL or NONE.")
    limits = {"interval": (5, 300), "timeout": (2, 60), "retries": (1, 10), "startPeriod": (0, 300)}
    for name, (least, most) in limits.items():
        if name in health and not least <= health[name] <= most:
            raise refusals.client(f"Health check {name} must be from {least} to {most}, got {health[name]}.")


def _check_sums(containers: list[Json], cpu: int, memory: int) -> None:
    if memory:
        reserved = sum(c.get("memoryReservation") or c.get("memory") or 0 for c in containers)
        if reserved > memory:
            raise refusals.client(
                "Invalid setting for container. The sum of the containers' memory "
                f"({reserved} MiB) is more than the task's memory ({memory} MiB)."
            )
    if cpu and sum(c.get("cpu") or 0 for c in containers) > cpu:
        raise refusals.client(f"The sum of the containers' cpu units is more than the task's cpu ({cpu}).")


def _check_dependencies(containers: list[Json], names: set[str]) -> None:
    for container in containers:
        for dependency in container.get("dependsOn", []):
            other = dependency["containerName"]
            if other not in names or other == container["name"]:
                raise refusals.client(
                    f"Container '{container['name']}' depends on container '{other}', "
                    "which is not another container of the task definition."
                )
