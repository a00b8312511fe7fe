"""From facts to a verdict: does the requested release run? Pure.

The table of what `Rollout` decides stands in `judge`; everything else here words it for people.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from provider.facts import short, target_group_name
from provider.fail_fast import hopeless_cause
from provider.production_traffic import command, home, misrouted, told
from provider.progress import course
from provider.task_health import unproven
from release.cause import Cause, Confidence, diagnose
from release.deployment_status import DeploymentStatus
from release.evidence import Evidence
from release.journal import Outcome

if TYPE_CHECKING:
    from provider.facts import Deployment, ServiceFacts, Shares, StoppedTask, Task


class State(StrEnum):
    """What is true of a release at one look."""

    RUNS = "runs"
    UNDERWAY = "underway"
    """ECS is bringing it up, or taking it back."""
    PAUSED = "paused"
    """ECS waits for a person to let it go on, or back."""
    SETTLING = "settling"
    """ECS has deployed it, but tasks or targets are not all well. This passes, or it becomes a failure."""
    ASTRAY = "astray"
    """It does well, but not all traffic goes where it is: somebody has moved it. ECS may just not say so yet."""
    NOT_STARTED = "not started"
    """ECS knows no deployment of it, yet."""
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class Release:
    """What was asked for."""

    service: str
    version: str
    task_definition: str
    digest: str
    target_groups: tuple[str, ...] = ()
    predicted: float | None = None
    """Seconds that its deployment should take; None where nobody has predicted it."""
    after: str | None = None
    """ARN of the newest service deployment before this attempt, or an empty one: only what came later is this
    attempt's, and it must have come. None: whichever deployment brought the task definition will do."""


@dataclass(frozen=True, kw_only=True)
class Known:
    """The release that was verified before this one: it gives the running task definition its version."""

    version: str
    task_definition: str


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The state, the sentence for it, and what supports it."""

    state: State
    sentence: str
    deployment: str = ""
    """ARN of the service deployment that this is about; empty when there is none."""
    evidence: tuple[str, ...] = ()
    outcome: Outcome | None = None
    """How the attempt ended; None for as long as it has not."""
    cause: str = ""
    """Name of the cause of a failure, where one was found."""

    @property
    def text(self) -> str:
        """The sentence, then the evidence, indented."""
        return "\n".join([self.sentence, *(f"  {line}" for line in self.evidence)])


def judge(release: Release, facts: ServiceFacts, known: Known | None = None) -> Verdict:
    """Says whether the release runs, comes, failed, or was never started.

    The deployment that counts is the newest one of the requested task definition; a later one of another task
    definition means that somebody else has changed the service.
    """
    return _of_deployment(release, facts, known) or _verified(release, facts)


def _of_deployment(release: Release, facts: ServiceFacts, known: Known | None) -> Verdict | None:
    """What follows from ECS's deployments alone; None when ECS says that the release is deployed."""
    own = facts.own
    if own and own.status.abandoned:
        return _taken_back(release, facts, own, known)
    if own and not own.status.ended:
        state = State.PAUSED if own.paused_at else State.UNDERWAY
        return Verdict(state=state, sentence=progress(release, facts), deployment=own.arn)
    if facts.task_definition == release.task_definition and (own or release.after is None):
        return None
    if own:
        return Verdict(
            state=State.FAILED,
            sentence=_replaced(release, facts, known),
            deployment=own.arn,
            outcome=Outcome.OTHER_REVISION,
        )
    return Verdict(state=State.NOT_STARTED, sentence=_never_started(release, facts, known))


