"""`slipway rehearse`: what a release would do, told before anybody deploys it. No AWS is asked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from slipway import options
from slipway.stop import Mistake

if TYPE_CHECKING:
    from rollout.behaviour import Behaviour
    from rollout.strategy import Shifting


@click.command(short_help="Tell what a release would do, without AWS.")
@options.environment
@options.service
@click.option("-v", "--version", required=True, metavar="VERSION", help="The version to release, e.g. 1.5.0.")
@click.option("--from", "running", metavar="VERSION", help="The version that runs now. [the stack file's]")
@click.option("--behave", default="", metavar="HOW", help="What its tasks do, e.g. crash:after=20s. [healthy]")
@click.option("--strategy", metavar="HOW", help="How it takes over, e.g. canary:10%,5m. [the stack file's]")
@click.option("--pull", type=click.FloatRange(0, 3600), metavar="SECONDS", help="Time to pull the image. [18]")
@click.option(
    "--rps",
    type=click.FloatRange(0, 1e9),
    default=10,
    show_default=True,
    metavar="NUMBER",
    help="Requests a second that reach the service.",
)
@click.option("--longest-request", type=click.FloatRange(0, 86400), metavar="SECONDS", help="To judge draining by.")
@click.option(
    "--alarm",
    type=click.FloatRange(0, 86400),
    metavar="SECONDS",
    help="Watch an alarm that goes off after so long of errors. [the environment's]",
)
@click.option(
    "--html",
    "page",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Draw tasks, traffic and health into a page.",
)
@options.as_json
def rehearse(  # noqa: PLR0917 - click's way
    environment: str,
    service: str,
    version: str,
    running: str | None,
    behave: str,
    strategy: str | None,
    pull: float | None,
    rps: float,
    longest_request: float | None,
    alarm: float | None,
    page: Path | None,
    as_json: bool,  # noqa: FBT001
) -> int:
    """Tell what the release of VERSION of SERVICE in ENV would do: its timeline, its end, and what its timings cost.

    The model runs on the settings that `pulumi up` would use. Exit code 0: the release would run; 1: it would not.
    """
    from rollout.revision import Timings
    from slipway.deploy import check_version_rule, section, with_section
    from slipway.project import Project, check_environment, check_service
    from slipway.rehearsal import Asked, assumptions
    from slipway.rehearsal import rehearse as run_model
    from slipway.rehearsal_json import as_mapping
    from slipway.rehearsal_page import page_of
    from slipway.rehearsal_text import show
    from slipway.show import show_json
    from slipway.stack_edit import with_release
    from stacks.catalogue import by_name

    check_environment(environment)
    check_service(service)
    project = Project.find()
    config = project.config(environment)
    found = project.settings(environment, config).services[service].version
    check_version_rule(environment, version)
    settings = project.settings(
        environment, with_section(config, service, with_release(section(config, service), version))
    )
    shifting = settings.services[service].shifting if strategy is None else _shifting(strategy)
    definition = by_name()[service]
    if shifting and not definition.routed:
        raise Mistake(f"--strategy {strategy}: no traffic reaches {service}, so that none could be shifted; it rolls")
    asked = Asked(
        version=version,
        running=running or found,
        behaviour=_behaviour(behave),
        shifting=shifting,
        pull=Timings().pull if pull is None else pull,
        requests_per_second=rps,
        longest_request=longest_request,
        alarm=alarm,
    )
    rehearsal = run_model(settings, definition, asked)
    source = "--from" if running else project.stack_file(environment).name
    assumed = assumptions(rehearsal, source)
    if page:
        page.write_text(page_of(rehearsal, assumed), encoding="utf-8")
    if as_json:
        show_json(as_mapping(rehearsal, assumed))
    else:
        show(rehearsal, assumed)
    return 0 if rehearsal.succeeds else 1


def _behaviour(text: str) -> Behaviour:
    from rollout.behaviour import parse

    try:
        return parse(text)
    except ValueError as wrong:
        raise Mistake(f"--behave {text}: {wrong}") from wrong


def _shifting(text: str) -> Shifting | None:
    from rollout.strategy_text import parse

    try:
        return parse(text)
    except ValueError as wrong:
        raise Mistake(f"--strategy {text}: {wrong}") from wrong
