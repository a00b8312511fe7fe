"""`slipway run`: a command, once, as a task of a service's own revision, beside its tasks."""

from __future__ import annotations

import shlex
from time import monotonic, sleep
from typing import TYPE_CHECKING, Final

import click

from slipway import options
from slipway.stop import Mistake, NotRunning

if TYPE_CHECKING:
    from account.one_off_task import OneOffTasks, TaskLog, TaskSeen, Template
    from stacks.settings import Settings

PAUSE: Final = 2.0
"""Seconds between two looks."""
LAST_LINES: Final = 5.0
"""Seconds that the last lines may take to arrive: CloudWatch Logs tells them later than ECS the end (*assumed*)."""


@click.command(short_help="Run a command once, as a task of a service.")
@options.environment
@options.service
@click.option(
    "--timeout",
    type=click.IntRange(1, 86_400),
    default=3_600,
    show_default=True,
    metavar="SECONDS",
    help="After which the task is stopped.",
)
@options.yes
@click.argument("command", nargs=-1, required=True)
def run(environment: str, service: str, timeout: int, yes: bool, command: tuple[str, ...]) -> int:  # noqa: FBT001 - click's way
    """Run COMMAND once in ENV, as a Fargate task of the revision that SERVICE runs.

    It has the service's variables, secrets, rights and network. What it logs is printed. Exit code 0 when it ends so.

    Put `--` before a command that has options: `slipway run -e test -s shop -- migrate --dry-run`. Nobody sends it
    traffic, and the service's own tasks go on. Interrupted here, the task goes on there.
    """
    from account.aws_faults import AwsFault
    from account.one_off_task import OneOffTasks, Refused, TaskLog
    from account.session import STEADY
    from slipway.project import Project, check_environment, check_service, open_aws
    from slipway.show import note

    check_environment(environment)
    check_service(service)
    settings = Project.find().settings(environment)
    options.check_answerable(yes=yes)
    session, name, words = open_aws(settings, STEADY), settings.names.service(service), shlex.join(command)
    tasks = OneOffTasks(session, settings.names.cluster, name)
    try:
        template = _template(tasks, settings, service)
        note(f"{words}: as a task of {template.revision} in {environment}, for {timeout} s at most")
        if not (yes or click.confirm("Run it?", err=True)):
            raise NotRunning(f"{words} was not run: nothing was changed")
        try:
            started = tasks.start(template, command)
        except Refused as refused:
            raise NotRunning(f"{words} was not run: ECS starts no task: {refused}") from refused
        log = TaskLog(session, settings.names.log_group(service), name, started.id)
        return _followed(tasks, log, started, words, timeout)
    except AwsFault as fault:
        raise NotRunning(f"{environment}: {words}: {fault}") from fault


def _template(tasks: OneOffTasks, settings: Settings, service: str) -> Template:
    from account.aws_faults import AwsFault

    try:
        template = tasks.template()
    except AwsFault as fault:
        raise Mistake(f"{settings.environment}: {fault}. Nothing was run") from fault
    if template is None:
        raise Mistake(f"{service} does not run in {settings.environment}: there is no revision to run; deploy it first")
    return template


def _followed(tasks: OneOffTasks, log: TaskLog, started: TaskSeen, words: str, timeout: int) -> int:
    from slipway.show import note

    note(f"task {started.id}")
    try:
        ended = _ended(tasks, log, started, timeout)
    except KeyboardInterrupt:
        cluster = started.arn.split("/")[-2]
        note(f"the task goes on; `aws ecs stop-task --cluster {cluster} --task {started.id}` ends it")
        raise
    _print(log, LAST_LINES)
    if ended is None:
        raise NotRunning(f"{words}: how task {started.id} ended nobody knows: ECS has forgotten it")
    if ended.exit_code is None:
        raise NotRunning(f"{words} did not run: {ended.reason or 'ECS gives no reason'} (task {ended.id})")
    if ended.exit_code:
        raise NotRunning(f"{words} failed with exit code {ended.exit_code}: {ended.reason} (task {ended.id})")
    note(f"{words} ended well")
    return 0


def _ended(tasks: OneOffTasks, log: TaskLog, started: TaskSeen, timeout: int) -> TaskSeen | None:
    """The task once it has stopped; None where ECS has forgotten it."""
    begun, known, stopping = monotonic(), False, False
    while True:
        seen = tasks.look(started.arn)
        if seen is None and known:
            return None
        known = known or seen is not None
        if seen is not None and seen.stopped:
            return seen
        if seen is not None and seen.status == "RUNNING":
            _print(log, 0)
        if not stopping and monotonic() - begun >= timeout:
            tasks.stop(started.arn, f"slipway run: not done after {timeout} s")
            stopping = True
        sleep(PAUSE)


def _print(log: TaskLog, patience: float) -> None:
    """What was logged since; of a log that is silent, after so many seconds, what came meanwhile."""
    from release.redaction import redact

    lines = list(log.more())
    if not lines and patience:
        sleep(patience)
        lines = list(log.more())
    for line in lines:
        click.echo(redact(line))
