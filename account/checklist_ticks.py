"""The items of the SOP's checklists that a machine can tick: how it sees that they are so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from release.approval import approvers
from release.journal import last_verified, verified_digest

if TYPE_CHECKING:
    from account.session import AwsSession
    from release.gates import Candidate, Demands
    from release.question import Question


def ticked(session: AwsSession, question: Question, demands: Demands, candidate: Candidate) -> Iterator[str]:
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
