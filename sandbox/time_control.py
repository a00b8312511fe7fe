"""``/_sandbox/clock``: the clock's speed, pausing it, and moving it ahead through everything that happens meanwhile."""

from __future__ import annotations

import math
import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sandbox.aws_error import AwsError

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping

    from sandbox.clock import Clock
    from sandbox.ticker import Advancing

LONGEST_STEP = timedelta(days=366)
LONGEST_WORK = 60.0
"""Real seconds after which a step gives up, where it has come to."""
_TICK = timedelta(microseconds=1)


class TimeControl:
    """What people and tests do to the sandbox's clock.

    A step is no leap: the clock stops at each moment at which something is due, in order, so that what happens is what
    would have happened with time passing by itself. ``lock`` is let go between two moments.
    """

    def __init__(
        self,
        world: Advancing,
        clock: Clock,
        lock: threading.RLock,
        save: Callable[[], None],
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._world = world
        self._clock = clock
        self._lock = lock
        self._save = save
        self._elapsed = elapsed

    def show(self) -> Mapping[str, Any]:
        """The time (ISO 8601, to the microsecond), the speed, whether time stands still, and how many seconds
        it has fallen behind that speed."""
        with self._lock:
            return {
                "now": self._clock.now().isoformat(timespec="microseconds"),
                "speed": self._clock.speed,
                "paused": self._clock.paused,
                "behind": self._clock.behind.total_seconds(),
            }

    def change(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Do what is asked: ``pause``, ``speed``, then ``step`` (seconds) or ``until`` (ISO 8601), then ``resume``.

        All is checked before anything is done. Answers as ``show``, once everything that a step brings has happened.
        """
        with self._lock:
            speed, target = _speed(body), self._target(body)
            if body.get("pause"):
                self._clock.pause()
            if speed is not None:
                self._clock.set_speed(speed)
        try:
            if target is not None:
                self._go(target)
        finally:
            with self._lock:
                if body.get("resume"):
                    self._clock.resume()
                self._save()
        return self.show()

    def _target(self, body: Mapping[str, Any]) -> datetime | None:
        now = self._clock.now()
        if "step" in body:
            seconds = float(body["step"])
            if not 0 <= seconds <= LONGEST_STEP.total_seconds():  # also false for nan
                raise _refusal(f"a step must be from 0 to {LONGEST_STEP.days} days, got {seconds:.15g} seconds")
            return now + timedelta(seconds=seconds)
        if "until" not in body:
            return None
        moment = datetime.fromisoformat(body["until"])
        if moment.tzinfo is None:
            raise _refusal(f"a time needs its zone, such as 2026-01-31T12:00:00+00:00, got {body['until']}")
        if moment < now:
            raise _refusal(
                f"{moment.isoformat()} has passed: sandbox time is {now.isoformat(timespec='seconds')} "
                "and never runs backwards"
            )
        if moment - now > LONGEST_STEP:
            raise _refusal(
                f"{moment.isoformat()} is more than {LONGEST_STEP.days} days ahead: go there in smaller steps"
            )
        return moment

    def _go(self, target: datetime) -> None:
        deadline = self._elapsed() + LONGEST_WORK
        due = self._let_happen(None, target)
        while due is not None:
            if self._elapsed() > deadline:
                raise _refusal(
                    f"after {LONGEST_WORK:g} s of work it is {self._clock.now().isoformat(timespec='seconds')} in the "
                    f"sandbox, and not yet {target.isoformat(timespec='seconds')}: step again to go on"
                )
            due = self._let_happen(due, target)

    def _let_happen(self, before: datetime | None, target: datetime) -> datetime | None:
        """Go on to the next moment at which something is due, ``target`` at the latest; returns it, None at the end.

        ``before`` is what the last call returned. The model's moments are finer than a datetime: what is due at the
        same moment again may be due a fraction later.
        """
        with self._lock:
            due = self._world.next_event_at()
            moment = due + _TICK if due is not None and due == before else due
            if moment is None or moment > target:
                due, moment = None, target
            self._clock.move(max(moment, self._clock.now()))
            self._world.advance(self._clock.now())
            return due


def _speed(body: Mapping[str, Any]) -> float | None:
    if "speed" not in body:
        return None
    speed = float(body["speed"])
    if not (math.isfinite(speed) and speed > 0):
        raise _refusal(f"speed must be above 0, got {speed:g}")
    return speed


def _refusal(message: str) -> AwsError:
    return AwsError("InvalidParameterException", message)
