"""What was measured in a stretch of time, and the statistics of it (AWS: "CloudWatch statistics definitions")."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d{1,10})?|100)")


@dataclass
class Samples:
    """Values with how often each was measured, and the sums of values that are no longer known one by one."""

    values: Counter[float] = field(default_factory=Counter)
    """Value -> count; a count need not be whole, where values follow from a rate."""
    known_count: float = 0
    """Count, sum, least and greatest of the values that came as statistic sets."""
    known_sum: float = 0
    known_min: float = math.inf
    known_max: float = -math.inf

    def add(self, value: float, count: float = 1) -> None:
        """Add ``count`` measurements of ``value``."""
        if count > 0:
            self.values[value] += count  # type: ignore[assignment] # a Counter takes any number

    def add_set(self, *, count: float, total: float, least: float, greatest: float) -> None:
        """Add a statistic set; one of equal values is as good as those values (AWS: "GetMetricStatistics")."""
        if least == greatest:
            self.add(least, count)
            return
        self.known_count += count
        self.known_sum += total
        self.known_min, self.known_max = min(self.known_min, least), max(self.known_max, greatest)

    def merge(self, other: Samples) -> None:
        """Add everything that ``other`` holds."""
        for value, count in other.values.items():
            self.values[value] += count
        self.known_count += other.known_count
        self.known_sum += other.known_sum
        self.known_min = min(self.known_min, other.known_min)
        self.known_max = max(self.known_max, other.known_max)

    @property
    def count(self) -> float:
        """How many values were measured."""
        return sum(self.values.values()) + self.known_count

    @property
    def total(self) -> float:
        """Their sum."""
        return math.fsum(value * count for value, count in self.values.items()) + self.known_sum

    def percentile(self, percent: float) -> float | None:
        """The least value that ``percent`` of all values do not exceed; None when they are not known one by one.

        Interpolation between values is assumed not to happen: AWS does not say.
        """
        if self.known_count or any(value < 0 for value in self.values):
            return None
        wanted = self.count * percent / 100
        reached = 0.0
        for value in sorted(self.values):
            reached += self.values[value]
            if reached >= wanted - 1e-9:
                return value
        return None


_STATISTICS: dict[str, Callable[[Samples], float]] = {
    "SampleCount": lambda samples: samples.count,
    "Sum": lambda samples: samples.total,
    "Average": lambda samples: samples.total / samples.count,
    "Minimum": lambda samples: min([*samples.values, samples.known_min]),
    "Maximum": lambda samples: max([*samples.values, samples.known_max]),
}
SIMPLE_STATISTICS = tuple(_STATISTICS)


def is_statistic(name: str) -> bool:
    """Whether the sandbox can compute it: the five simple ones and percentiles (``p99``, ``p99.9``)."""
    return name in _STATISTICS or bool(_PERCENTILE.fullmatch(name))


def percent_of(name: str) -> float | None:
    """99 for ``p99``; None for what is no percentile."""
    found = _PERCENTILE.fullmatch(name)
    return float(found[1]) if found else None


def statistic(name: str, samples: Samples) -> float | None:
    """The statistic of the samples; None when nothing was measured, or it cannot be told.

    Raises ValueError for a statistic that ``is_statistic`` does not know.
    """
    if not is_statistic(name):
        raise ValueError(f"statistic {name!r} is not one of {', '.join(SIMPLE_STATISTICS)} and percentiles such as p99")
    if not samples.count:
        return None
    percent = percent_of(name)
    value = samples.percentile(percent) if percent is not None else _STATISTICS[name](samples)
    return None if value is None else _tidy(value)


def _tidy(value: float) -> float:
    """Without the dust of adding up rates: 600.0000000001 requests are 600."""
    rounded = round(value, 6)
    return rounded if math.isfinite(rounded) else value
