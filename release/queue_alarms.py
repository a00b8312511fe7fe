"""Which alarms watch a queue, and when each goes off. Plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from release.service_alarms import Bound


class QueueKind(StrEnum):
    """What an alarm watches. The value ends its name, and is its heading among the runbooks."""

    OLDEST = "oldest-message"
    DEAD_LETTERS = "dead-letters"


QUEUE_SYMPTOMS: Final = (QueueKind.OLDEST,)
"""What makes whoever works the queue off unwell: those who sent something wait. A dead letter waits for nobody."""


@dataclass(frozen=True, kw_only=True)
class QueueBounds:
    """When a queue's alarms go off."""

    oldest: Bound = field(default_factory=lambda: Bound(threshold=900, minutes=5, breaching=5))
    """Seconds that the oldest message has waited."""
    dead_letters: Bound = field(default_factory=lambda: Bound(threshold=0, minutes=1, breaching=1))
    """Messages that nobody could work off."""

    def bound(self, kind: QueueKind) -> Bound:
        """That of one alarm."""
        return {QueueKind.OLDEST: self.oldest, QueueKind.DEAD_LETTERS: self.dead_letters}[kind]
