"""Exceptions from the policies, as `Pulumi.<env>.yaml` writes them: the models of `slipway:waivers`."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, StringConstraints

from stacks.dial_rules import Dials, as_tuple, matching, problem
from stacks.releases import DATE

SHORTEST_REASON: Final = 10
"""Characters. Who reads it in a year must be able to tell whether it still holds."""


def _a_date(value: str) -> str:
    try:
        date.fromisoformat(value)
    except ValueError as error:
        raise problem(f"there is no such day ({error})") from error
    return value


def _a_reason(value: str) -> str:
    if len(value.strip()) < SHORTEST_REASON:
        raise problem(f"say why in {SHORTEST_REASON} characters or more, for those who read it in a year")
    return value


Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class WaiverDials(Dials):
    """Somebody answers for a rule that is not kept, for a time."""

    rule: Annotated[str, matching(r"[A-Za-z0-9]+\.[0-9]+", "write the id of a rule in docs/policies.md, like ELB.1")]
    resource: Text
    """Name of the resource, as Pulumi shows it; `*` stands for anything."""
    reason: Annotated[str, AfterValidator(_a_reason)]
    owner: Text
    """Who answers for it: a person or a team that can be asked."""
    expires: Annotated[str, matching(DATE, 'write a date like "2027-01-31", in quotes'), AfterValidator(_a_date)]
    """The last day on which it counts."""

    @property
    def last_day(self) -> date:
        """The last day on which it counts."""
        return date.fromisoformat(self.expires)


Waivers = Annotated[tuple[WaiverDials, ...], BeforeValidator(as_tuple)]
