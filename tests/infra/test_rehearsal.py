"""`slipway rehearse` rehearses what `pulumi up` registers: both are asked, and must say the same."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from release.service_alarms import AlarmBounds, Bound
from release.version import RELEASES_ONLY
from rollout.alarms import Alarms
from rollout.revision import Revision, TargetCheck
from rollout.settings import Breaker, Settings
from rollout.strategy import Shifting, Strategy
from slipway.rehearsal import Asked, rehearse
from stacks import settings as stack_settings
from stacks.catalogue import CATALOGUE
from stacks.profiles import PROFILES, Profile
from stacks.rollout_model import revision_of, settings_of
from stacks.service_definition import HealthCheck, ServiceDefinition
from tests.infra.program import committed, deploy
from tests.recording_engine import Engine, Registered

ODD = ServiceDefinition(
    name="odd-service",
    port=9000,
    paths=("/odd/*",),
    priority=7,
    health_check=HealthCheck(interval=17, timeout=3, healthy_threshold=4, unhealthy_threshold=6, grace_period=91),
    stop_timeout=73,
    deregistration_delay=211,
    alarms=AlarmBounds(server_errors=Bound(threshold=7, minutes=4, breaching=2)),
)
"""A service none of whose numbers is a default of anything."""

SERVICES = (*CATALOGUE, ODD)

UNDERSTOOD = {
    "desiredCount",
    "deploymentMinimumHealthyPercent",
    "deploymentMaximumPercent",
    "deploymentCircuitBreaker",
    "healthCheckGracePeriodSeconds",
    "loadBalancers",
    "deploymentConfiguration",
    "alarms",
}
"""Inputs of the ECS service that `modelled` reads."""

NO_MATTER = {
    "name",
    "cluster",
    "taskDefinition",
    "launchType",
    "platformVersion",
    "networkConfiguration",
    "enableEcsManagedTags",
    "propagateTags",
    "enableExecuteCommand",
    "waitForSteadyState",
}
"""Inputs that do not steer how tasks are replaced."""

CONTAINER_NO_MATTER = {
    "name",
    "image",
    "essential",
    "user",
    "privileged",
    "readonlyRootFilesystem",
    "portMappings",
    "environment",
    "secrets",
    "logConfiguration",
}


def config_of(environment: str) -> dict[str, Any]:
    config = committed(environment)
    config["services"] = {service.name: {"version": "1.0.0", "desiredCount": 3} for service in SERVICES}
    return config | {"services": config["services"] | {"odd-service": {"version": "1.0.0"}}}


def shifting_of(asked: dict[str, Any]) -> Shifting | None:
    steps = asked.get("linearConfiguration") or asked.get("canaryConfiguration") or {}
    if asked["strategy"] == Strategy.ROLLING:
        assert set(asked) == {"strategy"}
        return None
    return Shifting(
        strategy=Strategy(asked["strategy"]),
        step=steps.get("stepPercent") or steps.get("canaryPercent") or 100,
        step_bake=60 * int(steps.get("stepBakeTimeInMinutes") or steps.get("canaryBakeTimeInMinutes") or 0),
        bake=60 * int(asked["bakeTimeInMinutes"]),
    )


def alarms_of(engine: Engine, asked: dict[str, Any] | None) -> Alarms:
    """The bake time as assumed: the longest look back of any of the alarms."""
    if asked is None:
        return Alarms()
    every = {one.inputs["name"]: one.inputs for one in engine.all("aws:cloudwatch/metricAlarm:MetricAlarm")}
    watched = [every[name] for name in asked["alarmNames"]]
    return Alarms(
        names=frozenset(asked["alarmNames"]),
        enabled=asked["enable"],
        rollback=asked["rollback"],
        bake_time=max(60 * alarm["evaluationPeriods"] for alarm in watched),
    )


def modelled(engine: Engine, name: str) -> tuple[Settings, Revision]:
    """What the program asks AWS for, in the model's words. Fails on anything whose effect it does not know."""
    asked = engine.one("aws:ecs/service:Service", name).inputs
    assert set(asked) <= UNDERSTOOD | NO_MATTER, "a setting that rehearsals know nothing of"
    assert len(asked["loadBalancers"]) == 1
    group = engine.one("aws:lb/targetGroup:TargetGroup", name).inputs
    check = group["healthCheck"]
    (container,) = json.loads(engine.one("aws:ecs/taskDefinition:TaskDefinition", name).inputs["containerDefinitions"])
    assert set(container) <= CONTAINER_NO_MATTER | {"stopTimeout"}, "a setting that rehearsals know nothing of"
    breaker = asked["deploymentCircuitBreaker"]
    settings = Settings(
        desired_count=asked["desiredCount"],
        minimum_healthy_percent=asked["deploymentMinimumHealthyPercent"],
        maximum_percent=asked["deploymentMaximumPercent"],
        grace_period=asked["healthCheckGracePeriodSeconds"],
        breaker=Breaker(enabled=breaker["enable"], rollback=breaker["rollback"]),
        shifting=shifting_of(asked["deploymentConfiguration"]),
        alarms=alarms_of(engine, asked.get("alarms")),
    )
    target = TargetCheck(
        interval=check["interval"],
        healthy_threshold=check["healthyThreshold"],
        unhealthy_threshold=check["unhealthyThreshold"],
        deregistration_delay=group["deregistrationDelay"],
    )
    return settings, Revision(name="1.0.0", target=target, stop_timeout=container["stopTimeout"])


