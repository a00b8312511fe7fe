"""`slipway abort`: stops the deployment of a service that is in flight, and ECS goes back to what ran before."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from time import sleep
from typing import TYPE_CHECKING, Final

import click

from slipway import evidence, options
from slipway.stop import Mistake, NotRunning

if TYPE_CHECKING:
    from datetime import timedelta

    from account.deployment_stop import ServiceDeployment
    from account.session import AwsSession
    from release.journal import Aborted, Attempt
    from stacks.settings import Settings

PAUSE: Final = 1.0
"""Seconds between two looks."""
LONGEST: Final = 3600.0
"""Seconds after which nobody waits any more. ECS goes on."""


@click.command(short_help="Stop a deployment in flight; ECS goes back.")
@options.environment
@options.service
@evidence.reason
@options.yes
def abort(environment: str, service: str, reason: str | None, yes: bool) -> int:  # noqa: FBT001 - click's way
    """Stop the deployment of SERVICE in ENV that is in flight, and wait until ECS has gone back to what ran before.

    The `pulumi up` that waits for it fails at once, and says who stopped it. The release is in quarantine then:
    `slipway retry` tries it again. Exit code 2 when nothing is in flight.
    """
    from slipway.project import Project, check_environment, check_service
    from slipway.show import note

    check_environment(environment)
    check_service(service)
    why = evidence.words("--reason", reason)
    settings = Project.find().settings(environment)
    options.check_answerable(yes=yes)
    found = in_flight(settings, service)
    if found is None:
        raise Mistake(
            f"ECS has no deployment of {service} in flight in {environment}: there is nothing to stop"
            f"{_begun(settings, service)}. Nothing was changed"
        )
    for line in shown(found):
        note(line)
    if not (yes or found.goes_back or click.confirm("Stop it?", err=True)):
        raise NotRunning(f"{found.name} was not stopped: nothing was changed")
    click.echo(stop_deployment(settings, found, why))
    return 0


@dataclass(frozen=True, kw_only=True)
class InFlight:
    """A deployment that has not ended, and the attempt that it belongs to."""

    service: str
    """As the catalogue names it."""
    environment: str
    deployment: ServiceDeployment
    attempt: Attempt | None
    """None where Slipway did not begin it, or where there is no journal yet."""

    @property
    def revision(self) -> str:
        """`auth-service:7`."""
        return _short(self.deployment.task_definition)

    @property
    def name(self) -> str:
        """`auth-service 1.1.0`, as far as the journal tells."""
        return f"{self.service} {self.attempt.begun.version if self.attempt else f'({self.revision})'}"

    @property
    def goes_back(self) -> bool:
        """Whether ECS takes it back already."""
        return self.deployment.status.abandoned


class TooLate(NotRunning):
    """ECS was done with the deployment before it could be stopped: what it brought runs."""


def in_flight(settings: Settings, service: str) -> InFlight | None:
    """What of the service is in flight; None when nothing is. Raises `Mistake` when that cannot be told."""
    from account.aws_faults import AwsFault
    from account.deployment_stop import under_way
    from release.journal import JournalError, attempt_behind
    from slipway.journal import attempts_of
    from slipway.project import open_aws

    try:
        seen = under_way(open_aws(settings), settings.names.cluster, settings.names.service(service))
        if seen is None:
            return None
        attempt = attempt_behind(
            attempts_of(settings, service), service, task_definition=seen.task_definition, deployment=seen.arn
        )
    except (AwsFault, JournalError) as trouble:
        raise Mistake(f"{settings.environment}: {trouble}. Nothing was changed") from trouble
    return InFlight(service=service, environment=settings.environment, deployment=seen, attempt=attempt)


def _begun(settings: Settings, service: str) -> str:
    """What to do about a release that has begun, but that ECS does not deploy: it migrates first, or is verified."""
    from account.aws_faults import AwsFault
    from release.journal import JournalError, newest
    from slipway.journal import attempts_of

    try:
        last = newest(attempts_of(settings, service), service)
    except (AwsFault, JournalError):
        return ""
    if last is None or last.ended:
        return ""
    return f". {last.begun.version} has begun and not ended: Ctrl-C ends the `pulumi up` that follows it"


def shown(found: InFlight) -> list[str]:
    """What is about to be stopped."""
    from release.approval import person
    from slipway.show import aligned

    seen, begun = found.deployment, found.attempt.begun if found.attempt else None
    back = "what ran before"
    if seen.first:
        back = "nothing, it is the first deployment: ECS starts no more tasks of it, those that it has started may stay"
    rows = [
        ("deployment", f"{found.name} in {found.environment}"),
        ("revision", found.revision),
        ("status", f"{seen.status}{f', {seen.reason}' if seen.reason else ''}"),
        *((("traffic", f"{seen.traffic:g} %"),) if seen.traffic is not None else ()),
        ("since", _age(seen.age)),
        *((("begun by", person(begun.who)),) if begun else ()),
        ("goes back to", back),
    ]
    return [f"  {line}" for line in aligned(rows)]


def stop_deployment(settings: Settings, found: InFlight, reason: str = "") -> str:
    """Stops what is in flight, with a word in the journal of who asked and why, and waits until ECS has gone back.

    Returns one line that says what runs now. Raises `Mistake` when nothing was changed, `TooLate` when ECS was done
    with the deployment before it was asked, and `NotRunning` when it refused or could not go back.
    """
    from account.aws_faults import AwsFault
    from account.session import STEADY
    from slipway.project import open_aws

    session = open_aws(settings, STEADY)
    try:
        aborted = None if found.goes_back else _written(session, settings, found, reason)
        accepted = not found.goes_back and _stopped(session, found)
        ended = _gone_back(session, found)
        now = _what_runs(session, settings, found)
        ours = accepted and not ended.given_up_by_ecs
        if ours and aborted and found.attempt:
            _close(session, settings, found.attempt, aborted, now)
    except AwsFault as fault:
        raise NotRunning(f"nobody knows what became of the deployment of {found.name}: {fault}") from fault
    return _told(found, ended, now, ours=ours)


def _stopped(session: AwsSession, found: InFlight) -> bool:
    """Whether ECS took the stop; False where it was ahead of it."""
    from account.aws_faults import AwsFault
    from account.deployment_stop import stop
    from slipway.show import note

    try:
        accepted = stop(session, found.deployment.arn)
    except AwsFault as fault:
        raise NotRunning(f"{found.name} was not stopped: {fault}") from fault
    note(
        f"{found.name} is stopped: ECS goes back"
        if accepted
        else f"{found.name} cannot be stopped any more: its deployment has ended, or goes back already"
    )
    return accepted


def _written(session: AwsSession, settings: Settings, found: InFlight, reason: str) -> Aborted | None:
    """The word in the journal, before ECS is asked. Who asked first stands there."""
    from account.aws_faults import AwsFault
    from account.journal_store import JournalStore
    from release.approval import person
    from release.journal import Aborted
    from slipway.show import note

    if found.attempt is None:
        note(f"the journal has no attempt that this deployment of {found.service} belongs to: nothing is written there")
        return None
    arn = found.deployment.arn
    mine = Aborted(at=datetime.now(UTC), who=session.caller, deployment=arn, reason=reason)
    store, begun = JournalStore(session, settings.journal_bucket), found.attempt.begun
    try:
        if store.abort(begun, mine):
            return mine
        first = store.aborted(begun)
    except AwsFault as fault:
        by_hand = f"aws ecs stop-service-deployment --stop-type ROLLBACK --service-deployment-arn {arn}"
        raise Mistake(
            f"{found.name} was not stopped, for the journal does not take who asks for it: {fault}. Nothing was "
            f"changed; without a trace in the journal: {by_hand}"
        ) from fault
    if first:
        note(f"{person(first.who)} asked for it at {first.at:%H:%M} UTC already; that word stands in the journal")
    return first


def _gone_back(session: AwsSession, found: InFlight) -> ServiceDeployment:
    """The deployment once it has ended."""
    from account.deployment_stop import look
    from slipway.progress import Progress

    waited = 0.0
    with Progress(found.name) as progress:
        while True:
            seen = look(session, found.deployment.arn)
            if seen is None:
                raise NotRunning(f"{found.service} does not run in {found.environment}: it was deleted meanwhile")
            if seen.status.ended:
                return seen
            if waited >= LONGEST:
                raise NotRunning(f"{found.name} still goes back after {_age(seen.age)} ({seen.status}): ECS goes on")
            progress.tell(f"{seen.status}, {waited:.0f} s")
            sleep(PAUSE)
            waited += PAUSE


def _what_runs(session: AwsSession, settings: Settings, found: InFlight) -> str:
    """`1.0.0 runs (auth-service:1), 2 of 2 tasks`."""
    from release.journal import JournalError
    from slipway.journal import attempts_of
    from slipway.live import look

    name = settings.names.service(found.service)
    live = look(session, settings.names.cluster, [name]).get(name)
    if live is None or not live.running:
        return "nothing runs"
    try:
        attempts = attempts_of(settings, found.service)
    except JournalError:
        attempts = ()
    known = (one.begun.version for one in attempts if one.begun.task_definition == live.task_definition)
    revision, version = _short(live.task_definition), next(known, "")
    runs = f"{version} runs ({revision})" if version else f"{revision} runs"
    return f"{runs}, {live.running} of {live.desired} tasks"


def _close(session: AwsSession, settings: Settings, attempt: Attempt, aborted: Aborted, now: str) -> None:
    """Writes the end of an attempt that no `pulumi up` waits for; one that waits has written it by now.

    Where the journal does not take it now, the next `pulumi up` writes it.
    """
    from account.aws_faults import AwsFault
    from account.journal_store import JournalStore
    from release.abort import ended_by_stop

    name = f"{attempt.begun.service} {attempt.begun.version}"
    ended = ended_by_stop(name, aborted, f"Now {now}", datetime.now(UTC))
    with suppress(AwsFault):
        JournalStore(session, settings.journal_bucket).end(attempt.begun, ended)


def _told(found: InFlight, ended: ServiceDeployment, now: str, *, ours: bool) -> str:
    """One line; raises `NotRunning` where ECS did not go back."""
    from release.deployment_status import DeploymentStatus

    service, environment = found.service, found.environment
    if ended.status is DeploymentStatus.SUCCESSFUL:
        raise TooLate(
            f"{found.name} was deployed in {environment} before it could be stopped: {now}. "
            f"`slipway rollback -e {environment} -s {service}` takes it back"
        )
    did = f"{'is stopped' if ours else 'was going back already'} in {environment}"
    if ended.first:
        return f"{found.name} {did}, and there was nothing to go back to: {now}"
    if ended.status is DeploymentStatus.ROLLBACK_FAILED:
        why = f" ({ended.reason.rstrip('.')})" if ended.reason else ""
        raise NotRunning(f"{found.name} {did}, but ECS could not go back{why}: {now}")
    return f"{found.name} {did}: {now}"


def _short(arn: str) -> str:
    return arn.rsplit("/", 1)[-1]


def _age(age: timedelta) -> str:
    seconds = max(0, round(age.total_seconds()))
    return f"{seconds // 60} min {seconds % 60} s" if seconds >= 60 else f"{seconds} s"  # noqa: PLR2004 - a minute
