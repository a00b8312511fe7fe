"""What the gates must know of the world, asked of AWS once for each service and run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from account import checklist_ticks, preflight
from account.aws_faults import AwsFault
from account.journal_store import JournalStore
from account.session import STEADY, AwsPlace, AwsSession, open_session
from release.gates import Candidate, Demands
from release.journal import Attempt, JournalError, purpose_of
from release.question import Question

if TYPE_CHECKING:
    from release.approval import Approval


def place_of(question: Question) -> AwsPlace:
    """Where to ask."""
    return AwsPlace(account=question.account, region=question.region, role_arn=question.role_arn)


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """The candidate, and what it takes to write its begin into the journal."""

    candidate: Candidate
    attempts: tuple[Attempt, ...]
    newest_deployment: str | None
    """ARN; empty when the service was never deployed. None: the pinned revision is what runs, nothing is deployed."""
    session: AwsSession


def gather(question: Question, demands: Demands, *, digest: str, bucket: str) -> Gathered:
    """Asks AWS. `bucket` is the environment's journal; empty when it is yet to be made. Raises `AwsFault`."""
    session = open_session(place_of(question), STEADY)
    attempts, trouble = _attempts(session, bucket, question.service)
    before, trouble_before = _attempts_before(session, question, demands)
    approvals = _approvals(session, bucket, question) if not trouble else ()
    newest, other = preflight.deployments(session, question)
    candidate = Candidate(
        environment=question.environment,
        service=question.service,
        version=question.version,
        digest=digest,
        purpose=purpose_of(attempts, question.service, digest, question.attempt, question.pinned),
        now=datetime.now(UTC),
        releaser=session.caller,
        history=attempts,
        history_before=before,
        journal_trouble=trouble,
        trouble_before=trouble_before,
        approvals=approvals,
        changelog=question.changelog,
        findings=preflight.findings(session, question, digest) if demands.worst_finding else None,
        alarming=preflight.alarming(session, question.alarms),
        other_deployment=other,
        room=preflight.room(session, question),
    )
    ticked = tuple(checklist_ticks.ticked(session, question, demands, candidate))
    attested = tuple(item for approval in _of_digest(approvals, question.version, digest) for item in approval.attests)
    return Gathered(
        candidate=replace(candidate, attested=tuple(dict.fromkeys((*ticked, *attested)))),
        attempts=attempts,
        newest_deployment=None if not other and preflight.runs(session, question, question.pinned) else newest,
        session=session,
    )


def _attempts(session: AwsSession, bucket: str, service: str) -> tuple[tuple[Attempt, ...], str]:
    """The attempts, and why they cannot be read."""
    if not bucket:
        return (), ""
    try:
        return JournalStore(session, bucket).attempts(service), ""
    except (AwsFault, JournalError) as fault:
        return (), str(fault)


def _attempts_before(session: AwsSession, question: Question, demands: Demands) -> tuple[tuple[Attempt, ...], str]:
    """Those of the environment before, read with the credentials that release here: its bucket's policy lets them."""
    if not demands.promotes_from:
        return (), ""
    if not question.journal_before:
        return (), f"no stack file says where {demands.promotes_from} is"
    return _attempts(session, question.journal_before, question.service)


def _approvals(session: AwsSession, bucket: str, question: Question) -> tuple[Approval, ...]:
    if not bucket:
        return ()
    try:
        return JournalStore(session, bucket).approvals(question.service, question.version)
    except (AwsFault, JournalError):
        return ()  # what nobody can read counts for nothing


def _of_digest(approvals: tuple[Approval, ...], version: str, digest: str) -> Iterator[Approval]:
    now = datetime.now(UTC)
    return (one for one in approvals if (one.version, one.digest) == (version, digest) and one.at <= now < one.expires)
