"""What a deployment would do: how it ends, how long it takes and why, and what users would see of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from math import inf
from typing import TYPE_CHECKING

from rollout import phases
from rollout.phases import Phase, Share
from rollout.service import Service
from rollout.strategy import ALL
from rollout.timeline import Cause, Event, Kind

if TYPE_CHECKING:
    from rollout.revision import Revision
    from rollout.settings import Settings

LONGEST = 86_400.0
"""Seconds after which a rolling deployment that has not ended counts as one that never will."""
LONGEST_SHIFT = 30 * 86_400.0
"""The same for one that shifts traffic: each of its stages, and each pause, may last a day or more."""


class Outcome(StrEnum):
    """How a deployment ends."""

    COMPLETED = "completed"
    ROLLED_BACK = "rolled back"
    FAILED = "failed"
    """It failed and nothing was rolled back."""
    BLOCKED = "blocked"
    """Its limits leave no task to start or stop."""
    PAUSED = "paused"
    """It waits for a person, and goes no further until one lets it, or until the pause's timeout."""
    ENDLESS = "endless"
    """It is tried again and again; nothing ends it."""


_OUTCOMES = {
    Kind.DEPLOYMENT_COMPLETED: Outcome.COMPLETED,
    Kind.ROLLBACK_COMPLETED: Outcome.ROLLED_BACK,
    Kind.ROLLBACK_FAILED: Outcome.FAILED,
    Kind.DEPLOYMENT_FAILED: Outcome.FAILED,
    Kind.BLOCKED: Outcome.BLOCKED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """The course of one deployment; times in seconds from its beginning."""

    outcome: Outcome
    cause: Cause
    """Why it failed."""
    duration: float
    """Until its end, the rollback included, or until it waits for a person; the longest there is when it is endless."""
    tripped_at: float | None
    """When the breaker or an alarm failed it."""
    peak_tasks: int
    """Most tasks at once that run or are about to."""
    lowest_healthy: int
    """Fewest tasks at once that count as healthy."""
    shares: tuple[Share, ...]
    """The phases that made up the duration."""
    exposure: tuple[tuple[float, float], ...]
    """From when on which share (0 to 1) of the requests met the new revision."""
    down: tuple[tuple[float, float], ...]
    """From when until when no task was there to answer a request."""
    events: tuple[Event, ...]

    def failed_requests(self, requests_per_second: float, error_rate: float) -> float:
        """Requests that fail when the new revision answers ``error_rate`` percent of its requests with an error."""
        met = 0.0
        ends = [at for at, _ in self.exposure[1:]] + [self.duration]
        for (at, share), until in zip(self.exposure, ends, strict=True):
            met += share * max(0.0, until - at)
        return met * requests_per_second * error_rate / 100


def predict(settings: Settings, old: Revision | None, new: Revision, *, alarm_after: float | None = None) -> Prediction:
    """Deploy ``new`` to a service that has settled on ``old``; with None, create a service that never was before.

    The settings' alarms go off ``alarm_after`` seconds after the first request has met ``new``; with None, never.
    """
    if old is None:
        service = Service(settings, new)
        return _Observer(service, new, alarm_after).follow(new, service.primary.id)
    service = Service(replace(settings, shifting=None), old)
    service.run(LONGEST)
    service.configure(settings)
    service.take_events()
    return _Observer(service, old, alarm_after).follow(new, service.deploy(new))


class _Observer:
    """Follows one deployment from event to event."""

    def __init__(self, service: Service, old: Revision, alarm_after: float | None) -> None:
        self._service = service
        self._old = old
        self._begin = service.now
        self._events: list[Event] = []
        self._kinds: set[Kind] = set()
        self._seconds: dict[Phase, float] = {}
        self._exposure: list[tuple[float, float]] = []
        self._peak_tasks = 0
        self._lowest_healthy = 10**9
        self._answered = True
        self._down: list[tuple[float, float]] = []
        self._alarm_after = alarm_after
        self._alarm_at = inf
        self._longest = LONGEST_SHIFT if service.settings.shifting else LONGEST

    def follow(self, new: Revision, number: int) -> Prediction:
        """Until the deployment of ``new``, which has the number ``number``, has ended."""
        service = self._service
        self._look(number)
        while not self._has_ended() and (at := self._next_at()) <= self._begin + self._longest:
            phase = phases.present(service)
            self._seconds[phase] = self._seconds.get(phase, 0.0) + at - service.now
            if not self._answered:
                self._note_down(service.now - self._begin, at - self._begin)
            service.advance(at)
            self._sound_alarms()
            self._look(number)
        return self._conclude(new)

    def _note_down(self, begin: float, end: float) -> None:
        if self._down and self._down[-1][1] == begin:
            begin = self._down.pop()[0]
        self._down.append((begin, end))

    def _next_at(self) -> float:
        at = self._service.next_event_at()
        return min(self._alarm_at, inf if at is None else at)

    def _sound_alarms(self) -> None:
        if self._service.now < self._alarm_at:
            return
        self._alarm_at, self._alarm_after = inf, None
        for name in sorted(self._service.settings.alarms.names):
            self._service.set_alarm(name, alarming=True)

    def _look(self, number: int) -> None:
        wanted = self._service.fleet.wanted()
        healthy = sum(len(batch.tasks) for batch in wanted if batch.healthy)
        serving = [batch for batch in self._service.fleet.batches.values() if batch.serving]
        of_all = sum(len(batch.tasks) for batch in serving)
        of_new = sum(len(batch.tasks) for batch in serving if batch.deployment == number)
        self._peak_tasks = max(self._peak_tasks, sum(len(batch.tasks) for batch in wanted))
        self._lowest_healthy = min(self._lowest_healthy, healthy)
        self._answered = of_all > 0
        share = self._weight(number) if self._service.settings.shifting else of_new / of_all if of_all else 0.0
        if not self._exposure or self._exposure[-1][1] != share:
            self._exposure.append((self._service.now - self._begin, share))
        if share and self._alarm_after is not None and self._alarm_at == inf:
            self._alarm_at = self._service.now + self._alarm_after
        events = self._service.take_events()
        self._events += events
        self._kinds |= {event.kind for event in events}

    def _weight(self, number: int) -> float:
        return self._service.production.get(number, 0.0) / ALL

    def _has_ended(self) -> bool:
        return self._outcome() is not Outcome.ENDLESS

    def _outcome(self) -> Outcome:
        if Kind.ROLLBACK_STARTED in self._kinds:
            ends = [Kind.ROLLBACK_COMPLETED, Kind.ROLLBACK_FAILED]
        else:
            ends = [Kind.DEPLOYMENT_COMPLETED, Kind.ROLLBACK_FAILED, Kind.DEPLOYMENT_FAILED, Kind.BLOCKED]
        return next((_OUTCOMES[kind] for kind in ends if kind in self._kinds), self._unfinished())

    def _unfinished(self) -> Outcome:
        shift = self._service.primary.shift
        waits = shift is not None and bool(shift.runs) and all(run.hook.pause for run in shift.runs)
        return Outcome.PAUSED if waits else Outcome.ENDLESS

    def _conclude(self, new: Revision) -> Prediction:
        failure = next((event for event in self._events if event.kind is Kind.DEPLOYMENT_FAILED), None)
        outcome = self._outcome()
        return Prediction(
            outcome=outcome,
            cause=failure.cause if failure else Cause.NONE,
            duration=self._longest if outcome is Outcome.ENDLESS else self._service.now - self._begin,
            tripped_at=failure.at - self._begin if failure else None,
            peak_tasks=self._peak_tasks,
            lowest_healthy=self._lowest_healthy,
            shares=tuple(
                Share(phase, seconds, phases.reason(phase, self._old, new, self._service.settings))
                for phase, seconds in self._seconds.items()
                if seconds
            ),
            exposure=tuple(self._exposure),
            down=tuple(self._down),
            events=tuple(event._replace(at=event.at - self._begin) for event in self._events),
        )
