"""How long a release is followed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rollout.behaviour import Behaviour, Kind
from rollout.expectation import BAD, SHORTEST, SLACK, expect
from rollout.prediction import predict
from rollout.revision import Revision, Timings
from rollout.settings import Breaker, Settings

SETTINGS = Settings(desired_count=2)
REVISION = Revision(name="1.0.0")
SLOW = replace(REVISION, timings=Timings(pull=900))


def test_a_quick_release_is_followed_for_a_quarter_of_an_hour_at_least() -> None:
    expected = expect(replace(SETTINGS, breaker=Breaker(enabled=False)), REVISION, REVISION)
    assert expected.predicted < SHORTEST / SLACK
    assert expected.limit == SHORTEST


def test_a_slow_release_is_followed_for_three_times_what_it_takes() -> None:
    expected = expect(replace(SETTINGS, breaker=Breaker(enabled=False)), REVISION, SLOW)
    assert expected.predicted > 900
    assert SLACK * (expected.predicted - 1) <= expected.limit <= SLACK * expected.predicted


@pytest.mark.parametrize("behaviour", BAD, ids=lambda one: str(one.kind))
def test_a_bad_release_is_followed_until_ecs_has_given_it_up(behaviour: Behaviour) -> None:
    settings = replace(SETTINGS, desired_count=10, breaker=Breaker(enabled=True, rollback=True), grace_period=600)
    end = predict(settings, REVISION, replace(REVISION, behaviour=behaviour)).duration
    assert expect(settings, REVISION, REVISION).limit >= SLACK * end


def test_what_the_tasks_really_do_changes_no_expectation() -> None:
    crashing = replace(REVISION, behaviour=Behaviour(kind=Kind.CRASH, after=5, code=1))
    assert expect(SETTINGS, REVISION, crashing) == expect(SETTINGS, REVISION, REVISION)
