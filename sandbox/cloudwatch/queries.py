"""Metric data queries (AWS: "MetricDataQuery", CloudWatch API reference): metrics and math over them, by id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.cloudwatch import metric_math
from sandbox.cloudwatch.metric import Metric, Place, Span
from sandbox.cloudwatch.metrics import Metrics
from sandbox.cloudwatch.samples import statistic

Json = dict[str, Any]
Series = dict[int, float]


def period_of(queries: Sequence[Json]) -> int | None:
    """The longest period that any query names; None when none does."""
    periods = [query["MetricStat"]["Period"] for query in queries if query.get("MetricStat")]
    periods += [query["Period"] for query in queries if query.get("Period")]
    return max(periods, default=None)


def metric_series(
    metrics: Metrics, place: Place, stat: Mapping[str, Any], moments: Sequence[int], now: float
) -> Series:
    """The statistic of AWS's ``MetricStat`` in each period that begins at one of the moments, where there is data."""
    metric, period = Metric.read(stat["Metric"]), stat["Period"]
    found = {
        at: statistic(stat["Stat"], metrics.samples(place, metric, Span(at, at + period, now), stat.get("Unit")))
        for at in moments
    }
    return {at: value for at, value in found.items() if value is not None}


@dataclass
class Queries:
    """Queries over the same moments; each is computed once, and only when it is needed."""

    metrics: Metrics
    place: Place
    queries: Mapping[str, Json]
    """By id."""
    moments: Sequence[int]
    """When the periods begin (epoch seconds)."""
    period: int
    now: float
    _known: dict[str, Series] = field(default_factory=dict)
    _begun: set[str] = field(default_factory=set)

    def series(self, name: str) -> Series:
        """The values of the query; raises MathError, worded for people, where there can be none."""
        if name in self._known:
            return self._known[name]
        if name not in self.queries:
            raise metric_math.MathError(f"there is no metric or expression {name!r}")
        if name in self._begun:
            raise metric_math.MathError(f"{name!r} depends on itself")
        self._begun.add(name)
        self._known[name] = self._compute(self.queries[name])
        return self._known[name]

    def _compute(self, query: Json) -> Series:
        if query.get("MetricStat"):
            return metric_series(self.metrics, self.place, query["MetricStat"], self.moments, self.now)
        expression = metric_math.parse(query["Expression"])
        values = {name: self.series(name) for name in expression.ids}
        return expression.series(metric_math.Grid(self.moments, self.period, values))
