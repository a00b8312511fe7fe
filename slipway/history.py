"""`slipway history`: who released what, when, and how it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from slipway import options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from release.history import Update


@click.command(short_help="Show past updates and their versions.")
@options.environment
@options.any_service
@click.option("-n", "--limit", type=click.IntRange(min=1), default=20, show_default=True, help="How many updates.")
@options.as_json
def history(environment: str, service: str | None, limit: int, as_json: bool) -> int:  # noqa: FBT001 - click's way
    """Show past updates of ENV, newest first, with the versions they asked for."""
    from slipway.project import Project, check_environment, check_service
    from slipway.pulumi_command import Pulumi
    from slipway.show import show_json, show_table

    check_environment(environment)
    if service:
        check_service(service)
    updates = Pulumi(Project.find().root, environment).history(limit)
    services = [service] if service else sorted({name for update in updates for name in update.services})
    if as_json:
        show_json([_as_json(update, services) for update in updates])
    else:
        columns = ("time (UTC)", "kind", "result", "took", *services, "message")
        rows = [_cells(update, services) for update in updates]
        show_table(columns, rows, empty=f"{environment} has no history yet")
    return 0


def _cells(update: Update, services: Sequence[str]) -> tuple[str, ...]:
    return (
        f"{update.started:%Y-%m-%d %H:%M:%S}",
        update.kind,
        update.result,
        _took(update),
        *(update.version(service) for service in services),
        update.message.splitlines()[0] if update.message else "",
    )


def _took(update: Update) -> str:
    if update.ended is None:
        return ""
    seconds = round((update.ended - update.started).total_seconds())
    return f"{seconds} s" if seconds < 60 else f"{seconds // 60} min {seconds % 60} s"  # noqa: PLR2004 - seconds a minute


def _as_json(update: Update, services: Sequence[str]) -> dict[str, object]:
    return {
        "started": update.started.isoformat(),
        "ended": update.ended.isoformat() if update.ended else None,
        "kind": update.kind,
        "result": update.result,
        "author": update.author,
        "message": update.message,
        "services": {service: update.version(service) for service in services if update.version(service)},
    }
