"""What a container may take of its task: CPU, memory, open files. Checked here, before ECS is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

LEAST_MEMORY: Final = 6
"""MiB (AWS: "ContainerDefinition", memory): *documented*."""
STOP_TIMEOUTS: Final = range(1, 121)
"""Seconds (AWS: "Amazon ECS task definition parameters for Fargate", stopTimeout): *documented*."""
EPHEMERAL_STORAGE: Final = range(21, 201)
"""GiB (AWS: "EphemeralStorage"): *documented*. A task that asks for none has 20."""
ULIMITS: Final = (
    "core",
    "cpu",
    "data",
    "fsize",
    "locks",
    "memlock",
    "msgqueue",
    "nice",
    "nofile",
    "nproc",
    "rss",
    "rtprio",
    "rttime",
    "sigpending",
    "stack",
)
"""AWS: "Ulimit", name: *documented*."""


class LimitError(ValueError):
    """A limit that no task on Fargate can have. Its text names the value and what is allowed."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """A container's part of its task. By default it shares all with the others."""

    cpu: int = 0
    """CPU units kept for it, 1024 a vCPU. It may take more while nobody else needs them."""
    memory: int | None = None
    """MiB above which it is killed. None: the task's."""
    memory_reservation: int | None = None
    """MiB kept for it. It may take more while there is some."""

    def __post_init__(self) -> None:
        if self.cpu < 0:
            raise LimitError(f"cpu is {self.cpu}; a container keeps 0 CPU units or more for itself")
        for name, value in (("memory", self.memory), ("memory_reservation", self.memory_reservation)):
            if value is not None and value < LEAST_MEMORY:
                raise LimitError(f"{name} is {value} MiB; a container needs {LEAST_MEMORY} MiB at least")
        if self.memory is not None and self.memory_reservation is not None and self.memory <= self.memory_reservation:
            raise LimitError(
                f"memory is {self.memory} MiB and memory_reservation {self.memory_reservation} MiB; a container is "
                "killed above memory, which must be more than what is kept for it"
            )

    @property
    def kept(self) -> int:
        """MiB that no other container of the task can have."""
        return self.memory_reservation or self.memory or 0


SHARED: Final = Limits()
"""No part of its own."""


@dataclass(frozen=True, kw_only=True)
class Ulimit:
    """A limit of the operating system (AWS: "Ulimit"). Fargate's own `nofile` is 65535."""

    name: str
    """As the operating system names it, `nofile`."""
    soft: int
    """What holds."""
    hard: int
    """What the container may raise it to."""

    def __post_init__(self) -> None:
        if self.name not in ULIMITS:
            raise LimitError(f"there is no ulimit {self.name!r}; there are {', '.join(ULIMITS)}")
        if self.soft > self.hard:
            raise LimitError(f"ulimit {self.name} has soft {self.soft} and hard {self.hard}; soft is at most hard")


def check_limits(cpu: int, memory: int, containers: Mapping[str, Limits]) -> None:
    """Does nothing where the containers fit into a task of `cpu` units and `memory` MiB; raises `LimitError` else.

    AWS: "ContainerDefinition", cpu and memory: *documented* is that the sums are within the task's.
    """
    for name, limits in containers.items():
        if (limits.memory or 0) > memory:
            raise LimitError(f"container {name!r} has {limits.memory} MiB of memory, its task {memory}; lower it")
    for what, unit, wanted, there in (
        ("cpu", "CPU units", {name: one.cpu for name, one in containers.items()}, cpu),
        ("memory", "MiB", {name: one.kept for name, one in containers.items()}, memory),
    ):
        if sum(wanted.values()) > there:
            each = " + ".join(f"{name} {value}" for name, value in wanted.items() if value)
            raise LimitError(
                f"the containers keep {sum(wanted.values())} {unit} for themselves ({each}), and their task has "
                f"{there}; lower their {what}, or raise the task's"
            )


def check_stop_timeout(seconds: int) -> None:
    """Does nothing for a stop timeout that Fargate takes; raises `LimitError` for any other."""
    if seconds not in STOP_TIMEOUTS:
        raise LimitError(
            f"stop_timeout is {seconds}; Fargate waits {STOP_TIMEOUTS[0]} to {STOP_TIMEOUTS[-1]} seconds "
            "between SIGTERM and SIGKILL"
        )


def check_storage(gibibytes: int | None) -> None:
    """Does nothing for ephemeral storage that Fargate has, or None; raises `LimitError` for any other."""
    if gibibytes is not None and gibibytes not in EPHEMERAL_STORAGE:
        raise LimitError(
            f"Fargate has no {gibibytes} GiB of ephemeral storage; it has 20 without being asked, and "
            f"{EPHEMERAL_STORAGE[0]} to {EPHEMERAL_STORAGE[-1]}"
        )


def check_ulimits(ulimits: Sequence[Ulimit]) -> None:
    """Does nothing where each ulimit is set once; raises `LimitError` else."""
    names = [one.name for one in ulimits]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise LimitError(f"ulimit {', '.join(twice)} is set twice; set it once")
