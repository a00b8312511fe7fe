"""Lets moto live in sandbox time.

moto asks for the time in a few functions of its core, and in some of its services by itself. Here both are led to the
sandbox's clock, where that is safe. What stays in real time: STS, because the client compares when credentials end
with its own clock, and would take them for expired; the creation dates of S3 buckets.
"""

from __future__ import annotations

import datetime as dt
import time
from typing import TYPE_CHECKING, Any

import moto.applicationautoscaling.models
import moto.core.utils
import moto.secretsmanager.models
import moto.sts.models

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

_CALLING_TIME = (moto.applicationautoscaling.models, moto.secretsmanager.models)
"""moto's modules that call ``time.time()``."""


def follow(now: Callable[[], dt.datetime]) -> None:
    """Let moto, in the whole process, take ``now`` (aware) for the present; the last one asked for holds."""
    moto.sts.models.utcnow = _real_utcnow  # type: ignore[attr-defined] # a name that it imports
    setattr(moto.core.utils, "datetime", _Datetime(now))  # noqa: B010 - a module for mypy
    for module in _CALLING_TIME:
        setattr(module, "time", _Time(now))  # noqa: B010 - a module for mypy


def _real_utcnow() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


class _Instead:
    """What another object is, but for the attributes that a subclass has."""

    def __init__(self, original: ModuleType | type) -> None:
        self._original = original

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - anything at all
        return getattr(self._original, name)


class _Datetime(_Instead):
    """The module ``datetime``."""

    def __init__(self, now: Callable[[], dt.datetime]) -> None:
        super().__init__(dt)
        self.datetime = _DatetimeClass(now)


class _DatetimeClass(_Instead):
    def __init__(self, now: Callable[[], dt.datetime]) -> None:
        super().__init__(dt.datetime)
        self._now = now

    def now(self, tz: dt.tzinfo | None = None) -> dt.datetime:
        moment = self._now()
        return moment.astimezone(tz) if tz else moment.astimezone().replace(tzinfo=None)


class _Time(_Instead):
    """The module ``time``."""

    def __init__(self, now: Callable[[], dt.datetime]) -> None:
        super().__init__(time)
        self._now = now

    def time(self) -> float:
        return self._now().timestamp()
