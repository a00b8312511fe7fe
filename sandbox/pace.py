"""How far sandbox time may run before what is due has happened: no further than can be worked through at once."""

from __future__ import annotations

import time
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from sandbox.clock import Clock
    from sandbox.ticker import Advancing

_WORK = 0.05
"""Real seconds of work at once, about: so long may a request wait for time to pass."""
_LEAST = timedelta(seconds=1)
_MOST = timedelta(days=1)


class Pace:
    """Lets time pass in portions.

    Between two portions the clock goes on to the next event and a stretch beyond, and waits there: so neither a speed
    at which more happens than can be worked through, nor a process that was stopped for a while, makes a portion that
    keeps requests waiting, or a leap in which a deployment begins and ends unseen. The stretch follows from how long
    the last portions took. All is called with the sandbox's lock held.
    """

    def __init__(self, world: Advancing, clock: Clock, elapsed: Callable[[], float] = time.monotonic) -> None:
        self._world = world
        self._clock = clock
        self._elapsed = elapsed
        self._stretch = _LEAST

    @contextmanager
    def standing(self) -> Iterator[None]:
        """Let the clock stand still inside, so that everything in there happens at one moment."""
        self._clock.hold()
        try:
            yield
        finally:
            self._clock.allow(self._furthest())

    def _furthest(self) -> datetime | None:
        try:
            due = self._world.next_event_at()
        except Exception:
            self._clock.allow(None)  # time must go on for everything else
            raise
        return None if due is None else due + self._stretch

    def catch_up(self) -> None:
        """Let everything happen that is due, and let what comes now have no past before this moment."""
        if not self.happen():
            self._world.advance(self._clock.now())

    def happen(self) -> bool:
        """Let everything happen that is due; tells whether anything was."""
        due, now = self._world.next_event_at(), self._clock.now()
        if due is None or due > now:
            return False
        began = self._elapsed()
        self._world.advance(now)
        self._learn(now - due, self._elapsed() - began)
        return True

    def _learn(self, worked_through: timedelta, took: float) -> None:
        if took > _WORK:
            self._stretch = max(_LEAST, self._stretch / 2)
        elif took < _WORK / 2 and worked_through >= self._stretch / 2:
            self._stretch = min(_MOST, self._stretch * 2)
