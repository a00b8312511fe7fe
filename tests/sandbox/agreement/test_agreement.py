"""The same rollouts, in the model and through boto3 on the sandbox, have the same timeline.

A client of the sandbox looks at a service shortly before and shortly after each moment at which the model says that
something happens: what it sees must be what the model says, so every change happens within the same second on both
sides, and none happens on one side only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rollout.strategy import Shifting, Stage, Strategy
from sandbox.lifecycle import Sandbox
from tests.sandbox.agreement.drive import Course, drive
from tests.sandbox.agreement.scenario import Command, Halt, Scenario
from tests.sandbox.conftest import assert_no_crash, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

BLUE_GREEN = Shifting(strategy=Strategy.BLUE_GREEN, bake=120)
CANARY = Shifting(strategy=Strategy.CANARY, step=10, step_bake=120, bake=60)
LINEAR = Shifting(strategy=Strategy.LINEAR, step=40, step_bake=60, bake=60)
SCENARIOS = {
    "sound": Scenario(),
    "in-place": Scenario(desired=3, minimum=50, maximum=100),
    "one-by-one": Scenario(desired=4, minimum=100, maximum=125),
    "no-balancer": Scenario(target=None, desired=3),
    "container-check": Scenario(target=None, container={"interval": 10, "retries": 3}),
    "both-checks": Scenario(container={"interval": 15, "retries": 2}),
    "crash": Scenario(behave="crash"),
    "crash-late": Scenario(behave="crash:after=15", desired=4, minimum=50),
    "crash-no-rollback": Scenario(behave="crash", rollback=False),
    "crash-no-breaker": Scenario(behave="crash", breaker=False, follow=300),
    "oom": Scenario(behave="oom", target=None),
    "unhealthy": Scenario(behave="unhealthy", grace=60),
    "unhealthy-container": Scenario(behave="unhealthy", target=None, container={"interval": 10, "retries": 2}),
    "slow": Scenario(behave="slow:start=45", grace=120),
    "errors": Scenario(behave="errors"),
    "flapping": Scenario(behave="flapping:healthy=40,unhealthy=60", follow=400),
    "stubborn": Scenario(behave="stubborn", stop_timeout=60, commands=(Command(at=120, do="deploy"),)),
    "long-pull": Scenario(behave="healthy:pull=90s"),
    "missing": Scenario(behave="missing"),
    "missing-no-breaker": Scenario(behave="missing", breaker=False),
    "alarm": Scenario(behave="errors", alarm="watched", commands=(Command(at=90, do="alarm"),)),
    "alarm-bake": Scenario(alarm="watched"),
    "alarm-firing": Scenario(behave="errors", alarm="firing"),
    "task-stopped": Scenario(commands=(Command(at=20, do="stop task"),)),
    "stopped": Scenario(commands=(Command(at=45, do="stop deployment"),)),
    "superseded": Scenario(behave="slow:start=45", grace=120, commands=(Command(at=40, do="deploy"),)),
    "scaled": Scenario(commands=(Command(at=30, do="scale", count=4),)),
    "to-zero": Scenario(commands=(Command(at=30, do="scale", count=0),)),
    "blocked": Scenario(desired=1, minimum=100, maximum=100),
    "blue-green": Scenario(shifting=BLUE_GREEN),
    "blue-green-crash": Scenario(behave="crash", shifting=BLUE_GREEN),
    "blue-green-unhealthy": Scenario(behave="unhealthy", shifting=BLUE_GREEN),
    "blue-green-alarm": Scenario(
        behave="errors", alarm="watched", shifting=BLUE_GREEN, commands=(Command(at=130, do="alarm"),)
    ),
    "blue-green-stopped": Scenario(shifting=BLUE_GREEN, commands=(Command(at=60, do="stop deployment"),)),
    "blue-green-stopped-in-bake": Scenario(shifting=BLUE_GREEN, commands=(Command(at=150, do="stop deployment"),)),
    "blue-green-superseded": Scenario(shifting=BLUE_GREEN, commands=(Command(at=40, do="deploy"),)),
    "blue-green-superseded-in-bake": Scenario(shifting=BLUE_GREEN, commands=(Command(at=150, do="deploy"),)),
    "canary": Scenario(shifting=CANARY),
    "canary-crash": Scenario(behave="crash", shifting=CANARY),
    "canary-unhealthy": Scenario(behave="unhealthy", shifting=CANARY),
    "canary-alarm": Scenario(
        behave="errors", alarm="watched", shifting=CANARY, commands=(Command(at=100, do="alarm"),)
    ),
    "canary-stopped": Scenario(shifting=CANARY, commands=(Command(at=130, do="stop deployment"),)),
    "canary-superseded": Scenario(shifting=CANARY, commands=(Command(at=130, do="deploy"),)),
    "linear": Scenario(shifting=LINEAR),
    "linear-crash": Scenario(behave="crash", shifting=LINEAR),
    "linear-unhealthy": Scenario(behave="unhealthy", shifting=LINEAR),
    "linear-alarm": Scenario(
        behave="errors", alarm="watched", shifting=LINEAR, commands=(Command(at=130, do="alarm"),)
    ),
    "linear-stopped": Scenario(shifting=LINEAR, commands=(Command(at=130, do="stop deployment"),)),
    "hook-fails": Scenario(shifting=BLUE_GREEN, halt=Halt(stage=Stage.POST_SCALE_UP, pause=False)),
    "hook-fails-late": Scenario(shifting=BLUE_GREEN, halt=Halt(stage=Stage.POST_PRODUCTION_TRAFFIC_SHIFT, pause=False)),
    "pause-continued": Scenario(
        shifting=CANARY, halt=Halt(stage=Stage.POST_SCALE_UP), commands=(Command(at=200, do="continue"),)
    ),
    "pause-sent-back": Scenario(
        shifting=BLUE_GREEN,
        halt=Halt(stage=Stage.POST_PRODUCTION_TRAFFIC_SHIFT),
        commands=(Command(at=200, do="send back"),),
    ),
    "pause-timed-out": Scenario(shifting=BLUE_GREEN, halt=Halt(stage=Stage.PRE_SCALE_UP, minutes=3)),
}


@pytest.fixture(scope="module")
def courses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Course]]:
    box = Sandbox(tmp_path_factory.mktemp("agreement"))
    box.up(port=free_port(), stacks=False)
    yield drive(box, SCENARIOS)
    box.down()
    assert_no_crash(box)


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_sandbox_shows_at_every_moment_what_the_model_says(courses: dict[str, Course], name: str) -> None:
    for at, model, sandbox in courses[name].looks:
        assert sandbox == model, f"{at:g} s after the release"


@pytest.mark.parametrize("name", SCENARIOS)
def test_each_deployment_ends_as_the_model_says_in_the_same_second(courses: dict[str, Course], name: str) -> None:
    course = courses[name]
    assert course.sandbox_ends == course.model_ends


def test_the_scenarios_end_in_every_way_that_a_deployment_can(courses: dict[str, Course]) -> None:
    ends = {course.model_ends[-1][0] for course in courses.values()}
    assert ends >= {"SUCCESSFUL", "ROLLBACK_SUCCESSFUL", "STOPPED", "IN_PROGRESS"}
    assert sum(len(course.looks) for course in courses.values()) > 500


def test_the_listener_s_weights_are_seen_on_their_way(courses: dict[str, Course]) -> None:
    seen = {sandbox.shares for course in courses.values() for _, _, sandbox in course.looks}
    assert seen >= {
        (("1", 100.0),),
        (("1", 90.0), ("2", 10.0)),
        (("1", 60.0), ("2", 40.0)),
        (("1", 20.0), ("2", 80.0)),
        (("2", 100.0),),
        (("3", 100.0),),
    }


def test_the_stages_are_seen_on_their_way(courses: dict[str, Course]) -> None:
    seen = {sandbox.stage for course in courses.values() for _, _, sandbox in course.looks}
    assert seen >= {"", "SCALE_UP", "PRODUCTION_TRAFFIC_SHIFT", "BAKE_TIME", "CLEAN_UP", "POST_SCALE_UP"}
