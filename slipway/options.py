"""Options that several verbs share, so that they mean the same everywhere."""

from __future__ import annotations

import sys
from typing import TextIO

import click

from slipway.stop import Mistake

environment = click.option("-e", "--environment", required=True, metavar="ENV", help="test, stage or prod.")
service = click.option("-s", "--service", required=True, metavar="SERVICE", help="A service of the catalogue.")
yes = click.option("--yes", "-y", is_flag=True, help="Ask nothing.")
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
any_environment = click.option("-e", "--environment", metavar="ENV", help="Only this environment.")
any_service = click.option("-s", "--service", metavar="SERVICE", help="Only this service.")


def is_terminal(stream: TextIO | None) -> bool:
    """Whether people read or write there. Python has None for a stream that was closed before it began."""
    return stream is not None and stream.isatty()


def check_answerable(*, yes: bool) -> None:
    """Refuses a run in which Pulumi would have to ask, but nobody can answer."""
    if not yes and not (is_terminal(sys.stdin) and is_terminal(sys.stdout)):
        raise Mistake("there is no terminal to confirm on: add --yes to go on without a question")