def rehearsed(environment: str, service: ServiceDefinition) -> tuple[Settings, Revision]:
    settings = stack_settings.parse(environment, config_of(environment), "test", SERVICES)
    return settings_of(settings, service), revision_of(service, "1.0.0")


@pytest.mark.parametrize("environment", PROFILES)
def test_a_rehearsal_runs_on_the_settings_that_the_program_registers(environment: str) -> None:
    engine = deploy(environment, config_of(environment), services=SERVICES)
    for service in SERVICES:
        assert rehearsed(environment, service) == modelled(engine, service.name)


@pytest.mark.parametrize("strategy", ["rolling", "blue-green:bake=5m", "canary:12.5%,5m", "linear:20%,2m,bake=10m"])
def test_a_rehearsal_shifts_traffic_as_the_stack_file_says(strategy: str) -> None:
    config = config_of("prod")
    config["services"]["odd-service"]["strategy"] = strategy
    settings = stack_settings.parse("prod", config, "test", SERVICES)
    engine = deploy("prod", config, services=SERVICES)
    assert (settings_of(settings, ODD), revision_of(ODD, "1.0.0")) == modelled(engine, ODD.name)


def test_an_environment_s_own_percentages_and_breaker_reach_both(monkeypatch: pytest.MonkeyPatch) -> None:
    bold = Profile(
        versions=RELEASES_ONLY,
        desired_count=8,
        minimum_healthy_percent=50,
        maximum_percent=125,
        circuit_breaker=True,
        automatic_rollback=False,
    )
    monkeypatch.setattr(stack_settings, "PROFILES", {**PROFILES, "prod": bold})
    engine = deploy("prod", config_of("prod"), services=SERVICES)
    settings, _ = rehearsed("prod", ODD)
    assert (settings, revision_of(ODD, "1.0.0")) == modelled(engine, ODD.name)
    assert settings == Settings(
        desired_count=8,
        minimum_healthy_percent=50,
        maximum_percent=125,
        grace_period=91,
        breaker=Breaker(enabled=True, rollback=False),
        alarms=Alarms(
            names=frozenset({"odd-service-5xx-rate", "odd-service-p99-latency"}), enabled=True, bake_time=240
        ),
    )


def test_a_release_is_followed_for_as_long_as_its_rehearsal_says() -> None:
    rollout: Registered = deploy("prod", config_of("prod"), services=SERVICES).one("slipway:index:Rollout", ODD.name)
    assert rollout.timeouts == ()
    settings = stack_settings.parse("prod", config_of("prod"), "test", SERVICES)
    rehearsal = rehearse(settings, ODD, Asked(version="1.0.1", running="1.0.0"))
    assert rehearsal.wait_limit == rollout.inputs["limitSeconds"]
    assert rehearsal.prediction.duration <= rollout.inputs["predictedSeconds"] < rehearsal.prediction.duration + 1


def test_a_difference_would_be_noticed() -> None:
    engine = deploy("test", config_of("test"), services=SERVICES)
    settings, revision = modelled(engine, ODD.name)
    other = replace(ODD, stop_timeout=ODD.stop_timeout + 1)
    assert revision_of(other, "1.0.0") != revision
    assert replace(settings, grace_period=0) != rehearsed("test", ODD)[0]
