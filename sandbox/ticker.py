"""Lets the ECS control plane's time pass: sleeps until its next event, then advances it."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Protocol

from sandbox.json_service import CRASHED

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sandbox.clock import Clock
    from sandbox.pace import Pace

logger = logging.getLogger(__name__)

_LONGEST_SLEEP = 3600.0
"""Seconds; a bound for ``Event.wait``, which cannot wait for years."""


class Advancing(Protocol):
    """What has events in the future."""

    def next_event_at(self) -> datetime | None:
        """When the next event is due, in sandbox time; None when nothing will happen by itself."""

    def advance(self, now: datetime) -> None:
        """Let everything happen that is due by ``now``."""


class Ticker:
    """A thread that never polls: it sleeps until the next event, or until ``wake`` tells of a possible nearer one."""

    def __init__(
        self, world: Advancing, clock: Clock, pace: Pace, lock: threading.RLock, save: Callable[[], None]
    ) -> None:
        self._world = world
        self._clock = clock
        self._pace = pace
        self._lock = lock
        self._save = save
        self._changed = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="ticker", daemon=True)

    def start(self) -> None:
        """Begin; what has become due while the sandbox was down happens at once."""
        self._thread.start()

    def wake(self) -> None:
        """Something changed: look again when the next event is due."""
        self._changed.set()

    def stop(self) -> None:
        """End the thread; returns when it has ended."""
        self._stopping = True
        self._changed.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping:
            self._changed.clear()
            self._changed.wait(self._step())

    def _step(self) -> float:
        """Advance to the present; returns the real seconds until the next event, at least as many as that took.

        At high speeds something is always due: without the pause, requests would never get the lock.
        """
        with self._lock:
            began = time.monotonic()
            try:
                with self._pace.standing():
                    if self._pace.happen():
                        self._save()
                due = self._world.next_event_at()
            except Exception:  # time must go on for everything else
                logger.exception("%s: time of ECS", CRASHED)
                return _LONGEST_SLEEP
            took = time.monotonic() - began
        if due is None:
            return _LONGEST_SLEEP
        return max(took, min(_LONGEST_SLEEP, self._clock.real_seconds_until(due)))
