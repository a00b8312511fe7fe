"""Predictions: what a deployment would do."""

from __future__ import annotations

from time import process_time

import pytest

from rollout.alarms import Alarms
from rollout.phases import Phase
from rollout.prediction import LONGEST, Outcome, Prediction, predict
from rollout.revision import TargetCheck
from rollout.service import Service
from rollout.settings import Breaker, Settings
from rollout.timeline import Cause
from tests.rollout.worlds import BREAKER, revision


def run(new: str = "", desired: int = 2, **settings: object) -> Prediction:
    """A prediction of a service behind quick checks, the breaker on."""
    whole = {"desired_count": desired, "breaker": BREAKER} | settings
    return predict(Settings(**whole), revision("old"), revision("new", new))  # type: ignore[arg-type]


def test_a_good_release_takes_start_health_drain_and_stop_and_says_what_each_owes_to() -> None:
    prediction = run()
    assert prediction.outcome is Outcome.COMPLETED
    assert {share.phase: share.seconds for share in prediction.shares} == {
        Phase.STARTING: 32,
        Phase.CHECKING: 20,
        Phase.DRAINING: 30,
        Phase.STOPPING: 12,
    }
    assert prediction.duration == sum(share.seconds for share in prediction.shares) == 94
    why = {share.phase: share.why for share in prediction.shares}
    assert why[Phase.CHECKING] == "target group: a check after 10 s and 1 more every 10 s"
    assert why[Phase.DRAINING] == "deregistration delay 30 s"


def test_the_defaults_of_a_load_balancer_make_a_release_about_eight_minutes_long() -> None:
    slow = revision("r", target=TargetCheck())
    assert 480 <= predict(Settings(desired_count=2), slow, slow).duration <= 520


@pytest.mark.parametrize(
    ("minimum", "maximum", "peak", "lowest"),
    [(100, 200, 8, 4), (50, 100, 4, 2), (100, 150, 6, 4), (0, 100, 4, 0)],
)
def test_peak_and_lowest_capacity_follow_from_the_limits(minimum: int, maximum: int, peak: int, lowest: int) -> None:
    prediction = run(desired=4, minimum_healthy_percent=minimum, maximum_percent=maximum)
    assert (prediction.peak_tasks, prediction.lowest_healthy) == (peak, lowest)


@pytest.mark.parametrize(
    ("behave", "settings", "outcome", "cause"),
    [
        ("crash", {}, Outcome.ROLLED_BACK, Cause.TASKS_FAILED_TO_START),
        ("unhealthy", {}, Outcome.ROLLED_BACK, Cause.TASKS_FAILED_HEALTH_CHECKS),
        ("missing", {}, Outcome.ROLLED_BACK, Cause.TASKS_FAILED_TO_START),
        ("crash", {"breaker": Breaker(enabled=True)}, Outcome.FAILED, Cause.TASKS_FAILED_TO_START),
        ("crash", {"breaker": Breaker()}, Outcome.ENDLESS, Cause.NONE),
        ("", {"maximum_percent": 100}, Outcome.BLOCKED, Cause.NONE),
    ],
)
def test_a_prediction_names_the_end_and_its_cause(
    behave: str, settings: dict[str, object], outcome: Outcome, cause: Cause
) -> None:
    prediction = run(behave, **settings)
    assert (prediction.outcome, prediction.cause) == (outcome, cause)
    assert (prediction.tripped_at is not None) == (cause is not Cause.NONE)
    assert (prediction.duration == LONGEST) == (outcome is Outcome.ENDLESS)


def test_requests_meet_the_new_revision_as_its_tasks_turn_healthy() -> None:
    prediction = run(desired=4, minimum_healthy_percent=50, maximum_percent=100)
    shares = [share for _, share in prediction.exposure]
    assert shares[0] == 0
    assert shares[-1] == 1
    assert shares == sorted(shares)


def test_a_revision_that_never_turns_healthy_meets_no_request() -> None:
    assert run("unhealthy").failed_requests(100, 100) == 0


def test_an_alarm_goes_off_a_while_after_the_first_request_has_met_the_new_revision() -> None:
    alarms = Alarms(names=frozenset({"5xx"}), enabled=True, rollback=True, bake_time=60)
    settings = Settings(desired_count=2, alarms=alarms)
    bad = predict(settings, revision("old"), revision("new", "errors"), alarm_after=60)
    assert (bad.outcome, bad.cause, bad.tripped_at) == (Outcome.ROLLED_BACK, Cause.ALARM, 52 + 60)
    late = predict(settings, revision("old"), revision("new", "errors"), alarm_after=103)
    assert late.outcome is Outcome.COMPLETED, "it has baked until 154"
    assert late.duration == 154


def test_failed_requests_are_the_rate_of_errors_of_those_that_met_the_new_revision() -> None:
    prediction = run("errors")
    swapped = next(at for at, share in prediction.exposure if share == 1)
    assert prediction.failed_requests(10, 50) == pytest.approx((prediction.duration - swapped) * 10 * 0.5)


def test_a_thousand_rollouts_of_fifty_tasks_take_less_than_two_seconds_of_one_core() -> None:
    old, new, settings = revision("old"), revision("new"), Settings(desired_count=50, maximum_percent=110)
    service = Service(settings, old)
    begin = process_time()
    for number in range(1000):
        service.deploy(new if number % 2 else old)
        service.run()
        service.take_events()
        assert service.steady
    assert process_time() - begin < 2


def test_the_first_release_of_a_service_has_nothing_to_stop_and_nothing_to_go_back_to() -> None:
    settings = Settings(desired_count=2, breaker=BREAKER)
    good = predict(settings, None, revision("new"))
    assert good.outcome is Outcome.COMPLETED
    assert {share.phase: share.seconds for share in good.shares} == {Phase.STARTING: 32, Phase.CHECKING: 20}
    assert (good.peak_tasks, good.lowest_healthy) == (2, 0)
    assert predict(settings, None, revision("new", "crash")).outcome is Outcome.FAILED
