"""What the journal knows of the release that is followed, and what is written there when it has come to its end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Protocol

from provider.follow import ReleaseFailed
from release.journal import Aborted, Attempt, Begun, Ended, Outcome, last_verified, open_attempt, quarantine, unfinished

if TYPE_CHECKING:
    from provider.verdict import Release, Verdict


class Journal(Protocol):
    """The attempts of one service."""

    service: str
    """As the journal names it."""

    def attempts(self) -> tuple[Attempt, ...]:
        """The newest first."""

    def aborted(self, begun: Begun) -> Aborted | None:
        """Who asked for the attempt's stop."""

    def end(self, begun: Begun, ended: Ended) -> bool:
        """Writes an end, unless one is written already."""


NOBODY_SAW: Final = "the run that began it did not come to its end, and another release was begun since"


@dataclass(frozen=True, kw_only=True)
class AttemptRecord:
    """One release in the journal. Without a journal nothing is known and nothing is written."""

    release: Release
    journal: Journal | None
    held: Attempt | None
    """The failed attempt that keeps this release from being tried again."""
    begun: Begun | None
    """The begin of the attempt that goes on; None when nothing is being released."""
    last_verified: Attempt | None = None
    """The last attempt of the service that was seen to run as asked."""
    attempts: tuple[Attempt, ...] = ()
    """All that the journal had of the service when it was read, the newest first."""

    @classmethod
    def read(cls, journal: Journal | None, release: Release, release_hash: str, attempt: int) -> AttemptRecord:
        """From the journal, in which attempts of other releases are closed that nobody follows any more."""
        if journal is None:
            return cls(release=release, journal=None, held=None, begun=None)
        attempts = journal.attempts()
        found = open_attempt(attempts, journal.service, release_hash, attempt)
        if found:
            _close_others(journal, attempts, found)
        return cls(
            release=release,
            journal=journal,
            held=quarantine(attempts, journal.service, release_hash, attempt),
            begun=found.begun if found else None,
            last_verified=last_verified(attempts, journal.service),
            attempts=attempts,
        )

    @property
    def is_open(self) -> bool:
        """Whether the attempt has begun and not ended."""
        return self.begun is not None

    @property
    def after(self) -> str | None:
        """ARN of the newest deployment before the attempt; None when no attempt is open."""
        return self.begun.after if self.begun else None

    def refuse_in_quarantine(self) -> None:
        """Raises `ReleaseFailed`, with the recorded cause, for a release that failed before."""
        if self.held and self.held.ended:
            failed = f"{self.release.service} {self.release.version}"
            raise ReleaseFailed(
                f"{failed} failed before, and is in quarantine: {self.held.ended.sentence}\n"
                "Nothing was changed. Change the release, or ask for another try with `slipway retry --reason ...`"
            )

    def aborted(self, deployment: str) -> Aborted | None:
        """A person's word that this deployment of the attempt be stopped; None where nobody has given it."""
        found = self.journal.aborted(self.begun) if self.journal and self.begun else None
        return found if found and found.deployment == deployment else None

    def end(self, verdict: Verdict, sentence: str) -> None:
        """Writes how the attempt ended; nothing where it goes on, or where none was begun."""
        if self.journal is None or self.begun is None or verdict.outcome is None or not verdict.outcome.final:
            return
        ended = Ended(
            outcome=verdict.outcome,
            at=datetime.now(UTC),
            cause=verdict.cause,
            sentence=sentence.partition("\n")[0],
            deployment=verdict.deployment,
            timeline=verdict.evidence,
        )
        self.journal.end(self.begun, ended)


def _close_others(journal: Journal, attempts: tuple[Attempt, ...], going_on: Attempt) -> None:
    for one in unfinished(attempts, journal.service):
        if one.begun.at < going_on.begun.at:
            asked = f"; {one.aborted.who} had asked to stop it" if one.aborted else ""
            ended = Ended(outcome=Outcome.UNKNOWN, at=datetime.now(UTC), sentence=NOBODY_SAW + asked, closed_later=True)
            journal.end(one.begun, ended)
