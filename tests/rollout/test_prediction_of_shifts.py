"""Predictions of deployments that shift traffic."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rollout.phases import Phase
from rollout.prediction import Outcome, Prediction, predict
from rollout.settings import Breaker, Settings
from rollout.strategy import Hook, Stage
from rollout.strategy_text import parse
from rollout.timeline import Cause
from tests.rollout.worlds import BREAKER, revision

STARTS = 52.0
"""Seconds from launch until a task is healthy."""
GOES = 42.0
"""Seconds until an old task has drained and stopped."""


def predicted(text: str, behave: str = "", hooks: tuple[Hook, ...] = (), breaker: Breaker = BREAKER) -> Prediction:
    shifting = parse(text)
    assert shifting
    config = Settings(desired_count=4, breaker=breaker, shifting=replace(shifting, hooks=hooks))
    return predict(config, revision("old"), revision("new", behave))


def seconds(prediction: Prediction) -> dict[Phase, float]:
    return {share.phase: share.seconds for share in prediction.shares}


def test_the_exposure_to_a_canary_follows_the_production_weights_not_the_tasks() -> None:
    prediction = predicted("canary:10%,5m,bake=10m")
    assert prediction.exposure == ((0, 0), (STARTS, 0.1), (STARTS + 300, 1))
    assert prediction.duration == STARTS + 300 + 600 + GOES
    assert prediction.peak_tasks == 8
    assert prediction.lowest_healthy == 4


def test_the_exposure_to_a_linear_deployment_grows_in_equal_steps_and_the_last_takes_what_is_left() -> None:
    prediction = predicted("linear:30%,1m")
    assert prediction.exposure == (
        (0, 0),
        *((STARTS + 60 * step, share) for step, share in enumerate((0.3, 0.6, 0.9, 1))),
    )


def test_blue_green_exposes_everybody_at_once() -> None:
    assert predicted("blue_green:bake=5m").exposure == ((0, 0), (STARTS, 1))


def test_each_bake_time_is_a_phase_of_its_own_with_the_setting_that_owns_it() -> None:
    prediction = predicted("canary:10%,5m,bake=10m")
    assert seconds(prediction) == {
        Phase.STARTING: 32,
        Phase.CHECKING: 20,
        Phase.STEPPING: 300,
        Phase.BAKING: 600,
        Phase.DRAINING: 30,
        Phase.STOPPING: 12,
    }
    why = {share.phase: share.why for share in prediction.shares}
    assert why[Phase.STEPPING] == "production traffic in steps to 10 %, 100 %: step bake time 300 s each but the last"
    assert why[Phase.BAKING] == "bake time 600 s"


def test_a_canary_of_a_bad_release_fails_a_tenth_of_the_requests_that_blue_green_fails() -> None:
    canary, at_once = predicted("canary:10%,5m", "errors"), predicted("blue_green:bake=5m", "errors")
    until = STARTS + 300
    assert canary.exposure[1] == (STARTS, 0.1)
    assert replace(canary, duration=until, exposure=canary.exposure[:2]).failed_requests(100, 50) == pytest.approx(1500)
    assert replace(at_once, duration=until).failed_requests(100, 50) == pytest.approx(15000)


def test_a_pause_is_an_outcome_of_its_own_and_tells_when_it_began() -> None:
    pause = Hook(stages=frozenset({Stage.POST_TEST_TRAFFIC_SHIFT}), pause=True)
    prediction = predicted("blue_green", hooks=(pause,))
    assert prediction.outcome is Outcome.PAUSED
    assert prediction.duration == STARTS
    assert prediction.exposure == ((0, 0),)


def test_a_slow_function_costs_a_phase() -> None:
    hook = Hook(stages=frozenset({Stage.POST_SCALE_UP}), after=45)
    prediction = predicted("blue_green", hooks=(hook,))
    assert prediction.outcome is Outcome.COMPLETED
    assert seconds(prediction)[Phase.HOOKS] == 45


def test_a_failing_function_in_a_canary_rolls_back_and_names_its_time() -> None:
    hook = Hook(stages=frozenset({Stage.PRODUCTION_TRAFFIC_SHIFT}), after=20, passes=False)
    prediction = predicted("canary:10%,5m", hooks=(hook,))
    assert prediction.outcome is Outcome.ROLLED_BACK
    assert prediction.cause is Cause.HOOK_FAILED
    assert prediction.tripped_at == STARTS + 20
    assert prediction.exposure == ((0, 0), (STARTS, 0.1), (STARTS + 20, 0))


def test_without_a_breaker_a_revision_that_never_gets_healthy_meets_no_request_and_goes_back_after_a_day() -> None:
    prediction = predicted("blue_green", "unhealthy", breaker=Breaker())
    assert prediction.outcome is Outcome.ROLLED_BACK
    assert prediction.cause is Cause.STAGE_TIMED_OUT
    assert prediction.tripped_at == 86_400
    assert prediction.exposure == ((0, 0),)


def test_the_breaker_ends_a_blue_green_deployment_that_never_gets_healthy_before_anybody_meets_it() -> None:
    prediction = predicted("blue_green", "unhealthy")
    assert prediction.outcome is Outcome.ROLLED_BACK
    assert prediction.cause is Cause.TASKS_FAILED_HEALTH_CHECKS
    assert prediction.exposure == ((0, 0),)
