"""Paging, as CloudWatch pages."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import TypeVar

from sandbox.aws_error import AwsError

_T = TypeVar("_T")


def page(items: Sequence[_T], token: str | None, size: int) -> tuple[list[_T], str | None]:
    """One page, and the token of the next if there is one."""
    start = _start(token)
    following = base64.b64encode(f"from:{start + size}".encode()).decode() if start + size < len(items) else None
    return list(items[start : start + size]), following


def _start(token: str | None) -> int:
    if not token:
        return 0
    try:
        word, _, number = base64.b64decode(token, validate=True).decode().partition(":")
        if word == "from":
            return int(number)
    except ValueError:
        pass
    raise AwsError("InvalidNextToken", "The specified next token is invalid.")
