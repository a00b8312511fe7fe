"""The error for a stack file, or a catalogue, that says what it must not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_SHOWN: Final = 60
"""Characters of a value that a message shows: enough to find it by."""


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """One thing that is wrong, where it stands and what to do about it."""

    source: str
    """The file, as people know it: `Pulumi.test.yaml`."""
    path: str
    """The key, as people type it: `slipway:services.auth-service.cpu`. Empty for the file as a whole."""
    problem: str
    """What is wrong with the value, what is allowed and what to do."""
    value: str | None = None
    """The value, as shown by `shown`. None where there is none, or where it may be a secret."""

    def __str__(self) -> str:
        where = f"{self.source}: {self.path}" if self.path else self.source
        return f"{where}: {self.problem}" if self.value is None else f"{where} is {self.value}: {self.problem}"


class SettingsError(ValueError):
    """Settings that cannot be used. Its text is complete: a line for every mistake, and nothing else."""

    def __init__(self, *mistakes: Mistake) -> None:
        self.mistakes = mistakes
        super().__init__("\n".join(str(mistake) for mistake in mistakes))


def shown(value: object) -> str:
    """The value for a message, cut short when it is long."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
