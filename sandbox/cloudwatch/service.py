"""CloudWatch as a whole: its operations, and the passing of time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from sandbox.cloudwatch.alarm_states import AlarmStates
from sandbox.cloudwatch.alarms import Alarms
from sandbox.cloudwatch.history import History
from sandbox.cloudwatch.metric_data import MetricData
from sandbox.cloudwatch.metrics import Metrics
from sandbox.cloudwatch.tags import Tags

if TYPE_CHECKING:
    from sandbox.caller import Caller
    from sandbox.cloudwatch.ports import AlarmEvents, Clock, Notifications
    from sandbox.store import Store

    Handler = Callable[[Caller, dict[str, Any]], Mapping[str, Any]]

_MINUTE = 60


class EachMinute(Protocol):
    """What happens once a minute, as long as it has reason to."""

    def is_due(self) -> bool:
        """Whether the next minute brings anything."""

    def at_minute(self, now: datetime) -> None:
        """Let it happen; ``now`` is a whole minute."""


class CloudWatch:
    """CloudWatch in all accounts and regions of the sandbox.

    As with ECS, nothing here sleeps: whoever owns it calls ``advance`` when ``next_event_at`` has come. Alarms are
    evaluated at whole minutes, or more often where their period is shorter, one after the other up to ``now``.
    """

    def __init__(
        self, metrics: Metrics, clock: Clock, store: Store, notifications: Notifications, events: AlarmEvents
    ) -> None:
        self.metrics = metrics
        self.alarms = AlarmStates(store, metrics, History(store), notifications, events)
        self._each_minute: list[EachMinute] = []
        self._reached = clock.now()
        rooms = (Alarms(self.alarms, clock), MetricData(self.metrics, clock), Tags(self.alarms))
        self.handlers: dict[str, Handler] = {}
        for room in rooms:
            self.handlers |= room.handlers()

    def also_each_minute(self, what: EachMinute) -> None:
        """Let this happen before the alarms of a minute are evaluated."""
        self._each_minute.append(what)

    def next_event_at(self) -> datetime | None:
        """When something happens next by itself; None when there is nothing to evaluate."""
        return min(self._moments(), default=None)

    def advance(self, now: datetime) -> None:
        """Let everything happen that is due by ``now``, moment by moment."""
        while (due := self.next_event_at()) is not None and due <= now:
            self._reached = due
            if due.second == 0:
                for what in self._each_minute:
                    if what.is_due():
                        what.at_minute(due)
                self.metrics.stored.flush(int(due.timestamp()))
            self.alarms.evaluate(due)
        self._reached = max(self._reached, now)

    def _moments(self) -> Iterable[datetime]:
        evaluation = self.alarms.next_evaluation_after(self._reached)
        if evaluation is not None:
            yield evaluation
        if any(what.is_due() for what in self._each_minute):
            seconds = int(self._reached.timestamp())
            yield datetime.fromtimestamp(seconds - seconds % _MINUTE, UTC) + timedelta(seconds=_MINUTE)
