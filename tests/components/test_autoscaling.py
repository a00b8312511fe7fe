"""How many tasks there are, and who says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from components.autoscaling import Autoscaling, AutoscalingArgs, Queue, Schedule, Step
from tests.components.builders import AUTOSCALING, build
from tests.recording_engine import Engine

TARGET = "aws:appautoscaling/target:Target"
POLICY = "aws:appautoscaling/policy:Policy"
ACTION = "aws:appautoscaling/scheduledAction:ScheduledAction"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
TRACKING = "targetTrackingScalingPolicyConfiguration"
PLAIN = replace(AUTOSCALING, memory=None, requests_per_task=None, queue=None, steps=(), schedules=())


def scaled(args: AutoscalingArgs = AUTOSCALING) -> Engine:
    return build(Autoscaling, args)


def tracking(what: str, args: AutoscalingArgs = AUTOSCALING) -> Mapping[str, Any]:
    found: Mapping[str, Any] = scaled(args).one(POLICY, f"thing-{what}").inputs[TRACKING]
    return found


def math(what: str) -> dict[str, Any]:
    """Id -> expression, or metric name and dimensions."""
    metrics = tracking(what)["customizedMetricSpecification"]["metrics"]
    return {
        one["id"]: one.get("expression")
        or (
            one["metricStat"]["metric"]["metricName"],
            {each["name"]: each["value"] for each in one["metricStat"]["metric"]["dimensions"]},
        )
        for one in metrics
    }


def test_the_number_of_tasks_of_this_service_is_scaled_between_the_limits() -> None:
    target = scaled(PLAIN).one(TARGET)
    assert target.inputs == {
        "serviceNamespace": "ecs",
        "scalableDimension": "ecs:service:DesiredCount",
        "resourceId": "service/microservices-cluster/auth-service",
        "minCapacity": 2,
        "maxCapacity": 10,
    }
    assert target.ignore_changes == ()


def test_only_what_is_named_is_tracked() -> None:
    engine = scaled(PLAIN)
    assert [one.name for one in engine.all(POLICY)] == ["thing-cpu"]
    assert not engine.all(ALARM)
    assert not engine.all(ACTION)


@pytest.mark.parametrize(
    ("what", "value", "metric"),
    [("cpu", 60, "ECSServiceAverageCPUUtilization"), ("memory", 70, "ECSServiceAverageMemoryUtilization")],
)
def test_cpu_and_memory_are_kept_at_a_percentage(what: str, value: float, metric: str) -> None:
    made = tracking(what)
    assert (made["targetValue"], made["predefinedMetricSpecification"]) == (value, {"predefinedMetricType": metric})


def test_more_tasks_come_sooner_than_they_go() -> None:
    for what in ("cpu", "memory", "requests", "queue"):
        assert tracking(what)["scaleOutCooldown"] < tracking(what)["scaleInCooldown"]


def test_requests_of_both_target_groups_count_for_each_task_that_is_wanted() -> None:
    """`ALBRequestCountPerTarget` names one group: of a pair it would lose sight of the traffic with every shift."""
    made = math("requests")
    assert made.pop("result") == "SUM([r1, r2]) / IF(desired > 0, desired, 1)"
    balancer = {"LoadBalancer": "app/microservices/1"}
    assert made == {
        "r1": ("RequestCount", balancer | {"TargetGroup": "targetgroup/auth/1"}),
        "r2": ("RequestCount", balancer | {"TargetGroup": "targetgroup/auth-alt/2"}),
        "desired": ("DesiredTaskCount", {"ClusterName": "microservices-cluster", "ServiceName": "auth-service"}),
    }
    assert tracking("requests")["targetValue"] == 1000


def test_messages_that_wait_count_for_each_task_that_is_wanted() -> None:
    made = math("queue")
    assert made["result"] == "waiting / IF(desired > 0, desired, 1)"
    assert made["waiting"] == ("ApproximateNumberOfMessagesVisible", {"QueueName": "jobs"})


def test_exactly_one_of_the_metrics_is_the_one_that_is_tracked() -> None:
    for what in ("requests", "queue"):
        metrics = tracking(what)["customizedMetricSpecification"]["metrics"]
        assert [one["id"] for one in metrics if one["returnData"]] == ["result"]


def test_a_jump_of_the_cpu_adds_the_step_that_it_reaches() -> None:
    engine = scaled()
    policy = engine.one(POLICY, "thing-burst")
    alarm = engine.one(ALARM).inputs
    assert (alarm["threshold"], alarm["comparisonOperator"]) == (80, "GreaterThanOrEqualToThreshold")
    assert alarm["alarmActions"] == [f"arn:aws:{POLICY}:eu-west-1:111111111111:thing-burst"]
    steps = policy.inputs["stepScalingPolicyConfiguration"]["stepAdjustments"]
    assert steps == [
        {"metricIntervalLowerBound": "0", "metricIntervalUpperBound": "15", "scalingAdjustment": 2},
        {"metricIntervalLowerBound": "15", "scalingAdjustment": 5},
    ], "bounds count from the alarm's threshold, and the last step has no end"


def test_schedules_set_limits_and_no_update_undoes_them() -> None:
    engine = scaled()
    action = engine.one(ACTION).inputs
    assert (action["schedule"], action["timezone"]) == ("cron(0 7 ? * MON-FRI *)", "Europe/Berlin")
    assert action["scalableTargetAction"] == {"minCapacity": 4, "maxCapacity": 12}
    assert engine.one(TARGET).ignore_changes == ("minCapacity", "maxCapacity")


def test_nothing_is_scaled_before_it_may_be() -> None:
    engine = scaled()
    target = engine.one(TARGET).urn
    for one in (*engine.all(POLICY), *engine.all(ACTION)):
        assert target in one.dependencies


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"minimum": 11}, "the service scales from 11 to 10 tasks"),
        ({"minimum": -1}, "the service scales from -1 to 10 tasks"),
        (
            {"schedules": [Schedule(name="n", when="rate(1 hour)", time_zone="UTC", minimum=2, maximum=1)]},
            "schedule n scales from 2 to 1",
        ),
        ({"cpu": None}, "nothing says when to scale"),
    ],
)
def test_what_could_not_scale_is_refused(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        replace(PLAIN, **changed)


def test_a_service_that_nobody_calls_is_not_scaled_by_its_requests() -> None:
    with pytest.raises(ValueError, match="nobody calls the service; scale it by cpu, memory or its queue"):
        replace(AUTOSCALING, target_groups=())
    scaled = replace(AUTOSCALING, target_groups=(), load_balancer="", requests_per_task=None)
    assert "AWS/ApplicationELB" not in str([one.inputs for one in build(Autoscaling, scaled).registered])


def test_a_queue_or_a_step_alone_is_enough() -> None:
    replace(PLAIN, cpu=None, queue=Queue(name="jobs", messages_per_task=1))
    replace(PLAIN, cpu=None, steps=[Step(above=80, add=1)])
