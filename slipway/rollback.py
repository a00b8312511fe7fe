"""`slipway rollback`: the last good release of one service again, just as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from slipway import evidence, options
from slipway.stop import Mistake, NotRunning

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from release.journal import Attempt
    from slipway.project import Project
    from slipway.pulumi_command import Pulumi
    from slipway.rollback_plan import Plan
    from stacks.settings import Settings


@click.command(short_help="Put a service back to its last good release.")
@options.environment
@options.service
@click.option("--to", metavar="VERSION", help="Go back to this version instead of the last good one.")
@click.option("--with-current-definition", is_flag=True, help="The old image under today's definition and settings.")
@click.option("--across-migrations", is_flag=True, help="Go back although an irreversible migration ran since.")
@click.option("--dry-run", is_flag=True, help="Show what would be traded for what; change nothing.")
@evidence.reason
@options.yes
def rollback(  # noqa: PLR0917 - click's way
    environment: str,
    service: str,
    to: str | None,
    with_current_definition: bool,  # noqa: FBT001 - click's way
    across_migrations: bool,  # noqa: FBT001 - click's way
    dry_run: bool,  # noqa: FBT001 - click's way
    reason: str | None,
    yes: bool,  # noqa: FBT001 - click's way
) -> int:
    """Put SERVICE in ENV back to the last release of it that was verified, and is not what was tried last.

    Its settings of that time and the exact revision of its task definition come back (`pin` in the stack file); other
    services stay as they are. The next release of another version drops the pin.
    """
    from slipway.change import Change, apply, preview
    from slipway.deploy import runs_line
    from slipway.project import Project, check_environment, check_service
    from slipway.pulumi_command import Pulumi
    from slipway.rollback_plan import checked_settings
    from slipway.rollback_text import show, show_commit
    from slipway.stack_edit import section_edits

    check_environment(environment)
    check_service(service)
    project = Project.find()
    config = project.config(environment)
    settings = project.settings(environment, config)
    if not dry_run:
        options.check_answerable(yes=yes)
    pulumi = Pulumi(project.root, environment, evidence.variables(reason=reason))
    plan = plan_for(project, settings, pulumi, service, to=to or "", current_definition=with_current_definition)
    settings = checked_settings(project, environment, config, plan)
    show(plan, environment, predicted=predicted(settings, plan))
    if plan.digest:
        _ask_gates(project, settings, plan)
    if plan.irreversible and not across_migrations:
        raise Mistake(
            f"the irreversible migration of {', '.join(plan.irreversible)} ran since {service} {plan.version}: see "
            f"that {plan.version} works with the data, then add --across-migrations. Nothing was changed"
        )
    message = f"roll {service} back to {plan.version}{f': {reason}' if reason else ''}"
    change = Change(
        service=service, version=plan.version, edits=section_edits(service, plan.now, plan.then), message=message
    )
    stack_file = project.stack_file(environment)
    if dry_run:
        return 0 if preview(pulumi, stack_file, change) else 1
    before = stack_file.read_text()
    try:
        applied = apply(pulumi, stack_file, settings, change, yes=yes)
    finally:
        show_commit(stack_file, before, message)
    click.echo(runs_line(environment, service, plan.version, applied))
    return 0


def plan_for(
    project: Project, settings: Settings, pulumi: Pulumi, service: str, *, to: str, current_definition: bool
) -> Plan:
    """What would come back, by the journal; by Pulumi's history where the journal knows no release of the service."""
    from account.aws_faults import AwsFault
    from release.rollback_target import NoTarget, rollback_target
    from slipway import rollback_plan
    from slipway.deploy import section
    from slipway.project import open_aws

    now = section(project.config(settings.environment), service)
    session = open_aws(settings)
    try:
        attempts = attempts_of(settings, service)
        if not any(attempt.verified for attempt in attempts):
            return _from_history(settings, pulumi, service, to, now)
        target = rollback_target(attempts, service, to)
        if current_definition:
            begun, ended = target.begun, target.ended
            return rollback_plan.plan_under_todays_definition(
                service, begun.version, begun.digest, now, since=ended.at if ended else begun.at
            )
        return rollback_plan.plan_from_journal(
            session, settings, service, target, attempts=attempts, updates=pulumi.history(), now=now
        )
    except NoTarget as nowhere:
        raise Mistake(f"{nowhere}. Nothing was changed") from nowhere
    except AwsFault as fault:
        raise Mistake(f"{fault}. Nothing was changed") from fault


def attempts_of(settings: Settings, service: str) -> Sequence[Attempt]:
    """The journal's attempts; one that cannot be read stops a rollback: what would come back is not known."""
    from release.journal import JournalError
    from slipway import journal

    try:
        return journal.attempts_of(settings, service)
    except JournalError as trouble:
        raise Mistake(
            f"{trouble}: what was verified is not known. `slipway config-of` shows what Pulumi's history has. "
            "Nothing was changed"
        ) from trouble


def predicted(settings: Settings, plan: Plan) -> float:
    """Seconds that the deployment should take."""
    from stacks.catalogue import by_name
    from stacks.rollout_model import expectation_of

    return expectation_of(settings, by_name()[plan.service], plan.version).predicted


def _from_history(settings: Settings, pulumi: Pulumi, service: str, to: str, now: Mapping[str, Any]) -> Plan:
    from release.history import HistoryError, rollback_target, update_with
    from slipway.deploy import check_image
    from slipway.rollback_plan import plan_from_history

    history = pulumi.history()
    try:
        if to:
            update = update_with(history, service, to)
        else:
            verified = pulumi.verified().get(settings.names.service(service))
            update = rollback_target(history, service, verified=verified.version if verified else "")
    except HistoryError as nowhere:
        raise Mistake(f"{nowhere}. Nothing was changed") from nowhere
    check_image(settings, service, update.version(service))
    return plan_from_history(service, update, now)


def _ask_gates(project: Project, settings: Settings, plan: Plan) -> None:
    """Shows what only warns a rollback. What refuses it as well ends it here, before anything is changed."""
    from release.gates import judge
    from slipway.check import gather_for
    from slipway.rollback_text import show_warned

    gathered = gather_for(project, settings, plan.service, plan.version)
    verdict = judge(gathered.candidate, settings.demands, preview=False)
    show_warned(verdict.warned)
    if plan.task_definition and verdict.refused:
        raise NotRunning(
            f"{plan.service} {plan.version} is refused in {settings.environment}:\n{verdict.text}\nNothing was changed"
        )
