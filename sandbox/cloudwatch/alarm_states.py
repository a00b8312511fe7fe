"""All alarms with their states: evaluated, turned, told to others, stored."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

from sandbox.cloudwatch import alarm_rule, messages
from sandbox.cloudwatch.alarm_evaluation import Finding, find
from sandbox.cloudwatch.alarm_record import COMPOSITE, METRIC, PREFIX, AlarmRecord
from sandbox.cloudwatch.evaluation import State
from sandbox.cloudwatch.history import History
from sandbox.cloudwatch.messages import Before
from sandbox.cloudwatch.metric import Place
from sandbox.cloudwatch.metrics import Metrics
from sandbox.cloudwatch.reasons import stamp

if TYPE_CHECKING:
    from sandbox.cloudwatch.ports import AlarmEvents, Notifications
    from sandbox.store import Store

_SNS = ":sns:"


class AlarmStates:
    """The alarms of all places. What a call has changed is in the store when it returns."""

    def __init__(
        self, store: Store, metrics: Metrics, history: History, notifications: Notifications, events: AlarmEvents
    ) -> None:
        self._store = store
        self._metrics = metrics
        self.history = history
        self._notifications = notifications
        self._events = events
        self._places: dict[Place, dict[str, AlarmRecord]] = {}
        for key in store.keys(PREFIX):
            record = store.get(key)
            if isinstance(record, AlarmRecord):
                self.of(record.place)[record.name] = record

    def of(self, place: Place) -> dict[str, AlarmRecord]:
        """The alarms of a place, by name."""
        return self._places.setdefault(place, {})

    def next_evaluation_after(self, moment: datetime) -> datetime | None:
        """When alarms are evaluated next; None when there are none."""
        seconds = int(moment.timestamp())
        intervals = {record.interval for record in self._metric_alarms()}
        due = min((seconds - seconds % interval + interval for interval in intervals), default=None)
        return None if due is None else datetime.fromtimestamp(due, UTC)

    def evaluate(self, now: datetime) -> None:
        """Evaluate the metric alarms that are due at ``now``, a whole second."""
        for record in self._metric_alarms():
            if int(now.timestamp()) % record.interval == 0:
                finding = find(self._metrics, record, now)
                if finding is not None and finding.state is not record.state:
                    self.turn(record, finding, now)

    def keep(self, record: AlarmRecord) -> None:
        """Remember a new or changed alarm."""
        self.of(record.place)[record.name] = record
        self._store.put(record.key, record)

    def forget(self, record: AlarmRecord) -> None:
        """Delete an alarm; its history stays."""
        del self.of(record.place)[record.name]
        self._store.delete(record.key)

    def turn(self, record: AlarmRecord, finding: Finding, now: datetime, path: tuple[str, ...] = ()) -> None:
        """Bring an alarm into a state, for the reason given; tell others when it is another one.

        ``path`` names the alarms whose turning has led here: a composite alarm that depends on itself is not
        evaluated again (AWS: "PutCompositeAlarm"): documented.
        """
        before = Before(record.state, record.reason, record.reason_data, record.state_at)
        record.state, record.reason, record.reason_data = finding
        record.state_at = now
        if before.state is record.state:
            self.keep(record)
            return
        record.turned_at = now
        self.keep(record)
        self.history.turned(record, before)
        children = [self.of(record.place)[name] for name in path[-1:] if name in self.of(record.place)]
        self._act(record, before, children)
        for parent in self._parents(record):
            if parent.name not in (*path, record.name):
                self.evaluate_rule(parent, now, (*path, record.name))

    def evaluate_rule(self, record: AlarmRecord, now: datetime, path: tuple[str, ...] = ()) -> None:
        """Evaluate a composite alarm, because of the alarm that is last in ``path``, or of itself."""
        alarms = self.of(record.place)
        rule = alarm_rule.parse(record.body["AlarmRule"])
        holds = rule.holds(lambda name: alarms[name].state if name in alarms else None)
        state = State.ALARM if holds else State.OK
        if state is record.state:
            return
        cause = alarms.get(path[-1]) if path else None
        if cause is None:
            self.turn(
                record,
                Finding(state, f"{record.arn} was created or updated and its alarm rule evaluates to {state}"),
                now,
            )
            return
        triggering = {"arn": cause.arn, "state": {"value": cause.state.value, "timestamp": stamp(cause.turned_at)}}
        reason = f"{cause.arn} transitioned to {cause.state} at {now.astimezone(UTC):%A %d %B, %Y %H:%M:%S} UTC"
        self.turn(record, Finding(state, reason, json.dumps({"triggeringAlarms": [triggering]})), now, path)

    def _metric_alarms(self) -> list[AlarmRecord]:
        return [record for place in self._places.values() for record in list(place.values()) if record.kind == METRIC]

    def _parents(self, child: AlarmRecord) -> list[AlarmRecord]:
        composites = [record for record in self.of(child.place).values() if record.kind == COMPOSITE]
        return [record for record in composites if child.name in alarm_rule.parse(record.body["AlarmRule"]).names]

    def _act(self, record: AlarmRecord, before: Before, children: list[AlarmRecord]) -> None:
        identifier = str(uuid5(NAMESPACE_URL, f"{record.arn} {record.state} {stamp(record.turned_at)}"))
        self._events.alarm_turned(record.place, messages.event(record, before, identifier))
        if not record.actions_enabled:
            return
        for action in record.actions(record.state):
            failure = "the Slipway sandbox carries out no such action"
            if _SNS in action:
                text = messages.message(record, before, children)
                failure = self._notifications.publish(record.place, action, messages.subject(record), text)
            self.history.acted(record, action, failure)
