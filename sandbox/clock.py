"""Sandbox time: real time at a factor, which can be paused and moved ahead, and which never runs backwards."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.store import Store

_KEY = "clock"
_PAUSED = "clock-paused"
_AHEAD = 1.0
"""Real seconds."""


class Clock:
    """``now()`` = the time at which this clock began + the real time since then, times ``speed``, unless ``paused``.

    It waits for what is due to happen, where it is told to (``hold`` and ``allow``), and may fall ``behind`` by that.

    The very first sandbox begins at the real time. A later one goes on where the one before stopped, paused if that
    was; after a kill, up to one real second later, because time is written down ahead: no time that anyone was told
    comes a second time. A paused clock is exactly where it was, after a kill too.
    """

    def __init__(self, store: Store, speed: float = 1.0, elapsed: Callable[[], float] = time.monotonic) -> None:
        if speed <= 0:
            raise ValueError(f"speed must be above 0, got {speed:g}")
        self._lock = threading.Lock()
        self._store = store
        self._elapsed = elapsed
        self._speed = speed
        remembered = store.get(_KEY)
        self._base = remembered if isinstance(remembered, datetime) else datetime.now(UTC)
        self._paused = store.get(_PAUSED) is True
        self._started = elapsed()
        self._written = self._base
        self._limit: datetime | None = None
        self._behind = timedelta()

    @property
    def speed(self) -> float:
        """Sandbox seconds per real second, while it is not paused."""
        return self._speed

    @property
    def paused(self) -> bool:
        """Whether time stands still, until it is resumed or moved."""
        return self._paused

    @property
    def behind(self) -> timedelta:
        """Sandbox time that has not passed, because what was due before it took too long to happen."""
        return self._behind

    def now(self) -> datetime:
        """The sandbox's time, aware, in UTC."""
        with self._lock:
            return self._told()

    def hold(self) -> datetime:
        """Stand still at the present moment until ``allow``; time that a limit has kept from passing is given up."""
        with self._lock:
            scheduled, self._limit = self._scheduled(), self._told()
            if scheduled > self._limit:
                self._behind += scheduled - self._limit
                self._begin_again(self._limit)
            return self._limit

    def allow(self, until: datetime | None) -> None:
        """Go on, by the time that has passed meanwhile too, but wait at ``until``."""
        with self._lock:
            self._limit = None if until is None else max(until, self._now())

    def set_speed(self, speed: float) -> None:
        """Go on from the present moment at another speed."""
        if speed <= 0:
            raise ValueError(f"speed must be above 0, got {speed:g}")
        with self._lock:
            self._begin_again(self._now())
            self._speed = speed

    def pause(self) -> None:
        """Let time stand still."""
        with self._lock:
            self._begin_again(self._now())
            self._paused = True
            self._write(self._base)
            self._store.put(_PAUSED, True)  # noqa: FBT003 - the value that is stored

    def resume(self) -> None:
        """Let time pass again, from where it stands."""
        with self._lock:
            self._begin_again(self._now())
            self._paused = False
            self._store.put(_PAUSED, False)  # noqa: FBT003 - the value that is stored

    def move(self, moment: datetime) -> None:
        """Go on from ``moment``, paused or not as before; raises ValueError when that has passed."""
        with self._lock:
            if moment < self._now():
                raise ValueError(f"{moment.isoformat()} has passed: it is {self._now().isoformat()}")
            self._begin_again(moment)
            if self._limit is not None:
                self._limit = max(self._limit, moment)
            if self._paused or moment >= self._written:
                self._write(moment)

    def real_seconds_until(self, moment: datetime) -> float:
        """How many real seconds until sandbox time reaches ``moment``; 0 when it has passed, infinite when paused."""
        left = max(0.0, (moment - self.now()).total_seconds())
        return float("inf") if left and self._paused else left / self._speed

    def stop(self) -> None:
        """Write down the present moment, from which the next clock goes on. Ask for no time afterwards."""
        with self._lock:
            self._write(self._now())

    def _begin_again(self, moment: datetime) -> None:
        self._base, self._started = moment, self._elapsed()

    def _write(self, moment: datetime) -> None:
        self._store.put(_KEY, moment)
        self._written = moment

    def _told(self) -> datetime:
        moment = self._now()
        if moment >= self._written and not self._paused:
            self._write(moment + timedelta(seconds=_AHEAD * self._speed))
        return moment

    def _now(self) -> datetime:
        scheduled = self._scheduled()
        return scheduled if self._limit is None else min(scheduled, self._limit)

    def _scheduled(self) -> datetime:
        if self._paused:
            return self._base
        return self._base + timedelta(seconds=(self._elapsed() - self._started) * self._speed)
