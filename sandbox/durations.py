"""Durations and times as people type them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from sandbox.sandbox_error import SandboxError

_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds", "": "seconds"}
_PART = r"(\d+(?:\.\d+)?)([dhms]?)"
_DURATION = re.compile(rf"(?:{_PART})+")


def parse_duration(option: str, text: str) -> timedelta:
    """``30m``, ``1h30m``, ``90s`` or ``90``: days, hours, minutes and seconds, each once and in this order.

    Raises SandboxError, which names the option.
    """
    parts = re.findall(_PART, text)
    units = [unit or "s" for _, unit in parts]
    if not _DURATION.fullmatch(text) or units != sorted(set(units), key="dhms".index):
        raise SandboxError(f"{option} must be a duration such as 90s, 30m, 1h30m or 2d, got {text!r}")
    try:
        return timedelta(**{_UNITS[unit]: float(number) for number, unit in parts})
    except OverflowError:
        raise SandboxError(f"{option} is longer than any sandbox lives: {text!r}") from None


def parse_moment(option: str, text: str) -> datetime:
    """``2026-11-24T08:00`` or ``2026-11-24``, with or without seconds and zone; in UTC unless it says otherwise.

    Raises SandboxError, which names the option.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise SandboxError(
            f"{option} must be a time such as 2026-11-24T08:00 (in UTC) or 2026-11-24T08:00+01:00, got {text!r}"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
