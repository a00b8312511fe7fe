"""What a release says of itself for the journal: why it is made, and why it goes through gates that refuse.

It goes to the program by variables of its process, never as an input: no resource changes because of it.
"""

from __future__ import annotations

from typing import Final

import click

from slipway.stop import Mistake

REASON: Final = "SLIPWAY_REASON"
OVERRIDE: Final = "SLIPWAY_OVERRIDE"
"""Names of the variables. Plain `pulumi up` takes them as well."""

reason = click.option("--reason", metavar="TEXT", help="Why, for the journal.")
override = click.option("--override", metavar="REASON", help="Go through gates that refuse; why stands in the journal.")


def variables(*, reason: str | None, override: str | None = None) -> dict[str, str]:
    """The variables that carry what was said."""
    said = {REASON: words("--reason", reason), OVERRIDE: words("--override", override)}
    return {name: text for name, text in said.items() if text}


def words(option: str, text: str | None) -> str:
    """The text on one line and without secrets, for it is shown and kept; empty when nothing was said."""
    from release.redaction import redact

    if text is None:
        return ""
    if not text.strip():
        raise Mistake(f"{option} is empty: say why in a few words")
    return redact(" ".join(text.split()))