def _verified(release: Release, facts: ServiceFacts) -> Verdict:
    """What the tasks and targets of a deployed release say."""
    arn = facts.own.arn if facts.own else ""
    if not facts.settled:
        return Verdict(state=State.SETTLING, sentence=progress(release, facts), deployment=arn)
    strangers = _tasks_with_another_image(release, facts)
    if strangers:
        return Verdict(
            state=State.FAILED,
            sentence=_wrong_image(release, strangers[0]),
            deployment=arn,
            outcome=Outcome.OTHER_REVISION,
        )
    problems = _problems(release, facts)
    if problems:
        sentence = f"{_name(release)} is deployed, but {problems[0]}"
        return Verdict(state=State.SETTLING, sentence=sentence, deployment=arn, evidence=problems[1:])
    astray = misrouted(facts, own_addresses(release, facts))
    if astray:
        return _astray(release, facts, astray, arn)
    return Verdict(
        state=State.RUNS,
        sentence=f"{_name(release)} runs: {_counts(release, facts)}",
        deployment=arn,
        outcome=Outcome.SUCCEEDED,
    )


def progress(release: Release, facts: ServiceFacts) -> str:
    """One short line for the resource's row: `tasks 1/2 running, 0/2 healthy`."""
    own = facts.own
    if own and own.status.abandoned:
        return f"ECS takes {release.version} back: {_cause(release, facts, own).sentence}"
    counts = _counts(release, facts)
    if own and own.paused_at:
        return (
            f"{counts}; paused at {own.paused_at}: "
            f"`slipway continue` lets {short(own.arn)} go on, `slipway abort` takes it back"
        )
    return counts + course(own, facts.now, release.predicted) if own and not own.status.ended else counts


def unsettled(verdict: Verdict, minutes: float) -> str:
    """The text for a release that ECS calls deployed, but that did not become well in time."""
    sentence = (
        f"{verdict.sentence}, for {minutes:g} min now. "
        "Look at the service's events and targets, then run `pulumi up` again"
    )
    return replace(verdict, sentence=sentence).text


def _counts(release: Release, facts: ServiceFacts) -> str:
    running = sum(task.running for task in _own_tasks(release, facts))
    parts = [f"tasks {running}/{facts.desired} running"]
    parts += [f"{_healthy(release, facts, group)}/{facts.desired} healthy" for group in release.target_groups]
    return ", ".join(parts)


def _own_tasks(release: Release, facts: ServiceFacts) -> list[Task]:
    return [task for task in facts.tasks if task.task_definition == release.task_definition]


def own_addresses(release: Release, facts: ServiceFacts) -> set[str]:
    """Where the release's tasks are."""
    return {task.address for task in _own_tasks(release, facts) if task.address}


def _healthy(release: Release, facts: ServiceFacts, group: str) -> int:
    addresses = own_addresses(release, facts)
    return sum(
        target.group == group and target.state == "healthy" and target.address in addresses for target in facts.targets
    )


def _tasks_with_another_image(release: Release, facts: ServiceFacts) -> list[Task]:
    """Tasks of this task definition that run, but none of whose containers has the requested image.

    A task that has not pulled its image yet knows no digest, and proves nothing.
    """
    return [
        task
        for task in _own_tasks(release, facts)
        if task.running and task.digests and release.digest not in task.digests
    ]


def _problems(release: Release, facts: ServiceFacts) -> tuple[str, ...]:
    problems = []
    running = [task for task in _own_tasks(release, facts) if task.running]
    if len(running) != facts.desired:
        problems.append(f"{len(running)} of {facts.desired} tasks run")
    blind = [task for task in running if release.digest not in task.digests]
    if blind:
        problems.append(f"ECS does not say which image task {blind[0].id} runs")
    for group in release.target_groups:
        healthy = _healthy(release, facts, group)
        if healthy < facts.desired:
            problems.append(f"{healthy} of {facts.desired} targets are healthy{_why_unhealthy(facts, group)}")
    return (*problems, *unproven(running, facts, checked=bool(release.target_groups)))


