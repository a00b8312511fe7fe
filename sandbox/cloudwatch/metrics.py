"""All metrics of the sandbox, whether they were put or follow from how things stand."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.cloudwatch.levels import Levels
from sandbox.cloudwatch.metric import Asked, Metric, Place, Span
from sandbox.cloudwatch.samples import Samples
from sandbox.cloudwatch.stored_metrics import StoredMetrics


@dataclass(frozen=True)
class Metrics:
    """Reading both sorts as one."""

    stored: StoredMetrics
    levels: Levels

    def listed(self, place: Place, asked: Asked) -> list[Metric]:
        """The metrics of a place that are asked for."""
        return asked.of([*self.stored.metrics(place), *self.levels.metrics(place)])

    def samples(self, place: Place, metric: Metric, span: Span, unit: str | None) -> Samples:
        """What was measured in a stretch of time, as far as it has come; in one unit or in all."""
        found = self.stored.samples(place, metric, span, unit)
        if unit in {None, self.levels.unit(metric)}:
            found.merge(self.levels.samples(place, metric, span))
        return found

    def unit(self, place: Place, metric: Metric) -> str:
        """The unit of a metric."""
        return self.levels.unit(metric) or self.stored.unit((place, metric)) or "None"
