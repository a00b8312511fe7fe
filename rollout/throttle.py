"""How long the scheduler waits before it tries again to start tasks that never start."""

from __future__ import annotations

LONGEST_WAIT = 27 * 60.0
_SHORT_WAIT = 30.0
_FIRST_LONG_WAIT = 300.0
_TRIES_IN_A_ROW = 3


def wait_before_retry(failed_rounds: int) -> float:
    """Seconds until the next launch after so many launches in a row of which no task reached RUNNING.

    AWS: "Amazon ECS service throttle logic": the wait grows up to 27 minutes, and only for tasks that never ran:
    documented. That three tries follow each other after 30 seconds and the fourth after five minutes is observed
    (docs/replays.md, fleetshell-portal: 41, 30 and 297 s; fullstack3-missing-image: 32, 31 s); the doubling is assumed.
    """
    if failed_rounds < 1:
        return 0.0
    if failed_rounds < _TRIES_IN_A_ROW:
        return _SHORT_WAIT
    doublings = min(failed_rounds - _TRIES_IN_A_ROW, 10)  # more would only make a number too large for a float
    return float(min(LONGEST_WAIT, _FIRST_LONG_WAIT * 2**doublings))
