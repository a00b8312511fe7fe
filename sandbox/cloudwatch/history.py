"""The history of alarms (AWS: "DescribeAlarmHistory"): kept for 30 days, also of alarms that are gone (documented)."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sandbox.cloudwatch.alarm_record import AlarmRecord
from sandbox.cloudwatch.messages import Before
from sandbox.cloudwatch.metric import Place

if TYPE_CHECKING:
    from sandbox.store import Store

Json = dict[str, Any]

_PREFIX = "cloudwatch/history/"
_KEPT = timedelta(days=30)
_MOST = 2_000
"""Items of all alarms together that the sandbox keeps."""


@dataclass(frozen=True)
class Item:
    """One item; ``body`` is AWS's ``AlarmHistoryItem``."""

    place: Place
    body: Json

    @property
    def at(self) -> datetime:
        """When it happened."""
        moment: datetime = self.body["Timestamp"]
        return moment


class History:
    """All items, oldest first, each under a key of its own."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._items: list[tuple[str, Item]] = []
        for key in sorted(store.keys(_PREFIX)):
            content = store.get(key)
            if isinstance(content, Item):
                self._items.append((key, content))
        self._number = int(self._items[-1][0].removeprefix(_PREFIX)) if self._items else 0

    def items(self, place: Place) -> Iterator[Item]:
        """The items of a place, newest first."""
        return (item for _, item in reversed(self._items) if item.place == place)

    def configured(self, record: AlarmRecord, what: str, now: datetime) -> None:
        """An alarm was created, updated or deleted."""
        data = {"version": "1.0", "type": what, "createdAlarm" if what == "Create" else "updatedAlarm": record.body}
        self._add(record, now, "ConfigurationUpdate", f'Alarm "{record.name}" {what.lower()}d', data)

    def turned(self, record: AlarmRecord, before: Before) -> None:
        """An alarm has turned from one state to another."""
        data = {
            "version": "1.0",
            "oldState": _state(before.state, before.reason, before.reason_data),
            "newState": _state(record.state, record.reason, record.reason_data),
        }
        summary = f"Alarm updated from {before.state} to {record.state}"
        self._add(record, record.turned_at, "StateUpdate", summary, data)

    def acted(self, record: AlarmRecord, action: str, failure: str) -> None:
        """An action was carried out, or failed."""
        state = "Failed" if failure else "Succeeded"
        data = {"actionState": state, "stateUpdateTimestamp": int(record.turned_at.timestamp() * 1000)}
        data |= {"notificationResource": action, **({"error": failure} if failure else {})}
        summary = (
            f"Failed to execute action {action}. Error: {failure}"
            if failure
            else f"Successfully executed action {action}"
        )
        self._add(record, record.turned_at, "Action", summary, data)

    def _add(self, record: AlarmRecord, now: datetime, kind: str, summary: str, data: Json) -> None:
        body = {
            "AlarmName": record.name,
            "AlarmType": record.kind,
            "Timestamp": now,
            "HistoryItemType": kind,
            "HistorySummary": summary,
            "HistoryData": json.dumps(data, default=str),
        }
        self._number += 1
        key = f"{_PREFIX}{self._number:012d}"
        item = Item(record.place, body)
        self._items.append((key, item))
        self._store.put_pickled({key: pickle.dumps(item, protocol=pickle.HIGHEST_PROTOCOL)})
        while len(self._items) > _MOST or self._items[0][1].at < now - _KEPT:
            self._store.delete(self._items.pop(0)[0])


def _state(state: str, reason: str, reason_data: str | None) -> Json:
    made: Json = {"stateValue": str(state), "stateReason": reason}
    return {**made, "stateReasonData": json.loads(reason_data)} if reason_data else made
