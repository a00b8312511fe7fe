"""Metric filters: log lines make metrics (AWS: "Creating metrics from log events using filters"): documented."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from sandbox.aws_error import AwsError
from sandbox.cloudwatch import filter_pattern
from sandbox.cloudwatch.metric import Metric, Place

if TYPE_CHECKING:
    from sandbox.aws_request import AwsRequest
    from sandbox.caller import Caller
    from sandbox.cloudwatch.ports import Clock
    from sandbox.cloudwatch.stored_metrics import StoredMetrics

Json = dict[str, Any]

_MINUTE = 60
_AHEAD, _BACK = timedelta(hours=2), timedelta(days=14)
"""AWS: "PutLogEvents": what is further off is rejected: documented."""
_MOST_DIMENSIONS = 3


class Filters(Protocol):
    """CloudWatch Logs, as far as metric filters need it."""

    def has_group(self, caller: Caller, group: str) -> bool:
        """Whether the log group exists."""

    def has_stream(self, caller: Caller, group: str, stream: str) -> bool:
        """Whether the log stream exists."""

    def metric_filters(self, caller: Caller, group: str) -> Sequence[Json]:
        """AWS's ``MetricFilter`` of each filter of a group."""

    def forget_metric_filter(self, caller: Caller, group: str, name: str) -> None:
        """Take a filter away, if it is there."""


class _Datum(NamedTuple):
    metric: Metric
    unit: str
    value: float


class MetricFilters:
    """Hears every line that is logged, and turns it into the metrics of its group's filters."""

    def __init__(self, filters: Filters, stored: StoredMetrics, clock: Clock) -> None:
        self._filters = filters
        self._stored = stored
        self._clock = clock
        self._defaults: set[tuple[Place, Metric, int]] = set()
        """The minutes that so far hold a default value only."""

    def hear(self, caller: Caller, group: str, lines: Sequence[tuple[datetime, str]]) -> None:
        """Lines were added to a log group."""
        filters = self._filters.metric_filters(caller, group)
        if not filters:
            return
        place = Place(caller.account, caller.region)
        for one in filters:
            pattern = filter_pattern.parse(one.get("filterPattern") or "")
            for transformation in one["metricTransformations"]:
                for moment, text in lines:
                    stamp = int(moment.timestamp()) // _MINUTE * _MINUTE
                    datum = _datum(transformation, text) if pattern.matches(text) else None
                    self._count(place, transformation, stamp, datum)
        self._stored.flush(int(self._clock.now().timestamp()))

    def check(self, caller: Caller, request: AwsRequest) -> None:
        """PutMetricFilter, before moto keeps it: refuse what AWS refuses, and forget the filter that it replaces."""
        params = json.loads(request.body or b"{}")
        group = str(params.get("logGroupName"))
        if not self._filters.has_group(caller, group):
            raise AwsError("ResourceNotFoundException", "The specified log group does not exist.")
        _check(params)
        self._filters.forget_metric_filter(caller, group, str(params.get("filterName")))

    def overhear(self, caller: Caller, request: AwsRequest) -> None:
        """PutLogEvents, before moto keeps the lines: lines that are not rejected make metrics."""
        params = json.loads(request.body or b"{}")
        group, stream = str(params.get("logGroupName")), str(params.get("logStreamName"))
        if not self._filters.has_stream(caller, group, stream):
            return
        now = self._clock.now()
        stamped = [(_moment(event["timestamp"], now), event["message"]) for event in params.get("logEvents") or []]
        self.hear(caller, group, [(at, text) for at, text in stamped if now - _BACK <= at <= now + _AHEAD])

    def _count(self, place: Place, transformation: Json, stamp: int, datum: _Datum | None) -> None:
        default = transformation.get("defaultValue")
        if datum is None and default is None:
            return
        found = datum or _Datum(_metric(transformation, {}), transformation.get("unit", "None"), float(default or 0))
        key = (place, found.metric, stamp)
        samples = self._stored.add(place, found.metric, found.unit, stamp)
        if datum is None and not samples.count:
            self._defaults.add(key)
            samples.add(found.value)
        elif datum is not None:
            if key in self._defaults:
                self._defaults.discard(key)
                samples.values.clear()
            samples.add(found.value)


def _metric(transformation: Json, dimensions: dict[str, str]) -> Metric:
    return Metric.of(transformation["metricNamespace"], transformation["metricName"], dimensions)


def _datum(transformation: Json, text: str) -> _Datum | None:
    """None where the event lacks the field that the value or a dimension comes from: documented."""
    event = filter_pattern.parsed(text)
    given = str(transformation["metricValue"])
    value = filter_pattern.field_of(event, given) if given.startswith("$") else given
    fields = transformation.get("dimensions") or {}
    dimensions = {name: filter_pattern.field_of(event, path) for name, path in fields.items()}
    if any(found is None for found in dimensions.values()):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    metric = _metric(transformation, {name: str(found) for name, found in dimensions.items()})
    return _Datum(metric, transformation.get("unit", "None"), number)


def _check(params: Json) -> None:
    """The words are observed, but for those on the sandbox's own limits."""
    try:
        pattern = filter_pattern.parse(str(params.get("filterPattern") or ""))
    except filter_pattern.PatternError:
        raise _invalid("Invalid metric filter pattern") from None
    for problem in _problems(pattern, params.get("metricTransformations") or []):
        raise _invalid(problem)


def _problems(pattern: filter_pattern.Pattern, transformations: Sequence[Json]) -> Iterator[str]:
    for each in transformations:
        value, dimensions = str(each.get("metricValue", "")), each.get("dimensions") or {}
        if value.startswith("$") and not (pattern.is_json and filter_pattern.is_field(value)):
            yield f"Invalid metric transformation: the metric value {value} names no field of the filter pattern"
        elif not value.startswith("$") and not _is_number(value):
            yield f"Invalid metric transformation: the metric value {value} is neither a number nor a field"
        if dimensions and not pattern.is_json:
            yield "The specified filter pattern does not support dimensions"
        if dimensions and each.get("defaultValue") is not None:
            yield "Invalid metric transformation: dimensions and default value are mutually exclusive properties."
        if len(dimensions) > _MOST_DIMENSIONS:
            yield f"Invalid metric transformation: at most {_MOST_DIMENSIONS} dimensions are allowed"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _moment(milliseconds: float, now: datetime) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, now.tzinfo)


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterException", message)
