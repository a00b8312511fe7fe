"""Tables and JSON: rich where a terminal shows them, plain aligned lines elsewhere."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from slipway.options import is_terminal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

BAD_WORDS = {"failed", "no"}
GOOD_WORDS = {"succeeded", "yes"}


def show_table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, empty: str) -> None:
    """Prints the rows under their columns; the sentence `empty` when there are none."""
    if not rows:
        click.echo(empty)
    elif is_terminal(sys.stdout):
        _rich_table(columns, rows)
    else:
        for line in aligned([columns, *rows]):
            click.echo(line)


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """The rows as lines whose columns begin at the same place. An empty cell is a dash: cells stay countable."""
    cells = [[cell or "-" for cell in row] for row in rows]
    widths = [max(len(cell) for cell in column) for column in zip(*cells, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]


def show_json(value: Sequence[Mapping[str, object]] | Mapping[str, object]) -> None:
    """Prints the value as JSON. Times are ISO 8601."""
    click.echo(json.dumps(value, indent=2, default=str))


def note(text: str) -> None:
    """A line about what is being done, on stderr: results alone belong on stdout."""
    click.echo(text, err=True)


def _rich_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell or "-", style=_style(cell)) for cell in row))
    Console().print(table)


def _style(cell: str) -> str:
    if cell in BAD_WORDS:
        return "red"
    return "green" if cell in GOOD_WORDS else ""
