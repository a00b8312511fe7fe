"""Sizes of a Fargate task (AWS: "Amazon ECS task definition parameters for Fargate", task size)."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

GIB: Final = 1024
"""MiB in a GiB: AWS counts memory in MiB."""

MEMORY_BY_CPU: Final = {
    256: (512, 1 * GIB, 2 * GIB),
    512: tuple(range(1 * GIB, 4 * GIB + 1, GIB)),
    1024: tuple(range(2 * GIB, 8 * GIB + 1, GIB)),
    2048: tuple(range(4 * GIB, 16 * GIB + 1, GIB)),
    4096: tuple(range(8 * GIB, 30 * GIB + 1, GIB)),
    8192: tuple(range(16 * GIB, 60 * GIB + 1, 4 * GIB)),
    16384: tuple(range(32 * GIB, 120 * GIB + 1, 8 * GIB)),
}
"""The memory sizes (MiB) that Fargate has for each CPU size (CPU units, 1024 of them a vCPU)."""


class SizeError(ValueError):
    """A size that Fargate does not have. Its text names the size and what is allowed."""


def check_cpu(cpu: int) -> None:
    """Does nothing for a CPU size of Fargate (CPU units); raises `SizeError` for any other."""
    if cpu not in MEMORY_BY_CPU:
        raise SizeError(f"Fargate has no {cpu} CPU units; it has {_listed(tuple(MEMORY_BY_CPU))} (1024 are one vCPU)")


def check_size(cpu: int, memory: int) -> None:
    """Does nothing for a pair of CPU (units) and memory (MiB) that Fargate has; raises `SizeError` for any other."""
    check_cpu(cpu)
    if memory not in MEMORY_BY_CPU[cpu]:
        allowed = _listed(MEMORY_BY_CPU[cpu])
        raise SizeError(f"Fargate has no {memory} MiB of memory with {cpu} CPU units; with {cpu} it has {allowed} MiB")


def _listed(numbers: tuple[int, ...]) -> str:
    """`512, 1024, 2048`, and a long row of equal steps as `8192 to 30720 in steps of 1024`."""
    steps = {after - before for before, after in pairwise(numbers)}
    if len(numbers) > 3 and len(steps) == 1:  # noqa: PLR2004 - up to three are shorter when listed
        return f"{numbers[0]} to {numbers[-1]} in steps of {steps.pop()}"
    return ", ".join(map(str, numbers))
