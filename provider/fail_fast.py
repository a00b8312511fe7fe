"""Stops a deployment that can never succeed, instead of waiting until the circuit breaker gives up.

The rule stands in `release.hopeless`. The deployment is followed on to its end, so what is told of it is the cause.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from account.aws_faults import AwsFault
from provider.task_health import does_well
from release.deployment_status import DeploymentStatus
from release.evidence import Evidence
from release.hopeless import Ended, hopeless

if TYPE_CHECKING:
    from provider.facts import Deployment, ServiceFacts, StoppedTask
    from provider.verdict import Release
    from release.cause import Cause

STOPPABLE: Final = frozenset({DeploymentStatus.PENDING, DeploymentStatus.IN_PROGRESS})
"""AWS: "Stopping Amazon ECS service deployments": documented. In the other states it ends anyway."""
NO_LONGER: Final = frozenset({"ConflictException"})
"""AWS: "StopServiceDeployment", for a deployment that has ended: assumed."""


class Stoppable(Protocol):
    """Looks at a service, and can stop its deployment."""

    def read(self) -> ServiceFacts | None:
        """The facts, or None when there is no such service."""

    def stop(self, deployment: str) -> None:
        """Stops a service deployment and rolls it back."""


class FailFast:
    """Looks at a service as the reader it wraps does; a deployment that a look finds hopeless is stopped, once."""

    def __init__(self, reader: Stoppable, release: Release) -> None:
        self._reader = reader
        self._release = release
        self._asked: set[str] = set()
        self.stopped: set[str] = set()
        """ARNs of the deployments that ECS has stopped because of it."""
        self._remarks: list[str] = []

    def read(self) -> ServiceFacts | None:
        """The reader's facts, of the moment before the stop."""
        facts = self._reader.read()
        own = facts.own if facts else None
        newest = facts.latest.arn if facts and facts.latest else ""
        if facts and own and own.status in STOPPABLE and own.arn == newest and own.arn not in self._asked:
            cause = hopeless_cause(self._release, facts)
            if cause:
                self._stop(own, cause)
        return facts

    def remarks(self) -> list[str]:
        """What is to be told of the stops since the last time."""
        told, self._remarks = self._remarks, []
        return told

    def _stop(self, own: Deployment, cause: Cause) -> None:
        """A stop that ECS refuses is no failure of its own: the deployment is followed on to whatever end it takes."""
        what = f"{self._release.service} {self._release.version} can never run: {cause.sentence}."
        try:
            self._reader.stop(own.arn)
        except AwsFault as fault:
            if fault.passing:
                return  # the next look tries again
            self._asked.add(own.arn)
            if fault.code not in NO_LONGER:
                self._remarks.append(f"{what} It could not be stopped ({fault}): waiting until ECS gives it up")
            return
        self._asked.add(own.arn)
        self.stopped.add(own.arn)
        back = "ECS goes back" if own.sources else "there is nothing to go back to"
        self._remarks.append(f"{what} Its deployment is stopped, {back}")


def hopeless_cause(release: Release, facts: ServiceFacts) -> Cause | None:
    """The cause for which the release's own deployment can never succeed, by its stopped tasks."""
    own = facts.own
    if own is None:
        return None
    ended = [_ended(release, task) for task in facts.stopped if not task.retired and _is_of(task, own)]
    return hopeless([task for task in ended if task], some_serve=_some_serve(release, facts))


def _is_of(task: StoppedTask, own: Deployment) -> bool:
    """Whether it was started in this deployment: one before may have brought the same task definition."""
    begin = task.created_at or task.stopped_at
    return begin is not None and begin >= own.created_at


def _ended(release: Release, task: StoppedTask) -> Ended | None:
    return Ended(at=task.stopped_at, evidence=_evidence_of(release, task)) if task.stopped_at else None


def _evidence_of(release: Release, task: StoppedTask) -> Evidence:
    """What one stopped task tells, as the rules of `release.cause` take it."""
    return Evidence(
        service=release.service,
        version=release.version,
        stopped_reason=task.reason,
        container=task.container,
        container_reason=task.container_reason,
        exit_code=task.exit_code,
        ran_for=task.ran_for,
        log=task.log,
    )


def _some_serve(release: Release, facts: ServiceFacts) -> bool:
    """Whether a task of the release does well: it is healthy in a target group, or, where there is none, runs longer
    than any that ended. One that runs for less may be about to crash as well."""
    own = [task for task in facts.tasks if task.task_definition == release.task_definition]
    if not release.target_groups:
        return any(does_well(task, facts) for task in own)
    addresses = {task.address for task in own}
    return any(target.state == "healthy" and target.address in addresses for target in facts.targets)
