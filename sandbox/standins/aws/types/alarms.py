"""CloudWatch alarms and dashboards."""

from __future__ import annotations

from typing import Any, Final

from sandbox.standins.aws import documents
from sandbox.standins.aws.casing import member_of
from sandbox.standins.aws.resource_type import Call, Naming, ResourceType, Situation, Update
from sandbox.standins.aws.types.arns import by_id
from sandbox.standins.aws.values import Properties

_SENT: Final = (
    "actionsEnabled alarmActions alarmDescription comparisonOperator datapointsToAlarm "
    "evaluateLowSampleCountPercentiles evaluationPeriods extendedStatistic insufficientDataActions metricName name "
    "namespace okActions period statistic threshold thresholdMetricId treatMissingData unit"
)


def _dimensions(p: Properties) -> list[dict[str, str]] | None:
    return [{"Name": name, "Value": value} for name, value in (p.get("dimensions") or {}).items()] or None


def _queries(p: Properties) -> list[dict[str, Any]] | None:
    return [_query(query) for query in p.get("metricQueries") or []] or None


def _query(query: Properties) -> dict[str, Any]:
    """A query as the API takes it: an expression, or the statistic of a metric."""
    made = {
        name[0].upper() + name[1:]: value
        for name, value in query.items()
        if name != "metric" and value not in (None, "")
    }
    metric = query.get("metric")
    if metric:
        named = {
            "Namespace": metric.get("namespace"),
            "MetricName": metric["metricName"],
            "Dimensions": _dimensions(metric),
        }
        stat = {"Period": metric["period"], "Stat": metric["stat"], "Unit": metric.get("unit")}
        made["MetricStat"] = {
            "Metric": {name: value for name, value in named.items() if value},
            **{name: value for name, value in stat.items() if value},
        }
    return made


def _read_query(item: dict[str, Any]) -> Properties:
    query = {
        name: item.get(member_of(item, name) or "")
        for name in ("id", "accountId", "expression", "label", "period", "returnData")
    }
    stat = item.get("MetricStat")
    if stat:
        named = stat["Metric"]
        metric = {
            "namespace": named.get("Namespace"),
            "metricName": named.get("MetricName"),
            "dimensions": _read_dimensions(named.get("Dimensions")),
            "period": stat.get("Period"),
            "stat": stat.get("Stat"),
            "unit": stat.get("Unit"),
        }
        query["metric"] = {name: value for name, value in metric.items() if value}
    return {name: value for name, value in query.items() if value is not None}


def _read_dimensions(found: list[dict[str, str]] | None) -> dict[str, str] | None:
    return {each["Name"]: each["Value"] for each in found or []} or None


_PUT: Final = Call("PutMetricAlarm", _SENT, {"Dimensions": _dimensions, "Metrics": _queries})


def _read_queries(_: Situation, item: dict[str, Any]) -> list[Properties] | None:
    return [_read_query(query) for query in item.get("Metrics") or []] or None


METRIC_ALARM = ResourceType(
    token="aws:cloudwatch/metricAlarm:MetricAlarm",
    noun="CloudWatch Metric Alarm",
    service="cloudwatch",
    create=_PUT,
    id=lambda s, _: str(s.p["name"]),
    read=Call("DescribeAlarms", also={"AlarmNames": by_id}),
    item="MetricAlarms[0]",
    update=(Update(f"{_SENT} dimensions metricQueries", _PUT),),
    delete=Call("DeleteAlarms", also={"AlarmNames": by_id}),
    names={
        "name": "AlarmName",
        "arn": "AlarmArn",
        "okActions": "OKActions",
        "evaluateLowSampleCountPercentiles": "EvaluateLowSampleCountPercentile",
    },
    outputs={"dimensions": lambda _, item: _read_dimensions(item.get("Dimensions")), "metricQueries": _read_queries},
    force_new="name",
    computed="evaluateLowSampleCountPercentiles",
    defaults={"actionsEnabled": True, "treatMissingData": "missing"},
    naming=Naming(255),
    tags="Tags",
    not_imitated="evaluationCriteria evaluationInterval evaluationWindow warmUpConfiguration",
)

_COMPOSITE_SENT: Final = (
    "actionsEnabled alarmActions alarmDescription alarmName alarmRule insufficientDataActions okActions"
)
_PUT_COMPOSITE: Final = Call("PutCompositeAlarm", _COMPOSITE_SENT)

COMPOSITE_ALARM = ResourceType(
    token="aws:cloudwatch/compositeAlarm:CompositeAlarm",
    noun="CloudWatch Composite Alarm",
    service="cloudwatch",
    create=_PUT_COMPOSITE,
    id=lambda s, _: str(s.p["alarmName"]),
    read=Call("DescribeAlarms", also={"AlarmNames": by_id, "AlarmTypes": ["CompositeAlarm"]}),
    item="CompositeAlarms[0]",
    update=(Update(_COMPOSITE_SENT, _PUT_COMPOSITE),),
    delete=Call("DeleteAlarms", also={"AlarmNames": by_id}),
    names={"arn": "AlarmArn", "okActions": "OKActions"},
    force_new="actionsEnabled alarmName",
    defaults={"actionsEnabled": True},
    tags="Tags",
    not_imitated="actionsSuppressor",
)

_PUT_DASHBOARD: Final = Call("PutDashboard", "dashboardBody dashboardName")

DASHBOARD = ResourceType(
    token="aws:cloudwatch/dashboard:Dashboard",
    noun="CloudWatch Dashboard",
    service="cloudwatch",
    create=_PUT_DASHBOARD,
    id=lambda s, _: str(s.p["dashboardName"]),
    read=Call("GetDashboard", also={"DashboardName": lambda p: p["id"]}),
    update=(Update("dashboardBody", _PUT_DASHBOARD),),
    delete=Call("DeleteDashboards", also={"DashboardNames": by_id}),
    force_new="dashboardName",
    canonical={"dashboardBody": documents.json_text},
)

TYPES: Final = (COMPOSITE_ALARM, DASHBOARD, METRIC_ALARM)
