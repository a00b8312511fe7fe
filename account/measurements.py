"""What CloudWatch measured of a service in a stretch of time: metrics of its load balancer and tasks, and its log.

A metric that is not there is None: load balancers send none where nothing was counted, and Container Insights may be
off. AWS: "CloudWatch metrics for your Application Load Balancer", "Amazon ECS CloudWatch metrics", "Amazon ECS
Container Insights metrics", "GetMetricData", "FilterLogEvents".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import fmean, median
from typing import TYPE_CHECKING, Any, Final

from account.aws_faults import AwsFault
from release.redaction import redact
from release.verification import MINUTE, Measurements, like_an_error, shape

if TYPE_CHECKING:
    from account.session import AwsSession
    from release.verification_request import VerificationRequest

LOAD_BALANCER: Final = "AWS/ApplicationELB"
ECS: Final = "AWS/ECS"
INSIGHTS: Final = "ECS/ContainerInsights"

ERROR_TERMS: Final = (
    "?ERROR ?Error ?error ?Exception ?FATAL ?Fatal ?fatal ?CRITICAL ?critical ?SEVERE ?PANIC ?panic ?Traceback"
)
"""Any of these is in a line that looks like an error (AWS: "Filter pattern syntax", optional terms); most are not."""
MOST_PAGES: Final = 50
"""Answers of CloudWatch Logs that are read for one stretch: a log that has more is wrong enough by what they hold."""
EXAMPLES: Final = 5
EXAMPLE_LENGTH: Final = 300


@dataclass(frozen=True)
class Span:
    """Whole minutes, which is what CloudWatch keeps."""

    start: datetime
    end: datetime
    """Not a part of it."""

    @staticmethod
    def within(start: datetime, end: datetime) -> Span:
        """The whole minutes of a stretch of time; empty when there are none."""
        first = _minute(start + timedelta(seconds=MINUTE, microseconds=-1))
        return Span(first, max(first, _minute(end)))

    @property
    def seconds(self) -> float:
        """Its length."""
        return (self.end - self.start).total_seconds()


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


@dataclass(frozen=True, kw_only=True)
class Series:
    """One metric with its statistic."""

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    statistic: str

    def query(self, identity: str) -> dict[str, Any]:
        """As GetMetricData wants it, minute by minute."""
        dimensions = [{"Name": name, "Value": value} for name, value in self.dimensions.items()]
        metric = {"Namespace": self.namespace, "MetricName": self.name, "Dimensions": dimensions}
        return {"Id": identity, "MetricStat": {"Metric": metric, "Period": MINUTE, "Stat": self.statistic}}


Points = Mapping[datetime, float]
"""What was measured in the minutes that begin then."""


def measure(session: AwsSession, request: VerificationRequest, span: Span) -> Measurements:
    """The service in these minutes. Raises `AwsFault`."""
    if not span.seconds:
        return Measurements(seconds=MINUTE)
    groups = [_group_dimensions(request, arn) for arn in request.target_group_arns] if request.load_balancer else []
    tasks = {"ClusterName": request.cluster, "ServiceName": request.service}
    asked = {
        **{f"requests{n}": _of_targets("RequestCount", group, "Sum") for n, group in enumerate(groups)},
        **{f"errors{n}": _of_targets("HTTPCode_Target_5XX_Count", group, "Sum") for n, group in enumerate(groups)},
        **{f"latency{n}": _of_targets("TargetResponseTime", group, "p95") for n, group in enumerate(groups)},
        "cpu": Series(namespace=ECS, name="CPUUtilization", dimensions=tasks, statistic="Average"),
        "memory": Series(namespace=ECS, name="MemoryUtilization", dimensions=tasks, statistic="Average"),
        "received": Series(namespace=INSIGHTS, name="NetworkRxBytes", dimensions=tasks, statistic="Average"),
        "sent": Series(namespace=INSIGHTS, name="NetworkTxBytes", dimensions=tasks, statistic="Average"),
    }
    found = points(session, asked, span)
    lines, examples = _error_lines(session, request.log_group, span)
    requests = _sum(found, "requests", len(groups))
    errors = _sum(found, "errors", len(groups))
    return Measurements(
        seconds=MINUTE * len(found["cpu"]) or span.seconds,
        requests=requests,
        # A count of nothing is not sent: where there were requests, no errors are none.
        errors=0 if errors is None and requests else errors,
        latency=_latency(found, len(groups)),
        cpu=_mean(found["cpu"]),
        memory=_mean(found["memory"]),
        network=_network(found),
        error_lines=lines,
        examples=examples,
    )


def points(session: AwsSession, asked: Mapping[str, Series], span: Span) -> dict[str, dict[datetime, float]]:
    """Every series' points by its name; a series without any is empty."""
    found: dict[str, dict[datetime, float]] = {name: {} for name in asked}
    names = dict(zip((f"q{n}" for n in range(len(asked))), asked, strict=True))
    params: dict[str, Any] = {
        "MetricDataQueries": [asked[name].query(identity) for identity, name in names.items()],
        "StartTime": span.start,
        "EndTime": span.end,
    }
    while True:
        answer = session.call("cloudwatch", "get_metric_data", **params)
        for result in answer["MetricDataResults"]:
            found[names[result["Id"]]] |= dict(zip(result["Timestamps"], result["Values"], strict=True))
        if not answer.get("NextToken"):
            return found
        params["NextToken"] = answer["NextToken"]


