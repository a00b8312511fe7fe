"""What is said and written of a deployment that a person has stopped. Whoever sees its end first says the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.approval import person
from release.journal import Ended, Outcome

if TYPE_CHECKING:
    from datetime import datetime

    from release.journal import Aborted

CAUSE = "stopped by a person"
"""As `release.cause` names it."""


def stopped(name: str, aborted: Aborted, now: str) -> str:
    """One line for `auth-service 1.1.0`: who stopped it, why, what ECS does now, and how it is tried again."""
    why = f": {aborted.reason.rstrip('.')}" if aborted.reason else ", for no reason that was given"
    return (
        f"{name} does not run: its deployment was stopped, as {person(aborted.who)} asked{why}. "
        f"{now}. To try it again, run `slipway retry --reason ...`"
    )


def ended_by_stop(name: str, aborted: Aborted, now: str, at: datetime) -> Ended:
    """The end of an attempt that nobody waited for."""
    return Ended(
        outcome=Outcome.STOPPED,
        at=at,
        cause=CAUSE,
        sentence=stopped(name, aborted, now),
        deployment=aborted.deployment,
        closed_later=True,
    )
