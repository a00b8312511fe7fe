"""What watches a service. Whether alarms go off on what they say: tests/sandbox/cloudwatch/test_service_alarms.py."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from components.service_alarms import ServiceAlarms, ServiceAlarmsArgs
from release.service_alarms import DEPLOYMENT_FAILED, SYMPTOMS, UNWELL, AlarmBounds, Bound, Kind, alarm_name
from tests.components.builders import SERVICE_ALARMS, build
from tests.recording_engine import ACCOUNT, REGION

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
COMPOSITE = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
RULE = "aws:cloudwatch/eventRule:EventRule"
TARGET = "aws:cloudwatch/eventTarget:EventTarget"
FILTER = "aws:cloudwatch/logMetricFilter:LogMetricFilter"
RUNBOOKS = Path(__file__).resolve().parents[2] / "docs" / "alarms.md"


def alarms(args: ServiceAlarmsArgs = SERVICE_ALARMS) -> dict[str, Mapping[str, Any]]:
    """Name -> what the alarm is registered with, the composite one included."""
    engine = build(ServiceAlarms, args)
    metric = {one.inputs["name"]: one.inputs for one in engine.all(ALARM)}
    return metric | {one.inputs["alarmName"]: one.inputs for one in engine.all(COMPOSITE)}


def test_there_is_one_alarm_of_each_kind_and_one_over_the_symptoms() -> None:
    assert set(alarms()) == {alarm_name("auth-service", what) for what in (*Kind, UNWELL)}


@pytest.mark.parametrize("kind", [*Kind, UNWELL])
def test_every_alarm_says_where_it_is_told_what_to_do(kind: str) -> None:
    description = alarms()[alarm_name("auth-service", kind)]["alarmDescription"]
    assert f"https://example.com/alarms.md#{kind}" in description
    assert "auth-service" in description


@pytest.mark.parametrize("kind", [*Kind, UNWELL, DEPLOYMENT_FAILED])
def test_every_alarm_has_its_runbook(kind: str) -> None:
    assert f"\n## {kind}\n" in RUNBOOKS.read_text("utf-8")


UNCALLED = replace(SERVICE_ALARMS, load_balancer="", target_groups=())


def test_of_a_service_that_nobody_calls_nothing_of_requests_is_watched() -> None:
    watched = {Kind.BELOW_DESIRED, Kind.CPU, Kind.MEMORY, Kind.ERROR_LINES, Kind.RESTARTS}
    found = alarms(UNCALLED)
    assert set(found) == {alarm_name("auth-service", what) for what in (*watched, UNWELL)}
    assert "AWS/ApplicationELB" not in json.dumps(list(found.values()))
    assert found["auth-service-unwell"]["alarmRule"] == 'ALARM("auth-service-below-desired")'


def test_no_alarm_takes_back_a_release_that_nobody_calls() -> None:
    engine = build(ServiceAlarms, UNCALLED)
    assert engine.completed[engine.one("slipway:components:ServiceAlarms").urn]["rollback"] == []


def test_people_hear_of_an_alarm_and_of_its_end() -> None:
    for alarm in alarms().values():
        assert (alarm["alarmActions"], alarm["okActions"]) == (["arn:topic"], ["arn:topic"])
        assert alarm["actionsEnabled"] is True


def test_where_nobody_is_paged_alarms_and_the_rule_are_there_and_silent() -> None:
    quiet = replace(SERVICE_ALARMS, pages=False)
    assert {alarm["actionsEnabled"] for alarm in alarms(quiet).values()} == {False}
    assert build(ServiceAlarms, quiet).one(RULE).inputs["state"] == "DISABLED"
    assert build(ServiceAlarms, SERVICE_ALARMS).one(RULE).inputs["state"] == "ENABLED"


def test_a_service_is_unwell_when_any_symptom_shows() -> None:
    made = build(ServiceAlarms, SERVICE_ALARMS).one(COMPOSITE)
    assert made.inputs["alarmRule"].split(" OR ") == [f'ALARM("auth-service-{kind}")' for kind in SYMPTOMS]
    assert made.delete_before_replace, "its name is taken as long as it is there"
    needed = {urn.rpartition("::")[2] for urn in made.dependencies}
    assert {f"thing-{kind}" for kind in SYMPTOMS} <= needed, "AWS refuses a rule over alarms that are not there"


def test_both_target_groups_of_the_pair_count_together() -> None:
    for kind in (Kind.SERVER_ERRORS, Kind.CLIENT_ERRORS, Kind.LATENCY, Kind.UNHEALTHY):
        queries = alarms()[alarm_name("auth-service", kind)]["metricQueries"]
        of_targets = [query["metric"] for query in queries if "metric" in query]
        groups: dict[str, list[str]] = {}
        for metric in of_targets:
            groups.setdefault(metric["metricName"], []).append(metric["dimensions"]["TargetGroup"])
        assert all(found == ["targetgroup/auth/1", "targetgroup/auth-alt/2"] for found in groups.values())


def test_the_catalogue_s_bounds_are_the_alarms() -> None:
    bounds = AlarmBounds(memory=Bound(threshold=75, minutes=4, breaching=2), least_requests=7)
    made = alarms(replace(SERVICE_ALARMS, bounds=bounds))
    memory = made["auth-service-memory"]
    assert (memory["threshold"], memory["evaluationPeriods"], memory["datapointsToAlarm"]) == (75, 4, 2)
    assert "more than 75 % of their memory in 2 of 4 minutes" in memory["alarmDescription"]
    assert "IF(SUM([r1, r2]) >= 7," in made["auth-service-5xx-rate"]["metricQueries"][-1]["expression"]


def test_error_lines_are_counted_in_the_service_s_own_log_under_its_own_metric() -> None:
    engine = build(ServiceAlarms, SERVICE_ALARMS)
    counted = engine.one(FILTER).inputs
    assert counted["logGroupName"] == "/ecs/auth-service"
    (query,) = alarms()["auth-service-error-lines"]["metricQueries"]
    told = counted["metricTransformation"]
    assert (told["namespace"], told["name"]) == (query["metric"]["namespace"], query["metric"]["metricName"])
    other = build(ServiceAlarms, replace(SERVICE_ALARMS, service_name="other")).one(FILTER).inputs
    assert other["metricTransformation"]["name"] != told["name"]


def test_a_failed_deployment_of_this_service_alone_is_told() -> None:
    engine = build(ServiceAlarms, SERVICE_ALARMS)
    pattern = json.loads(engine.one(RULE).inputs["eventPattern"])
    assert pattern["resources"] == [f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/microservices-cluster/auth-service"]
    assert pattern["detail"] == {"eventName": ["SERVICE_DEPLOYMENT_FAILED"]}
    target = engine.one(TARGET).inputs
    assert target["arn"] == "arn:topic"
    text = json.loads(target["inputTransformer"]["inputTemplate"])
    assert "https://example.com/alarms.md#deployment-failed" in text


def test_the_longest_name_of_a_service_fits() -> None:
    longest = replace(SERVICE_ALARMS, service_name="a" * 24)
    engine = build(ServiceAlarms, longest, name="a" * 24)
    assert all(len(name) <= 255 for name in alarms(longest))
    assert len(engine.one(RULE).name) + 8 <= 64, "a rule's name has 64 characters, eight of which Pulumi adds"
