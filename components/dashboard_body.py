"""The body of a CloudWatch dashboard: widgets in rows. Pure, but for what other resources tell.

AWS: "Dashboard body structure and syntax" (CloudWatch API reference) for the form, "CloudWatch service quotas" for the
limits: documented.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi

from components.service_metrics import Series, Stat
from release.service_alarms import MINUTE

COLUMNS: Final = 24
MOST_WIDGETS: Final = 500
MOST_METRICS_OF_A_WIDGET: Final = 500
MOST_METRICS: Final = 2500
"""Of all widgets together."""
MOST_ALARMS: Final = 100
"""That one widget shows."""
GRAPH_HEIGHT: Final = 6
CONSOLES: Final[Mapping[str, str]] = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}
"""Partition -> where people look at it."""


@dataclass(frozen=True, kw_only=True)
class Widget:
    """One part of a dashboard, without its place."""

    type: str
    """`metric`, `alarm`, `log` or `text`."""
    height: int
    """In units of the grid."""
    properties: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Line:
    """A series in a graph."""

    series: Series
    right: bool = False
    """Whether it belongs to the axis on the right."""


def body(rows: Sequence[Sequence[Widget]]) -> dict[str, Any]:
    """The dashboard: rows from the top, each shared evenly by its widgets. Raises `ValueError` for one AWS refuses."""
    placed = list(_placed(rows))
    counts = [len(one["properties"].get("metrics", ())) for one in placed]
    for what, found, most in (
        ("widgets", len(placed), MOST_WIDGETS),
        ("metrics in a widget", max(counts, default=0), MOST_METRICS_OF_A_WIDGET),
        ("metrics", sum(counts), MOST_METRICS),
    ):
        if found > most:
            raise ValueError(f"the dashboard has {found} {what}; CloudWatch takes {most}")
    # What was measured is shown minute by minute, however long the time that is looked at.
    return {"periodOverride": "inherit", "widgets": placed}


def text(markdown: str, height: int) -> Widget:
    """Words and links."""
    return Widget(type="text", height=height, properties={"markdown": markdown})


def alarms(title: str, arns: Sequence[pulumi.Input[str]]) -> Widget:
    """The states of alarms, those that have gone off first."""
    return Widget(
        type="alarm",
        height=max(2, 1 + (len(arns) + 3) // 4),
        properties={"title": title, "alarms": list(arns), "sortBy": "stateUpdatedTimestamp"},
    )


def logged(title: str, region: str, log_group: pulumi.Input[str], query: str) -> Widget:
    """What a query of Logs Insights finds in a log group, as a table."""
    asked = pulumi.Output.concat("SOURCE '", log_group, "' | ", query)
    return Widget(
        type="log",
        height=GRAPH_HEIGHT,
        properties={"title": title, "region": region, "query": asked, "view": "table"},
    )


def graph(title: str, region: str, lines: Sequence[Line], *, bounds: Mapping[str, float] | None = None) -> Widget:
    """Lines over time; `bounds` are drawn across, by their names."""
    properties: dict[str, Any] = {
        "title": title,
        "region": region,
        "view": "timeSeries",
        "stacked": False,
        "period": MINUTE,
        "yAxis": {"left": {"min": 0}, "right": {"min": 0, "showUnits": False}},
        "metrics": [row for number, line in enumerate(lines) for row in _rows(f"l{number}", line)],
    }
    if bounds:
        drawn = [{"label": label, "value": value} for label, value in bounds.items()]
        properties["annotations"] = {"horizontal": drawn}
    return Widget(type="metric", height=GRAPH_HEIGHT, properties=properties)


def link(name: str, region: str, partition: str) -> str:
    """Where people see the dashboard of this name."""
    return f"https://{region}.{CONSOLES[partition]}/cloudwatch/home?region={region}#dashboards/dashboard/{name}"


def _placed(rows: Sequence[Sequence[Widget]]) -> Iterator[dict[str, Any]]:
    top = 0
    for row in rows:
        width, left_over = divmod(COLUMNS, len(row)) if row else (COLUMNS, 0)
        if left_over:
            raise ValueError(f"{len(row)} widgets cannot share {COLUMNS} columns evenly")
        for number, one in enumerate(row):
            place = {"x": number * width, "y": top, "width": width, "height": one.height}
            yield {"type": one.type, **place, "properties": dict(one.properties)}
        top += max((one.height for one in row), default=0)


def _rows(prefix: str, line: Line) -> Iterator[list[Any]]:
    """A series as the body has it. Ids are those of one graph, hence the prefix."""
    series, axis = line.series, {"yAxis": "right"} if line.right else {}
    shown = {"label": series.label, **axis}
    if not series.expression:
        (stat,) = series.stats.values()
        yield _row(stat, {"id": prefix, **shown})
        return
    names = "|".join(map(re.escape, series.stats))
    yield [{"expression": re.sub(rf"\b({names})\b", rf"{prefix}_\1", series.expression), "id": prefix, **shown}]
    for name, stat in series.stats.items():
        yield _row(stat, {"id": f"{prefix}_{name}", "visible": False})


def _row(stat: Stat, options: Mapping[str, Any]) -> list[Any]:
    dimensions = [part for dimension in stat.dimensions.items() for part in dimension]
    return [stat.namespace, stat.name, *dimensions, {**options, "stat": stat.statistic, "period": MINUTE}]
