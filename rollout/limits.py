"""How many tasks a rolling deployment keeps healthy, and how many it may run."""

from __future__ import annotations


def minimum_healthy_tasks(desired_count: int, minimum_healthy_percent: int) -> int:
    """Tasks that must stay healthy: the percentage of the desired count, rounded up.

    AWS: "DeploymentConfiguration" (ECS API reference): documented.
    """
    return -(-desired_count * minimum_healthy_percent // 100)


def maximum_tasks(desired_count: int, maximum_percent: int) -> int:
    """Tasks that may run or be about to: the percentage of the desired count, rounded down.

    AWS: "DeploymentConfiguration" (ECS API reference): documented.
    """
    return desired_count * maximum_percent // 100
