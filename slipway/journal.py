"""The journal of an environment, as verbs read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from release.journal import Attempt
    from stacks.settings import Settings


def attempts_of(settings: Settings, service: str) -> tuple[Attempt, ...]:
    """The attempts to release the service, newest first; none where there is no journal yet.

    Raises `AwsFault`, `JournalError` and `Mistake` when they cannot be read.
    """
    from account.aws_faults import AwsFault
    from account.journal_store import JournalStore
    from slipway.project import open_aws

    try:
        return JournalStore(open_aws(settings), settings.journal_bucket).attempts(service)
    except AwsFault as fault:
        if fault.code == "NoSuchBucket":
            return ()
        raise
