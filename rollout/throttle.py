"""How long the scheduler waits before it tries again to start tasks that never start."""

from __future__ import annotations

LONGEST_WAIT = 27 * 60.0
_FIRST_WAIT = 240.0


def wait_before_retry(failed_rounds: int) -> float:
    """Seconds until the next launch after so many launches in a row of which no task reached RUNNING.

    AWS: "Amazon ECS service throttle logic": the wait grows up to 27 minutes, and only for tasks that never ran:
    documented. That the second try comes at once and the third after some four minutes is observed (a public report of
    a missing image: failures after 2:34, 4:46 and 11:00 minutes); the doubling is assumed.
    """
    if failed_rounds <= 1:
        return 0.0
    doublings = min(failed_rounds - 2, 10)  # more would only make a number too large for a float
    return float(min(LONGEST_WAIT, _FIRST_WAIT * 2**doublings))
