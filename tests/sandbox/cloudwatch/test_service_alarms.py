"""Each alarm of `ServiceAlarms`, as it is registered, goes off on what it says and on nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from components.service_alarms import ServiceAlarms
from release.service_alarms import SYMPTOMS, Kind, alarm_name
from tests.components.builders import SERVICE_ALARMS, build

if TYPE_CHECKING:
    from tests.sandbox.cloudwatch.conftest import Cloud

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
ONE, OTHER = "One", "Other"
"""The two target groups."""
RESTARTS = "microservices-cluster-restarts"
Minute = Mapping[tuple[str, str], float]
"""(metric, target group) -> its value in a minute; an empty group: of the tasks."""


def of_targets(name: str, one: float, other: float | None = None) -> dict[tuple[str, str], float]:
    return {(name, ONE): one} | ({} if other is None else {(name, OTHER): other})


def calls(requests: float, errors: float, kind: str = "5XX") -> Minute:
    return of_targets("RequestCount", requests) | of_targets(f"HTTPCode_Target_{kind}_Count", errors)


def tasks(name: str, value: float) -> Minute:
    return {(name, ""): value}


@dataclass(frozen=True, kw_only=True)
class Case:
    """Minutes that make an alarm go off, and minutes that just do not."""

    kind: Kind
    bad: Minute
    fine: Minute
    minutes: int
    """Bad minutes that it takes."""
    without_data: str = "OK"


CASES = {
    "5xx of one group": Case(kind=Kind.SERVER_ERRORS, bad=calls(100, 6), fine=calls(100, 5), minutes=2),
    "5xx of both groups together": Case(
        kind=Kind.SERVER_ERRORS,
        bad=of_targets("RequestCount", 50, 50) | of_targets("HTTPCode_Target_5XX_Count", 1, 5),
        fine=of_targets("RequestCount", 50, 50) | of_targets("HTTPCode_Target_5XX_Count", 0, 5),
        minutes=2,
    ),
    "5xx of too few requests": Case(kind=Kind.SERVER_ERRORS, bad=calls(20, 20), fine=calls(19, 19), minutes=2),
    "4xx": Case(kind=Kind.CLIENT_ERRORS, bad=calls(100, 26, "4XX"), fine=calls(100, 25, "4XX"), minutes=10),
    "p99 of the slower group": Case(
        kind=Kind.LATENCY,
        bad=of_targets("RequestCount", 30, 30) | of_targets("TargetResponseTime", 0.1, 2.1),
        fine=of_targets("RequestCount", 30, 30) | of_targets("TargetResponseTime", 2.0, 0.1),
        minutes=3,
    ),
    "p99 of too few requests": Case(
        kind=Kind.LATENCY,
        bad=of_targets("RequestCount", 20) | of_targets("TargetResponseTime", 9),
        fine=of_targets("RequestCount", 19) | of_targets("TargetResponseTime", 9),
        minutes=3,
    ),
    "unhealthy targets": Case(
        kind=Kind.UNHEALTHY,
        bad=of_targets("UnHealthyHostCount", 0, 1),
        fine=of_targets("UnHealthyHostCount", 0, 0),
        minutes=5,
    ),
    "below desired": Case(
        kind=Kind.BELOW_DESIRED,
        bad=tasks("DesiredTaskCount", 3) | tasks("RunningTaskCount", 2),
        fine=tasks("DesiredTaskCount", 3) | tasks("RunningTaskCount", 3),
        minutes=10,
        without_data="INSUFFICIENT_DATA",
    ),
    "cpu": Case(
        kind=Kind.CPU,
        bad=tasks("CPUUtilization", 91),
        fine=tasks("CPUUtilization", 90),
        minutes=10,
        without_data="INSUFFICIENT_DATA",
    ),
    "memory": Case(
        kind=Kind.MEMORY,
        bad=tasks("MemoryUtilization", 91),
        fine=tasks("MemoryUtilization", 90),
        minutes=5,
        without_data="INSUFFICIENT_DATA",
    ),
    "restarts": Case(kind=Kind.RESTARTS, bad=tasks(RESTARTS, 1), fine=tasks(RESTARTS, 0), minutes=3),
}


def registered(service: str) -> dict[Kind, dict[str, Any]]:
    """The alarms of a service, as the component registers them."""
    args = replace(
        SERVICE_ALARMS, service_name=service, target_groups=[f"targetgroup/{service}/{each}" for each in (ONE, OTHER)]
    )
    made = {one.inputs["name"]: dict(one.inputs) for one in build(ServiceAlarms, args).all(ALARM)}
    return {kind: made[alarm_name(service, kind)] for kind in Kind}


def put(cloud: Cloud, alarm: Mapping[str, Any]) -> None:
    """Make the alarm, over metrics that a test may send: AWS's own namespaces are closed."""
    cloud.watch.put_metric_alarm(
        AlarmName=alarm["name"],
        ComparisonOperator=alarm["comparisonOperator"],
        Threshold=alarm["threshold"],
        EvaluationPeriods=int(alarm["evaluationPeriods"]),
        DatapointsToAlarm=int(alarm["datapointsToAlarm"]),
        TreatMissingData=alarm["treatMissingData"],
        Metrics=[query(each) for each in alarm["metricQueries"]],
    )


