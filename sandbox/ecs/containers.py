"""Container definitions: what AWS refuses in them, and the defaults it fills in (AWS: "ContainerDefinition")."""

from __future__ import annotations

import re
from typing import Any

from sandbox.ecs import container_links, firelens, refusals
from sandbox.ecs.fargate import check_container as check_on_fargate

Json = dict[str, Any]

_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
_PORTS = range(1, 65536)
_PORT_NAME = re.compile(r"[a-z0-9_][a-z0-9_-]{0,63}")
_LEAST_MEMORY = 6
_NOT_IN_AWSVPC = ("links", "hostname")


def completed(containers: list[Json], network_mode: str) -> list[Json]:
    """The definitions as AWS gives them back: with its defaults."""
    return [_completed(container, network_mode) for container in containers]


def check(containers: list[Json], *, network_mode: str, fargate: bool, cpu: int, memory: int) -> None:
    """Refuse what AWS would; ``cpu`` units and ``memory`` MiB are the task's, 0 if it has none."""
    if not containers:
        raise refusals.client("Container list cannot be empty.")
    names = [container.get("name", "") for container in containers]
    for container in containers:
        _check_container(container, network_mode=network_mode, sized=memory > 0)
        if fargate:
            check_on_fargate(container)
    if len(set(names)) < len(names):
        raise refusals.client("Container names must be unique within a task definition.")
    _check_ports(containers, network_mode)
    if not any(container.get("essential", True) for container in containers):
        raise refusals.client("Task definition must have at least one essential container.")
    _check_sums(containers, cpu, memory)
    container_links.check(containers, network_mode)
    firelens.check(containers, fargate=fargate)


def _completed(container: Json, network_mode: str) -> Json:
    defaults: Json = {
        "cpu": 0,
        "essential": True,
        "environment": [],
        "mountPoints": [],
        "volumesFrom": [],
        "systemControls": [],
    }
    result = defaults | firelens.completed(container)
    result["portMappings"] = [_completed_port(port, network_mode) for port in container.get("portMappings", [])]
    if "healthCheck" in container:
        result["healthCheck"] = {"interval": 30, "timeout": 5, "retries": 3} | container["healthCheck"]
    return result


def _completed_port(port: Json, network_mode: str) -> Json:
    result: Json = {"protocol": "tcp"} | port
    if "containerPort" in port:
        result.setdefault("hostPort", port["containerPort"] if network_mode in {"awsvpc", "host"} else 0)
    return result


def _check_container(container: Json, *, network_mode: str, sized: bool) -> None:
    name = container.get("name")
    if not name:
        raise refusals.client("Container.name should not be null or empty.")
    if not _NAME.fullmatch(name):
        raise refusals.client(
            f"Invalid container name {name!r}: up to 255 letters, numbers, hyphens and underscores are allowed."
        )
    if not container.get("image"):
        raise refusals.client("Container.image should not be null or empty.")
    _check_memory(container, sized=sized)
    for port in container.get("portMappings", []):
        _check_port(port, network_mode)
    if network_mode == "awsvpc":
        for member in _NOT_IN_AWSVPC:
            if container.get(member):
                raise refusals.client(f"{member.capitalize()} are not supported when networkMode=awsvpc.")
    _check_health_check(container)
    _check_environment(container)
    _check_ulimits(container)


def _check_memory(container: Json, *, sized: bool) -> None:
    """AWS: "ContainerDefinition", memory and memoryReservation: documented; the first message is observed."""
    name = container["name"]
    if not sized and not container.get("memory") and not container.get("memoryReservation"):
        raise refusals.client(
            f"Invalid setting for container '{name}'. "
            "At least one of 'memory' or 'memoryReservation' must be specified."
        )
    hard, soft = container.get("memory"), container.get("memoryReservation")
    for member, value in (("memory", hard), ("memoryReservation", soft)):
        if value is not None and value < _LEAST_MEMORY:
            raise refusals.client(
                f"Invalid setting for container '{name}'. '{member}' must be at least {_LEAST_MEMORY} MiB, got {value}."
            )
    if hard and soft and hard < soft:
        raise refusals.client(
            f"Invalid setting for container '{name}'. The 'memory' ({hard} MiB) must not be less than the "
            f"'memoryReservation' ({soft} MiB)."
        )
    if (container.get("cpu") or 0) < 0:
        raise refusals.client(f"Invalid setting for container '{name}'. 'cpu' must not be negative.")


