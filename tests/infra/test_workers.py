"""A service of the catalogue without paths and priority, in every environment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from release.container_order import HealthCheck
from release.service_alarms import AlarmBounds
from release.work_queue import Delivery
from rollout.behaviour import parse as behaviour
from slipway.rehearsal import Asked, assumptions, rehearse
from stacks.catalogue import CATALOGUE
from stacks.profiles import PROFILES
from stacks.rollout_model import expectation_of, settings_of
from stacks.service_definition import QueueDefinition, ServiceDefinition
from stacks.settings import parse
from tests.infra.program import KEY, LOOK_UPS, deploy, released
from tests.recording_engine import Engine

MAILER = ServiceDefinition(name="mailer")
ROUTED = (
    "aws:lb/listenerRule:ListenerRule",
    "aws:lb/targetGroup:TargetGroup",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
)


def config(environment: str, **dials: Any) -> dict[str, Any]:
    said = released(environment)
    said["services"]["mailer"] = {"version": "1.0.0", **dials}
    return said


def both(environment: str, **dials: Any) -> Engine:
    return deploy(environment, config(environment, **dials), services=[*CATALOGUE, MAILER])


@pytest.mark.parametrize("environment", PROFILES)
def test_a_worker_comes_beside_the_others_and_nobody_reaches_it(environment: str) -> None:
    engine = both(environment)
    service = engine.one("aws:ecs/service:Service", "mailer").inputs
    assert "loadBalancers" not in service
    assert "alarms" not in service, "no alarm is on what callers feel"
    assert engine.one("aws:ecs/service:Service", "auth-service").inputs["loadBalancers"]
    assert not [one for kind in ROUTED for one in engine.all(kind) if "mailer" in one.name]
    [container] = json.loads(
        engine.one("aws:ecs/taskDefinition:TaskDefinition", "mailer").inputs["containerDefinitions"]
    )
    assert container["portMappings"] == []


@pytest.mark.parametrize("environment", ["stage", "prod"])
def test_its_releases_are_verified_by_what_it_has(environment: str) -> None:
    request = json.loads(both(environment).one("slipway:index:Rollout", "mailer").inputs["verification"])
    assert not request.get("targetGroupArns")
    assert not request.get("loadBalancer")
    assert request["logGroup"] == "/ecs/mailer"


def test_it_is_scaled_by_what_it_has() -> None:
    engine = both("prod", scaling={"min": 3, "max": 9, "queue": {"name": "mails", "messagesPerTask": 20}})
    policy = engine.one("aws:appautoscaling/policy:Policy", "mailer-queue")
    assert "AWS/ApplicationELB" not in json.dumps(policy.inputs)


def test_the_queue_that_it_works_off_is_made_with_it_and_known_to_all_who_need_it() -> None:
    worker = replace(MAILER, queue=QueueDefinition(delivery=Delivery(longest_work=60)))
    said = config("prod", scaling={"min": 3, "max": 9, "queue": {"messagesPerTask": 20}})
    engine = deploy("prod", said, services=[*CATALOGUE, worker])
    assert engine.one("aws:sqs/queue:Queue", "mailer").inputs["visibilityTimeoutSeconds"] == 60
    definition = engine.one("aws:ecs/taskDefinition:TaskDefinition", "mailer").inputs
    [container] = json.loads(definition["containerDefinitions"])
    told = {"name": "QUEUE_URL", "value": "https://sqs.eu-west-1.amazonaws.com/333333333333/mailer"}
    assert container["environment"] == [told]
    policy = engine.one("aws:iam/rolePolicy:RolePolicy", "mailer-task-receives-queue-mailer").inputs["policy"]
    assert json.loads(policy)["Statement"][0]["Resource"] == ["arn:aws:sqs:eu-west-1:333333333333:mailer"]
    unwell = engine.one("aws:cloudwatch/compositeAlarm:CompositeAlarm", "mailer-unwell").inputs["alarmRule"]
    assert unwell == 'ALARM("mailer-below-desired") OR ALARM("mailer-oldest-message")'
    assert '"mailer-dead-letters"' in engine.one("aws:cloudwatch/dashboard:Dashboard", "mailer").inputs["dashboardBody"]
    policy = engine.one("aws:appautoscaling/policy:Policy", "mailer-queue").inputs
    assert {"name": "QueueName", "value": "mailer"} in dimensions(policy)
    assert not [one for one in engine.all("aws:sqs/queue:Queue") if "auth-service" in one.name]


def dimensions(policy: Mapping[str, Any]) -> list[dict[str, str]]:
    tracked = policy["targetTrackingScalingPolicyConfiguration"]["customizedMetricSpecification"]["metrics"]
    return [one for metric in tracked if "metricStat" in metric for one in metric["metricStat"]["metric"]["dimensions"]]


def test_a_queue_of_its_own_is_encrypted_by_the_key_that_the_catalogue_names() -> None:
    key = "arn:aws:kms:eu-west-1:111111111111:key/1-2"
    worker = replace(MAILER, queue=QueueDefinition(key="alias/mails"))
    engine = deploy("test", config("test"), services=[*CATALOGUE, worker], calls={**LOOK_UPS, KEY: {"arn": key}})
    assert {one.inputs["kmsMasterKeyId"] for one in engine.all("aws:sqs/queue:Queue")} == {key}
    assert key in engine.one("aws:iam/rolePolicy:RolePolicy", "mailer-task-receives-queue-mailer").inputs["policy"]


def test_its_rollout_is_foretold_without_target_checks_grace_and_alarms() -> None:
    settings = parse("prod", config("prod"), "Pulumi.prod.yaml", [*CATALOGUE, MAILER])
    how = settings_of(settings, MAILER)
    assert (how.shifting, how.grace_period, how.alarms.names) == (None, 0, frozenset())
    plain = ServiceDefinition(name="auth-service", port=1, paths=("/*",), priority=1, alarms=AlarmBounds())
    assert expectation_of(settings, MAILER, "1.0.0").predicted < expectation_of(settings, plain, "1.0.0").predicted


def test_ecs_asks_its_container_where_the_catalogue_says_how_and_a_rehearsal_knows() -> None:
    worker = replace(MAILER, container_check=HealthCheck(command=("CMD", "/mailer", "health"), start_period=120))
    engine = deploy("test", config("test"), services=[*CATALOGUE, worker])
    definition = engine.one("aws:ecs/taskDefinition:TaskDefinition", "mailer").inputs
    [container] = json.loads(definition["containerDefinitions"])
    assert container["healthCheck"]["command"] == ["CMD", "/mailer", "health"]
    settings = parse("test", config("test"), "Pulumi.test.yaml", [*CATALOGUE, worker])
    sick = Asked(version="1.1.0", running="1.0.0", behaviour=behaviour("unhealthy"))
    assert rehearse(settings, MAILER, sick).succeeds, "nothing looks"
    assert not rehearse(settings, worker, sick).succeeds


def test_a_rehearsal_sends_it_no_requests() -> None:
    settings = parse("prod", config("prod"), "Pulumi.prod.yaml", [*CATALOGUE, MAILER])
    found = rehearse(settings, MAILER, Asked(version="1.1.0", running="1.0.0"))
    assert found.succeeds
    assert (found.met, found.unanswered) == (0, 0)
    assert "no request reaches the service: it is a worker" in assumptions(found, "Pulumi.prod.yaml")
