"""What set-up says to people, and how it fails."""

from __future__ import annotations


class SetupError(Exception):
    """Set-up cannot go on. The message is complete: what is wrong, where, and what to do."""


def say(what: str, text: str) -> None:
    """One line of the report."""
    print(f"{what:<15}{text}", flush=True)
