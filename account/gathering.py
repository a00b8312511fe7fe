"""What the gates must know of the world, asked of AWS once for each service and run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from account.aws_faults import AwsFault
from account.journal_store import JournalStore
from account.session import STEADY, AwsPlace, AwsSession, open_session
from release.approval import approvers
from release.gates import Candidate, Demands
from release.journal import Attempt, JournalError, last_verified, purpose_of, verified_digest
from release.question import Question

if TYPE_CHECKING:
    from release.approval import Approval

UNDER_WAY: Final = ("PENDING", "IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS")
"""Statuses of a service deployment that has not ended (AWS: "ServiceDeployment")."""
NO_SERVICE: Final = frozenset({"ServiceNotFoundException", "ClusterNotFoundException"})


def place_of(question: Question) -> AwsPlace:
    """Where to ask."""
    return AwsPlace(account=question.account, region=question.region, role_arn=question.role_arn)


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """The candidate, and what it takes to write its begin into the journal."""

    candidate: Candidate
    attempts: tuple[Attempt, ...]
    newest_deployment: str
    """ARN; empty when the service was never deployed."""
    session: AwsSession


def gather(question: Question, demands: Demands, *, digest: str, bucket: str) -> Gathered:
    """Asks AWS. `bucket` is the environment's journal; empty when it is yet to be made. Raises `AwsFault`."""
    session = open_session(place_of(question), STEADY)
    attempts, trouble = _attempts(session, bucket, question.service)
    before, trouble_before = _attempts_before(session, question, demands)
    approvals = _approvals(session, bucket, question) if not trouble else ()
    newest, other = _deployments(session, question)
    candidate = Candidate(
        environment=question.environment,
        service=question.service,
        version=question.version,
        digest=digest,
        purpose=purpose_of(attempts, question.service, digest, question.attempt),
        now=datetime.now(UTC),
        releaser=session.caller,
        history=attempts,
        history_before=before,
        journal_trouble=trouble,
        trouble_before=trouble_before,
        approvals=approvals,
        changelog=question.changelog,
        findings=_findings(session, question, digest) if demands.worst_finding else None,
        alarming=_alarming(session, question.alarms),
        other_deployment=other,
    )
    ticked = tuple(_ticked(session, question, demands, candidate))
    attested = tuple(item for approval in _of_digest(approvals, question.version, digest) for item in approval.attests)
    return Gathered(
        candidate=replace(candidate, attested=tuple(dict.fromkeys((*ticked, *attested)))),
        attempts=attempts,
        newest_deployment=newest,
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


def _deployments(session: AwsSession, question: Question) -> tuple[str, str]:
    """ARN of the newest service deployment; and of the one that is under way, if any."""
    try:
        page = session.call("ecs", "list_service_deployments", cluster=question.cluster, service=question.ecs_service)
    except AwsFault as fault:
        if fault.code in NO_SERVICE:
            return "", ""
        raise
    found = sorted(page["serviceDeployments"], key=lambda one: one["createdAt"], reverse=True)
    if not found:
        return "", ""
    newest = str(found[0]["serviceDeploymentArn"])
    return newest, newest if found[0]["status"] in UNDER_WAY else ""


def _findings(session: AwsSession, question: Question, digest: str) -> tuple[tuple[str, int], ...] | None:
    """AWS: "DescribeImageScanFindings"; None when the image was not scanned."""
    try:
        answer = session.call(
            "ecr",
            "describe_image_scan_findings",
            repositoryName=question.repository,
            imageId={"imageDigest": digest},
            maxResults=1,
        )
    except AwsFault as fault:
        if fault.code in {"ScanNotFoundException", "ImageNotFoundException"}:
            return None
        raise
    if answer.get("imageScanStatus", {}).get("status") not in {"COMPLETE", "ACTIVE"}:
        return None
    counts = answer.get("imageScanFindings", {}).get("findingSeverityCounts", {})
    return tuple(sorted(counts.items()))


def _alarming(session: AwsSession, names: tuple[str, ...]) -> tuple[str, ...]:
    if not names:
        return ()
    answer = session.call("cloudwatch", "describe_alarms", AlarmNames=list(names), StateValue="ALARM")
    found = [*answer.get("MetricAlarms", ()), *answer.get("CompositeAlarms", ())]
    return tuple(str(alarm["AlarmName"]) for alarm in found)


def _ticked(session: AwsSession, question: Question, demands: Demands, candidate: Candidate) -> Iterator[str]:
    """The items of the checklist that a machine can tick, and that are so."""
    for item in demands.checklist:
        seen = _TICKS.get(item.name)
        if seen is not None and seen(session, question, demands, candidate):
            yield item.name


def _verified_before(_s: AwsSession, _q: Question, _d: Demands, candidate: Candidate) -> bool:
    return bool(verified_digest(candidate.history_before, candidate.service, candidate.digest))


def _approved(_s: AwsSession, _q: Question, demands: Demands, candidate: Candidate) -> bool:
    people = approvers(
        candidate.approvals,
        service=candidate.service,
        version=candidate.version,
        digest=candidate.digest,
        at=candidate.now,
        releaser="" if demands.releaser_may_approve else candidate.releaser,
    )
    return len(people) >= demands.approvals


def _task_definition_kept(session: AwsSession, _q: Question, _d: Demands, candidate: Candidate) -> bool:
    """Whether the definition of the last good release can still be gone back to; where there is none, none is lost."""
    last = last_verified(candidate.history, candidate.service)
    if last is None or not last.begun.task_definition:
        return True
    answer = session.call("ecs", "describe_task_definition", taskDefinition=last.begun.task_definition)
    return bool(answer["taskDefinition"]["status"] == "ACTIVE")


def _alarms_configured(session: AwsSession, question: Question, _d: Demands, _c: Candidate) -> bool:
    """Whether any alarm watches the service."""
    page = session.call("cloudwatch", "describe_alarms", AlarmTypes=["MetricAlarm"])
    while True:
        for alarm in page.get("MetricAlarms", ()):
            metrics = [alarm, *(one.get("MetricStat", {}).get("Metric", {}) for one in alarm.get("Metrics", ()))]
            named = {dimension["Value"] for metric in metrics for dimension in metric.get("Dimensions", ())}
            if question.ecs_service in named:
                return True
        if not page.get("NextToken"):
            return False
        page = session.call("cloudwatch", "describe_alarms", AlarmTypes=["MetricAlarm"], NextToken=page["NextToken"])


_TICKS: Final[dict[str, Callable[[AwsSession, Question, Demands, Candidate], bool]]] = {
    "staging-verified": _verified_before,
    "test-verified": _verified_before,
    "approvals": _approved,
    "task-definition-kept": _task_definition_kept,
    # The migration is a part of the release, and runs before the service is touched.
    "migrations-ready": lambda *_: True,
    "alarms-configured": _alarms_configured,
    # The settings were read without a mistake, or nobody would ask.
    "configuration-valid": lambda *_: True,
}
"""Item of a checklist -> how a machine sees that it is so. All others a person attests."""
