"""A release that, when it fails, leaves behind a stack file that says what runs, if people want that.

A stack file that still asks for a failed release makes every further `pulumi up` fail, also one for another service.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from slipway.change import Applied, Change, ReleaseFailed, alone, apply, make
from slipway.stop import Mistake, NotRunning

if TYPE_CHECKING:
    from slipway.project import Project
    from slipway.pulumi_command import Pulumi
    from stacks.settings import Settings


def release(pulumi: Pulumi, project: Project, settings: Settings, change: Change, *, yes: bool) -> Applied:
    """Applies the change. When its release fails, the file is put back to the version that runs, if people say so."""
    try:
        return apply(pulumi, project.stack_file(settings.environment), settings, change, yes=yes)
    except ReleaseFailed as failed:
        if failed.killed or failed.verified is None or failed.verified.version == change.version:
            raise
        said = _put_back(pulumi, project, settings, change, failed.verified.version, yes=yes)
        if said is None:
            raise
        raise NotRunning(f"{failed.facts}\n  {said}") from failed


def _put_back(
    pulumi: Pulumi, project: Project, settings: Settings, change: Change, version: str, *, yes: bool
) -> str | None:
    """What became of it, in one line; None when people want the file as it is."""
    file = project.stack_file(settings.environment).name
    open_still = goes_on(settings, change)
    if open_still:
        return f"{file} still asks for {change.version}, for {open_still}; `pulumi up -s {pulumi.stack}` follows it"
    if not yes and not _agreed(f"Put {file} back to {change.service} {version}, which runs?"):
        return None
    try:
        return _edit(pulumi, project, settings, change, version)
    except Mistake as trouble:
        return f"{file} could not be put back to {change.service} {version}: {trouble}"


def _edit(pulumi: Pulumi, project: Project, settings: Settings, change: Change, version: str) -> str:
    from slipway.deploy import section
    from slipway.stack_edit import release_edits

    stack_file = project.stack_file(settings.environment)
    with alone(pulumi, stack_file):
        now = section(project.config(settings.environment), change.service)
        if now.get("version") != change.version:
            return f"{stack_file.name} was changed meanwhile, and stays as it is"
        make(pulumi, stack_file, release_edits(change.service, now, version))
    again = f"slipway retry -e {pulumi.stack} -s {change.service} -v {change.version} --reason ..."
    return f"{stack_file.name} is put back to {change.service} {version}, which runs; to try again: {again}"


def goes_on(settings: Settings, change: Change) -> str:
    """Why the release may still come to run; empty when the journal says that it has ended, or knows nothing of it."""
    from account.aws_faults import AwsFault
    from release.journal import JournalError, newest
    from slipway.journal import attempts_of

    try:
        last = newest(attempts_of(settings, change.service), change.service)
    except (AwsFault, JournalError, Mistake) as trouble:
        return f"nobody knows whether that release has ended ({trouble})"
    if last is not None and last.ended is None and last.begun.version == change.version:
        return "that release has not ended"
    return ""


def _agreed(question: str) -> bool:
    try:
        return click.confirm(question, default=True, err=True)
    except click.Abort:
        return False
