"""Pages of long answers: ``maxResults`` and an opaque ``nextToken``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from sandbox.aws_error import AwsError

if TYPE_CHECKING:
    from collections.abc import Sequence

Item = TypeVar("Item")
_DEFAULT = 100


def page(items: Sequence[Item], params: dict[str, Any]) -> tuple[Sequence[Item], str | None]:
    """The part of ``items`` that the request asks for, and the token of the next part (None at the end)."""
    token = params.get("nextToken", "0")
    if not token.isdecimal():
        raise AwsError("InvalidParameterException", f"Invalid parameter at 'nextToken': {token!r}")
    begin = int(token)
    end = begin + int(params.get("maxResults", _DEFAULT))
    return items[begin:end], str(end) if end < len(items) else None
