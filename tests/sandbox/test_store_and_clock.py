"""State is on file when ``put`` returns, and time goes on from there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from sandbox.clock import Clock
from sandbox.store import Store

if TYPE_CHECKING:
    from pathlib import Path


class Elapsed:
    """A monotonic clock that the test moves."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_what_was_put_is_there_for_another_store_without_closing_the_first(tmp_path: Path) -> None:
    first = Store(tmp_path / "s")
    first.put("a/1", {"x": (1, 2)})
    first.put_pickled({})
    second = Store(tmp_path / "s")
    assert second.get("a/1") == {"x": (1, 2)}
    assert second.get("a/2") is None


def test_keys_are_found_by_prefix_and_a_percent_sign_is_only_a_character(tmp_path: Path) -> None:
    store = Store(tmp_path / "s")
    for key in ("a/2", "a/1", "b/1", "%/1"):
        store.put(key, 0)
    store.delete("a/2")
    assert list(store.keys("a/")) == ["a/1"]
    assert list(store.keys("%")) == ["%/1"]


def test_only_the_owner_may_read_the_state(tmp_path: Path) -> None:
    Store(tmp_path / "s").put("a", 1)
    assert (tmp_path / "s").stat().st_mode & 0o077 == 0


def test_sandbox_time_passes_at_the_factor(tmp_path: Path) -> None:
    elapsed = Elapsed()
    clock = Clock(Store(tmp_path / "s"), 60, elapsed)
    begin = clock.now()
    elapsed.seconds += 2
    assert clock.now() - begin == timedelta(minutes=2)
    assert clock.real_seconds_until(clock.now() + timedelta(minutes=1)) == pytest.approx(1)
    assert clock.real_seconds_until(begin) == 0


def test_a_new_speed_goes_on_from_the_present(tmp_path: Path) -> None:
    elapsed = Elapsed()
    clock = Clock(Store(tmp_path / "s"), 60, elapsed)
    begin = clock.now()
    elapsed.seconds += 1
    clock.set_speed(1)
    elapsed.seconds += 1
    assert clock.now() - begin == timedelta(seconds=61)


def test_time_stands_still_between_two_lives(tmp_path: Path) -> None:
    store, elapsed = Store(tmp_path / "s"), Elapsed()
    clock = Clock(store, 1000, elapsed)
    elapsed.seconds += 3600
    last = clock.now()
    clock.stop()
    elapsed.seconds += 10**6  # the sandbox is down
    assert Clock(store, 1, elapsed).now() == last


@pytest.mark.parametrize("seconds", [0.0, 0.3, 0.999, 1.0, 1.5, 90.0])
def test_after_a_kill_time_goes_on_no_earlier_and_at_most_a_real_second_later(tmp_path: Path, seconds: float) -> None:
    store, elapsed = Store(tmp_path / "s"), Elapsed()
    clock = Clock(store, 60, elapsed)
    clock.now()
    elapsed.seconds += seconds
    told = clock.now()
    assert timedelta(0) <= Clock(store, 60, elapsed).now() - told <= timedelta(minutes=1)


def test_the_first_time_is_the_real_time(tmp_path: Path) -> None:
    assert abs(Clock(Store(tmp_path / "s"), 1).now() - datetime.now(UTC)) < timedelta(seconds=5)


@pytest.mark.parametrize("speed", [0, -1])
def test_a_speed_that_does_not_move_forward_is_refused(tmp_path: Path, speed: float) -> None:
    with pytest.raises(ValueError, match="speed must be above 0"):
        Clock(Store(tmp_path / "s"), speed)


def test_a_paused_clock_stands_and_a_resumed_one_goes_on_from_there(tmp_path: Path) -> None:
    elapsed = Elapsed()
    clock = Clock(Store(tmp_path / "s"), 60, elapsed)
    clock.pause()
    begin = clock.now()
    elapsed.seconds += 100
    assert clock.now() == begin
    assert clock.real_seconds_until(begin) == 0
    assert clock.real_seconds_until(begin + timedelta(seconds=1)) == float("inf")
    clock.set_speed(30)
    clock.resume()
    elapsed.seconds += 2
    assert clock.now() - begin == timedelta(minutes=1)


def test_a_paused_clock_is_exactly_where_it_was_after_a_kill_and_still_paused(tmp_path: Path) -> None:
    store, elapsed = Store(tmp_path / "s"), Elapsed()
    clock = Clock(store, 1000, elapsed)
    clock.now()  # which is written down ahead
    elapsed.seconds += 0.5
    clock.pause()
    clock.move(clock.now() + timedelta(hours=1))
    told = clock.now()
    elapsed.seconds += 3600
    after = Clock(store, 1000, elapsed)
    assert (after.now(), after.paused) == (told, True)
    after.resume()
    assert not Clock(store, 1000, elapsed).paused


@pytest.mark.parametrize("paused", [True, False])
def test_a_moved_clock_goes_on_from_there_and_never_back(tmp_path: Path, *, paused: bool) -> None:
    store, elapsed = Store(tmp_path / "s"), Elapsed()
    clock = Clock(store, 1, elapsed)
    if paused:
        clock.pause()
    goal = clock.now() + timedelta(days=1)
    clock.move(goal)
    assert clock.now() == goal
    with pytest.raises(ValueError, match="has passed"):
        clock.move(goal - timedelta(microseconds=1))
    elapsed.seconds += 10
    assert clock.now() - goal == timedelta(seconds=0 if paused else 10)
    assert Clock(store, 1, elapsed).now() >= goal
