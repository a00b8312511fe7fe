"""Trust policies of IAM roles, as far as the sandbox reads them: who is allowed, whatever the conditions."""

from __future__ import annotations

import json
from typing import Any


def allows(document: str, kind: str, accepted: set[str]) -> bool:
    """Whether a statement allows a principal of ``kind`` (``AWS``, ``Service``) that is among ``accepted``."""
    statements: list[dict[str, Any]] = _listed(json.loads(document or "{}").get("Statement", []))
    return any(
        statement.get("Effect") == "Allow" and accepted & set(_principals(statement.get("Principal", {}), kind))
        for statement in statements
    )


def _principals(principal: Any, kind: str) -> list[str]:  # noqa: ANN401 - JSON
    if isinstance(principal, str):  # "*"
        return [principal]
    return _listed(principal.get(kind, []))


def _listed(value: Any) -> list[Any]:  # noqa: ANN401 - IAM lets a single value stand for a list
    return value if isinstance(value, list) else [value]