def query(of: Mapping[str, Any]) -> dict[str, Any]:
    made = {"Id": of["id"], "ReturnData": of["returnData"]}
    if "expression" in of:
        return made | {"Expression": of["expression"]}
    metric = of["metric"]
    return made | {
        "MetricStat": {
            "Metric": {
                "Namespace": "tests",
                "MetricName": metric["metricName"],
                "Dimensions": [{"Name": name, "Value": value} for name, value in metric.get("dimensions", {}).items()],
            },
            "Stat": metric["stat"],
            "Period": int(metric["period"]),
        }
    }


def measure(cloud: Cloud, service: str, minute: Minute) -> None:
    """What happens in a minute, and the minute."""
    for (name, group), value in minute.items():
        dimensions = {"ClusterName": "microservices-cluster", "ServiceName": service}
        if name == RESTARTS:
            dimensions = {"Service": f"service:{service}"}
        if group:
            dimensions = {"LoadBalancer": "app/microservices/1", "TargetGroup": f"targetgroup/{service}/{group}"}
        datum = {
            "MetricName": name,
            "Value": value,
            "Dimensions": [{"Name": key, "Value": each} for key, each in dimensions.items()],
        }
        cloud.watch.put_metric_data(Namespace="tests", MetricData=[datum])
    cloud.wait(60)


@pytest.mark.parametrize("name", CASES)
def test_an_alarm_goes_off_above_its_threshold_and_not_at_it(cloud: Cloud, name: str) -> None:
    case, service = CASES[name], f"over-{name.replace(' ', '-')}"
    alarm = registered(service)[case.kind]
    put(cloud, alarm)
    for _ in range(case.minutes):
        assert cloud.state(alarm["name"]) != "ALARM"
        measure(cloud, service, case.fine)
    assert cloud.state(alarm["name"]) == "OK"
    for _ in range(case.minutes):
        assert cloud.state(alarm["name"]) == "OK"
        measure(cloud, service, case.bad)
    assert cloud.state(alarm["name"]) == "ALARM"


def test_where_nothing_is_measured_nothing_is_wrong_or_nothing_is_known(cloud: Cloud) -> None:
    made = registered("silent")
    for alarm in made.values():
        put(cloud, alarm)
    cloud.wait(60)
    expected = {case.kind: case.without_data for case in CASES.values()} | {Kind.ERROR_LINES: "OK"}
    assert {kind: cloud.state(alarm["name"]) for kind, alarm in made.items()} == expected


def test_a_service_that_is_left_alone_by_its_callers_does_not_stay_in_alarm(cloud: Cloud) -> None:
    alarm = registered("left")[Kind.SERVER_ERRORS]
    put(cloud, alarm)
    for _ in range(3):
        measure(cloud, "left", calls(100, 50))
    assert cloud.state(alarm["name"]) == "ALARM"
    cloud.wait(300)
    assert cloud.state(alarm["name"]) == "OK"


def test_lines_that_look_like_errors_set_the_alarm_off(cloud: Cloud) -> None:
    service = "chatty"
    args = replace(SERVICE_ALARMS, service_name=service)
    engine = build(ServiceAlarms, args)
    counted = engine.one("aws:cloudwatch/logMetricFilter:LogMetricFilter").inputs
    logs, group = cloud.clients["logs"], "/tests/chatty"
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="s")
    told = counted["metricTransformation"]
    logs.put_metric_filter(
        logGroupName=group,
        filterName="errors",
        filterPattern=counted["pattern"],
        metricTransformations=[
            {
                "metricName": told["name"],
                "metricNamespace": "tests",
                "metricValue": told["value"],
                "defaultValue": float(told["defaultValue"]),
            }
        ],
    )
    alarm = registered(service)[Kind.ERROR_LINES]
    put(cloud, alarm)
    lines = ["INFO all is well", "ERROR no database", "panic: oh no", "Traceback (most recent call last):"]
    for count, state in ((3, "OK"), (4, "ALARM")):  # nine and twelve lines a minute
        for _ in range(5):
            at = int((cloud.now() + timedelta(seconds=1)).timestamp() * 1000)
            events = [{"timestamp": at, "message": line} for line in lines * count]
            logs.put_log_events(logGroupName=group, logStreamName="s", logEvents=events)
            cloud.wait(60)
        assert cloud.state(alarm["name"]) == state


def test_one_symptom_makes_the_service_unwell_and_a_cause_does_not(cloud: Cloud) -> None:
    service = "sick"
    made = registered(service)
    for kind in (*SYMPTOMS, Kind.CPU):
        put(cloud, made[kind])
    composite = build(ServiceAlarms, replace(SERVICE_ALARMS, service_name=service)).one(
        "aws:cloudwatch/compositeAlarm:CompositeAlarm"
    )
    name = composite.inputs["alarmName"]
    cloud.watch.put_composite_alarm(AlarmName=name, AlarmRule=composite.inputs["alarmRule"])
    for _ in range(10):
        measure(cloud, service, tasks("CPUUtilization", 99))
    assert (cloud.state(made[Kind.CPU]["name"]), cloud.state(name)) == ("ALARM", "OK")
    for _ in range(2):
        measure(cloud, service, calls(100, 50))
    assert cloud.state(name) == "ALARM"
