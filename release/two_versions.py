"""Two versions that serve at the same time: how much of the traffic each has, and whether one does worse. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from release.verification import Bounds, Measurements


@dataclass(frozen=True, kw_only=True)
class Side:
    """One of the two."""

    version: str
    share: float
    """Percent of the production traffic."""
    measured: Measurements


@dataclass(frozen=True, kw_only=True)
class TwoVersions:
    """A shift at one moment."""

    coming: Side
    going: Side

    @property
    def shares(self) -> str:
        """`1.1.0 20 %, 1.2.0 80 %`."""
        return ", ".join(f"{side.version} {side.share:.3g} %" for side in (self.coming, self.going))

    def worse(self, bounds: Bounds) -> str:
        """In what the version that comes does worse than the one that goes; empty where it does not.

        Both are measured in the same minutes, so that what troubles both is no finding. With few requests nothing is.
        """
        enough = min(self.coming.measured.requests or 0, self.going.measured.requests or 0) >= bounds.requests
        return "; ".join(self._findings(bounds)) if enough else ""

    def _findings(self, bounds: Bounds) -> Iterator[str]:
        coming, going = self.coming.measured, self.going.measured
        for name, unit, mine, other, bound in (
            ("error rate", " %", coming.error_rate, going.error_rate, bounds.error_rate),
            ("latency", " s (p95)", coming.latency, going.latency, bounds.latency),
        ):
            if mine is not None and other is not None and mine > bound.limit(other):
                yield (
                    f"{name} {mine:.3g}{unit} of {self.coming.version} against {other:.3g}{unit} of "
                    f"{self.going.version}, where {bound.limit(other):.3g}{unit} is allowed"
                )
