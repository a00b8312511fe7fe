"""Time passes no faster than what is due can happen, and requests see one moment each."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from sandbox.clock import Clock
from sandbox.pace import Pace
from sandbox.store import Store

if TYPE_CHECKING:
    from pathlib import Path

SPEED = 10_000


class World:
    """Something is due each minute; each costs ``costs`` real seconds, of which the test's elapsed time consists."""

    def __init__(self, directory: Path) -> None:
        self.elapsed, self.costs = 100.0, 0.0
        self.clock = Clock(Store(directory / "state"), SPEED, lambda: self.elapsed)
        self.pace = Pace(self, self.clock, lambda: self.elapsed)
        self.reached = self.clock.now()
        self.events = True
        self.longest = 0.0
        with self.pace.standing():
            pass

    def next_event_at(self) -> datetime | None:
        return self.reached + timedelta(minutes=1) if self.events else None

    def advance(self, now: datetime) -> None:
        began = self.elapsed
        while self.events and self.reached + timedelta(minutes=1) <= now:
            self.reached += timedelta(minutes=1)
            self.elapsed += self.costs
        self.longest = max(self.longest, self.elapsed - began)

    def tick(self, after: float) -> None:
        self.elapsed += after
        with self.pace.standing():
            self.pace.catch_up()


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_a_sandbox_that_keeps_up_passes_time_at_its_speed(world: World) -> None:
    world.costs, begin = 0.0001, world.clock.now()
    for _ in range(200):
        world.tick(0.006)
    world.tick(0.001)
    assert (world.clock.now() - begin).total_seconds() == pytest.approx(SPEED * (world.elapsed - 100), rel=0.02)
    assert world.clock.behind < timedelta(minutes=2)


def test_what_cannot_keep_up_falls_behind_and_never_works_long_at_once(world: World) -> None:
    world.costs, begin = 0.02, world.clock.now()  # 3,000 sandbox seconds a real second at most
    for _ in range(500):
        world.tick(0.01)
    passed, scheduled = world.clock.now() - begin, timedelta(seconds=SPEED * (world.elapsed - 100))
    assert world.longest <= 0.2
    assert passed < scheduled / 2
    assert (passed + world.clock.behind).total_seconds() == pytest.approx(scheduled.total_seconds(), rel=0.02)


def test_a_process_that_was_stopped_goes_on_where_it_was_looked_at_last(world: World) -> None:
    for _ in range(20):
        world.tick(0.006)
    before = world.clock.now()
    world.tick(60)  # a week of the sandbox's
    assert world.clock.now() - before < timedelta(minutes=10)
    assert world.clock.behind > timedelta(days=6)


def test_nothing_keeps_time_from_passing_where_nothing_is_due(world: World) -> None:
    world.events = False
    world.tick(0)
    before = world.clock.now()
    world.elapsed += 60
    assert world.clock.now() - before == timedelta(seconds=60 * SPEED)
    world.tick(0)
    assert world.clock.behind < timedelta(seconds=1)


def test_a_request_sees_one_moment_and_the_time_it_took_is_not_lost(world: World) -> None:
    with world.pace.standing():
        begin = world.clock.now()
        world.elapsed += 0.006
        assert world.clock.now() == begin
    assert world.clock.now() == begin + timedelta(minutes=1)
    assert world.clock.behind < timedelta(seconds=1)


def test_time_never_runs_backwards_whatever_is_done_to_the_clock(world: World) -> None:
    world.costs, last = 0.05, world.clock.now()
    for turn in range(300):
        world.tick(0.01 * (turn % 7))
        if turn % 50 == 10:
            world.clock.pause()
        if turn % 50 == 20:
            world.clock.resume()
        if turn % 50 == 30:
            world.clock.set_speed(turn * 1000)
        if turn % 50 == 40:
            world.clock.move(world.clock.now() + timedelta(hours=1))
        assert world.clock.now() >= last
        last = world.clock.now()
