"""Paging of lists."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from sandbox.ecs import refusals

if TYPE_CHECKING:
    from collections.abc import Sequence


def page(items: Sequence[Any], params: dict[str, Any], name: str, largest: int = 100) -> dict[str, Any]:
    """One page of ``items`` under ``name``, with ``nextToken`` if there are more."""
    size = params.get("maxResults", largest)
    if not 1 <= size <= largest:
        raise refusals.invalid(f"maxResults must be between 1 and {largest}, got {size}.")
    start = _start(params.get("nextToken"))
    answer: dict[str, Any] = {name: list(items[start : start + size])}
    if start + size < len(items):
        answer["nextToken"] = base64.b64encode(f"from:{start + size}".encode()).decode()
    return answer


def _start(token: str | None) -> int:
    if not token:
        return 0
    try:
        word, _, number = base64.b64decode(token, validate=True).decode().partition(":")
        if word == "from" and number.isdecimal():
            return int(number)
    except ValueError:
        pass
    raise refusals.invalid("Invalid token.")
