"""Exceptions from rules: by whom, why and until when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase

from policy.rule import Violation


@dataclass(frozen=True, kw_only=True)
class Waiver:
    """Somebody answers for a rule that is not kept, for a time."""

    rule: str
    """The rule's id."""
    resource: str
    """Name of the resource; `*` stands for anything."""
    reason: str
    owner: str
    """Who answers for it."""
    expires: date
    """The last day on which it counts."""

    def covers(self, violation: Violation) -> bool:
        """Whether it speaks of this violation, expired or not."""
        return (
            self.rule == violation.rule.id
            and violation.rule.waivable
            and fnmatchcase(violation.resource.name, self.resource)
        )

    def __str__(self) -> str:
        return f"waiver of {self.rule} for {self.resource} ({self.owner}, until {self.expires}: {self.reason})"


def covering(violation: Violation, waivers: Sequence[Waiver]) -> Waiver | None:
    """The waiver of a violation that counts longest; None where nobody waived it."""
    return max((one for one in waivers if one.covers(violation)), key=lambda one: one.expires, default=None)
