"""`slipway status`: what is wanted, what was verified, and what runs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import click

from slipway import options
from slipway.stop import Mistake

if TYPE_CHECKING:
    from slipway.live import Live
    from slipway.project import Project
    from slipway.pulumi_command import Verified
    from stacks.settings import Settings

COLUMNS = ("environment", "service", "wanted", "verified", "runs", "tasks", "healthy", "rollout", "task definition")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One service in one environment."""

    environment: str
    service: str
    wanted: str
    """The version in the stack file; empty when it was never released here."""
    pinned: str
    """The revision that a rollback holds it to, as `family:7`; empty where none does."""
    verified: str
    """The version that `Rollout` verified last."""
    digest: str
    task_definition: str
    """What ECS means to run."""
    running: int
    desired: int
    healthy: int
    targets: int
    rollout: str
    runs: bool | None
    """Whether the wanted version is the verified one, and ECS runs it with everything well. None: cannot be told."""
    problem: str = ""
    """Why it cannot be told."""


@click.command(short_help="Show what is wanted, verified and running.")
@options.any_environment
@options.any_service
@options.as_json
def status(environment: str | None, service: str | None, as_json: bool) -> int:  # noqa: FBT001 - click's way
    """Show what is wanted, verified and running. Exit code 1 when something wanted does not run."""
    from slipway.project import Project, check_environment, check_service, environments
    from slipway.show import show_json, show_table

    if environment:
        check_environment(environment)
    if service:
        check_service(service)
    project = Project.find()
    chosen = [environment] if environment else [one for one in environments() if project.stack_file(one).is_file()]
    with ThreadPoolExecutor(max_workers=len(chosen) or 1) as pool:
        found = list(pool.map(lambda one: rows_of(project, one, service, needed=bool(environment)), chosen))
    rows = [row for some in found for row in some]
    if as_json:
        show_json([asdict(row) for row in rows])
    else:
        show_table(COLUMNS, [_cells(row) for row in rows], empty="no service is released anywhere")
    problems = list(dict.fromkeys(row.problem for row in rows if row.problem))
    if problems:
        raise Mistake("\n".join(problems))
    return 0 if all(row.runs or not row.wanted for row in rows) else 1


def rows_of(project: Project, environment: str, service: str | None, *, needed: bool) -> list[Row]:
    """The rows of one environment.

    Where it was asked for by name, an account that cannot be looked at and a stack that does not exist yet are errors;
    among others they are gaps in the table.
    """
    from slipway.pulumi_command import Pulumi, PulumiFailed
    from slipway.pulumi_words import Trouble

    settings = project.settings(environment)
    wanted = {key: settings.names.service(key) for key in settings.services if service in (None, key)}
    try:
        verified = Pulumi(project.root, environment).verified()
    except PulumiFailed as failed:
        if needed or failed.trouble is not Trouble.NO_STACK:
            raise
        return [_row(settings, key, None, None) for key in wanted]
    try:
        live = _look(settings, list(wanted.values()))
    except Mistake as mistake:
        if needed:
            raise
        rows = [_row(settings, key, verified.get(name), None) for key, name in wanted.items()]
        return [replace(row, runs=None, problem=str(mistake)) for row in rows]
    return [_row(settings, key, verified.get(name), live.get(name)) for key, name in wanted.items()]


def _look(settings: Settings, services: list[str]) -> dict[str, Live]:
    from account.aws_faults import AwsFault
    from slipway.live import look
    from slipway.project import open_aws

    try:
        return look(open_aws(settings), settings.names.cluster, services)
    except AwsFault as fault:
        raise Mistake(f"{settings.environment}: {fault}") from fault


def _row(settings: Settings, service: str, verified: Verified | None, live: Live | None) -> Row:
    wanted, pin = settings.services[service].version or "", settings.services[service].pinned
    same = verified is not None and live is not None and verified.task_definition == live.task_definition
    pinned = f"{settings.names.service(service)}:{pin.revision}" if pin else ""
    held = not pin or (live is not None and live.task_definition.rpartition("/")[2] == pinned)
    return Row(
        environment=settings.environment,
        service=service,
        wanted=wanted,
        pinned=pinned,
        verified=verified.version if verified else "",
        digest=verified.digest if verified else "",
        task_definition=live.task_definition if live else "",
        running=live.running if live else 0,
        desired=live.desired if live else 0,
        healthy=live.healthy if live else 0,
        targets=live.targets if live else 0,
        rollout=live.rollout if live else "",
        runs=bool(verified and live and same and held and verified.version == wanted and live.well),
    )


def _cells(row: Row) -> tuple[str, ...]:
    there = bool(row.task_definition)
    return (
        row.environment,
        row.service,
        f"{row.wanted}, pinned to {row.pinned}" if row.pinned else row.wanted,
        row.verified,
        _runs(row),
        f"{row.running}/{row.desired}" if there else "",
        f"{row.healthy}/{row.targets}" if there and row.targets else "",
        row.rollout,
        row.task_definition.rsplit("/", 1)[-1],
    )


def _runs(row: Row) -> str:
    if row.runs is None:
        return "?"
    return "yes" if row.runs else "no" if row.wanted else ""
