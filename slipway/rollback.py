"""`slipway rollback`: the stack config of an earlier good release of one service, applied again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from slipway import evidence, options
from slipway.stop import Mistake

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from release.history import Update
    from slipway.pulumi_command import Pulumi


@click.command(short_help="Put a service back to its last good release.")
@options.environment
@options.service
@click.option("--to", metavar="VERSION", help="Go back to this version instead of the last good one.")
@evidence.reason
@options.yes
def rollback(environment: str, service: str, to: str | None, reason: str | None, yes: bool) -> int:  # noqa: FBT001 - click's way
    """Put SERVICE in ENV back to its last good release: its version and its settings of that time.

    What ran before is read from `pulumi stack history`. Other services stay as they are.
    """
    from slipway.change import Change, apply
    from slipway.deploy import check_image, runs_line, section, with_section
    from slipway.project import Project, check_environment, check_service
    from slipway.pulumi_command import Pulumi
    from slipway.show import note
    from slipway.stack_edit import section_edits

    check_environment(environment)
    check_service(service)
    project = Project.find()
    config = project.config(environment)
    options.check_answerable(yes=yes)
    pulumi = Pulumi(project.root, environment, evidence.variables(reason=reason))
    target = choose(pulumi, service, to, project.settings(environment).names.service(service))

    now = section(config, service)
    version = target.version(service)
    # Its attempts count anew: to come back is not to try again.
    then = {key: value for key, value in target.services[service].items() if key != "attempt"}
    settings = project.settings(environment, with_section(config, service, then))
    check_image(settings, service, version)
    edits = section_edits(service, now, then)
    note(f"{service} in {environment}: back to {version}, released {target.started:%Y-%m-%d %H:%M} UTC")
    show_trade(now, then)
    change = Change(service=service, version=version, edits=edits, message=f"roll {service} back to {version}")
    applied = apply(pulumi, project.stack_file(environment), settings, change, yes=yes)
    click.echo(runs_line(environment, service, version, applied))
    return 0


def choose(pulumi: Pulumi, service: str, to: str | None, name: str) -> Update:
    """The past update to restore. `name` is the service's name in ECS."""
    from release.history import HistoryError, rollback_target, update_with

    history = pulumi.history()
    try:
        if to:
            return update_with(history, service, to)
        verified = pulumi.verified().get(name)
        return rollback_target(history, service, verified=verified.version if verified else "")
    except HistoryError as nowhere:
        raise Mistake(f"{nowhere}. Nothing was changed") from nowhere


def show_trade(now: Mapping[str, Any], then: Mapping[str, Any]) -> None:
    """Says which values are traded for which."""
    from slipway.show import aligned, note
    from slipway.stack_edit import differences

    traded = differences(now, then)
    rows: Sequence[Sequence[str]] = [("dial", "now", "then"), *traded]
    for line in aligned(rows) if traded else ["the stack file says that already"]:
        note(f"  {line}")
