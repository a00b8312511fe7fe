"""Words in a catalogue that stand for what differs from stack to stack: `{account}`, `{region}`, `{environment}`."""

from __future__ import annotations

from string import Formatter
from typing import Final

KNOWN: Final = ("account", "region", "environment")
"""What a text may name in braces."""


def check_placeholders(text: str) -> None:
    """Does nothing for a text whose placeholders are known; raises `ValueError` naming the first that is not."""
    known = ", ".join(f"{{{name}}}" for name in KNOWN)
    meant = "a brace that is meant as one is written twice"
    try:
        parts = list(Formatter().parse(text))
    except ValueError:
        raise ValueError(f"{text!r} has half a pair of braces; known are {known}, and {meant}") from None
    for _, name, form, conversion in parts:
        if name is not None and (name not in KNOWN or form or conversion):
            more = f"{f'!{conversion}' if conversion else ''}{f':{form}' if form else ''}"
            raise ValueError(f"nobody fills {{{name}{more}}} in {text!r}; known are {known}, and {meant}")
