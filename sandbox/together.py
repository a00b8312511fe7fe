"""ECS and CloudWatch in one time: tasks make metrics, metrics turn alarms, alarms fail deployments."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from sandbox.ticker import Advancing

_TICK = timedelta(microseconds=1)


class Tasks(Advancing, Protocol):
    """The ECS control plane."""

    def let_pass(self, now: datetime) -> None:
        """Let everything happen that is due by ``now``, without storing it yet."""


class Together:
    """Advances two worlds through each other's events, in order.

    ``tasks`` come first at each moment, then ``measure`` looks how they stand, then ``alarms`` are evaluated; where one
    has turned, ``tasks`` learn of it at the same moment. So a late ticker changes nothing about what happens when.
    """

    def __init__(self, tasks: Tasks, measure: Callable[[datetime], None], alarms: Advancing) -> None:
        self._tasks = tasks
        self._measure = measure
        self._alarms = alarms

    def next_event_at(self) -> datetime | None:
        """When the next event of either is due."""
        moments = (self._tasks.next_event_at(), self._alarms.next_event_at())
        return min((moment for moment in moments if moment is not None), default=None)

    def advance(self, now: datetime) -> None:
        """Let everything happen that is due by ``now``, and store it."""
        last: datetime | None = None
        while (due := self.next_event_at()) is not None and due <= now:
            # The model's moments are finer than a datetime: what is due at the same moment again comes a bit later.
            last = due if last is None else min(now, max(due, last + _TICK))
            self._happen(last)
            if last == now:
                break
        if last is not None:
            self._tasks.advance(last)
        self._alarms.advance(now)  # also when nothing is due: an alarm that is made now has no past

    def _happen(self, moment: datetime) -> None:
        self._tasks.let_pass(moment)
        self._measure(moment)
        evaluation = self._alarms.next_event_at()
        if evaluation is not None and evaluation <= moment:
            self._alarms.advance(moment)
            self._tasks.let_pass(moment)
