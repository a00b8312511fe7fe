"""Several things with a future, as one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sandbox.ticker import Advancing


class Worlds:
    """Whatever is due first happens first; what is due at the same moment, in the order of ``worlds``."""

    def __init__(self, worlds: Sequence[Advancing]) -> None:
        self._worlds = worlds

    def next_event_at(self) -> datetime | None:
        """When the next event of any of them is due; None when nothing will happen by itself."""
        moments = [world.next_event_at() for world in self._worlds]
        return min((moment for moment in moments if moment is not None), default=None)

    def advance(self, now: datetime) -> None:
        """Let everything happen that is due by ``now``."""
        for world in self._worlds:
            world.advance(now)
