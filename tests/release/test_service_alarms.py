"""Which alarms there are, and what they are called."""

from __future__ import annotations

from dataclasses import replace

import pytest

from release.service_alarms import (
    LONGEST_NAME,
    ROLLBACK,
    SYMPTOMS,
    AlarmBounds,
    Bound,
    Kind,
    alarm_name,
    rollback_alarms,
)


def test_every_alarm_has_a_bound_of_its_own() -> None:
    bounds = AlarmBounds(
        **{
            name: Bound(threshold=number, minutes=5, breaching=1)
            for number, name in enumerate(
                (
                    *("server_errors", "client_errors", "latency", "unhealthy", "below_desired"),
                    *("cpu", "memory", "error_lines", "restarts"),
                )
            )
        }
    )
    assert sorted(bounds.bound(kind).threshold for kind in Kind) == list(range(len(Kind)))


@pytest.mark.parametrize("kind", Kind)
def test_no_default_asks_for_more_minutes_than_are_looked_at(kind: Kind) -> None:
    bound = AlarmBounds().bound(kind)
    assert 1 <= bound.breaching <= bound.minutes


def test_what_takes_a_release_back_is_what_callers_feel() -> None:
    assert ROLLBACK == (Kind.SERVER_ERRORS, Kind.LATENCY)
    assert set(ROLLBACK) < set(SYMPTOMS)
    assert rollback_alarms("stage-auth") == ("stage-auth-5xx-rate", "stage-auth-p99-latency")


def test_ecs_bakes_as_long_as_the_slowest_rollback_alarm_looks_back() -> None:
    slow = Bound(threshold=1, minutes=7, breaching=1)
    assert replace(AlarmBounds(), latency=slow).bake == 7 * 60
    assert replace(AlarmBounds(), memory=slow).bake == AlarmBounds().bake == 180


def test_a_name_that_cloudwatch_would_refuse_is_refused_here() -> None:
    longest = "a" * (LONGEST_NAME - len("-cpu"))
    assert len(alarm_name(longest, Kind.CPU)) == LONGEST_NAME
    with pytest.raises(ValueError, match="has 256 characters; allowed are 255"):
        alarm_name(f"{longest}a", Kind.CPU)
