"""Writes what is imitated, and what each type refuses, into docs/aws-plugin-standin.md.

`python -m sandbox.standins.aws.document`, after the tables have changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from sandbox.standins.aws.tables import FUNCTIONS, TYPES

DOCUMENT: Final = Path(__file__).parents[3] / "docs" / "aws-plugin-standin.md"
_COUNT: Final = re.compile(r"imitates \d+ types")


def renewed(text: str) -> str:
    """The document with its two tables and its count of types as they are now."""
    types = [_row(token, kind.refused) for token, kind in sorted(TYPES.items())]
    functions = [_row(token, function.not_imitated.split()) for token, function in sorted(FUNCTIONS.items())]
    text = _COUNT.sub(f"imitates {len(TYPES)} types", text)
    return _with_rows(_with_rows(text, "type", types), "function", functions)


def _with_rows(text: str, heading: str, rows: Iterable[str]) -> str:
    table = re.compile(rf"(^\| {heading} \| refused \|\n\|---\|---\|\n)(?:\|.*\n)*", re.MULTILINE)
    return table.sub(lambda found: found[1] + "".join(f"{row}\n" for row in rows), text)


def _row(token: str, refused: Iterable[str]) -> str:
    _, module, name = token.split(":")
    names = ", ".join(f"`{each}`" for each in sorted(refused))
    return f"| `{module.partition('/')[0]}.{name}` | {names or 'nothing'} |"


if __name__ == "__main__":
    DOCUMENT.write_text(renewed(DOCUMENT.read_text("utf-8")), "utf-8")
