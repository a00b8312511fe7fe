"""Sandbox time: real time at a factor, which never runs backwards and stands still while the sandbox is down."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.store import Store

_KEY = "clock"
_AHEAD = 1.0
"""Real seconds."""


class Clock:
    """``now()`` = the time at which this clock began + the real time since then, times ``speed``.

    The very first sandbox begins at the real time. A later one goes on where the one before stopped; after a kill, up
    to one real second later, because time is written down ahead: no time that anyone was told comes a second time.
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
        self._started = elapsed()
        self._written = self._base

    @property
    def speed(self) -> float:
        """Sandbox seconds per real second."""
        return self._speed

    def now(self) -> datetime:
        """The sandbox's time, aware, in UTC."""
        with self._lock:
            moment = self._now()
            if moment >= self._written:
                self._write(moment + timedelta(seconds=_AHEAD * self._speed))
            return moment

    def set_speed(self, speed: float) -> None:
        """Go on from the present moment at another speed."""
        if speed <= 0:
            raise ValueError(f"speed must be above 0, got {speed:g}")
        with self._lock:
            self._base, self._started, self._speed = self._now(), self._elapsed(), speed

    def real_seconds_until(self, moment: datetime) -> float:
        """How many real seconds until sandbox time reaches ``moment``; 0 when it has passed."""
        return max(0.0, (moment - self.now()).total_seconds() / self._speed)

    def stop(self) -> None:
        """Write down the present moment, from which the next clock goes on. Ask for no time afterwards."""
        with self._lock:
            self._write(self._now())

    def _write(self, moment: datetime) -> None:
        self._store.put(_KEY, moment)
        self._written = moment

    def _now(self) -> datetime:
        return self._base + timedelta(seconds=(self._elapsed() - self._started) * self._speed)
