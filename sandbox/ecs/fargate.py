"""Sizes of Fargate tasks (AWS: "Amazon ECS task definition parameters for Fargate", task size): documented."""

from __future__ import annotations

from release.fargate_size import GIB, MEMORY_BY_CPU
from sandbox.ecs import refusals


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
    """A task's cpu in units (``unit`` is "vcpu") or memory in MiB ("gb"), written as a number or with the unit."""
    plain = text.strip().lower()
    try:
        if plain.endswith(unit):
            return round(float(plain.removesuffix(unit)) * GIB)
        return int(plain)
    except ValueError:
        raise refusals.client(f"Invalid '{name}' setting for task: {text}") from None
