"""In which order the containers of a task start, and how ECS tells that one is healthy.

AWS: "ContainerDependency" and "HealthCheck" (ECS API reference): *documented*. They stop in the reverse order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from graphlib import CycleError, TopologicalSorter
from typing import Any, Final

LIMITS: Final = {
    "interval": range(5, 301),
    "timeout": range(2, 61),
    "retries": range(1, 11),
    "start_period": range(301),
}
"""Seconds, but for the retries (AWS: "HealthCheck"): *documented*."""


class Condition(StrEnum):
    """What the other container must have reached."""

    START = "START"
    COMPLETE = "COMPLETE"
    """It has ended, however."""
    SUCCESS = "SUCCESS"
    """It has ended with exit code 0."""
    HEALTHY = "HEALTHY"
    """Its health check has passed."""


ENDS: Final = (Condition.COMPLETE, Condition.SUCCESS)


@dataclass(frozen=True, kw_only=True)
class Dependency:
    """A container that must have come so far before this one starts."""

    container: str
    """Its name."""
    condition: Condition = Condition.START
    """What it must have reached."""


@dataclass(frozen=True, kw_only=True)
class HealthCheck:
    """How ECS asks a container whether it is well. A task with an essential container that is not is replaced."""

    command: Sequence[str]
    """Run in the container, such as `("CMD", "/healthcheck")`; `CMD-SHELL` goes through its shell."""
    interval: int = 10
    """Seconds between two checks."""
    timeout: int = 5
    """Seconds after which a check has failed."""
    retries: int = 3
    """Failures in a row that make it unhealthy."""
    start_period: int = 0
    """Seconds at the start in which failures do not count."""

    def __post_init__(self) -> None:
        if len(self.command) < 2 or self.command[0] not in ("CMD", "CMD-SHELL"):  # noqa: PLR2004 - the kind, and one
            raise ValueError(f"health check {list(self.command)}: begin with CMD or CMD-SHELL, then the command")
        for name, allowed in LIMITS.items():
            value = getattr(self, name)
            if value not in allowed:
                raise ValueError(f"health check: {name} is {value}; allowed are {allowed[0]} to {allowed[-1]}")

    @property
    def said(self) -> dict[str, Any]:
        """In ECS's words, with all that AWS would fill in."""
        return {
            "command": list(self.command),
            "interval": self.interval,
            "timeout": self.timeout,
            "retries": self.retries,
            "startPeriod": self.start_period,
        }


@dataclass(frozen=True, kw_only=True)
class Ordered:
    """What the order of a container depends on."""

    depends_on: Sequence[Dependency] = ()
    essential: bool = True
    has_health_check: bool = False


def check_order(containers: Mapping[str, Ordered]) -> None:
    """Does nothing where all containers (by name) can start; raises `ValueError` where one would wait for ever."""
    for name, container in containers.items():
        for wanted in container.depends_on:
            _check(name, wanted, containers)
    graph = {name: [wanted.container for wanted in container.depends_on] for name, container in containers.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle = " after ".join(reversed(error.args[1]))
        raise ValueError(f"no container would start: {circle}; break the circle") from None


def _check(name: str, wanted: Dependency, containers: Mapping[str, Ordered]) -> None:
    other = containers.get(wanted.container)
    if other is None or wanted.container == name:
        others = ", ".join(one for one in containers if one != name)
        raise ValueError(
            f"container {name!r} starts after {wanted.container!r}, which is no other container of its task; there "
            f"{'is ' + others if others else 'are none'}"
        )
    if wanted.condition in ENDS and other.essential:
        raise ValueError(
            f"container {name!r} waits until {wanted.container!r} has ended, and the task ends with it; "
            "set essential to False there"
        )
    if wanted.condition is Condition.HEALTHY and not other.has_health_check:
        raise ValueError(
            f"container {name!r} waits until {wanted.container!r} is healthy, which has no health check; add one"
        )


def order_of(depends_on: Sequence[Dependency]) -> dict[str, Any]:
    """What a container definition says of what it waits for."""
    said = [
        {"containerName": one.container, "condition": one.condition.value}
        for one in sorted(depends_on, key=lambda one: one.container)
    ]
    return {"dependsOn": said} if said else {}