def _astray(release: Release, facts: ServiceFacts, shares: Shares, deployment: str) -> Verdict:
    """No outcome of the attempt: the release is not to blame, and its quarantine would mend nothing."""
    homes = home(facts, shares, own_addresses(release, facts))
    if shares.percent is None:
        remedy = "Run `pulumi up --refresh`, which makes it again"
    else:
        remedy = "ECS owns it, so Pulumi leaves it alone: type the command below, then `pulumi up`"
    sentence = (
        f"{_name(release)} is deployed, but its listener rule was changed outside ECS and Pulumi: traffic goes "
        f"{told(shares)}; all of it belongs to {' and '.join(sorted(map(target_group_name, homes)))}, where its tasks "
        f"are. {remedy}"
    )
    evidence = () if shares.percent is None else (command(shares, homes),)
    return Verdict(state=State.ASTRAY, sentence=sentence, deployment=deployment, evidence=evidence)


def _why_unhealthy(facts: ServiceFacts, group: str) -> str:
    reasons = [
        target.reason
        for target in facts.targets
        if target.group == group and target.state in ("initial", "unhealthy") and target.reason
    ]
    return f" ({reasons[0]})" if reasons else ""


def _taken_back(release: Release, facts: ServiceFacts, own: Deployment, known: Known | None) -> Verdict:
    if not own.status.ended:
        return Verdict(state=State.UNDERWAY, sentence=progress(release, facts), deployment=own.arn)
    cause = _cause(release, facts, own)
    sentence = (
        f"{_name(release)} does not run: {_WHAT_HAPPENED[own.status]}: {_clean(cause.sentence)}. "
        f"{what_runs(facts, known)}. {_remedy(release, facts, known, cause)}"
    )
    return Verdict(
        state=State.FAILED,
        sentence=sentence,
        deployment=own.arn,
        evidence=evidence_of(facts, own),
        outcome=_outcome(release, facts, own),
        cause=cause.name,
    )


def _outcome(release: Release, facts: ServiceFacts, own: Deployment) -> Outcome:
    """A deployment that could never succeed has failed, whoever stopped it: `provider.fail_fast` does."""
    outcome = outcome_of(own, facts)
    return Outcome.FAILED if outcome is Outcome.STOPPED and hopeless_cause(release, facts) else outcome


def outcome_of(own: Deployment, facts: ServiceFacts) -> Outcome:
    """How an abandoned deployment ended, for the journal."""
    if replaced(own, facts):
        return Outcome.REPLACED
    if own.triggered_alarms:
        return Outcome.ALARM_ROLLED_BACK if own.status is DeploymentStatus.ROLLBACK_SUCCESSFUL else Outcome.FAILED
    if own.breaker_triggered and own.status is DeploymentStatus.ROLLBACK_SUCCESSFUL:
        return Outcome.BREAKER_ROLLED_BACK
    if own.breaker_triggered and not facts.running:
        return Outcome.NOTHING_TO_GO_BACK_TO
    if _BY_A_PERSON.search(f"{own.reason} {own.rollback_reason}"):
        return Outcome.STOPPED
    return Outcome.FAILED


def replaced(own: Deployment, facts: ServiceFacts) -> bool:
    """Whether the service was deployed again since."""
    latest = facts.latest
    return latest is not None and latest.arn != own.arn and latest.created_at > own.created_at


_BY_A_PERSON = re.compile("user-initiated stop|stopped by user", re.IGNORECASE)
"""ECS's words for a deployment that StopServiceDeployment ended."""


_WHAT_HAPPENED = {
    DeploymentStatus.ROLLBACK_SUCCESSFUL: "ECS rolled it back",
    DeploymentStatus.ROLLBACK_FAILED: "its deployment failed and ECS could not roll it back",
    DeploymentStatus.STOPPED: "its deployment was stopped",
}


