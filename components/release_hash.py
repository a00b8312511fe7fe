"""The sum of everything that starts a service deployment: the same sum is the same release."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import pulumi


def release_hash(parts: Mapping[str, pulumi.Input[Any]]) -> pulumi.Output[str]:
    """SHA-256 over the parts as canonical JSON. Unknown for as long as a part is."""
    return pulumi.Output.all(**parts).apply(digest)


def digest(parts: Mapping[str, Any]) -> str:
    """SHA-256, in hexadecimal digits, over the parts as canonical JSON."""
    canonical = json.dumps(parts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
