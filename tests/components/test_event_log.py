"""What ECS tells is kept, and counted by service. That it arrives: tests/integration/test_alarms.py."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.event_log import BEGUN, ENDED, EventLog, ServiceEvents, patterns, policy_document
from sandbox.cloudwatch import filter_pattern
from tests.components.builders import EVENT_LOG, build

FILTER = "aws:cloudwatch/logMetricFilter:LogMetricFilter"
RULE = "aws:cloudwatch/eventRule:EventRule"
TARGET = "aws:cloudwatch/eventTarget:EventTarget"
POLICY = "aws:cloudwatch/logResourcePolicy:LogResourcePolicy"


def told(**detail: Any) -> str:
    return json.dumps({"detail": detail})


def test_every_rule_writes_to_the_log_once_it_may() -> None:
    engine = build(EventLog, EVENT_LOG)
    group = engine.one("aws:cloudwatch/logGroup:LogGroup")
    policy = engine.one(POLICY)
    targets = engine.all(TARGET)
    assert len(targets) == len(engine.all(RULE)) == len(patterns(EVENT_LOG))
    for target in targets:
        assert target.inputs["arn"].endswith(group.inputs["name"])
        assert policy.urn in target.dependencies, "what comes before it is lost"
        assert "roleArn" not in target.inputs, "AWS: a log group's own policy says who may write"


def test_only_rules_of_this_account_write_and_into_this_group_alone() -> None:
    (statement,) = policy_document(EVENT_LOG)["Statement"]
    assert statement["Resource"].endswith(":log-group:/aws/events/microservices-cluster:*")
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": EVENT_LOG.account}
    assert statement["Condition"]["ArnLike"]["aws:SourceArn"].endswith(f"{EVENT_LOG.account}:rule/*")


def test_another_clusters_events_are_not_kept() -> None:
    services, tasks = patterns(EVENT_LOG).values()
    (resource,) = services["resources"]
    assert resource["prefix"].endswith(":service/microservices-cluster/"), "and not those of microservices-cluster-2"
    assert tasks["detail"]["clusterArn"][0].endswith(":cluster/microservices-cluster")


@pytest.mark.parametrize(
    ("event", "counts"),
    [
        (told(lastStatus="STOPPED", stopCode="EssentialContainerExited", stoppedReason="Essential container"), True),
        (told(lastStatus="STOPPED", stopCode="TaskFailedToStart", stoppedReason="CannotPullContainerError: x"), True),
        (
            told(
                lastStatus="STOPPED",
                stopCode="ServiceSchedulerInitiated",
                stoppedReason="Task failed ELB health checks in (x)",
            ),
            True,
        ),
        (
            told(
                lastStatus="STOPPED",
                stopCode="ServiceSchedulerInitiated",
                stoppedReason="Task failed container health checks",
            ),
            True,
        ),
        (
            told(
                lastStatus="STOPPED",
                stopCode="ServiceSchedulerInitiated",
                stoppedReason="Scaling activity initiated by (deployment ecs-svc/1)",
            ),
            False,
        ),
        (
            told(lastStatus="STOPPED", stopCode="SpotInterruption", stoppedReason="Your Spot Task was interrupted."),
            False,
        ),
        (told(lastStatus="STOPPED", stopCode="UserInitiated", stoppedReason="Task stopped by user"), False),
        (told(lastStatus="RUNNING", stopCode="EssentialContainerExited"), False),
    ],
)
def test_a_task_that_ended_counts_unless_somebody_asked(event: str, *, counts: bool) -> None:
    assert filter_pattern.parse(ENDED).matches(event) is counts


def test_a_deployment_counts_once_when_it_begins() -> None:
    names = ("SERVICE_DEPLOYMENT_IN_PROGRESS", "SERVICE_DEPLOYMENT_COMPLETED", "SERVICE_DEPLOYMENT_FAILED")
    assert [filter_pattern.parse(BEGUN).matches(told(eventName=name)) for name in names] == [True, False, False]


def test_one_filter_counts_for_all_services_each_by_itself() -> None:
    engine = build(EventLog, EVENT_LOG)
    made = {
        one.inputs["metricTransformation"]["name"]: one.inputs["metricTransformation"] for one in engine.all(FILTER)
    }
    events = EVENT_LOG.events
    for series in (events.restarts("auth-service"), events.deployments("arn:service")):
        (stat,) = series.stats.values()
        assert set(made[stat.name]["dimensions"]) == set(stat.dimensions)
        assert made[stat.name]["namespace"] == stat.namespace
        assert "defaultValue" not in made[stat.name], "AWS takes a default or dimensions, never both"


def test_clusters_of_one_account_have_metrics_of_their_own() -> None:
    first, second = (ServiceEvents(cluster_name=name, log_group="g") for name in ("one", "two"))
    assert first.restarts("web") != second.restarts("web")
