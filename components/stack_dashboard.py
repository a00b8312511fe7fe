"""`StackDashboard`: all services of a stack on one page, with the ways to their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components import dashboard_body
from components.dashboard_body import MOST_ALARMS, MOST_METRICS, Line, Widget
from components.service_dashboard import ALL_REQUESTS, check_name
from components.service_metrics import Measured, Series

METRICS_OF_A_SERVICE: Final = 18
"""That all graphs have of one service at most: it has a pair of target groups."""
SERVICES_IN_A_GRAPH: Final = 25
"""More lines nobody tells apart."""
MOST_SERVICES: Final = MOST_METRICS // METRICS_OF_A_SERVICE
"""With more, the page has no graphs: CloudWatch would take none of it."""


@dataclass(frozen=True, kw_only=True)
class ShownService:
    """One service of the page."""

    service_name: str
    """Of the ECS service."""
    dashboard_name: str
    """Of its own dashboard."""
    measured: Measured
    """The service as its metrics name it."""
    unwell: pulumi.Input[str]
    """ARN of the alarm over its symptoms (`ServiceAlarms.unwell`)."""


@dataclass(frozen=True, kw_only=True)
class StackDashboardArgs:
    """What is shown, and where."""

    dashboard_name: str
    """Letters, digits, hyphens and underscores. An account has each once, whatever the region."""
    title: str
    """Above everything."""
    services: Sequence[ShownService]
    """All that run. None: the page says so, and fills as they come."""
    region: str
    """Of the services, such as `eu-west-1`."""
    partition: str = "aws"
    """`aws`, or AWS's name for another part of it: `aws-cn`, `aws-us-gov`."""

    def __post_init__(self) -> None:
        check_name(self.dashboard_name)


class StackDashboard(pulumi.ComponentResource):
    """A CloudWatch dashboard of all services of a stack: which is unwell, how they compare, the way to each one's."""

    dashboard_name: pulumi.Output[str]
    """Known once it is there."""

    def __init__(self, name: str, args: StackDashboardArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:components:StackDashboard", name, None, opts)
        dashboard = aws.cloudwatch.Dashboard(
            name,
            dashboard_name=args.dashboard_name,
            dashboard_body=pulumi.Output.json_dumps(stack_body(args), sort_keys=True),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.dashboard_name = dashboard.dashboard_name
        self.register_outputs({"dashboardName": self.dashboard_name})


def stack_body(args: StackDashboardArgs) -> dict[str, Any]:
    """The dashboard's body, with its outputs still unknown."""
    ordered = sorted(args.services, key=lambda one: one.service_name)
    states = [
        [dashboard_body.alarms("Services that are unwell", [one.unwell for one in some])]
        for some in _parts(ordered, MOST_ALARMS)
    ]
    graphs = [list(row) for row in _graphs(args, ordered)] if len(ordered) <= MOST_SERVICES else []
    return dashboard_body.body([[_heading(args, ordered)], *states, *graphs])


def _heading(args: StackDashboardArgs, services: Sequence[ShownService]) -> Widget:
    links = [
        f"[{one.service_name}]({dashboard_body.link(one.dashboard_name, args.region, args.partition)})"
        for one in services
    ]
    made = "Made by Slipway: what is changed here is put back by the next `pulumi up`."
    ways = " · ".join(links) or "No service runs here yet."
    return dashboard_body.text(f"# {args.title}\n{made}\n\n{ways}", 3 + len(links) // 12)


def _graphs(args: StackDashboardArgs, services: Sequence[ShownService]) -> Iterator[list[Widget]]:
    """Each row compares the services by two measures."""
    called = [one for one in services if one.measured.target_groups]
    rows: Sequence[Sequence[tuple[str, Sequence[ShownService], Callable[[Measured], Series]]]] = (
        (
            ("Requests a minute", called, lambda of: of.requests()),
            ("Answers with 5xx, %", called, lambda of: of.rate("HTTPCode_Target_5XX_Count", "5xx %", ALL_REQUESTS)),
        ),
        (
            ("Seconds to answer, p99", called, lambda of: of.latency("p99", "p99", ALL_REQUESTS)),
            ("Tasks that are wanted and do not run", services, lambda of: of.below_desired()),
        ),
        (
            ("CPU, %", services, lambda of: of.utilization("CPUUtilization", "CPU")),
            ("Memory, %", services, lambda of: of.utilization("MemoryUtilization", "memory")),
        ),
    )
    for row in rows:
        drawn = [
            [(title, some, series) for some in _parts(compared, SERVICES_IN_A_GRAPH)] for title, compared, series in row
        ]
        for graphs in zip_longest(*drawn):
            yield [
                dashboard_body.graph(title, args.region, [_line(one, series(one.measured)) for one in some])
                for title, some, series in filter(None, graphs)
            ]


def _line(service: ShownService, series: Series) -> Line:
    return Line(series=Series(label=service.service_name, stats=series.stats, expression=series.expression))


def _parts(services: Sequence[ShownService], most: int) -> list[Sequence[ShownService]]:
    return [services[start : start + most] for start in range(0, len(services), most)]
