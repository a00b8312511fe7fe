"""`slipway history`: who released what, when, and how it ended."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import click

from slipway import options

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from release.history import Update
    from release.journal import Attempt
    from release.record import Release
    from slipway.project import Project

WIDE: Final = 200
"""Columns of a terminal that shows digest and revision as well."""
SHORT_COMMIT: Final = 8
SHORT_DIGEST: Final = 19
"""`sha256:` and twelve digits."""


@click.command(short_help="Show past updates, and the releases of a service.")
@options.environment
@options.any_service
@click.option("-n", "--limit", type=click.IntRange(min=1), default=20, show_default=True, help="How many.")
@options.as_json
def history(environment: str, service: str | None, limit: int, as_json: bool) -> int:  # noqa: FBT001 - click's way
    """Show past updates of ENV, newest first; with -s the releases of SERVICE, by the journal and Pulumi's history.

    ENTRY is what `slipway config-of` takes.
    """
    from release.record import entries
    from slipway.project import Project, check_environment
    from slipway.pulumi_command import Pulumi
    from slipway.show import show_json, show_table

    check_environment(environment)
    project = Project.find()
    pulumi = Pulumi(project.root, environment)
    if service:
        releases = _releases(project, environment, service, pulumi.history())[:limit]
        if as_json:
            show_json([_release_as_json(release) for release in releases])
        else:
            _show_releases(releases, empty=f"{service} was never released in {environment}")
        return 0
    updates = pulumi.history(limit + 1)  # the one before tells whether two began in one second
    listed = list(zip(entries(updates), updates, strict=True))[:limit]
    services = sorted({name for _, update in listed for name in update.services})
    if as_json:
        show_json([_as_json(entry, update, services) for entry, update in listed])
    else:
        columns = ("entry", "time (UTC)", "kind", "result", "took", *services, "message")
        rows = [_cells(entry, update, services) for entry, update in listed]
        show_table(columns, rows, empty=f"{environment} has no history yet")
    return 0


def _releases(project: Project, environment: str, service: str, updates: Sequence[Update]) -> Sequence[Release]:
    """The record of the service. One that neither history nor the journal has heard of must be in the catalogue."""
    from release.record import record, services_of
    from slipway.project import check_service

    attempts = _attempts(project, environment, service)
    if service not in services_of(attempts, updates):
        check_service(service)
    return record(service, attempts, updates)


def _attempts(project: Project, environment: str, service: str) -> Sequence[Attempt]:
    """The journal's attempts; where it cannot be read a line says so, and history is told alone."""
    from account.aws_faults import AwsFault
    from release.journal import JournalError
    from slipway import journal
    from slipway.show import note
    from slipway.stop import Mistake

    try:
        return journal.attempts_of(project.settings(environment), service)
    except (AwsFault, JournalError, Mistake) as trouble:
        why = str(trouble).partition("\n")[0]
        note(f"the journal cannot be read, this is what Pulumi's history knows alone: {why}")
        return ()


def _show_releases(releases: Sequence[Release], *, empty: str) -> None:
    from shutil import get_terminal_size

    from slipway.show import show_table

    wide = options.is_terminal(sys.stdout) and get_terminal_size().columns >= WIDE
    more = ("digest", "revision") if wide else ()
    columns = ("entry", "time (UTC)", "version", "purpose", "outcome", "took", "who", "commit", "reason", *more)
    rows = [_release_cells(release)[: len(columns)] for release in releases]
    show_table(columns, rows, empty=empty)


def _release_cells(release: Release) -> tuple[str, ...]:
    return (
        release.entry,
        f"{release.at:%Y-%m-%d %H:%M:%S}",
        release.version,
        release.purpose,
        release.outcome,
        _took(release.at, release.ended),
        release.author.rpartition(":")[2].removeprefix("assumed-role/"),
        release.commit[:SHORT_COMMIT],
        release.reason.partition("\n")[0],
        release.digest[:SHORT_DIGEST],
        release.revision,
    )


def _release_as_json(release: Release) -> dict[str, object]:
    return {
        "entry": release.entry,
        "service": release.service,
        "at": release.at.isoformat(),
        "ended": release.ended.isoformat() if release.ended else None,
        "version": release.version,
        "digest": release.digest,
        "revision": release.revision,
        "config": dict(release.config),
        "outcome": release.outcome,
        "verified": release.verified,
        "author": release.author,
        "commit": release.commit,
        "reason": release.reason,
        "purpose": release.purpose,
        "overrides": [override.model_dump(mode="json") for override in release.overrides],
        "source": release.source.value,
    }


def _cells(entry: str, update: Update, services: Sequence[str]) -> tuple[str, ...]:
    return (
        entry,
        f"{update.started:%Y-%m-%d %H:%M:%S}",
        update.kind,
        update.result,
        _took(update.started, update.ended),
        *(update.version(service) for service in services),
        update.message.splitlines()[0] if update.message else "",
    )


def _took(began: datetime, ended: datetime | None) -> str:
    if ended is None:
        return ""
    seconds = round((ended - began).total_seconds())
    return f"{seconds} s" if seconds < 60 else f"{seconds // 60} min {seconds % 60} s"  # noqa: PLR2004 - seconds a minute


def _as_json(entry: str, update: Update, services: Sequence[str]) -> dict[str, object]:
    return {
        "entry": entry,
        "started": update.started.isoformat(),
        "ended": update.ended.isoformat() if update.ended else None,
        "kind": update.kind,
        "result": update.result,
        "author": update.author,
        "message": update.message,
        "services": {service: update.version(service) for service in services if update.version(service)},
    }
