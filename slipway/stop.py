"""How a command ends when it does not end well. The exit codes are a contract: 0 the release runs, 1 it does not, 2
the command line or the configuration is wrong."""

from __future__ import annotations

from typing import ClassVar


class Stop(Exception):  # noqa: N818 - not every stop is an error of the program
    """Ends the command with one short message, and no traceback."""

    exit_code: ClassVar[int] = 1


class NotRunning(Stop):
    """The release does not run as asked, or was refused."""

    exit_code = 1


class Mistake(Stop):
    """The command line, the configuration or the surroundings are wrong. Nothing was changed."""

    exit_code = 2
