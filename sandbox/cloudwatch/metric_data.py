"""The operations on metrics: PutMetricData, GetMetricData, GetMetricStatistics, ListMetrics."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sandbox.aws_error import AwsError
from sandbox.cloudwatch import alarm_checks
from sandbox.cloudwatch.metric import Asked, Metric, Place, Span
from sandbox.cloudwatch.metric_math import MathError
from sandbox.cloudwatch.pages import page
from sandbox.cloudwatch.queries import Queries, period_of
from sandbox.cloudwatch.samples import SIMPLE_STATISTICS, statistic

if TYPE_CHECKING:
    from sandbox.caller import Caller
    from sandbox.cloudwatch.metrics import Metrics
    from sandbox.cloudwatch.ports import Clock

Json = dict[str, Any]
Handler = Callable[["Caller", Json], Mapping[str, Any]]

_MINUTE = 60
_MOST_DATAPOINTS = 1_440
_MOST_QUERIED = 100_800
_LISTED_AT_ONCE = 500
_AHEAD, _BACK = timedelta(hours=2), timedelta(weeks=2)
"""How far a time stamp may be from the present (AWS: "PutMetricData"): documented."""


class MetricData:
    """Metric data in sandbox time."""

    def __init__(self, metrics: Metrics, clock: Clock) -> None:
        self._metrics = metrics
        self._clock = clock

    def handlers(self) -> Mapping[str, Handler]:
        """Operations by name."""
        return {
            "PutMetricData": self.put_metric_data,
            "GetMetricData": self.get_metric_data,
            "GetMetricStatistics": self.get_metric_statistics,
            "ListMetrics": self.list_metrics,
        }

    def put_metric_data(self, caller: Caller, params: Json) -> Json:
        """Store data points; the whole request is checked before anything of it is stored."""
        if params["Namespace"].startswith("AWS/"):
            raise AwsError(
                "InvalidParameterValue", "The value AWS/ for parameter Namespace is invalid: it is reserved for AWS."
            )
        if params.get("EntityMetricData"):
            raise alarm_checks.invalid("The Slipway sandbox does not imitate EntityMetricData.")
        now = self._clock.now()
        data = params.get("MetricData") or []
        for number, datum in enumerate(data, start=1):
            _check_datum(f"MetricData.member.{number}", datum, now)
        for datum in data:
            self._store(_place(caller), params["Namespace"], datum, now)
        self._metrics.stored.flush(int(now.timestamp()))
        return {}

    def get_metric_data(self, caller: Caller, params: Json) -> Json:
        """Metrics and math over them; points of time are the beginnings of periods."""
        queries = params["MetricDataQueries"]
        alarm_checks.check_queries(queries)
        period = period_of(queries)
        if period is None:
            raise alarm_checks.invalid("Period must not be null")
        moments = _moments(params["StartTime"], params["EndTime"], period)
        run = Queries(
            self._metrics,
            _place(caller),
            {query["Id"]: query for query in queries},
            moments,
            period,
            self._clock.now().timestamp(),
        )
        newest_first = params.get("ScanBy") != "TimestampAscending"
        shown = [query for query in queries if query.get("ReturnData", True)]
        return {
            "MetricDataResults": [_result(run, query, newest_first=newest_first) for query in shown],
            "Messages": [],
        }

    def get_metric_statistics(self, caller: Caller, params: Json) -> Json:
        """The statistics of one metric."""
        simple, extended = params.get("Statistics") or [], params.get("ExtendedStatistics") or []
        if not simple and not extended:
            raise AwsError("InvalidParameterCombination", "Must specify either Statistics or ExtendedStatistics")
        for name in extended:
            alarm_checks.check_statistic(name, "ExtendedStatistics")
        period, place, metric = params["Period"], _place(caller), Metric.read(params)
        moments = _moments(params["StartTime"], params["EndTime"], period)
        if len(moments) > _MOST_DATAPOINTS:
            raise AwsError(
                "InvalidParameterCombination",
                f"You have requested up to {len(moments)} datapoints, which exceeds the limit of {_MOST_DATAPOINTS}. "
                "You may reduce the datapoints requested by increasing Period, or decreasing the time range.",
            )
        now, unit = self._clock.now().timestamp(), params.get("Unit")
        points = []
        for at in moments:
            samples = self._metrics.samples(place, metric, Span(at, at + period, now), unit)
            if samples.count:
                point: Json = {name: statistic(name, samples) for name in SIMPLE_STATISTICS if name in simple}
                more = {name: value for name in extended if (value := statistic(name, samples)) is not None}
                point |= {"ExtendedStatistics": more} if more else {}
                point |= {"Timestamp": _time(at), "Unit": self._metrics.unit(place, metric)}
                points.append(point)
        return {"Label": metric.name, "Datapoints": points}

    def list_metrics(self, caller: Caller, params: Json) -> Json:
        """The metrics that have data."""
        dimensions = tuple((each["Name"], each.get("Value")) for each in params.get("Dimensions") or [])
        asked = Asked(params.get("Namespace"), params.get("MetricName"), dimensions)
        found = self._metrics.listed(_place(caller), asked)
        shown, token = page(found, params.get("NextToken"), _LISTED_AT_ONCE)
        return {"Metrics": [metric.describe() for metric in shown], "NextToken": token}

    def _store(self, place: Place, namespace: str, datum: Json, now: datetime) -> None:
        metric = Metric.read({"Namespace": namespace, **datum})
        at = int((datum.get("Timestamp") or now).timestamp())
        stamp = at if datum.get("StorageResolution") == 1 else at - at % _MINUTE
        samples = self._metrics.stored.add(place, metric, datum.get("Unit", "None"), stamp)
        if "StatisticValues" in datum:
            given = datum["StatisticValues"]
            samples.add_set(
                count=given["SampleCount"], total=given["Sum"], least=given["Minimum"], greatest=given["Maximum"]
            )
        values = datum.get("Values") or ([datum["Value"]] if "Value" in datum else [])
        counts = datum.get("Counts") or [1.0] * len(values)
        for value, count in zip(values, counts, strict=True):
            samples.add(float(value), count)


def _check_datum(where: str, datum: Json, now: datetime) -> None:
    given = [member for member in ("Value", "Values", "StatisticValues") if member in datum]
    if not given:
        raise AwsError("MissingParameter", f"At least one of {where}.Value, Values and StatisticValues must be given.")
    if len(given) > 1:
        raise AwsError(
            "InvalidParameterCombination",
            f"The parameters {where}.{given[0]} and {where}.{given[1]} are mutually exclusive and you have specified "
            "both.",
        )
    values = datum.get("Values") or [datum.get("Value", 0.0)]
    for value in values:
        if not math.isfinite(value):
            raise AwsError("InvalidParameterValue", f"The value {value} for parameter {where}.{given[0]} is invalid.")
    if "Counts" in datum and len(datum["Counts"]) != len(datum.get("Values") or []):
        raise AwsError(
            "InvalidParameterValue", f"The parameters {where}.Values and {where}.Counts must be of the same size."
        )
    moment = datum.get("Timestamp")
    if moment and not now - _BACK <= moment <= now + _AHEAD:
        raise AwsError(
            "InvalidParameterValue",
            f"The parameter {where}.Timestamp must specify a time no earlier than two weeks before and no later than "
            f"two hours after the present, which is {now.isoformat(timespec='seconds')} in the sandbox.",
        )


def _moments(begin: datetime, end: datetime, period: int) -> list[int]:
    """When the periods begin that lie between two moments; they begin at whole multiples of the period."""
    if begin >= end:
        raise alarm_checks.invalid("The parameter StartTime must be less than the parameter EndTime.")
    if period < 1 or (period > _MINUTE and period % _MINUTE):
        raise alarm_checks.invalid(
            f"The period {period} is not valid: it must be 1, 5, 10, 20, 30, or a multiple of 60."
        )
    first = int(begin.timestamp()) // period * period
    if (end.timestamp() - first) / period > _MOST_QUERIED:
        raise alarm_checks.invalid(f"More than {_MOST_QUERIED} data points are asked for.")
    return list(range(first, math.ceil(end.timestamp()), period))


def _result(run: Queries, query: Json, *, newest_first: bool) -> Json:
    answer: Json = {"Id": query["Id"], "Label": query.get("Label") or _label(query)}
    try:
        series = run.series(query["Id"])
    except MathError as error:
        message = {"Code": "ArithmeticError", "Value": str(error)}
        return {**answer, "Timestamps": [], "Values": [], "StatusCode": "InternalError", "Messages": [message]}
    moments = sorted(series, reverse=newest_first)
    values = [series[at] for at in moments]
    return {**answer, "Timestamps": [_time(at) for at in moments], "Values": values, "StatusCode": "Complete"}


def _label(query: Json) -> str:
    stat = query.get("MetricStat")
    return str(stat["Metric"]["MetricName"]) if stat else str(query["Id"])


def _time(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _place(caller: Caller) -> Place:
    return Place(caller.account, caller.region)