def _check_environment(container: Json) -> None:
    """The message is observed (dagster-io/dagster#11622)."""
    taken = {variable.get("name") for variable in container.get("environment", [])}
    for secret in container.get("secrets", []):
        if secret["name"] in taken:
            raise refusals.client(
                "The secret name must be unique and not shared with any new or existing environment variables set on "
                f"the container, such as '{secret['name']}'."
            )
        taken.add(secret["name"])


def _check_ulimits(container: Json) -> None:
    names = [ulimit["name"] for ulimit in container.get("ulimits", [])]
    if len(set(names)) < len(names):
        raise refusals.client(f"Container '{container['name']}' has a ulimit twice.")
    for ulimit in container.get("ulimits", []):
        if ulimit["softLimit"] > ulimit["hardLimit"]:
            raise refusals.client(
                f"The soft limit of the ulimit {ulimit['name']} ({ulimit['softLimit']}) is above its hard limit "
                f"({ulimit['hardLimit']})."
            )


def _check_ports(containers: list[Json], network_mode: str) -> None:
    """Ports that containers share a network for, and names that are the whole definition's: once each (assumed)."""
    seen: set[Any] = set()
    for container in containers:
        for port in container.get("portMappings", []):
            name, host = port.get("name"), port.get("hostPort") or port.get("containerPort")
            key = (host, port.get("protocol", "tcp"))
            if name and name in seen:
                raise refusals.client(f"Port mapping names must be unique within a task definition: {name}.")
            if network_mode in {"awsvpc", "host"} and host and key in seen:
                raise refusals.client(f"The port {host}/{key[1]} is mapped more than once in the task definition.")
            seen |= {name, key}


def _check_port(port: Json, network_mode: str) -> None:
    if network_mode == "none":
        raise refusals.client("Port mappings are not supported when networkMode=none.")
    number, host = port.get("containerPort"), port.get("hostPort")
    if number is not None and "containerPortRange" in port:
        raise refusals.client("Port mapping must have a containerPort or a containerPortRange, not both.")
    if name := port.get("name"):
        _check_port_name(name)
    if number is None and "containerPortRange" not in port:
        raise refusals.client("Port mapping must have a containerPort or a containerPortRange.")
    if number is not None and number not in _PORTS:
        raise refusals.client(f"Invalid container port {number}: it must be from 1 to 65535.")
    if host is not None and host != 0 and host not in _PORTS:
        raise refusals.client(f"Invalid host port {host}: it must be from 0 to 65535.")
    if network_mode in {"awsvpc", "host"} and host is not None and host not in {number, 0}:
        raise refusals.client(
            f"When networkMode={network_mode}, the host ports and container ports in port mappings must match."
        )


def _check_port_name(name: str) -> None:
    """AWS: "PortMapping", name: documented; the wording is assumed."""
    if not _PORT_NAME.fullmatch(name):
        raise refusals.client(
            f"Invalid port mapping name {name!r}: up to 64 lowercase letters, numbers, underscores and hyphens are "
            "allowed, the first one no hyphen."
        )


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
    """The message about one container's memory is observed (pulumi/pulumi-awsx#1220), the others are assumed."""
    if memory:
        for container in containers:
            if (container.get("memory") or 0) > memory:
                raise refusals.client(
                    f"The 'memory' setting for container '{container['name']}' is greater than for the task."
                )
        reserved = sum(c.get("memoryReservation") or c.get("memory") or 0 for c in containers)
        if reserved > memory:
            raise refusals.client(
                "Invalid setting for container. The sum of the containers' memory "
                f"({reserved} MiB) is more than the task's memory ({memory} MiB)."
            )
    if cpu and sum(c.get("cpu") or 0 for c in containers) > cpu:
        raise refusals.client(f"The sum of the containers' cpu units is more than the task's cpu ({cpu}).")
