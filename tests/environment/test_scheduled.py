"""What a service runs by the clock, as an environment composes it."""

from __future__ import annotations

import json
from dataclasses import replace

from stacks.catalogue import CATALOGUE
from stacks.scheduled_command import LONGEST_NAME, ScheduledCommand
from tests.infra.program import deploy, released
from tests.recording_engine import Engine

SCHEDULE = "aws:scheduler/schedule:Schedule"
TIDY = ScheduledCommand(name="tidy", command=("tidy", "--carts"), when="cron(0 3 * * ? *)", time_zone="Europe/Berlin")


def deployed(environment: str, *commands: ScheduledCommand) -> Engine:
    return deploy(environment, released(environment), services=[replace(CATALOGUE[0], scheduled=commands)])


def test_a_command_is_run_of_the_revision_that_the_service_gets() -> None:
    engine = deployed("prod", TIDY)
    schedule = engine.one(SCHEDULE)
    (balanced,) = engine.all("aws:ecs/service:Service")
    assert schedule.inputs["target"]["ecsParameters"]["taskDefinitionArn"] == balanced.inputs["taskDefinition"]
    command = {"containerOverrides": [{"name": "auth-service", "command": ["tidy", "--carts"]}]}
    assert json.loads(schedule.inputs["target"]["input"]) == command


def test_it_gets_the_revision_only_once_the_service_is_verified_to_run_it() -> None:
    engine = deployed("prod", TIDY)
    rollout = engine.one("slipway:index:Rollout")
    assert rollout.urn in engine.one(SCHEDULE).dependencies, "a release that fails leaves it where it was"


def test_who_is_told_is_who_hears_of_the_service_and_only_where_people_are_paged() -> None:
    for environment, state in (("prod", "ENABLED"), ("test", "DISABLED")):
        engine = deployed(environment, TIDY)
        (rule,) = [one for one in engine.all("aws:cloudwatch/eventRule:EventRule") if one.name.endswith("failed-runs")]
        assert rule.inputs["state"] == state


def test_each_command_is_a_task_of_its_own_and_one_that_is_off_stays() -> None:
    tasks = deployed("test", TIDY, replace(TIDY, name="count", enabled=False)).all(SCHEDULE)
    states = {one.inputs["name"]: one.inputs["state"] for one in tasks}
    assert states == {"auth-service-tidy": "ENABLED", "auth-service-count": "DISABLED"}


def test_a_service_without_any_has_none() -> None:
    assert not deployed("prod").all(SCHEDULE)


def test_the_longest_names_fit_into_a_rule() -> None:
    long = replace(CATALOGUE[0], name="s" * 24, scheduled=(replace(TIDY, name="t" * LONGEST_NAME),))
    config = released("test")
    config["services"] = {long.name: {"version": "1.0.0"}}
    engine = deploy("test", config, services=[long])
    assert max(len(one.name) for one in engine.all("aws:cloudwatch/eventRule:EventRule")) + len("-0123456") <= 64
