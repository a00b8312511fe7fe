"""Sizes of Fargate tasks (AWS: "Amazon ECS task definition parameters for Fargate", task size): documented."""

from __future__ import annotations

from sandbox.ecs import refusals

_GIB = 1024
_MEMORY: dict[int, tuple[int, ...]] = {
    256: (512, 1 * _GIB, 2 * _GIB),
    512: tuple(range(1 * _GIB, 4 * _GIB + 1, _GIB)),
    1024: tuple(range(2 * _GIB, 8 * _GIB + 1, _GIB)),
    2048: tuple(range(4 * _GIB, 16 * _GIB + 1, _GIB)),
    4096: tuple(range(8 * _GIB, 30 * _GIB + 1, _GIB)),
    8192: tuple(range(16 * _GIB, 60 * _GIB + 1, 4 * _GIB)),
    16384: tuple(range(32 * _GIB, 120 * _GIB + 1, 8 * _GIB)),
}
"""Allowed memory in MiB by CPU units."""


def check_size(cpu: str | None, memory: str | None) -> tuple[str, str]:
    """CPU units and memory in MiB, as AWS stores them ("256", "512"); "0.25 vCPU" and "0.5 GB" are understood."""
    if not cpu:
        raise refusals.client("Fargate requires that 'cpu' be defined at the task level.")
    if not memory:
        raise refusals.client("Fargate requires that 'memory' be defined at the task level.")
    units, mebibytes = task_number(cpu, "vcpu", "cpu"), task_number(memory, "gb", "memory")
    if mebibytes not in _MEMORY.get(units, ()):
        raise refusals.client(
            f"No Fargate configuration exists for given values: {units} CPU, {mebibytes} memory. "
            "See the Amazon ECS documentation for the valid values."
        )
    return str(units), str(mebibytes)


def task_number(text: str, unit: str, name: str) -> int:
    """A task's cpu in units (``unit`` is "vcpu") or memory in MiB ("gb"), written as a number or with the unit."""
    plain = text.strip().lower()
    try:
        if plain.endswith(unit):
            return round(float(plain.removesuffix(unit)) * _GIB)
        return int(plain)
    except ValueError:
        raise refusals.client(f"Invalid '{name}' setting for task: {text}") from None
