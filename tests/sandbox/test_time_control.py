"""A step goes through everything that happens meanwhile, in its order, and answers when it is done."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.aws_error import AwsError
from sandbox.clock import Clock
from sandbox.store import Store
from sandbox.time_control import LONGEST_WORK, TimeControl

if TYPE_CHECKING:
    from pathlib import Path

FRACTION = timedelta(microseconds=1)


class World:
    """Events that the test plans; one of them brings another a minute later. Records the clock at each."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.events: list[datetime] = []
        self.happened: list[datetime] = []
        self.follow_ups = 0
        self.late = timedelta()
        """How much later than announced an event really is due."""

    def next_event_at(self) -> datetime | None:
        return min(self.events, default=None)

    def advance(self, now: datetime) -> None:
        for event in [event for event in self.events if event + self.late <= now]:
            self.events.remove(event)
            self.happened.append(self.clock.now())
            if self.follow_ups:
                self.follow_ups -= 1
                self.events.append(event + timedelta(minutes=1))


class Rig:
    """A clock that only the test moves, a world, and the control of both."""

    def __init__(self, path: Path) -> None:
        self.real = 0.0
        self.clock = Clock(Store(path), 1, lambda: self.real)
        self.clock.pause()
        self.begin = self.clock.now()
        self.world = World(self.clock)
        self.saves = 0
        self.control = TimeControl(self.world, self.clock, threading.RLock(), self.save, lambda: self.real)

    def save(self) -> None:
        self.saves += 1

    def at(self, *minutes: float) -> list[datetime]:
        return [self.begin + timedelta(minutes=each) for each in minutes]


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path / "s")


def test_a_step_stops_at_each_event_also_at_those_that_others_bring(rig: Rig) -> None:
    rig.world.events = rig.at(5, 2)
    rig.world.follow_ups = 2
    answer = rig.control.change({"step": 1800})
    assert rig.world.happened == rig.at(2, 3, 4, 5)
    assert answer == {"now": rig.at(30)[0].isoformat(timespec="microseconds"), "speed": 1, "paused": True, "behind": 0}
    assert rig.saves == 1


def test_a_step_includes_its_last_moment_and_nothing_after_it(rig: Rig) -> None:
    rig.world.events = [*rig.at(10), rig.at(10)[0] + FRACTION]
    rig.control.change({"step": 600})
    assert rig.world.happened == rig.at(10)
    assert rig.clock.now() == rig.at(10)[0]


def test_what_is_due_a_fraction_later_than_a_datetime_can_say_happens_in_the_same_step(rig: Rig) -> None:
    rig.world.events = rig.at(1, 2)
    rig.world.late = FRACTION
    rig.control.change({"step": 600})
    assert rig.world.happened == [moment + FRACTION for moment in rig.at(1, 2)]


def test_a_step_of_nothing_lets_happen_what_is_due_now(rig: Rig) -> None:
    rig.world.events = rig.at(-1, 0)
    rig.control.change({"step": 0})
    assert rig.world.happened == rig.at(0, 0)


def test_the_clock_is_set_to_a_moment_in_any_zone(rig: Rig) -> None:
    rig.world.events = rig.at(1)
    goal = rig.begin + timedelta(days=1)
    rig.control.change({"until": goal.isoformat()})
    assert rig.clock.now() == goal
    assert rig.world.happened == rig.at(1)


def test_a_running_clock_can_be_stepped_and_runs_on(rig: Rig) -> None:
    rig.control.change({"resume": True})
    rig.control.change({"step": 60})
    rig.real += 5
    assert rig.clock.now() - rig.begin == timedelta(seconds=65)


def test_one_request_pauses_first_and_resumes_last(rig: Rig) -> None:
    answer = rig.control.change({"resume": True, "speed": 7, "step": 60})
    assert (answer["speed"], answer["paused"]) == (7, False)
    assert rig.control.change({"pause": True, "step": 60})["paused"] is True
    assert rig.clock.now() == rig.at(2)[0]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"step": -1}, "a step must be from 0 to 366 days, got -1 seconds"),
        ({"step": float("nan")}, "a step must be"),
        ({"step": 367 * 86_400}, "a step must be"),
        ({"until": "2001-01-01T00:00:00+00:00"}, "never runs backwards"),
        ({"until": "2001-01-01T00:00:00"}, "needs its zone"),
        ({"until": "2999-01-01T00:00:00+00:00"}, "more than 366 days ahead"),
        ({"speed": 0}, "speed must be above 0, got 0"),
        ({"speed": float("inf")}, "speed must be above 0"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(rig: Rig, body: dict[str, Any], words: str) -> None:
    before = rig.control.show()
    with pytest.raises(AwsError, match=words):
        rig.control.change({"resume": True, **body})
    assert rig.control.show() == before


def test_a_step_ends_after_a_minute_of_work_and_says_where_it_stands(rig: Rig) -> None:
    class Endless(World):
        def advance(self, now: datetime) -> None:
            rig.real += 1
            self.happened.append(now)

        def next_event_at(self) -> datetime:
            return self.clock.now() + timedelta(seconds=1)

    world = Endless(rig.clock)
    control = TimeControl(world, rig.clock, threading.RLock(), rig.save, lambda: rig.real)
    with pytest.raises(AwsError, match="step again to go on"):
        control.change({"step": 86_400})
    assert LONGEST_WORK <= len(world.happened) <= LONGEST_WORK + 2
    assert rig.saves == 1
