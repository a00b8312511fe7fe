"""`ServiceDashboard`: all that is measured of one service on one page, beside its deployments."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components import dashboard_body
from components.dashboard_body import Line, Widget, graph, logged
from components.event_log import ServiceEvents
from components.service_metrics import Measured, Series, error_lines, in_queue
from release.queue_alarms import QueueBounds
from release.service_alarms import AlarmBounds, Kind, alarm_name

ALL_REQUESTS: Final = 1
"""Of how many requests a minute a rate is drawn: of any, while an alarm wants some before it computes one."""

TERM: Final = re.compile(r'(\??)(?:"((?:[^"\\]|\\.)*)"|([A-Za-z0-9_]+))(?=\s|$)')
"""Of a filter pattern: `ERROR`, `?ERROR`, `"not found"`."""


@dataclass(frozen=True, kw_only=True)
class ShownQueue:
    """The queue that a service works off."""

    name: pulumi.Input[str]
    """As SQS has it."""
    dead_letters_name: pulumi.Input[str]
    """Of the queue of what nobody could work off."""
    bounds: QueueBounds
    """When its alarms go off."""


@dataclass(frozen=True, kw_only=True)
class ServiceDashboardArgs:
    """What is shown of which service."""

    dashboard_name: str
    """Letters, digits, hyphens and underscores. An account has each once, whatever the region."""
    service_name: str
    """Of the ECS service."""
    cluster_name: str
    """The cluster that the service is in."""
    load_balancer: pulumi.Input[str] = ""
    """The load balancer as CloudWatch's metrics name it, `app/name/id`."""
    target_groups: Sequence[pulumi.Input[str]] = ()
    """The service's target groups as CloudWatch's metrics name them, `targetgroup/name/id`. None: nobody calls it, and
    nothing is shown of requests."""
    log_group: pulumi.Input[str]
    """Name of the group that the tasks log to."""
    bounds: AlarmBounds
    """When alarms go off: drawn across the graphs. Its `error_pattern` says which lines are shown."""
    alarms: Sequence[pulumi.Input[str]]
    """ARNs of the alarms whose states are shown (`ServiceAlarms.arns`)."""
    events: ServiceEvents | None = None
    """Where ECS's events of the service are (`EventLogArgs.events`): deployments are marked in the graphs. None:
    neither deployments nor stopped tasks are shown."""
    queue: ShownQueue | None = None
    """What waits for the service. None: no queue of its own."""
    runbooks: str
    """Where people read what to do."""
    overview: str = ""
    """Name of the dashboard that shows all services, for a link. Empty: there is none."""
    account: str
    """The AWS account, twelve digits."""
    region: str
    """Its region, such as `eu-west-1`."""
    partition: str = "aws"
    """`aws`, or AWS's name for another part of it: `aws-cn`, `aws-us-gov`."""

    def __post_init__(self) -> None:
        check_name(self.dashboard_name)

    @property
    def service_arn(self) -> str:
        """Of the ECS service, known before it is there."""
        return f"arn:{self.partition}:ecs:{self.region}:{self.account}:service/{self.cluster_name}/{self.service_name}"

    @property
    def measured(self) -> Measured:
        """The service as its metrics name it."""
        return Measured(
            cluster=self.cluster_name,
            service=self.service_name,
            load_balancer=self.load_balancer,
            target_groups=self.target_groups,
        )


