"""Metric data that is put can be got back, by period, statistic and math."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from tests.sandbox.cloudwatch.conftest import Cloud


def query(name: str, stat: str = "Sum", period: int = 60) -> dict[str, Any]:
    metric = {"Namespace": "tests", "MetricName": name}
    return {"Id": name, "MetricStat": {"Metric": metric, "Period": period, "Stat": stat}}


def test_data_comes_back_by_period_with_math_and_survives_a_restart(cloud: Cloud) -> None:
    cloud.to_full_minute()
    begin = cloud.now()
    for value in (4, 8):
        cloud.watch.put_metric_data(
            Namespace="tests", MetricData=[{"MetricName": "back", "Values": [value, 1.0], "Counts": [1.0, 2.0]}]
        )
        cloud.wait(60)
    asked = {
        "MetricDataQueries": [query("back"), {"Id": "twice", "Expression": "back * 2"}],
        "StartTime": begin,
        "EndTime": begin + timedelta(minutes=2),
        "ScanBy": "TimestampAscending",
    }
    before = cloud.watch.get_metric_data(**asked)["MetricDataResults"]
    assert [(found["Id"], found["Values"]) for found in before] == [("back", [6.0, 10.0]), ("twice", [12.0, 20.0])]
    assert before[0]["Timestamps"] == [begin, begin + timedelta(minutes=1)]
    cloud.box.down()
    cloud.box.up(stacks=False)
    assert cloud.watch.get_metric_data(**asked)["MetricDataResults"] == before


def test_list_metrics_names_what_has_data(cloud: Cloud) -> None:
    dimensions = [{"Name": "Kind", "Value": "a"}]
    data = [{"MetricName": "listed", "Dimensions": dimensions, "Value": 1.0}]
    cloud.watch.put_metric_data(Namespace="lists", MetricData=data)
    expected = [{"Namespace": "lists", "MetricName": "listed", "Dimensions": dimensions}]
    assert cloud.watch.list_metrics(Namespace="lists")["Metrics"] == expected
    assert cloud.watch.list_metrics(MetricName="listed", Dimensions=[{"Name": "Kind"}])["Metrics"] == expected
    assert cloud.watch.list_metrics(MetricName="listed", Dimensions=[{"Name": "Other"}])["Metrics"] == []


@pytest.mark.parametrize(
    ("datum", "code"),
    [
        ({}, "MissingParameter"),
        ({"Value": 1.0, "Values": [1.0]}, "InvalidParameterCombination"),
        ({"Values": [1.0], "Counts": [1.0, 2.0]}, "InvalidParameterValue"),
    ],
)
def test_data_that_cannot_be_is_refused(cloud: Cloud, datum: dict[str, Any], code: str) -> None:
    with pytest.raises(ClientError) as refusal:
        cloud.watch.put_metric_data(Namespace="tests", MetricData=[{"MetricName": "bad", **datum}])
    assert refusal.value.response["Error"]["Code"] == code


def test_log_events_make_metrics_through_json_filters(cloud: Cloud) -> None:
    logs = cloud.clients["logs"]
    logs.create_log_group(logGroupName="/filtered")
    logs.create_log_stream(logGroupName="/filtered", logStreamName="s")
    transformation = {"metricName": "Slow", "metricNamespace": "Filtered", "metricValue": "$.ms", "defaultValue": 0}
    logs.put_metric_filter(
        logGroupName="/filtered",
        filterName="slow",
        filterPattern='{ $.level = "ERROR" }',
        metricTransformations=[transformation],
    )
    at = int(cloud.now().timestamp() * 1000)
    lines = ['{"level": "ERROR", "ms": 250}', '{"level": "INFO", "ms": 5}', "no JSON"]
    events = [{"timestamp": at, "message": line} for line in lines]
    logs.put_log_events(logGroupName="/filtered", logStreamName="s", logEvents=events)
    cloud.to_full_minute()
    assert cloud.latest("Filtered", "Slow", {}) == 250
    with pytest.raises(ClientError, match="Invalid metric filter pattern"):
        logs.put_metric_filter(
            logGroupName="/filtered", filterName="x", filterPattern="[a, b]", metricTransformations=[transformation]
        )
