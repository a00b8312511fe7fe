"""Receivers by EventBridge hear of services' alarms, of their end, and of failed deployments; of nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from moto.events.models import EventPattern

from components.alarm_receivers import AlarmReceivers, AlarmReceiversArgs, patterns
from components.service_alarms import ServiceAlarms
from tests.components.builders import ALARM_RECEIVERS, SERVICE_ALARMS, build
from tests.recording_engine import ACCOUNT, REGION, Registered

RULE = "aws:cloudwatch/eventRule:EventRule"
TARGET = "aws:cloudwatch/eventTarget:EventTarget"
BUS = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/alerts"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:pager"


def turned(name: str, state: str = "ALARM", account: str = ACCOUNT) -> dict[str, Any]:
    return {
        "source": "aws.cloudwatch",
        "detail-type": "CloudWatch Alarm State Change",
        "resources": [f"arn:aws:cloudwatch:{REGION}:{account}:alarm:{name}"],
        "detail": {"alarmName": name, "state": {"value": state}},
    }


def deployment(name: str, service: str = "microservices-cluster/auth-service") -> dict[str, Any]:
    return {
        "source": "aws.ecs",
        "detail-type": "ECS Deployment State Change",
        "resources": [f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/{service}"],
        "detail": {"eventName": name},
    }


def heard(event: dict[str, Any], args: AlarmReceiversArgs = ALARM_RECEIVERS) -> bool:
    return any(EventPattern.load(json.dumps(pattern)).matches_event(event) for pattern in patterns(args).values())


def targets(args: AlarmReceiversArgs) -> list[Registered]:
    return build(AlarmReceivers, args).all(TARGET)


def test_every_alarm_of_a_service_is_heard() -> None:
    engine = build(ServiceAlarms, SERVICE_ALARMS)
    names = [one.inputs["name"] for one in engine.all("aws:cloudwatch/metricAlarm:MetricAlarm")]
    names += [one.inputs["alarmName"] for one in engine.all("aws:cloudwatch/compositeAlarm:CompositeAlarm")]
    assert names
    assert [name for name in names if not heard(turned(name))] == []
    assert [name for name in names if not heard(turned(name, "OK"))] == []


@pytest.mark.parametrize(
    "event",
    [
        turned("auth-service-unwell", "INSUFFICIENT_DATA"),
        turned("TargetTracking-service/microservices-cluster/auth-service-AlarmHigh-1"),
        turned("auth-service-burst-0123456"),
        turned("somebody-elses"),
        deployment("SERVICE_DEPLOYMENT_COMPLETED"),
        deployment("SERVICE_DEPLOYMENT_FAILED", "other-cluster/auth-service"),
    ],
)
def test_nothing_else_is_heard(event: dict[str, Any]) -> None:
    assert not heard(event)


def test_a_failed_deployment_is_heard() -> None:
    assert heard(deployment("SERVICE_DEPLOYMENT_FAILED"))


def test_an_environment_that_shares_an_account_hears_of_its_own_alarms_alone() -> None:
    stage = replace(ALARM_RECEIVERS, alarm_prefix="stage-")
    assert heard(turned("stage-auth-service-unwell"), stage)
    assert not heard(turned("test-auth-service-unwell"), stage)


def test_where_nobody_is_paged_the_rules_are_there_and_silent() -> None:
    for pages, state in ((True, "ENABLED"), (False, "DISABLED")):
        rules = build(AlarmReceivers, replace(ALARM_RECEIVERS, pages=pages)).all(RULE)
        assert {rule.inputs["state"] for rule in rules} == {state}


def test_each_receiver_is_a_target_of_each_rule() -> None:
    made = targets(ALARM_RECEIVERS)
    assert sorted(one.inputs["arn"] for one in made) == sorted([*ALARM_RECEIVERS.receivers] * 2)


def test_a_role_is_for_event_buses_and_api_destinations_alone() -> None:
    by_arn = {one.inputs["arn"]: one for one in targets(replace(ALARM_RECEIVERS, receivers=[BUS, QUEUE]))}
    assert by_arn[BUS].inputs["roleArn"]
    assert "roleArn" not in by_arn[QUEUE].inputs, "AWS: with a role, what is sent to a queue may be lost"
    alone = build(AlarmReceivers, replace(ALARM_RECEIVERS, receivers=[QUEUE]))
    assert alone.all("aws:iam/role:Role") == []


def test_the_role_may_tell_each_receiver_and_nothing_else() -> None:
    engine = build(AlarmReceivers, replace(ALARM_RECEIVERS, receivers=[BUS, QUEUE]))
    (statement,) = json.loads(engine.one("aws:iam/rolePolicy:RolePolicy").inputs["policy"])["Statement"]
    assert (statement["Action"], statement["Resource"]) == (["events:PutEvents"], [BUS])


@pytest.mark.parametrize(
    ("receivers", "words"),
    [
        ([], "1 to 5"),
        ([f"{QUEUE}{number}" for number in range(6)], "1 to 5"),
        ([QUEUE, QUEUE], "twice"),
        (["arn:aws:s3:::bucket"], "is none that hears"),
        (["pager"], "is none that hears"),
    ],
)
def test_what_cannot_hear_is_refused_in_words(receivers: list[str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        replace(ALARM_RECEIVERS, receivers=receivers)
