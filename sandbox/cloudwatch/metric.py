"""What names a metric."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

Json = dict[str, Any]


class Place(NamedTuple):
    """An account and a region: nothing of CloudWatch reaches beyond."""

    account: str
    region: str


class Metric(NamedTuple):
    """A metric; ``dimensions`` are (name, value) in order of name. Other dimensions are another metric."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, namespace: str, name: str, dimensions: Mapping[str, str]) -> Metric:
        """The metric with these dimensions."""
        return cls(namespace, name, tuple(sorted(dimensions.items())))

    @classmethod
    def read(cls, params: Mapping[str, Any]) -> Metric:
        """The metric that the members ``Namespace``, ``MetricName`` and ``Dimensions`` of AWS's API name."""
        dimensions = {each["Name"]: each["Value"] for each in params.get("Dimensions") or []}
        return cls.of(params["Namespace"], params["MetricName"], dimensions)

    def describe(self) -> Json:
        """The members of AWS's ``Metric``."""
        return {
            "Namespace": self.namespace,
            "MetricName": self.name,
            "Dimensions": [{"Name": name, "Value": value} for name, value in self.dimensions],
        }


class Span(NamedTuple):
    """From ``begin`` to before ``end``, asked about at ``now``; epoch seconds."""

    begin: int
    end: int
    now: float


@dataclass(frozen=True)
class Asked:
    """Which metrics ListMetrics is asked for; a dimension without a value may have any."""

    namespace: str | None = None
    name: str | None = None
    dimensions: tuple[tuple[str, str | None], ...] = ()

    def fits(self, metric: Metric) -> bool:
        """Whether it is one of them."""
        known = dict(metric.dimensions)
        return (
            self.namespace in {None, metric.namespace}
            and self.name in {None, metric.name}
            and all(name in known and value in {None, known[name]} for name, value in self.dimensions)
        )

    def of(self, metrics: Iterable[Metric]) -> list[Metric]:
        """Those of the metrics that fit, in order."""
        return sorted({metric for metric in metrics if self.fits(metric)})
