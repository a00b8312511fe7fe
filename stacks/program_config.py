"""The `slipway:` keys as Pulumi gives them to a running program. All of them, so that a misspelt one is noticed."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any, Final

from stacks.mistakes import NAMESPACE
from stacks.settings import SECRET

CONFIG_VARIABLE: Final = "PULUMI_CONFIG"
SECRETS_VARIABLE: Final = "PULUMI_CONFIG_SECRET_KEYS"
"""Where the SDK finds the config, and the names of the keys that were encrypted."""


def read(environ: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """The keys without their namespace, as `stacks.settings.parse` takes them.

    Pulumi decrypts secrets before it starts the program; they are left behind here, so that no message shows one.
    """
    config: dict[str, str] = json.loads(environ.get(CONFIG_VARIABLE, "{}"))
    secrets = frozenset(json.loads(environ.get(SECRETS_VARIABLE, "[]")))
    return {
        key.removeprefix(NAMESPACE): {SECRET: ""} if key in secrets else _value(text)
        for key, text in config.items()
        if key.startswith(NAMESPACE)
    }


def _value(text: str) -> object:
    """Pulumi writes mappings and lists as JSON, and everything else as plain text."""
    if not text.startswith(("{", "[")):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text
