"""Bucket policies with conditions: moto takes a statement whose condition is not met for one that denies.

AWS: "IAM JSON policy elements: Condition": a statement applies when its conditions are met, and only then: documented.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any, Final

from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.s3.models import FakeBucket
from moto.s3.responses import S3Response

_HEADERS: ContextVar[Mapping[str, str]] = ContextVar("headers of the request")

_KEYS: Final[Mapping[str, Callable[[Mapping[str, str]], str | None]]] = {
    "s3:if-none-match": lambda headers: headers.get("If-None-Match"),
    # The sandbox is reached over loopback, which nobody else hears: it counts as encrypted.
    "aws:securetransport": lambda _: "true",
}
"""The condition keys that are imitated. AWS: "Condition keys for Amazon S3", "AWS global condition context keys"."""

_OPERATORS: Final[Mapping[str, Callable[[str | None, str], bool]]] = {
    "Null": lambda found, wanted: (found is None) == (wanted == "true"),
    "Bool": lambda found, wanted: found == wanted,
    "StringEquals": lambda found, wanted: found == wanted,
}


def _met(conditions: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether all conditions are met. One that is not imitated is not."""
    for operator, keys in conditions.items():
        for key, wanted in keys.items():
            if operator not in _OPERATORS or key.lower() not in _KEYS:
                return False
            found = _KEYS[key.lower()](_HEADERS.get())
            if not any(
                _OPERATORS[operator](found, str(one)) for one in (wanted if isinstance(wanted, list) else [wanted])
            ):
                return False
    return True


def _permission(bucket: FakeBucket, action: str, resource: str) -> PermissionResult:
    """What the statements say whose conditions are met."""
    if bucket.policy is None:
        return PermissionResult.NEUTRAL
    policy = json.loads(bucket.policy)
    statements = policy["Statement"] if isinstance(policy["Statement"], list) else [policy["Statement"]]
    apply = [
        {name: part for name, part in statement.items() if name != "Condition"}
        for statement in statements
        if _met(statement.get("Condition", {}))
    ]
    return IAMPolicy(json.dumps({**policy, "Statement": apply})).is_action_permitted(action, resource)


def _remembering(whole: Callable[[S3Response, Any, str], Any]) -> Callable[[S3Response, Any, str], Any]:
    def key_response(self: S3Response, request: Any, full_url: str) -> Any:  # noqa: ANN401 - moto's own
        token = _HEADERS.set(request.headers)
        try:
            return whole(self, request, full_url)
        finally:
            _HEADERS.reset(token)

    return key_response


def apply() -> None:
    """Sets it right, once, before moto serves."""
    if getattr(FakeBucket, "get_permission") is _permission:  # noqa: B009 - moto is untyped here
        return
    setattr(FakeBucket, "get_permission", _permission)  # noqa: B010 - moto is untyped here
    setattr(S3Response, "_key_response", _remembering(S3Response._key_response))  # noqa: B010, SLF001 - moto's own
