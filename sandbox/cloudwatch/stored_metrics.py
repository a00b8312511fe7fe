"""Metric data that was put: by PutMetricData and by metric filters."""

from __future__ import annotations

import pickle
from bisect import bisect_left, insort
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sandbox.cloudwatch.metric import Metric, Place, Span
from sandbox.cloudwatch.samples import Samples

if TYPE_CHECKING:
    from sandbox.store import Store

_PREFIX = "cloudwatch/metric/"
_CHUNK = 3 * 3600
"""Seconds of a metric's data under one key of the store: small enough to be written with every datum."""
KEPT = 15 * 86_400
"""Seconds for which data is kept; AWS keeps coarser data of older times as well (AWS: "GetMetricStatistics")."""


@dataclass
class _Series:
    """One metric in one unit."""

    place: Place
    metric: Metric
    unit: str
    stamps: list[int] = field(default_factory=list)
    """Sorted."""
    samples: dict[int, Samples] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return _PREFIX + sha256(repr((self.place, self.metric, self.unit)).encode()).hexdigest()[:24]

    def at(self, stamp: int) -> Samples:
        """What was measured at a stamp, to be added to."""
        if stamp not in self.samples:
            insort(self.stamps, stamp)
            self.samples[stamp] = Samples()
        return self.samples[stamp]

    def between(self, begin: int, end: int) -> list[int]:
        return self.stamps[bisect_left(self.stamps, begin) : bisect_left(self.stamps, end)]

    def drop(self, stamps: Iterable[int]) -> None:
        for stamp in list(stamps):
            self.stamps.remove(stamp)
            del self.samples[stamp]


class StoredMetrics:
    """Kept by the minute, or by the second where the datum asks for it. ``flush`` writes what was added."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._series: dict[tuple[Place, Metric], dict[str, _Series]] = {}
        self._touched: dict[str, tuple[_Series, int]] = {}
        for key in list(store.keys(_PREFIX)):
            self._adopt(store.get(key))

    def add(self, place: Place, metric: Metric, unit: str, stamp: int) -> Samples:
        """What was measured at ``stamp``, a whole second or minute, to be added to."""
        units = self._series.setdefault((place, metric), {})
        series = units.setdefault(unit, _Series(place, metric, unit))
        chunk = stamp // _CHUNK
        self._touched[f"{series.key}/{chunk}"] = (series, chunk)
        return series.at(stamp)

    def flush(self, now: int) -> None:
        """Write what was added, and forget what is too old."""
        if not self._touched:
            return
        values: dict[str, bytes] = {}
        for key, (series, chunk) in self._touched.items():
            self._forget_old(series, now)
            stamps = series.between(chunk * _CHUNK, (chunk + 1) * _CHUNK)
            content = (series.place, series.metric, series.unit, {stamp: series.samples[stamp] for stamp in stamps})
            values[key] = pickle.dumps(content, protocol=pickle.HIGHEST_PROTOCOL)
        self._touched.clear()
        self._store.put_pickled(values)

    def metrics(self, place: Place) -> list[Metric]:
        """All metrics of a place."""
        return [metric for where, metric in self._series if where == place]

    def samples(self, place: Place, metric: Metric, span: Span, unit: str | None = None) -> Samples:
        """What was measured in a stretch of time, in one unit or in all."""
        found = Samples()
        for name, series in self._series.get((place, metric), {}).items():
            if unit in {None, name}:
                for stamp in series.between(span.begin, span.end):
                    found.merge(series.samples[stamp])
        return found

    def unit(self, metric: tuple[Place, Metric]) -> str | None:
        """The unit of a metric, the first of several."""
        return next(iter(self._series.get(metric, ())), None)

    def _forget_old(self, series: _Series, now: int) -> None:
        oldest = (now - KEPT) // _CHUNK
        old = series.between(0, oldest * _CHUNK)
        for chunk in {stamp // _CHUNK for stamp in old}:
            self._store.delete(f"{series.key}/{chunk}")
        series.drop(old)

    def _adopt(self, content: Any) -> None:  # noqa: ANN401 - what flush has written
        place, metric, unit, samples = content
        series = self._series.setdefault((place, metric), {}).setdefault(unit, _Series(place, metric, unit))
        for stamp, found in samples.items():
            insort(series.stamps, stamp)
            series.samples[stamp] = found
