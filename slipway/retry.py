"""`slipway retry`: another try of a release that failed, which nobody makes by accident."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from slipway import evidence, options
from slipway.stop import Mistake

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from release.journal import Attempt
    from stacks.settings import Settings


@click.command(short_help="Try a failed release again.")
@options.environment
@options.service
@click.option("-v", "--version", metavar="VERSION", help="What to try again; the stack file's version, unless said.")
@click.option("--reason", required=True, metavar="TEXT", help="Why it will do better now, for the journal.")
@options.yes
def retry(environment: str, service: str, version: str | None, reason: str, yes: bool) -> int:  # noqa: FBT001 - click's way
    """Try a failed release of SERVICE in ENV again, and follow it until it runs or has failed.

    A failed release is in quarantine: `pulumi up` does not start it again. A retry raises `attempt` in the service's
    section of the stack file, and writes the reason into the journal.
    """
    from slipway.change import Change
    from slipway.deploy import check_image, check_version_rule, runs_line, section, with_section
    from slipway.project import Project, check_environment, check_service
    from slipway.pulumi_command import Pulumi
    from slipway.put_back import release
    from slipway.show import note
    from slipway.stack_edit import release_edits, with_release

    check_environment(environment)
    check_service(service)
    why = evidence.words("--reason", reason)
    project = Project.find()
    config = project.config(environment)
    settings = project.settings(environment, config)
    if version is not None:
        check_version_rule(environment, version)
    options.check_answerable(yes=yes)
    now = section(config, service)
    attempts = _attempts(settings, service)
    wanted = version or _failed_version(settings, service, now, attempts)
    _check_ended(environment, wanted, attempts)
    number = next_attempt(service, wanted, now, attempts)
    settings = project.settings(environment, with_section(config, service, with_release(now, wanted, number)))
    check_image(settings, service, wanted)
    pulumi = Pulumi(project.root, environment, evidence.variables(reason=why))
    change = Change(
        service=service,
        version=wanted,
        edits=release_edits(service, now, wanted, number),
        message=f"retry {service} {wanted}: {why}",
    )
    note(f"{service} in {environment}: {wanted} again, attempt {number}")
    for edit in change.edits:
        note(f"$ {pulumi.shown(*edit.shown())}")
    applied = release(pulumi, project, settings, change, yes=yes)
    click.echo(runs_line(environment, service, wanted, applied))
    return 0


def next_attempt(service: str, version: str, now: Mapping[str, Any], attempts: Sequence[Attempt]) -> int:
    """A number that no try of the version had: neither in the journal nor in the service's section, `now`."""
    from stacks.dials import ATTEMPTS

    first, most = ATTEMPTS
    tried = [one.begun.attempt for one in attempts if one.begun.version == version]
    current = now.get("attempt") if now.get("version") == version else None
    number = max(first, current or first, *tried) + 1
    if number > most:
        raise Mistake(f"{service} {version} was tried {most} times: release another version. Nothing was changed")
    return number


def _attempts(settings: Settings, service: str) -> tuple[Attempt, ...]:
    from account.aws_faults import AwsFault
    from release.journal import JournalError
    from slipway.journal import attempts_of

    try:
        return attempts_of(settings, service)
    except (AwsFault, JournalError) as trouble:
        raise Mistake(f"{trouble}. Nothing was changed") from trouble


def _failed_version(settings: Settings, service: str, now: Mapping[str, Any], attempts: Sequence[Attempt]) -> str:
    """The stack file's version, when there is something to try again about it."""
    environment, version = settings.environment, now.get("version")
    failed = attempts[0].begun.version if attempts and attempts[0].quarantined else None
    hint = f"; to try {failed} again, add -v {failed}" if failed else ""
    if version is None:
        raise Mistake(f"-s {service}: Pulumi.{environment}.yaml asks for no version of it{hint}. Nothing was changed")
    last = next((one for one in attempts if one.begun.version == version), None)
    if last is not None and last.verified:
        say = hint or f"; to deploy it once more all the same, add -v {version}"
        raise Mistake(f"{service} {version} did not fail in {environment}, it was verified{say}. Nothing was changed")
    return str(version)


def _check_ended(environment: str, version: str, attempts: Sequence[Attempt]) -> None:
    last = attempts[0] if attempts else None
    if last is not None and last.ended is None and last.begun.version == version:
        raise Mistake(
            f"attempt {last.begun.attempt} of {last.begun.service} {version} has not ended: "
            f"`pulumi up -s {environment}` goes on with it. Nothing was changed"
        )
