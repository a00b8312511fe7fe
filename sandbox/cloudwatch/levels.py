"""Metrics that follow from how things stand: a level holds until it changes.

Data points are computed when somebody asks for them: a service that nothing happens to costs nothing, however long its
metrics are.
"""

from __future__ import annotations

import math
import pickle
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.cloudwatch.metric import Metric, Place, Span
from sandbox.cloudwatch.samples import Samples

if TYPE_CHECKING:
    from sandbox.store import Store

Level = tuple[tuple[float, float], ...]
"""(value, samples of it a second), ...; empty while nothing is measured."""

_PREFIX = "cloudwatch/levels/"
_MOST_ENTRIES = 10_000
_MINUTE = 60
"""AWS's services send their metrics once a minute (AWS: "Amazon ECS CloudWatch metrics" and others): documented."""


def gauge(value: float, samples_a_minute: float = 1) -> Level:
    """A value that is looked at so many times a minute."""
    return ((value, samples_a_minute / _MINUTE),) if samples_a_minute else ()


def counted(a_second: float) -> Level:
    """Things that happen so many times a second, each a sample of 1; nothing is reported of none."""
    return ((1.0, a_second),) if a_second else ()


@dataclass
class _History:
    times: list[float] = field(default_factory=list)
    levels: list[Level] = field(default_factory=list)

    def add(self, at: float, level: Level) -> None:
        if self.times and self.times[-1] >= at:
            self.levels[-1] = level
        else:
            self.times.append(at)
            self.levels.append(level)

    def forget(self, before: float) -> None:
        """Keep what held at ``before``, and all that came after."""
        first = max(0, bisect_right(self.times, before) - 1)
        del self.times[:first], self.levels[:first]


class Levels:
    """The levels of all metrics that follow from something, over time (epoch seconds)."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._histories: dict[tuple[Place, Metric], _History] = {}
        self._units: dict[Metric, str] = {}
        self._entries: list[tuple[str, float]] = []
        self._number = 0
        for key in sorted(store.keys(_PREFIX)):
            self._adopt(key, store.get(key))

    def observe(self, at: float, levels: Mapping[tuple[Place, Metric], Level], units: Mapping[str, str]) -> None:
        """From ``at`` on these are the levels; of metrics that are left out nothing is measured any more."""
        gone = self._histories.keys() - levels.keys()
        changed = {key: level for key, level in levels.items() if self._present(key) != level}
        changed |= {key: () for key in gone if self._present(key)}
        if not changed:
            return
        for (place, metric), level in changed.items():
            self._units[metric] = units.get(metric.name, "None")
            self._histories.setdefault((place, metric), _History()).add(at, level)
        self._write(at, changed, units)

    def metrics(self, place: Place) -> Iterable[Metric]:
        """All metrics of a place."""
        return [metric for where, metric in self._histories if where == place]

    def unit(self, metric: Metric) -> str | None:
        """The unit of a metric, None for an unknown one."""
        return self._units.get(metric)

    def samples(self, place: Place, metric: Metric, span: Span) -> Samples:
        """What was measured in a stretch of time, as far as it has come.

        Shorter stretches than a minute hold nothing, but for the one that a minute begins with.
        """
        begin, end, now = span
        if end - begin < _MINUTE:
            if math.ceil(begin / _MINUTE) * _MINUTE >= end:
                return Samples()
            begin = math.ceil(begin / _MINUTE) * _MINUTE
            end = begin + _MINUTE
        found = Samples()
        history = self._histories.get((place, metric))
        if history is None:
            return found
        first = max(0, bisect_right(history.times, begin) - 1)
        last = min(end, now)
        for index in range(first, len(history.times)):
            since = max(begin, history.times[index])
            until = min(last, history.times[index + 1]) if index + 1 < len(history.times) else last
            if since >= last:
                break
            for value, a_second in history.levels[index]:
                found.add(value, a_second * (until - since))
        return found

    def _present(self, key: tuple[Place, Metric]) -> Level:
        history = self._histories.get(key)
        return history.levels[-1] if history else ()

    def _write(self, at: float, changed: dict[tuple[Place, Metric], Level], units: Mapping[str, str]) -> None:
        self._number += 1
        key = f"{_PREFIX}{self._number:012d}"
        self._entries.append((key, at))
        known = {metric.name: units.get(metric.name, "None") for _, metric in changed}
        self._store.put_pickled({key: pickle.dumps((at, changed, known), protocol=pickle.HIGHEST_PROTOCOL)})
        if len(self._entries) > _MOST_ENTRIES:
            self._forget_old()

    def _forget_old(self) -> None:
        """Drop the oldest tenth; what held at its end becomes the first entry."""
        old = self._entries[: _MOST_ENTRIES // 10]
        self._entries = self._entries[len(old) :]
        last_key, cut = old[-1]
        base: dict[tuple[Place, Metric], Level] = {}
        for key, history in list(self._histories.items()):
            history.forget(cut)
            if history.times[0] <= cut:
                base[key] = history.levels[0]
                history.times[0] = cut
            if len(history.times) == 1 and not history.levels[0]:
                del self._histories[key]
                base.pop(key, None)
        units = {metric.name: self._units[metric] for _, metric in base}
        self._store.put_pickled({last_key: pickle.dumps((cut, base, units), protocol=pickle.HIGHEST_PROTOCOL)})
        for stored, _ in old[:-1]:
            self._store.delete(stored)
        self._entries.insert(0, (last_key, cut))

    def _adopt(self, key: str, content: Any) -> None:  # noqa: ANN401 - what was written
        at, changed, units = content
        self._number = int(key.removeprefix(_PREFIX))
        self._entries.append((key, at))
        for (place, metric), level in changed.items():
            self._units[metric] = units[metric.name]
            self._histories.setdefault((place, metric), _History()).add(at, level)
