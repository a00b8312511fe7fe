"""The command `slipway`: thin verbs over the rooms below. Everything it does, plain `pulumi` can do as well.

Only click is imported here: verbs import what they need when they run, so that `slipway --help` answers at once.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Final

import click

from slipway.stop import Mistake, Stop

if TYPE_CHECKING:
    from collections.abc import Sequence

VERBS: Final = {
    "push": "slipway.push:push",
    "promote": "slipway.promote:promote",
    "approve": "slipway.approve:approve",
    "deploy": "slipway.deploy:deploy",
    "retry": "slipway.retry:retry",
    "rollback": "slipway.rollback:rollback",
    "continue": "slipway.continue_release:continue_release",
    "abort": "slipway.abort:abort",
    "run": "slipway.run:run",
    "status": "slipway.status:status",
    "history": "slipway.history:history",
    "config-of": "slipway.config_of:config_of",
    "rehearse": "slipway.rehearse:rehearse",
    "check": "slipway.check:check",
    "adopt": "slipway.adopt:adopt",
    "policies": "slipway.policies:policies",
    "access": "slipway.access:access",
}
"""Verb -> where its command stands."""

MORE_COMMANDS: Final = "slipway.commands"
"""Entry point group through which other rooms add commands."""

INTERRUPTED: Final = 130
"""As shells have it: 128 + SIGINT."""


class Verbs(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Our verbs in the order in which people meet them, then the others'."""
        del ctx
        return [*VERBS, *sorted(_others())]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now; None when there is none of that name."""
        del ctx
        if cmd_name in VERBS:
            module, _, name = VERBS[cmd_name].partition(":")
            command: click.Command = getattr(import_module(module), name)
            return command
        other = _others().get(cmd_name)
        return _loaded(other) if other else None


def _loaded(entry: EntryPoint) -> click.Command:
    """The command; one that only tells what is wrong with it when it cannot be imported, so that the rest works."""
    try:
        command: click.Command = entry.load()
    except Exception as error:  # noqa: BLE001 - it is another room's code: whatever it raises
        reason = f"the command {entry.name} ({entry.value}) cannot be loaded: {type(error).__name__}: {error}"

        @click.command(entry.name, short_help="(cannot be loaded)", context_settings={"ignore_unknown_options": True})
        @click.argument("arguments", nargs=-1)
        def broken(arguments: tuple[str, ...]) -> None:
            del arguments
            raise Mistake(reason)

        return broken
    return command


def _others() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=MORE_COMMANDS) if entry.name not in VERBS}


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="slipway", message="%(package)s %(version)s")
def cli() -> None:
    """Deploys services to Amazon ECS by Pulumi, and tells the truth about it.

    Exit codes: 0 the release runs as asked; 1 it does not, or was refused; 2 the command line or the configuration
    is wrong, and nothing was changed.
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line and returns the exit code. Whatever goes wrong is said in a few words on stderr."""
    signal.signal(signal.SIGTERM, _terminate)
    try:
        done = int(cli.main(arguments, prog_name="slipway", standalone_mode=False) or 0)
        if sys.stdout is not None:
            sys.stdout.flush()  # here, where what goes wrong with it is still said in words
    except BrokenPipeError:  # whoever read our output has seen enough
        _let_go_of_stdout()
        return 0
    except (Exception, KeyboardInterrupt) as error:
        if os.environ.get("SLIPWAY_DEBUG"):
            raise
        message, exit_code = _in_words(error)
        click.echo(message, err=True)
        if isinstance(error, OSError):
            _let_go_of_stdout()
        return exit_code
    else:
        return done


def _let_go_of_stdout() -> None:
    """Python must not fail when it flushes, at its end, what cannot be written."""
    if sys.stdout is not None:
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _terminate(_number: int, _frame: object) -> None:
    """Ends as Ctrl-C does, so that a stack file is put back."""
    raise KeyboardInterrupt


def _in_words(error: BaseException) -> tuple[str, int]:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return error.format_message(), error.exit_code
    said, exit_code = _error_in_words(error)
    return f"error: {said}", exit_code


def _error_in_words(error: BaseException) -> tuple[str, int]:
    if isinstance(error, click.UsageError):
        where = error.ctx.command_path if error.ctx else "slipway"
        return f"{error.format_message()} See `{where} --help`", error.exit_code
    if isinstance(error, click.ClickException):
        return error.format_message(), error.exit_code
    if isinstance(error, Stop):
        return str(error), error.exit_code
    if isinstance(error, click.Abort | KeyboardInterrupt):
        return "interrupted", INTERRUPTED
    if isinstance(error, OSError):
        what = f"{error.filename}: " if error.filename else ""
        return f"{what}{error.strerror or error}: check the file, its permissions and the room on its disk", 2
    hint = "Set SLIPWAY_DEBUG=1 to see where, and please report it"
    return f"slipway has a fault: {type(error).__name__}: {error}. {hint}", 1


if __name__ == "__main__":
    sys.exit(main())