def _group_dimensions(request: VerificationRequest, arn: str) -> dict[str, str]:
    return {"LoadBalancer": request.load_balancer, "TargetGroup": arn.rpartition(":")[2]}


def _of_targets(name: str, dimensions: Mapping[str, str], statistic: str) -> Series:
    return Series(namespace=LOAD_BALANCER, name=name, dimensions=dimensions, statistic=statistic)


def _sum(found: Mapping[str, Points], name: str, groups: int) -> float | None:
    values = [value for number in range(groups) for value in found[f"{name}{number}"].values()]
    return sum(values) if values else None


def _latency(found: Mapping[str, Points], groups: int) -> float | None:
    """The middle one of the minutes' percentiles, so that one slow minute decides nothing; of the slowest group."""
    return max((median(found[f"latency{n}"].values()) for n in range(groups) if found[f"latency{n}"]), default=None)


def _network(found: Mapping[str, Points]) -> float | None:
    received, sent = _mean(found["received"]), _mean(found["sent"])
    return None if received is None or sent is None else received + sent


def _mean(values: Points) -> float | None:
    return fmean(values.values()) if values else None


def _error_lines(session: AwsSession, group: str, span: Span) -> tuple[int | None, tuple[str, ...]]:
    """How many lines look like an error, and some of them; None without the log."""
    if not group:
        return None, ()
    try:
        lines = [line for line in _lines(session, group, span) if like_an_error(line)]
    except AwsFault as fault:
        if fault.code == "ResourceNotFoundException":
            return None, ()
        raise
    return len(lines), _examples(lines)


def _lines(session: AwsSession, group: str, span: Span) -> Iterator[str]:
    """Those that have one of the terms. A page may be empty although others follow."""
    params: dict[str, Any] = {
        "logGroupName": group,
        "filterPattern": ERROR_TERMS,
        "startTime": int(span.start.timestamp() * 1000),
        "endTime": int(span.end.timestamp() * 1000) - 1,
    }
    for _ in range(MOST_PAGES):
        answer = session.call("logs", "filter_log_events", **params)
        yield from (str(event["message"]) for event in answer["events"])
        if not answer.get("nextToken"):
            return
        params["nextToken"] = answer["nextToken"]


def _examples(lines: Sequence[str]) -> tuple[str, ...]:
    """The first of each kind."""
    by_shape: dict[str, str] = {}
    for line in lines:
        by_shape.setdefault(shape(line), line)
        if len(by_shape) == EXAMPLES:
            break
    return tuple(redact(line.strip())[:EXAMPLE_LENGTH] for line in by_shape.values())
