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


class Clock:
    """``now()`` = the time it was last told to remember + what has passed since, times ``speed``.

    The very first sandbox starts at the real time. ``checkpoint()`` remembers the time; the server calls it with every
    change it stores, so no moment that stands in stored state can lie ahead of the clock after a restart.
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

    @property
    def speed(self) -> float:
        """Sandbox seconds per real second."""
        return self._speed

    def now(self) -> datetime:
        """The sandbox's time, aware, in UTC."""
        with self._lock:
            return self._now()

    def set_speed(self, speed: float) -> None:
        """Go on from the present moment at another speed."""
        if speed <= 0:
            raise ValueError(f"speed must be above 0, got {speed:g}")
        with self._lock:
            self._base, self._started, self._speed = self._now(), self._elapsed(), speed

    def real_seconds_until(self, moment: datetime) -> float:
        """How many real seconds until sandbox time reaches ``moment``; 0 when it has passed."""
        return max(0.0, (moment - self.now()).total_seconds() / self._speed)

    def checkpoint(self) -> None:
        """Remember the present moment; a restart goes on from here."""
        self._store.put(_KEY, self.now())

    def _now(self) -> datetime:
        return self._base + timedelta(seconds=(self._elapsed() - self._started) * self._speed)