def _cause(release: Release, facts: ServiceFacts, own: Deployment) -> Cause:
    """Why it failed, by the rules of `release.cause`; where none fits, in ECS's own words."""
    stopped = first_failure(facts.stopped)
    cause = diagnose(
        Evidence(
            service=release.service,
            version=release.version,
            stopped_reason=stopped.reason if stopped else "",
            container=stopped.container if stopped else "",
            container_reason=stopped.container_reason if stopped else "",
            exit_code=stopped.exit_code if stopped else None,
            ran_for=stopped.ran_for if stopped else None,
            log=stopped.log if stopped else (),
            target_reason=next((target.reason for target in facts.targets if target.state == "unhealthy"), ""),
            check=facts.check,
            service_event=facts.trouble,
            alarms=facts.alarms,
            stopped_by="somebody" if stopped is None and _outcome(release, facts, own) is Outcome.STOPPED else "",
        )
    )
    if cause.confidence is not Confidence.NONE:
        return cause
    words = _clean(stopped.container_reason or stopped.reason) if stopped else ""
    words = words or _clean(own.rollback_reason or own.reason) or "ECS gave no reason"
    return replace(cause, sentence=words)


def first_failure(stopped: tuple[StoppedTask, ...]) -> StoppedTask | None:
    """The first task that ended though it was wanted: later ones often only repeat it."""
    return next((task for task in stopped if not task.retired), None)


def evidence_of(facts: ServiceFacts, own: Deployment) -> tuple[str, ...]:
    """ECS's own words on an abandoned deployment, and the first task that failed in it."""
    lines = [f"service deployment {short(own.arn)}: {own.status}"]
    lines += [_clean(reason) for reason in dict.fromkeys((own.reason, own.rollback_reason)) if reason]
    task = first_failure(facts.stopped)
    if task:
        lines.append(f"first stopped task {task.id}: {_clean(task.reason)}")
        lines += [f"log: {line}" for line in task.log]
    return tuple(lines)


def what_runs(facts: ServiceFacts, known: Known | None) -> str:
    """`Now 1.0.0 (auth-service:1) runs, 2 of 2 tasks`."""
    if not facts.running:
        return "Now nothing runs"
    runs = short(facts.task_definition)
    if known and known.task_definition == facts.task_definition:
        runs = f"{known.version} ({runs})"
    return f"Now {runs} runs, {facts.running} of {facts.desired} tasks"


def _remedy(release: Release, facts: ServiceFacts, known: Known | None, cause: Cause) -> str:
    back = known and known.task_definition == facts.task_definition and known.version != release.version
    way = f"set the version back to {known.version}" if back and known else "set a version that is known to run"
    return f"{cause.remedy[0].upper()}{cause.remedy[1:]}. Or {way}, and run `pulumi up`"


def _never_started(release: Release, facts: ServiceFacts, known: Known | None) -> str:
    return (
        f"{_name(release)} does not run: ECS has no deployment of {short(release.task_definition)}. "
        f"{what_runs(facts, known)}. The service was changed outside Pulumi: run `pulumi up --refresh`"
    )


def _replaced(release: Release, facts: ServiceFacts, known: Known | None) -> str:
    return (
        f"{_name(release)} does not run any more: the service was moved to {short(facts.task_definition)} "
        f"outside Pulumi. {what_runs(facts, known)}. To bring {release.version} back, run `pulumi up --refresh`"
    )


def _wrong_image(release: Release, task: Task) -> str:
    return (
        f"{_name(release)} does not run: task {task.id} of {short(release.task_definition)} runs the image "
        f"{', '.join(sorted(task.digests))} instead of {release.digest}. "
        "Check the image of the task definition, then run `pulumi up`"
    )


def _name(release: Release) -> str:
    return f"{release.service} {release.version}"


def _clean(reason: str) -> str:
    """ECS's words on one line, without the full stop, and with ARNs cut to names, to stand inside a sentence."""
    return _TARGET_GROUP.sub(r"\g<name>", " ".join(reason.split())).rstrip(".")


_TARGET_GROUP = re.compile(r"arn:[\w-]+:elasticloadbalancing:[\w:-]*:targetgroup/(?P<name>[\w-]+)/\w+")
