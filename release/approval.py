"""Approvals: who said yes to which release, kept as objects of the journal, so that IAM says who may."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from release.journal import Moment, Words

LASTS: Final = timedelta(days=7)
"""How long an approval is good for, unless it says otherwise."""


class Approval(BaseModel):
    """One person's yes to one version of one service, at one digest."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)

    form: Literal[1] = 1
    service: str
    version: str
    digest: str
    by: str
    """ARN of the caller."""
    at: Moment
    expires: Moment
    reason: Words = ""
    attests: tuple[str, ...] = ()
    """Items of the checklist that this person vouches for."""

    @property
    def name(self) -> str:
        """Where its object is: `auth-service/1.5.0/20261123T120000.000000Z.json`."""
        return f"{self.service}/{self.version}/{self.at:%Y%m%dT%H%M%S.%fZ}.json"


def person(arn: str) -> str:
    """Who is behind an ARN: sessions of one person under one role are one person.

    AWS: "IAM identifiers": an assumed role's ARN ends with the session's name, which single sign-on sets to the person.
    """
    return arn.partition(":assumed-role/")[2] or arn


def approvers(
    approvals: Iterable[Approval], *, service: str, version: str, digest: str, at: datetime, releaser: str = ""
) -> tuple[str, ...]:
    """The people whose approval of just this release holds at that time, but for the releaser, each once."""
    people = [
        person(approval.by)
        for approval in approvals
        if (approval.service, approval.version, approval.digest) == (service, version, digest)
        and approval.at <= at < approval.expires
    ]
    return tuple(dict.fromkeys(one for one in people if not releaser or one != person(releaser)))
