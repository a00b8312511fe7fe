"""What dashboards have in them. What they look like nobody can see here: docs/alarms.md says so."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from components.dashboard_body import (
    COLUMNS,
    MOST_METRICS,
    MOST_METRICS_OF_A_WIDGET,
    MOST_WIDGETS,
    Line,
    Widget,
    body,
    graph,
    link,
    text,
)
from components.service_dashboard import ServiceDashboard, ServiceDashboardArgs, ShownQueue, matching
from components.service_metrics import Measured, Series, Stat
from components.stack_dashboard import (
    METRICS_OF_A_SERVICE,
    MOST_SERVICES,
    ShownService,
    StackDashboard,
    StackDashboardArgs,
)
from release.queue_alarms import QueueBounds
from release.service_alarms import AlarmBounds
from tests.components.builders import SERVICE_DASHBOARD, STACK_DASHBOARD, build

DASHBOARD = "aws:cloudwatch/dashboard:Dashboard"
STAT = Stat(namespace="N", name="M", dimensions={"D": "v"}, statistic="Sum")


def shown(args: ServiceDashboardArgs | StackDashboardArgs) -> dict[str, Any]:
    component: Any = ServiceDashboard if isinstance(args, ServiceDashboardArgs) else StackDashboard
    made: dict[str, Any] = json.loads(build(component, args).one(DASHBOARD).inputs["dashboardBody"])
    return made


def stack(services: int) -> StackDashboardArgs:
    measured = Measured(
        cluster="c", service="s", load_balancer="app/l/1", target_groups=["targetgroup/a", "targetgroup/b"]
    )
    return replace(
        STACK_DASHBOARD,
        services=[
            ShownService(
                service_name=f"s{number:03}", dashboard_name=f"d{number}", measured=measured, unwell=f"arn:{number}"
            )
            for number in range(services)
        ],
    )


def titled(dashboard: dict[str, Any], title: str) -> dict[str, Any]:
    (found,) = [one["properties"] for one in dashboard["widgets"] if one["properties"].get("title") == title]
    return dict(found)


EVERY = pytest.mark.parametrize(
    "args",
    [
        SERVICE_DASHBOARD,
        replace(SERVICE_DASHBOARD, events=None),
        replace(SERVICE_DASHBOARD, target_groups=()),
        replace(SERVICE_DASHBOARD, target_groups=(), events=None, alarms=()),
        STACK_DASHBOARD,
        stack(1),
        stack(50),
        stack(MOST_SERVICES),
        stack(400),
    ],
)


@EVERY
def test_widgets_lie_within_the_grid_and_on_no_other(args: Any) -> None:
    taken: set[tuple[int, int]] = set()
    for one in shown(args)["widgets"]:
        assert one["x"] >= 0
        assert one["x"] + one["width"] <= COLUMNS
        assert 1 <= one["height"] <= 1000
        places = {
            (x, y) for x in range(one["x"], one["x"] + one["width"]) for y in range(one["y"], one["y"] + one["height"])
        }
        assert not places & taken
        taken |= places


@EVERY
def test_it_is_within_cloudwatch_s_limits(args: Any) -> None:
    widgets = shown(args)["widgets"]
    metrics = [len(one["properties"].get("metrics", ())) for one in widgets]
    assert len(widgets) <= MOST_WIDGETS
    assert max(metrics, default=0) <= MOST_METRICS_OF_A_WIDGET
    assert sum(metrics) <= MOST_METRICS
    assert all(1 <= len(one["properties"]["alarms"]) <= 100 for one in widgets if one["type"] == "alarm")


@EVERY
def test_every_expression_names_what_its_graph_has(args: Any) -> None:
    for one in shown(args)["widgets"]:
        rows = one["properties"].get("metrics", [])
        ids = [row[-1]["id"] for row in rows]
        assert len(ids) == len(set(ids))
        assert all(re.fullmatch(r"[a-z][A-Za-z0-9_]*", name) for name in ids), "AWS takes no others"
        for row in rows:
            named = re.findall(r"\b[a-z]\w*", row[0].get("expression", "")) if isinstance(row[0], dict) else []
            assert set(named) <= set(ids)
            if not isinstance(row[0], dict):
                assert len(row) % 2 == 1, "namespace, name, pairs of dimensions, options"


@EVERY
def test_a_metric_is_drawn_itself_or_by_an_expression_that_needs_it(args: Any) -> None:
    for one in shown(args)["widgets"]:
        rows = one["properties"].get("metrics", [])
        used = " ".join(row[0]["expression"] for row in rows if isinstance(row[0], dict))
        for row in rows:
            if row[-1].get("visible") is False:
                assert re.search(rf"\b{row[-1]['id']}\b", used)


@pytest.mark.parametrize(
    "title",
    [
        "Alarms",
        "Requests a minute",
        "Answers with an error, % of requests",
        "Seconds to answer",
        "Tasks",
        "Targets that fail their check",
        "Tasks that ended by themselves",
        "CPU, %",
        "Memory, %",
        "Error lines a minute",
        "Deployments, and what ECS says of the service",
        "Tasks that stopped, and why",
        "Error lines",
    ],
)
def test_a_service_shows(title: str) -> None:
    assert titled(shown(SERVICE_DASHBOARD), title)


def test_every_graph_of_a_service_marks_its_deployments() -> None:
    graphs = [one["properties"] for one in shown(SERVICE_DASHBOARD)["widgets"] if one["type"] == "metric"]
    assert graphs
    for one in graphs:
        marks = [row for row in one["metrics"] if row[-1].get("yAxis") == "right"]
        assert [(row[0], row[1]) for row in marks] == [("Slipway", "microservices-cluster-deployments")]
        assert marks[0][3] == SERVICE_DASHBOARD.service_arn


def test_without_events_nothing_is_said_of_deployments_nor_of_ends() -> None:
    assert "deployments" not in json.dumps(shown(replace(SERVICE_DASHBOARD, events=None)))


def test_a_service_that_nobody_calls_shows_no_requests() -> None:
    assert "AWS/ApplicationELB" not in json.dumps(shown(replace(SERVICE_DASHBOARD, target_groups=())))


def test_the_alarm_s_threshold_is_drawn() -> None:
    drawn = titled(shown(SERVICE_DASHBOARD), "Seconds to answer")["annotations"]
    assert drawn == {"horizontal": [{"label": "alarm", "value": AlarmBounds().latency.threshold}]}


def test_the_stack_shows_each_service_s_alarm_and_the_way_to_its_dashboard() -> None:
    dashboard = shown(stack(150))
    heading = dashboard["widgets"][0]["properties"]["markdown"]
    assert all(link(f"d{number}", "eu-west-1", "aws") in heading for number in range(150))
    states = [arn for one in dashboard["widgets"] if one["type"] == "alarm" for arn in one["properties"]["alarms"]]
    assert states == [f"arn:{number}" for number in range(150)]


def test_a_service_that_works_off_a_queue_shows_what_waits_there() -> None:
    queue = ShownQueue(name="mails", dead_letters_name="mails-dead-letters", bounds=QueueBounds())
    body = shown(replace(SERVICE_DASHBOARD, queue=queue))
    for title, name in (("Messages", '"mails"'), ("Dead letters", '"mails-dead-letters"')):
        assert name in json.dumps(titled(body, title))
    oldest = titled(body, "Seconds that the oldest message has waited")
    assert "900" in json.dumps(oldest["annotations"])
    assert "AWS/SQS" not in json.dumps(shown(SERVICE_DASHBOARD))


def test_services_that_nobody_calls_are_compared_by_what_they_have() -> None:
    called, *others = stack(3).services
    workers = [replace(one, measured=replace(one.measured, load_balancer="", target_groups=())) for one in others]
    drawn = {
        widget["properties"]["title"]: json.dumps(widget["properties"]["metrics"])
        for widget in shown(replace(stack(3), services=[called, *workers]))["widgets"]
        if "metrics" in widget["properties"]
    }
    of_calls = {"Requests a minute", "Answers with 5xx, %", "Seconds to answer, p99"}
    assert {title for title, metrics in drawn.items() if workers[0].service_name not in metrics} == of_calls
    alone = shown(replace(stack(2), services=workers))
    assert "AWS/ApplicationELB" not in json.dumps(alone)


def test_as_many_services_as_cloudwatch_takes_have_graphs() -> None:
    rows = [len(one["properties"].get("metrics", ())) for one in shown(stack(1))["widgets"]]
    assert sum(rows) == METRICS_OF_A_SERVICE
    assert any(one["type"] == "metric" for one in shown(stack(MOST_SERVICES))["widgets"])
    assert not any(one["type"] == "metric" for one in shown(stack(MOST_SERVICES + 1))["widgets"])


def test_a_console_is_that_of_its_partition() -> None:
    assert link("d", "cn-north-1", "aws-cn").startswith("https://cn-north-1.console.amazonaws.cn/")
    assert link("d", "eu-west-1", "aws").endswith("#dashboards/dashboard/d")


@pytest.mark.parametrize(
    ("pattern", "query"),
    [
        (AlarmBounds().error_pattern, "filter @message like /ERROR|FATAL|CRITICAL|panic:|Traceback/ | "),
        ("ERROR", "filter @message like /ERROR/ | "),
        ('"a/b (c)" ?x', "filter @message like /a\\/b\\ \\(c\\)/ | "),
        ("A B", "filter @message like /A/ | filter @message like /B/ | "),
        ('{ $.level = "ERROR" }', ""),
        ("A -B", ""),
        ("", ""),
    ],
)
def test_lines_are_found_as_the_filter_finds_them(pattern: str, query: str) -> None:
    assert matching(pattern) == query


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([[text("x", 1)]] * (MOST_WIDGETS + 1), "501 widgets"),
        ([[text("x", 1)] * 5], "5 widgets cannot share"),
        ([[graph("g", "r", [Line(series=Series(label="s", stats={"a": STAT}))] * 501)]], "501 metrics in a widget"),
        ([[graph("g", "r", [Line(series=Series(label="s", stats={"a": STAT}))] * 500)]] * 6, "3000 metrics"),
    ],
)
def test_what_cloudwatch_refuses_is_refused_in_words(rows: list[list[Widget]], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        body(rows)


@pytest.mark.parametrize("args", [SERVICE_DASHBOARD, STACK_DASHBOARD])
def test_a_name_that_aws_refuses_is_refused(args: Any) -> None:
    with pytest.raises(ValueError, match="letters, digits, hyphens and underscores"):
        replace(args, dashboard_name="my dashboard")


def test_before_a_service_runs_the_page_of_the_stack_says_so() -> None:
    (heading,) = shown(stack(0))["widgets"]
    assert "No service runs here yet" in heading["properties"]["markdown"]
