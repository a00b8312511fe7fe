"""What a rollback would do: which release comes back, under which definition, and what the stack file says for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from slipway.stop import Mistake

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from account.former_release import FormerRelease
    from account.session import AwsSession
    from release.history import Update
    from release.journal import Attempt
    from release.migration import MigrationRun
    from slipway.project import Project
    from stacks.settings import Settings

CLOCKS: Final = timedelta(seconds=30)
"""How far the clocks of those who wrote history and journal may be apart."""
OWN_KEYS: Final = ("attempt", "pin")
"""What a section says of one release alone, and what never comes back with another."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One rollback."""

    service: str
    version: str
    digest: str
    now: Mapping[str, Any]
    """The service's section of the stack file."""
    then: Mapping[str, Any]
    """What it becomes."""
    task_definition: str
    """ARN of the revision that comes back; empty: one of today's definition is made."""
    since: datetime | None = None
    """When the release that comes back was verified last."""
    by: str = ""
    """Who released it."""
    before: FormerRelease | None = None
    """The revision that is asked for now, as far as ECS has it."""
    former: FormerRelease | None = None
    migrations: tuple[MigrationRun, ...] = ()
    """Migrations that ran since then."""
    remarks: tuple[str, ...] = field(default=())

    @property
    def irreversible(self) -> tuple[str, ...]:
        """Versions whose migration was marked irreversible, and ran since."""
        return tuple(one.begun.version for one in self.migrations if one.begun and one.begun.irreversible)


def plan_from_journal(
    session: AwsSession,
    settings: Settings,
    service: str,
    target: Attempt,
    *,
    attempts: Sequence[Attempt],
    updates: Sequence[Update],
    now: Mapping[str, Any],
) -> Plan:
    """The exact revision comes back, with the settings of that time. Raises `Mistake` where something of it is gone."""
    from account.former_release import describe, look

    begun = target.begun
    repository = settings.names.repository(service)
    former = look(session, begun.task_definition, repository, begun.digest)
    if former.gone:
        what = f"{service} {begun.version} cannot come back as it was: {'; '.join(former.gone)}"
        instead = _instead(session, settings, target, attempts, former)
        raise Mistake(f"{what}. {instead}. Nothing was changed")
    pin = pin_of(settings, service, target, former)
    then = {key: value for key, value in section_of(target, updates, service).items() if key not in OWN_KEYS}
    then |= {"version": begun.version, "pin": pin}
    number = next_attempt(attempts, pin)
    if number > 1:
        then["attempt"] = number
    running = _asked_for(attempts, begun.task_definition)
    return Plan(
        service=service,
        version=begun.version,
        digest=begun.digest,
        now=now,
        then=then,
        task_definition=begun.task_definition,
        since=target.ended.at if target.ended else begun.at,
        by=begun.who,
        before=look_quietly(describe(session, running)),
        former=former,
        migrations=migrations_since(session, settings, service, target),
        remarks=former.unchecked,
    )


def look_quietly(definition: Mapping[str, Any]) -> FormerRelease | None:
    """The revision as it reads, whatever is left of what it names."""
    from account.former_release import FormerRelease

    return FormerRelease(definition=definition) if definition else None


def pin_of(settings: Settings, service: str, target: Attempt, former: FormerRelease) -> dict[str, Any]:
    """What the stack file says to hold the service to that revision."""
    from account.former_release import secret_name
    from stacks.catalogue import by_name

    begun = target.begun
    pin: dict[str, Any] = {
        "version": begun.version,
        "revision": int(begun.task_definition.rpartition(":")[2]),
        "digest": begun.digest,
    }
    definition = by_name()[service]
    declared = {secret.secret for secret in definition.secrets}
    named = {f"parameter/{one.parameter.removeprefix('/')}" for one in definition.parameters}
    dropped = {
        "secrets": [arn for arn in former.secrets if secret_name(arn) not in declared],
        "parameters": [arn for arn in former.parameters if secret_name(arn) not in named],
    }
    return pin | {key: arns for key, arns in dropped.items() if arns}


