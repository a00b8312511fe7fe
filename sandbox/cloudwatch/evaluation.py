"""From data points to the state of an alarm, without a clock.

AWS: "Evaluating an alarm" and "Configuring how CloudWatch alarms treat missing data": documented, where nothing else
is said.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """The state of an alarm."""

    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


class Missing(StrEnum):
    """How missing data points are treated."""

    MISSING = "missing"
    IGNORE = "ignore"
    BREACHING = "breaching"
    NOT_BREACHING = "notBreaching"


COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}

_LOOK_BACK = 2


def evaluation_range(evaluation_periods: int) -> int:
    """How many of the latest periods are looked at, so as to make up for missing data points.

    AWS gives one example, 5 for 3 evaluation periods, and says that the number depends on the period and the metric's
    resolution: two more than the evaluation periods is assumed for all.
    """
    return evaluation_periods + _LOOK_BACK


@dataclass(frozen=True)
class Condition:
    """``needed`` of the last ``periods`` data points must breach the threshold."""

    comparison: str
    threshold: float
    periods: int
    needed: int
    missing: Missing = Missing.MISSING

    def breaches(self, value: float) -> bool:
        """Whether a data point is beyond the threshold."""
        return COMPARISONS[self.comparison](value, self.threshold)


@dataclass(frozen=True)
class Verdict:
    """``state`` is None when the alarm keeps the state that it has.

    ``looked_at`` are the positions of the data points that it rests on, newest first (0 is the latest period);
    ``filled`` is how many were missing and were filled in.
    """

    state: State | None
    looked_at: tuple[int, ...] = ()
    filled: int = 0


def evaluate(condition: Condition, newest_first: Sequence[float | None]) -> Verdict:
    """The state that the data points of the evaluation range call for; None stands for a missing one."""
    real = [age for age, value in enumerate(newest_first) if value is not None][: condition.periods]
    breaching = [age for age in real if condition.breaches(_real(newest_first[age]))]
    filled = condition.periods - len(real)
    if filled == 0:
        return Verdict(_by_count(len(breaching), condition), tuple(real))
    assumed_breaching = filled if condition.missing is Missing.BREACHING else 0
    if len(breaching) + assumed_breaching >= condition.needed:
        return Verdict(State.ALARM, tuple(real), filled)
    if condition.missing in {Missing.BREACHING, Missing.NOT_BREACHING}:
        return Verdict(State.OK, tuple(real), filled)
    return Verdict(_undecided(condition, real, breaching), tuple(real), filled)


def _undecided(condition: Condition, real: list[int], breaching: list[int]) -> State | None:
    """Too few data points are there for ALARM, and nothing is put in the place of the missing ones."""
    if len(breaching) < len(real):
        return State.OK
    if condition.missing is Missing.IGNORE:
        return None
    if not real:
        return State.INSUFFICIENT_DATA
    return State.ALARM if _is_premature_alarm(condition, real) else State.OK


def _is_premature_alarm(condition: Condition, breaching: list[int]) -> bool:
    """All that is there breaches, and the oldest of it is as old as the data points to alarm.

    AWS: "Avoiding premature transitions to alarm state". That a younger one leads to OK follows from the page's rule
    for too few breaching data points, but no row of its tables shows it: assumed.
    """
    return max(breaching) + 1 >= condition.needed


def _by_count(breaching: int, condition: Condition) -> State:
    return State.ALARM if breaching >= condition.needed else State.OK


def _real(value: float | None) -> float:
    if value is None:
        raise ValueError("a missing data point has no value")
    return value
