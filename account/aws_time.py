"""AWS's clock: this machine's may be wrong."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def time_of(answer: Mapping[str, Any]) -> datetime:
    """When AWS gave the answer, to the second; this machine's time where the answer does not tell."""
    told = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date", "")
    try:
        return parsedate_to_datetime(told).astimezone(UTC)
    except ValueError:
        return datetime.now(UTC)