class ServiceDashboard(pulumi.ComponentResource):
    """A CloudWatch dashboard of one service: alarms, requests, errors, latency, tasks, CPU, memory, log lines, and what
    ECS tells of its deployments and of tasks that ended.
    """

    dashboard_name: pulumi.Output[str]
    """Known once it is there."""

    def __init__(self, name: str, args: ServiceDashboardArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:components:ServiceDashboard", name, None, opts)
        dashboard = aws.cloudwatch.Dashboard(
            name,
            dashboard_name=args.dashboard_name,
            dashboard_body=pulumi.Output.json_dumps(service_body(args), sort_keys=True),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.dashboard_name = dashboard.dashboard_name
        self.register_outputs({"dashboardName": self.dashboard_name})


def check_name(name: str) -> None:
    """Raises `ValueError` for a name that AWS refuses (AWS: "PutDashboard": documented)."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,255}", name):
        raise ValueError(
            f"dashboard_name is {name!r}; a name has up to 255 letters, digits, hyphens and underscores: rename it"
        )


def service_body(args: ServiceDashboardArgs) -> dict[str, Any]:
    """The dashboard's body, with its outputs still unknown."""
    rows = [
        [dashboard_body.text(_heading(args), 2)],
        [dashboard_body.alarms("Alarms", args.alarms)] if args.alarms else [],
        _calls(args) if args.target_groups else [],
        _waiting(args, args.queue) if args.queue else [],
        _tasks(args),
        _load(args),
        _events(args, args.events) if args.events else [],
        [_errors(args)],
    ]
    return dashboard_body.body([row for row in rows if row])


def _heading(args: ServiceDashboardArgs) -> str:
    links = [f"[what to do]({args.runbooks})"] if args.runbooks.startswith("https://") else []
    if args.overview:
        links.append(f"[all services]({dashboard_body.link(args.overview, args.region, args.partition)})")
    made = "Made by Slipway: what is changed here is put back by the next `pulumi up`."
    return f"# {args.service_name}\n{' · '.join([*links, made])}"


def _graph(args: ServiceDashboardArgs, title: str, *series: Series, alarm: float | None = None) -> Widget:
    """A graph that shows deployments as well, as points on the right axis."""
    lines = [Line(series=one) for one in series]
    if args.events:
        lines.append(Line(series=args.events.deployments(args.service_arn), right=True))
    return graph(title, args.region, lines, bounds=None if alarm is None else {"alarm": alarm})


def _calls(args: ServiceDashboardArgs) -> list[Widget]:
    """What callers feel."""
    of, bounds = args.measured, args.bounds
    return [
        _graph(args, "Requests a minute", of.requests()),
        _graph(
            args,
            "Answers with an error, % of requests",
            of.rate("HTTPCode_Target_5XX_Count", "5xx %", ALL_REQUESTS),
            of.rate("HTTPCode_Target_4XX_Count", "4xx %", ALL_REQUESTS),
            alarm=bounds.server_errors.threshold,
        ),
        _graph(
            args,
            "Seconds to answer",
            of.latency("p50", "p50", ALL_REQUESTS),
            of.latency("p99", "p99", ALL_REQUESTS),
            alarm=bounds.latency.threshold,
        ),
    ]


def _waiting(args: ServiceDashboardArgs, queue: ShownQueue) -> list[Widget]:
    """What those who sent something feel."""
    bounds = queue.bounds
    return [
        _graph(
            args,
            "Messages",
            in_queue("ApproximateNumberOfMessagesVisible", "waiting", queue.name),
            in_queue("ApproximateNumberOfMessagesNotVisible", "at work", queue.name),
        ),
        _graph(
            args,
            "Seconds that the oldest message has waited",
            in_queue("ApproximateAgeOfOldestMessage", "oldest", queue.name),
            alarm=bounds.oldest.threshold,
        ),
        _graph(
            args,
            "Dead letters",
            in_queue("ApproximateNumberOfMessagesVisible", "dead letters", queue.dead_letters_name),
            alarm=bounds.dead_letters.threshold,
        ),
    ]


def _tasks(args: ServiceDashboardArgs) -> list[Widget]:
    """What answers."""
    of = args.measured
    running = _graph(
        args,
        "Tasks",
        of.tasks("RunningTaskCount", "running"),
        of.tasks("DesiredTaskCount", "wanted"),
        of.tasks("PendingTaskCount", "starting"),
    )
    unhealthy = [_graph(args, "Targets that fail their check", of.unhealthy())] if args.target_groups else []
    if args.events is None:
        return [running, *unhealthy]
    return [
        running,
        *unhealthy,
        _graph(args, "Tasks that ended by themselves", args.events.restarts(args.service_name)),
    ]


def _load(args: ServiceDashboardArgs) -> list[Widget]:
    """What the answers cost."""
    of, bounds = args.measured, args.bounds
    return [
        _graph(args, "CPU, %", of.utilization("CPUUtilization", "CPU"), alarm=bounds.cpu.threshold),
        _graph(args, "Memory, %", of.utilization("MemoryUtilization", "memory"), alarm=bounds.memory.threshold),
        _graph(
            args,
            "Error lines a minute",
            error_lines(alarm_name(args.service_name, Kind.ERROR_LINES)),
            alarm=bounds.error_lines.threshold,
        ),
    ]


def _events(args: ServiceDashboardArgs, events: ServiceEvents) -> list[Widget]:
    """What ECS tells."""
    return [
        logged(
            "Deployments, and what ECS says of the service",
            args.region,
            events.log_group,
            f"filter resources.0 = '{args.service_arn}' | fields @timestamp, detail.eventName, detail.reason "
            "| sort @timestamp desc | limit 20",
        ),
        logged(
            "Tasks that stopped, and why",
            args.region,
            events.log_group,
            f"filter detail.group = 'service:{args.service_name}' | fields @timestamp, detail.stopCode, "
            "detail.stoppedReason, detail.containers.0.exitCode, detail.taskArn | sort @timestamp desc | limit 20",
        ),
    ]


def _errors(args: ServiceDashboardArgs) -> Widget:
    wanted = matching(args.bounds.error_pattern)
    title = "Error lines" if wanted else "Log"
    return logged(
        title, args.region, args.log_group, f"{wanted}fields @timestamp, @message | sort @timestamp desc | limit 50"
    )


def matching(pattern: str) -> str:
    """The part of a query that finds what a filter pattern of terms finds; empty for a pattern of another form.

    AWS: "Filter pattern syntax": `?A ?B` is A or B, `A B` is both; in a query of Logs Insights a regular expression
    finds either (AWS: "filter", CloudWatch Logs Insights query commands): documented.
    """
    if TERM.sub("", pattern).strip():
        return ""
    terms = [
        (optional, re.escape(quoted or bare).replace("/", r"\/")) for optional, quoted, bare in TERM.findall(pattern)
    ]
    must = [f"filter @message like /{word}/ | " for optional, word in terms if not optional]
    either = "|".join(word for _, word in terms)
    return "".join(must) or (f"filter @message like /{either}/ | " if either else "")
