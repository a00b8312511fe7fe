"""The deployment circuit breaker."""

from __future__ import annotations

from rollout.settings import Breaker, ThresholdType

MINIMUM_THRESHOLD = 3
MAXIMUM_THRESHOLD = 200


def threshold(breaker: Breaker, desired_count: int) -> int:
    """Failed tasks at which a deployment fails.

    AWS: "How the Amazon ECS deployment circuit breaker detects failures": min(200, max(3, ceil(0.5 x desired count))):
    documented. Other types and values by "ThresholdConfiguration" (ECS API reference): documented; that percentages
    round up and that the least threshold is 1 is assumed.
    """
    if breaker.threshold_type is ThresholdType.COUNT:
        return max(1, breaker.threshold_value)
    tasks = -(-desired_count * breaker.threshold_value // 100)
    if breaker.threshold_type is ThresholdType.UNBOUNDED_PERCENT:
        return max(1, tasks)
    return min(MAXIMUM_THRESHOLD, max(MINIMUM_THRESHOLD, tasks))


def trips(breaker: Breaker, failed_tasks: int, desired_count: int) -> bool:
    """Whether so many failed tasks fail the deployment."""
    return breaker.enabled and failed_tasks >= threshold(breaker, desired_count)
