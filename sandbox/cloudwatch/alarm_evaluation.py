"""Evaluating the alarms that are kept, on the metrics that there are."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sandbox.cloudwatch.alarm_record import AlarmRecord
from sandbox.cloudwatch.evaluation import State, evaluate, evaluation_range
from sandbox.cloudwatch.metric import Metric, Span
from sandbox.cloudwatch.metric_math import MathError
from sandbox.cloudwatch.metrics import Metrics
from sandbox.cloudwatch.queries import Queries
from sandbox.cloudwatch.reasons import Points, reason, reason_data
from sandbox.cloudwatch.samples import percent_of, statistic


class Finding(NamedTuple):
    """A state, and why."""

    state: State
    reason: str
    reason_data: str | None = None


def find(metrics: Metrics, record: AlarmRecord, now: datetime) -> Finding | None:
    """What the data of a metric alarm calls for at ``now``; None when the alarm keeps the state that it has.

    The periods are those that end at ``now``: the window slides from one evaluation to the next (AWS:
    "PutMetricAlarm", ``EvaluationWindow``): documented.
    """
    condition = record.condition
    end = int(now.timestamp())
    begins = [end - record.period * (age + 1) for age in range(evaluation_range(condition.periods))]
    try:
        points = _math(metrics, record, begins, end) if record.body.get("Metrics") else _plain(metrics, record, begins)
    except MathError as error:
        return Finding(State.INSUFFICIENT_DATA, f"Insufficient Data: {error}")
    if points is None:
        return None
    verdict = evaluate(condition, points.values)
    if verdict.state is None:
        return None
    return Finding(verdict.state, reason(condition, points, verdict), reason_data(record.body, points, verdict, now))


def _plain(metrics: Metrics, record: AlarmRecord, begins: list[int]) -> Points | None:
    body, period = record.body, record.period
    metric, unit, now = Metric.read(body), body.get("Unit"), begins[0] + period
    found = [metrics.samples(record.place, metric, Span(at, at + period, now), unit) for at in begins]
    counts = [samples.count for samples in found]
    name = body.get("Statistic") or body["ExtendedStatistic"]
    if _too_few(body, name, sum(counts[: body["EvaluationPeriods"]])):
        return None
    return Points(begins, [statistic(name, samples) for samples in found], counts)


def _too_few(body: dict[str, object], name: str, count: float) -> bool:
    """AWS: "Percentile-based alarms and low data samples": documented."""
    percent = percent_of(name)
    if percent is None or body.get("EvaluateLowSampleCountPercentile") != "ignore":
        return False
    share = percent / 100
    rare = 1 - share if share >= 0.5 else share  # noqa: PLR2004 - the half
    return rare > 0 and 0 < count < 10 / rare


def _math(metrics: Metrics, record: AlarmRecord, begins: list[int], now: int) -> Points:
    queries = {query["Id"]: query for query in record.body["Metrics"]}
    watched = next(name for name, query in queries.items() if query.get("ReturnData", True))
    run = Queries(metrics, record.place, queries, begins, record.period, now)
    series = run.series(watched)
    return Points(begins, [series.get(at) for at in begins], [float(at in series) for at in begins])
