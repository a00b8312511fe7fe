"""What CloudWatch measures of a service, as series that alarms, dashboards and scaling policies are made of.

AWS: "Amazon ECS CloudWatch metrics", "Amazon ECS Container Insights metrics", "CloudWatch metrics for your Application
Load Balancer": names, dimensions and units are documented.

A service has a pair of target groups, and either may have the traffic, or both. So whatever the load balancer measures
is taken of both: sums of counts, the worse one of latencies. A count of nothing is not sent: an array function leaves
out what is missing (AWS: "Using math expressions with CloudWatch metrics"; for one missing member of a sum: assumed).
Nothing that decides alone is filled in, as `FILL` would also fill the minute that has not come yet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi

ECS: Final = "AWS/ECS"
INSIGHTS: Final = "ECS/ContainerInsights"
LOAD_BALANCER: Final = "AWS/ApplicationELB"
SQS: Final = "AWS/SQS"
LOGS: Final = "Slipway"
"""Where metric filters put what they count."""
RESULT: Final = "result"
"""Id of what an expression comes to."""

Dimensions = Mapping[str, pulumi.Input[str]]


@dataclass(frozen=True, kw_only=True)
class Stat:
    """A statistic of one metric, minute by minute."""

    namespace: str
    name: str
    dimensions: Dimensions
    statistic: str


@dataclass(frozen=True, kw_only=True)
class Series:
    """An expression over statistics by their ids, or the only one of them."""

    label: str
    stats: Mapping[str, Stat]
    expression: str = ""
    """Empty: there is one statistic, and it is that."""

    def __post_init__(self) -> None:
        if not self.expression and len(self.stats) != 1:
            raise ValueError(f"the series {self.label!r} has {len(self.stats)} statistics; say by `expression` which")


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A service as its metrics name it."""

    cluster: pulumi.Input[str]
    """Name of the cluster."""
    service: pulumi.Input[str]
    """Name of the ECS service."""
    load_balancer: pulumi.Input[str] = ""
    """The end of its ARN, `app/name/id`."""
    target_groups: Sequence[pulumi.Input[str]] = ()
    """The ends of their ARNs, `targetgroup/name/id`. None: nobody calls it, and nothing of requests is measured."""

    def utilization(self, name: str, label: str) -> Series:
        """`CPUUtilization` or `MemoryUtilization` of all tasks, in percent of what they have."""
        return Series(label=label, stats={"used": self._tasks(ECS, name)})

    def below_desired(self) -> Series:
        """Tasks that are wanted and do not run."""
        return Series(
            label="missing tasks",
            expression="desired - running",
            stats={
                "desired": self.desired(),
                "running": self._tasks(INSIGHTS, "RunningTaskCount"),
            },
        )

    def tasks(self, name: str, label: str) -> Series:
        """A count of Container Insights."""
        return Series(label=label, stats={"tasks": self._tasks(INSIGHTS, name)})

    def requests(self) -> Series:
        """Requests of a minute."""
        stats = self._targets("r", "RequestCount", "Sum")
        return Series(label="requests", expression=f"SUM([{', '.join(stats)}])", stats=stats)

    def requests_per_task(self) -> Series:
        """Requests of a minute for each task that is wanted, whichever target group it is in.

        Over those that run it would be halved in a shift, while the tasks of both revisions run.
        """
        stats = self._targets("r", "RequestCount", "Sum")
        return Series(
            label="requests per task",
            expression=f"SUM([{', '.join(stats)}]) / IF(desired > 0, desired, 1)",
            stats={**stats, "desired": self.desired()},
        )

    def desired(self) -> Stat:
        """Tasks that are wanted."""
        return self._tasks(INSIGHTS, "DesiredTaskCount")

    def answers(self, name: str, label: str) -> Series:
        """Answers of one kind in a minute: `HTTPCode_Target_5XX_Count` and its kin."""
        stats = self._targets("a", name, "Sum")
        return Series(label=label, expression=f"SUM([{', '.join(stats)}])", stats=stats)

    def rate(self, name: str, label: str, least_requests: int) -> Series:
        """Answers of one kind in percent of the requests; 0 where these are fewer than `least_requests` a minute."""
        answers = self._targets("a", name, "Sum")
        requests = self._targets("r", "RequestCount", "Sum")
        filled = ", ".join(f"FILL({each}, 0)" for each in answers)
        total = f"SUM([{', '.join(requests)}])"
        return Series(
            label=label,
            expression=f"IF({total} >= {least_requests}, 100 * SUM([{filled}]) / {total}, 0)",
            stats={**answers, **requests},
        )

    def latency(self, percentile: str, label: str, least_requests: int) -> Series:
        """Seconds that this part of the answers takes at most, of the slower group.

        0 where the requests are fewer than `least_requests` a minute: the slowest of three is no percentile.
        """
        times = self._targets("t", "TargetResponseTime", percentile)
        requests = self._targets("r", "RequestCount", "Sum")
        slowest, total = f"MAX([{', '.join(times)}])", f"SUM([{', '.join(requests)}])"
        return Series(
            label=label, expression=f"IF({total} >= {least_requests}, {slowest}, 0)", stats={**times, **requests}
        )

    def unhealthy(self) -> Series:
        """Targets that fail the check."""
        stats = self._targets("u", "UnHealthyHostCount", "Maximum")
        return Series(label="unhealthy targets", expression=f"SUM([{', '.join(stats)}])", stats=stats)

    def _tasks(self, namespace: str, name: str) -> Stat:
        dimensions = {"ClusterName": self.cluster, "ServiceName": self.service}
        return Stat(namespace=namespace, name=name, dimensions=dimensions, statistic="Average")

    def _targets(self, prefix: str, name: str, statistic: str) -> dict[str, Stat]:
        return {
            f"{prefix}{number}": Stat(
                namespace=LOAD_BALANCER,
                name=name,
                dimensions={"LoadBalancer": self.load_balancer, "TargetGroup": group},
                statistic=statistic,
            )
            for number, group in enumerate(self.target_groups, start=1)
        }


def in_queue(name: str, label: str, queue: pulumi.Input[str]) -> Series:
    """Of a queue of SQS (AWS: "Available CloudWatch metrics for Amazon SQS")."""
    stat = Stat(namespace=SQS, name=name, dimensions={"QueueName": queue}, statistic="Maximum")
    return Series(label=label, stats={"queue": stat})


def error_lines(metric: str) -> Series:
    """Lines of a minute that look like errors, as a metric filter counts them.

    AWS: "Creating metrics from log events using filters": a dimension's value comes out of the line, so that a service
    is told by the metric's name: documented.
    """
    stat = Stat(namespace=LOGS, name=metric, dimensions={}, statistic="Sum")
    return Series(label="error lines", stats={"lines": stat})
