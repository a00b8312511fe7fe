"""A release whose deployment a person has stopped by `slipway abort`: it has failed at once, while ECS still goes back.

The journal knows who asked, ECS whether it happened. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provider.facts import short
from provider.verdict import State, Verdict, evidence_of, replaced, what_runs
from release.abort import CAUSE, stopped
from release.journal import Outcome

if TYPE_CHECKING:
    from provider.facts import Deployment, ServiceFacts
    from provider.verdict import Known, Release
    from release.journal import Aborted


def stopped_by_a_person(facts: ServiceFacts) -> Deployment | None:
    """The release's own deployment, where it ends and neither a breaker, an alarm nor a later deployment has ended it.

    ECS does not name who did. "Stopping Amazon ECS service deployments" documents the statuses, no words for the
    reason: what nothing else explains is taken for a person's stop where one was asked for: assumed.
    """
    own = facts.own
    if own is None or not own.status.abandoned or replaced(own, facts):
        return None
    return None if own.breaker_triggered or own.triggered_alarms else own


def verdict_on_stop(
    release: Release, facts: ServiceFacts, known: Known | None, own: Deployment, aborted: Aborted
) -> Verdict:
    """The end of a release whose own deployment was stopped because somebody asked for it."""
    return Verdict(
        state=State.FAILED,
        sentence=stopped(f"{release.service} {release.version}", aborted, _now(release, facts, known, own)),
        deployment=own.arn,
        evidence=evidence_of(facts, own),
        outcome=Outcome.STOPPED,
        cause=CAUSE,
    )


def _now(release: Release, facts: ServiceFacts, known: Known | None, own: Deployment) -> str:
    if not own.sources:
        return f"ECS has nothing to go back to: {facts.running} of {facts.desired} tasks are left"
    if own.status.ended:
        return what_runs(facts, known)
    if facts.task_definition == release.task_definition:
        return "ECS goes back to what ran before"
    version = f" ({known.version})" if known and known.task_definition == facts.task_definition else ""
    return f"ECS goes back to {short(facts.task_definition)}{version}"
