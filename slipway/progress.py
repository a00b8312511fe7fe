"""How far something has come, on a terminal, when it takes long enough to ask."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Final

import click

from slipway.options import is_terminal

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

SILENT: Final = 2.0
"""Seconds during which nobody wonders."""
MEGABYTE: Final = 1_000_000


class Progress:
    """One line on stderr that is written over and over, and is gone in the end."""

    def __init__(self, what: str, now: Callable[[], float] = time.monotonic) -> None:
        self._what = what
        self._now = now
        self._begun = now()
        self._shown = False

    def __enter__(self) -> Progress:
        return self

    def bytes(self, done: int, total: int) -> None:
        """So many bytes of so many."""
        self.tell(f"{done / MEGABYTE:.0f} of {total / MEGABYTE:.0f} MB")

    def tell(self, state: str) -> None:
        """How it stands now."""
        if is_terminal(sys.stderr) and self._now() - self._begun > SILENT:
            self._shown = True
            click.echo(f"\r\x1b[K{self._what}: {state}", nl=False, err=True)

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self._shown:
            click.echo("\r\x1b[K", nl=False, err=True)
