"""Time passes by sleeping until the next event, without polling."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.json_service import CRASHED
from sandbox.pace import Pace
from sandbox.ticker import Ticker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


class FakeClock:
    """A clock that the test moves; a sandbox hour is a real millisecond."""

    def __init__(self) -> None:
        self.moment = BEGIN

    def now(self) -> datetime:
        return self.moment

    def hold(self) -> datetime:
        return self.moment

    def allow(self, until: datetime | None) -> None:
        """The test moves it, wherever it likes."""

    def real_seconds_until(self, moment: datetime) -> float:
        return max(0.0, (moment - self.moment) / timedelta(hours=1) / 1000)


class World:
    """Events that the test plans; counts how often it is asked."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.events: list[datetime] = []
        self.advanced: list[datetime] = []
        self.asked = 0
        self.happened = threading.Event()
        self.broken = False

    def next_event_at(self) -> datetime | None:
        self.asked += 1
        if self.broken:
            raise RuntimeError("broken")
        if self.events:
            self.clock.moment = max(self.clock.moment, self.events[0])  # the wait for it is over at once
        return min(self.events, default=None)

    def advance(self, now: datetime) -> None:
        self.advanced.append(now)
        self.events = [event for event in self.events if event > now]
        self.happened.set()


def ticking(world: World, lock: threading.RLock, save: Callable[[], None]) -> Ticker:
    clock: Any = world.clock
    return Ticker(world, clock, Pace(world, clock), lock, save)


@pytest.fixture
def world() -> World:
    return World(FakeClock())


@pytest.fixture
def saves() -> list[int]:
    return []


@pytest.fixture
def ticker(world: World, saves: list[int]) -> Iterator[Ticker]:
    made = ticking(world, threading.RLock(), lambda: saves.append(1))
    made.start()
    yield made
    made.stop()


def test_an_event_happens_when_it_is_due_and_is_stored(ticker: Ticker, world: World, saves: list[int]) -> None:
    world.events.append(BEGIN + timedelta(hours=1))
    ticker.wake()
    assert world.happened.wait(5)
    ticker.wake()
    assert world.advanced == [BEGIN + timedelta(hours=1)]
    assert saves == [1]


def test_without_events_nobody_is_asked_again(ticker: Ticker, world: World) -> None:
    threading.Event().wait(0.3)
    asked = world.asked
    threading.Event().wait(0.3)
    assert world.asked == asked
    assert world.advanced == []
    ticker.wake()


def test_a_crash_is_logged_and_time_goes_on(ticker: Ticker, world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.broken = True
    ticker.wake()
    while CRASHED not in caplog.text:
        threading.Event().wait(0.01)
    world.broken = False
    world.events.append(BEGIN)
    ticker.wake()
    assert world.happened.wait(5)


def test_where_something_is_always_due_others_get_the_lock_too() -> None:
    class Busy(World):
        def next_event_at(self) -> datetime:
            return BEGIN

        def advance(self, now: datetime) -> None:
            threading.Event().wait(0.02)  # work under the lock

    lock = threading.RLock()
    ticker = ticking(Busy(FakeClock()), lock, lambda: None)
    ticker.start()
    begin, entered = time.monotonic(), 0
    while time.monotonic() - begin < 1:
        with lock:
            entered += 1
        threading.Event().wait(0.001)
    ticker.stop()
    assert entered > 50
