"""`slipway continue`: lets a release go on that waits for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from slipway import options
from slipway.stop import Mistake, NotRunning

if TYPE_CHECKING:
    from account.deployment_pause import Pause
    from slipway.abort import InFlight
    from stacks.settings import Settings


@click.command(name="continue", short_help="Let a release go on that waits for a person.")
@options.environment
@options.service
@options.yes
def continue_release(environment: str, service: str, yes: bool) -> int:  # noqa: FBT001 - click's way
    """Let the release of SERVICE in ENV go on that waits at a pause (`hooks` in the stack file).

    `pulumi up`, or `slipway deploy` of the same version, then follows it to its end; `slipway abort` takes it back
    instead. Exit code 2 when nothing waits.
    """
    from slipway.abort import in_flight, shown
    from slipway.project import Project, check_environment, check_service
    from slipway.show import note

    check_environment(environment)
    check_service(service)
    settings = Project.find().settings(environment)
    options.check_answerable(yes=yes)
    found = in_flight(settings, service)
    waiting = _waiting(settings, found) if found else ()
    if found is None or not waiting:
        what = f"{found.name} is in flight and does not wait" if found else "ECS has no deployment of it in flight"
        raise Mistake(f"no release of {service} waits for a person in {environment}: {what}. Nothing was changed")
    for line in shown(found):
        note(line)
    stages = ", ".join(dict.fromkeys(pause.stage for pause in waiting))
    if not (yes or click.confirm(f"It waits at {stages}. Let it go on?", err=True)):
        raise NotRunning(
            f"{found.name} still waits at {stages}; `slipway abort -e {environment} -s {service}` takes it back"
        )
    _let_go_on(settings, found, waiting)
    click.echo(f"{found.name} goes on from {stages} in {environment}; `pulumi up -s {environment}` follows it")
    return 0


def _waiting(settings: Settings, found: InFlight) -> tuple[Pause, ...]:
    from account.aws_faults import AwsFault
    from account.deployment_pause import pauses
    from slipway.project import open_aws

    try:
        return pauses(open_aws(settings), found.deployment.arn)
    except AwsFault as fault:
        raise Mistake(f"{settings.environment}: {fault}. Nothing was changed") from fault


def _let_go_on(settings: Settings, found: InFlight, waiting: tuple[Pause, ...]) -> None:
    from account.aws_faults import AwsFault
    from account.deployment_pause import let_go_on
    from slipway.project import open_aws

    session = open_aws(settings)
    try:
        for pause in waiting:
            let_go_on(session, found.deployment.arn, pause)
    except AwsFault as fault:
        raise NotRunning(f"{found.name} may still wait: {fault}. Look with `slipway status`") from fault
