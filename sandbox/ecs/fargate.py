"""What Fargate refuses in a task definition.

AWS: "Amazon ECS task definition parameters for Fargate" and "Amazon ECS task definition differences for Fargate":
documented. Where a message is marked *observed* it is from public reports; the others are assumed after their style.
"""

from __future__ import annotations

from typing import Any

from release.fargate_size import GIB, MEMORY_BY_CPU
from sandbox.ecs import refusals

Json = dict[str, Any]

_LONGEST_STOP = 120
_LOG_DRIVERS = ("awslogs", "splunk", "awsfirelens")
_AWSLOGS_OPTIONS = ("awslogs-group", "awslogs-region", "awslogs-stream-prefix")
_NOT_OF_TASKS = ("ipcMode", "placementConstraints", "inferenceAccelerators", "trustedExecutionConfiguration")
_NOT_OF_CONTAINERS = ("disableNetworking", "dnsSearchDomains", "dnsServers", "dockerSecurityOptions", "extraHosts")
_NOT_OF_LINUX = ("devices", "sharedMemorySize", "tmpfs", "maxSwap", "swappiness")
_CAPABILITY = "SYS_PTRACE"
_NOT_OF_VOLUMES = ("dockerVolumeConfiguration", "fsxWindowsFileServerVolumeConfiguration")


def check_size(cpu: str | None, memory: str | None) -> tuple[str, str]:
    """CPU units and memory in MiB, as AWS stores them ("256", "512"); "0.25 vCPU" and "0.5 GB" are understood."""
    if not cpu:
        raise refusals.client("Fargate requires that 'cpu' be defined at the task level.")
    if not memory:
        raise refusals.client("Fargate requires that 'memory' be defined at the task level.")
    units, mebibytes = task_number(cpu, "vcpu", "cpu"), task_number(memory, "gb", "memory")
    if mebibytes not in MEMORY_BY_CPU.get(units, ()):
        raise refusals.client(
            f"No Fargate configuration exists for given values: {units} CPU, {mebibytes} memory. "
            "See the Amazon ECS documentation for the valid values."
        )
    return str(units), str(mebibytes)


def task_number(text: str, unit: str, name: str) -> int:
    """A task's cpu in units (``unit`` is "vcpu") or memory in MiB ("gb"), written as a number or with the unit.

    AWS: "Troubleshoot Amazon ECS task definition invalid CPU or memory errors": documented.
    """
    plain = text.strip().lower()
    try:
        if plain.endswith(unit):
            return round(float(plain.removesuffix(unit)) * GIB)
        return int(plain)
    except (ValueError, OverflowError):
        raise refusals.client(
            f"Invalid '{name}' setting for task. For more information, see the Troubleshooting section of the Amazon "
            "ECS Developer Guide."
        ) from None


def check_task(params: Json) -> None:
    """Refuse what no task on Fargate may have, ``params`` being those of RegisterTaskDefinition."""
    for name in _NOT_OF_TASKS:
        if params.get(name):
            raise refusals.client(f"Tasks using the Fargate launch type do not support {name}.")  # observed of ipcMode
    if params.get("pidMode", "task") != "task":
        raise refusals.client("Tasks using the Fargate launch type only support pidMode task.")
    system = (params.get("runtimePlatform") or {}).get("operatingSystemFamily", "LINUX")
    if system != "LINUX":
        raise refusals.client(f"The Slipway sandbox knows the operatingSystemFamily LINUX only: {system}.")
    for volume in params.get("volumes") or []:
        _check_volume(volume)


def _check_volume(volume: Json) -> None:
    for name in _NOT_OF_VOLUMES:
        if volume.get(name) is not None:
            raise refusals.client(f"Fargate compatible task definitions do not support {name}")
    if (volume.get("host") or {}).get("sourcePath"):
        raise refusals.client("Fargate compatible task definitions do not support sourcePath")  # observed


def check_container(container: Json) -> None:
    """Refuse what no container on Fargate may have."""
    name = container["name"]
    if container.get("privileged"):
        raise refusals.client("Fargate does not support privileged mode.")
    for member in _NOT_OF_CONTAINERS:
        if container.get(member):
            raise refusals.client(f"Tasks using the Fargate launch type do not support {member}.")
    if any(need.get("type") == "GPU" for need in container.get("resourceRequirements", [])):
        raise refusals.client("Tasks using the Fargate launch type do not support GPU resource requirements.")
    for member in ("startTimeout", "stopTimeout"):
        if container.get(member, 0) > _LONGEST_STOP:
            raise refusals.client(
                f"Container '{name}' has a {member} of {container[member]} seconds, "
                f"the maximum on Fargate is {_LONGEST_STOP}."
            )
    _check_linux(container.get("linuxParameters") or {})
    _check_log(container.get("logConfiguration") or {})


def _check_linux(linux: Json) -> None:
    for member in _NOT_OF_LINUX:
        if linux.get(member):
            raise refusals.client(f"Tasks using the Fargate launch type do not support linuxParameters.{member}.")
    added = (linux.get("capabilities") or {}).get("add", [])
    if other := [one for one in added if one != _CAPABILITY]:
        raise refusals.client(f"The capability {other[0]} cannot be added on Fargate, only {_CAPABILITY} can.")


def _check_log(log: Json) -> None:
    driver, options = log.get("logDriver"), log.get("options") or {}
    if driver and driver not in _LOG_DRIVERS:
        raise refusals.client(f"Log driver '{driver}' is not supported on Fargate.")
    if driver == "awslogs":
        for option in _AWSLOGS_OPTIONS:
            if not options.get(option):
                raise refusals.client(f"Log driver awslogs requires options: awslogs-group, awslogs-region, {option}.")
