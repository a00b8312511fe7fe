"""How a queue hands its messages to those who work them off, and what of it SQS takes. Pure.

AWS: "Amazon SQS visibility timeout", "Using dead-letter queues in Amazon SQS", "CreateQueue" (SQS API reference):
documented.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

DEAD_LETTERS: Final = "dead-letters"
FIFO: Final = ".fifo"
LONGEST_NAME: Final = 80 - len(f"-{DEAD_LETTERS}{FIFO}")
"""Characters, so that the dead letters' queue has a name of SQS's 80."""
DAY: Final = 86_400
DEAD_LETTERS_KEPT_DAYS: Final = 14
"""The most that SQS keeps. A message's age counts from when it was first sent, in the dead letters' queue too."""
LONGEST_WORK: Final = range(1, 43_201)
"""Seconds: SQS's visibility timeout has twelve hours at most."""
ATTEMPTS: Final = range(1, 1001)
KEPT_DAYS: Final = range(1, DEAD_LETTERS_KEPT_DAYS)
"""Less than dead letters are kept: a message that fails on its last day would be deleted as it gets there."""


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """How messages are handed out."""

    longest_work: int = 300
    """Seconds that a task may take over a message before it is handed to another: SQS's visibility timeout."""
    attempts: int = 5
    """How often a message is handed out before it is put to the dead letters."""
    kept_days: int = 4
    """Days for which a message waits to be worked off before SQS deletes it: 1 to 13. Dead letters are kept for 14
    days, counted from when the message was sent."""
    fifo: bool = False
    """Whether messages of a group come in their order, and each once. It can never be changed."""

    def faults(self) -> Iterator[tuple[str, int, str]]:
        """What SQS would refuse, or lose messages by: the field, its value, and what is allowed."""
        for field, value, allowed in (
            ("longest_work", self.longest_work, LONGEST_WORK),
            ("attempts", self.attempts, ATTEMPTS),
            ("kept_days", self.kept_days, KEPT_DAYS),
        ):
            if value not in allowed:
                yield field, value, f"allowed are {allowed[0]} to {allowed[-1]}"


def check_name(name: str) -> None:
    """Raises `ValueError` for a name that SQS refuses, or that leaves no room for that of the dead letters."""
    if not re.fullmatch(r"[A-Za-z0-9_-]+", name) or len(name) > LONGEST_NAME:
        raise ValueError(
            f"queue_name is {name!r}; allowed are 1 to {LONGEST_NAME} letters, digits, hyphens and underscores, "
            f"without {FIFO!r}, which is added where the queue is one"
        )
