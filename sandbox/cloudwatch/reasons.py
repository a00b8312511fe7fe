"""Why an alarm is in its state, in AWS's words: ``StateReason`` and ``StateReasonData``.

The words are observed, in AWS's own examples ("Alarm events and EventBridge", CloudWatch User Guide) and in public
reports. Which data points are listed where several could be is assumed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.cloudwatch.evaluation import Condition, Missing, State, Verdict

_COMPARED = {
    "GreaterThanOrEqualToThreshold": "greater than or equal to",
    "GreaterThanThreshold": "greater than",
    "LessThanThreshold": "less than",
    "LessThanOrEqualToThreshold": "less than or equal to",
}
_TREATED = {Missing.BREACHING: "Breaching", Missing.NOT_BREACHING: "NonBreaching"}


@dataclass(frozen=True)
class Points:
    """The data points of an evaluation range, newest first; a value is None where data is missing."""

    begins: Sequence[int]
    values: Sequence[float | None]
    counts: Sequence[float]
    """How many samples each rests on."""


def reason(condition: Condition, points: Points, verdict: Verdict) -> str:
    """The ``StateReason`` of a verdict that names a state."""
    if verdict.state is State.INSUFFICIENT_DATA:
        missing = condition.periods
        return f"Insufficient Data: {_datapoints(missing)} {'was' if missing == 1 else 'were'} unknown."
    if verdict.filled and condition.missing in _TREATED:
        return _with_missing(condition, len(verdict.looked_at), verdict.filled)
    breaching = [age for age in verdict.looked_at if condition.breaches(points.values[age] or 0)]
    alarming = verdict.state is State.ALARM
    shown = breaching if alarming else [age for age in verdict.looked_at if age not in breaching] or verdict.looked_at
    listed = ", ".join(f"{float(points.values[age] or 0)} ({_moment(points.begins[age])})" for age in shown)
    verb = "was" if len(shown) == 1 else "were"
    negation = "" if alarming else "not "
    turn = "OK -> ALARM" if alarming else "ALARM -> OK"
    least = condition.needed if alarming else condition.periods - condition.needed + 1
    return (
        f"Threshold Crossed: {len(shown)} out of the last {condition.periods} datapoints [{listed}] {verb} "
        f"{negation}{_COMPARED[condition.comparison]} the threshold ({float(condition.threshold)}) (minimum "
        f"{_datapoints(least)} for {turn} transition)."
    )


def _with_missing(condition: Condition, received: int, missing: int) -> str:
    some = "1 datapoint was" if received == 1 else f"{received or 'no'} datapoints were"
    filled = "1 missing datapoint was" if missing == 1 else f"{missing} missing datapoints were"
    treated = _TREATED[condition.missing]
    return f"Threshold Crossed: {some} received for {_periods(condition.periods)} and {filled} treated as [{treated}]."


def reason_data(body: dict[str, Any], points: Points, verdict: Verdict, now: datetime) -> str:
    """The ``StateReasonData`` of a metric alarm: JSON."""
    real = list(verdict.looked_at)
    evaluated = [
        {"timestamp": _stamp(points.begins[age]), "sampleCount": points.counts[age], "value": points.values[age]}
        for age in real
    ]
    document = {
        "version": "1.0",
        "queryDate": stamp(now),
        "startDate": _stamp(points.begins[max(real)]) if real else None,
        "unit": body.get("Unit"),
        "statistic": body.get("Statistic") or body.get("ExtendedStatistic"),
        "period": body.get("Period"),
        "recentDatapoints": [points.values[age] for age in reversed(real)],
        "threshold": body["Threshold"],
        "evaluatedDatapoints": evaluated,
    }
    return json.dumps({name: value for name, value in document.items() if value is not None})


def stamp(moment: datetime) -> str:
    """``2026-11-23T05:30:00.000+0000``, as alarms write times."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}+0000"


def _stamp(at: int) -> str:
    return stamp(datetime.fromtimestamp(at, UTC))


def _moment(at: int) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%d/%m/%y %H:%M:%S}"


def _datapoints(count: int) -> str:
    return "1 datapoint" if count == 1 else f"{count} datapoints"


def _periods(count: int) -> str:
    return "1 period" if count == 1 else f"{count} periods"
