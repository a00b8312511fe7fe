"""Documents in properties of text, compared by meaning: IAM policies and other JSON."""

from __future__ import annotations

import json
from typing import Any


def json_text(text: str) -> object:
    """The document's meaning, for any JSON; a text that is none stands for itself."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def policy(text: str) -> object:
    """The meaning of an IAM policy: a list of one is its item, and the order of lists does not count."""
    return _meaning(json_text(text), "")


def _meaning(value: Any, name: str) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        return {key: _meaning(item, key) for key, item in value.items()}
    if isinstance(value, list):
        items = sorted((_meaning(item, name) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
        return items[0] if len(items) == 1 else items
    return str(value).lower() if isinstance(value, bool) else value