def section_of(target: Attempt, updates: Sequence[Update], service: str) -> Mapping[str, Any]:
    """The service's section of the stack file at that release: as it was written then, by Pulumi's history; else as the
    journal has it, with every default."""
    begun = target.begun
    for update in updates:
        ended = update.ended or begun.at
        if update.started - CLOCKS <= begun.at <= ended + CLOCKS and update.version(service) == begun.version:
            return update.services[service]
    return begun.config


def next_attempt(attempts: Sequence[Attempt], pin: Mapping[str, Any]) -> int:
    """The attempt's number: an unfinished one is gone on with, and one that failed keeps nobody from another."""
    tries = [one for one in attempts if (one.begun.config.get("pin") or {}).get("revision") == pin["revision"]]
    if not tries:
        return 1
    last = max(one.begun.attempt for one in tries)
    newest = tries[0]
    return last + 1 if newest.ended is not None and not newest.verified else newest.begun.attempt


def migrations_since(
    session: AwsSession, settings: Settings, service: str, target: Attempt
) -> tuple[MigrationRun, ...]:
    """The migrations that succeeded after the release that comes back had."""
    from account.journal_store import JournalStore

    runs = JournalStore(session, settings.journal_bucket).migration_runs(service)
    since = target.ended.at if target.ended else target.begun.at
    return tuple(one for one in runs if one.ended and one.ended.succeeded and one.ended.at > since)


def _asked_for(attempts: Sequence[Attempt], target: str) -> str:
    """ARN of the revision that was tried last, where it is another one than the target."""
    newest = attempts[0].begun.task_definition if attempts else ""
    return newest if newest != target else ""


def _instead(
    session: AwsSession, settings: Settings, target: Attempt, attempts: Sequence[Attempt], former: FormerRelease
) -> str:
    """What can come back, where the target cannot."""
    from account.former_release import look
    from release.rollback_target import alternatives

    service = target.begun.service
    repository, environment = settings.names.repository(service), settings.environment
    ways = []
    for other in alternatives(attempts, service, target):
        if not look(session, other.begun.task_definition, repository, other.begun.digest).gone:
            ways.append(f"`slipway rollback -e {environment} -s {service} --to {other.begun.version}` works")
            break
    if not any(gone.startswith("image ") for gone in former.gone):
        ways.append("--with-current-definition takes its image under today's definition")
    return "; or ".join(ways) or "Release a version that is there"


def plan_under_todays_definition(service: str, target: Attempt, now: Mapping[str, Any]) -> Plan:
    """The old image alone comes back: everything else stays as it is."""
    begun, since = target.begun, target.ended.at if target.ended else target.begun.at
    then = {key: value for key, value in now.items() if key not in OWN_KEYS} | {"version": begun.version}
    return Plan(
        service=service, version=begun.version, digest=begun.digest, now=now, then=then, task_definition="", since=since
    )


def plan_from_history(service: str, update: Update, now: Mapping[str, Any]) -> Plan:
    """What Pulumi's history knows, where there is no journal: version and settings, under today's definition."""
    then = {key: value for key, value in update.services[service].items() if key not in OWN_KEYS}
    return Plan(
        service=service,
        version=update.version(service),
        digest="",
        now=now,
        then=then,
        task_definition="",
        since=update.started,
        by=update.author,
        remarks=("the journal knows no release of it, so that its revision is not known: one is made anew",),
    )


def checked_settings(project: Project, environment: str, config: Mapping[str, Any], plan: Plan) -> Settings:
    """The settings with the section that comes back. Raises `Mistake` where they no longer load."""
    from slipway.deploy import with_section

    try:
        return project.settings(environment, with_section(config, plan.service, plan.then))
    except Mistake as wrong:
        raise Mistake(
            f"{plan.service} {plan.version} cannot come back with its settings of that time: {wrong}. "
            "--with-current-definition keeps today's settings. Nothing was changed"
        ) from wrong
