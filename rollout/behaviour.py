"""How the tasks of an image behave."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What the tasks of an image do."""

    HEALTHY = "healthy"
    CRASH = "crash"
    """The essential container exits ``after`` seconds of running, with exit code ``code``."""
    OOM = "oom"
    """The container is killed for its memory use after ``after`` seconds of running (exit code 137)."""
    UNHEALTHY = "unhealthy"
    """The container runs but stops passing its health checks ``after`` seconds of running (0: never passes one)."""
    SLOW = "slow"
    """The container passes its health checks only ``start`` seconds after it began to run."""
    ERRORS = "errors"
    """Health checks pass, but ``rate`` percent of the requests are answered with an error."""
    MISSING = "missing"
    """There is no such image to pull."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """What a task does once launched; all durations in seconds."""

    kind: Kind = Kind.HEALTHY
    start: float = 1
    """Seconds of running before the container passes health checks."""
    after: float = 0
    """Seconds of running until it crashes, is killed, or turns unhealthy."""
    code: int = 0
    """Exit code of a crash."""
    rate: float = 0
    """Percent of requests answered with an error."""


HEALTHY = Behaviour()
MISSING = Behaviour(kind=Kind.MISSING)

_DEFAULTS = {
    Kind.HEALTHY: HEALTHY,
    Kind.CRASH: Behaviour(kind=Kind.CRASH, after=5, code=1),
    Kind.OOM: Behaviour(kind=Kind.OOM, after=15, code=137),
    Kind.UNHEALTHY: Behaviour(kind=Kind.UNHEALTHY),
    Kind.SLOW: Behaviour(kind=Kind.SLOW, start=120),
    Kind.ERRORS: Behaviour(kind=Kind.ERRORS, rate=50),
}

_PARAMETERS: dict[Kind, dict[str, type[int] | type[float]]] = {
    Kind.HEALTHY: {"start": float},
    Kind.CRASH: {"after": float, "code": int},
    Kind.OOM: {"after": float},
    Kind.UNHEALTHY: {"after": float},
    Kind.SLOW: {"start": float},
    Kind.ERRORS: {"rate": float},
}


def parse(text: str) -> Behaviour:
    """The behaviour that ``text`` names: ``crash`` or ``crash:after=20,code=3``; "" is healthy.

    Durations are seconds and may carry an ``s`` (``after=20s``). Raises ValueError, worded for people, otherwise.
    """
    name, _, rest = text.strip().partition(":")
    kinds = [kind.value for kind in _DEFAULTS]
    if (name or "healthy") not in kinds:
        raise ValueError(f"behaviour {name!r} is unknown; choose one of {', '.join(kinds)}")
    behaviour = _DEFAULTS[Kind(name or "healthy")]
    for part in filter(None, rest.split(",")):
        behaviour = _with_parameter(behaviour, part)
    return behaviour


def _with_parameter(behaviour: Behaviour, part: str) -> Behaviour:
    kind = behaviour.kind
    allowed = _PARAMETERS[kind]
    name, equals, value = (piece.strip() for piece in part.partition("="))
    if not equals or name not in allowed:
        raise ValueError(f"behaviour {kind.value}: {part!r} is not understood; it takes {', '.join(allowed)}=<number>")
    try:
        number = allowed[name](value.removesuffix("s"))
    except ValueError:
        raise ValueError(f"behaviour {kind.value}: {name} must be a number, got {value!r}") from None
    ceiling = {"code": 255, "rate": 100}.get(name, 86_400)
    if not 0 <= number <= ceiling:
        raise ValueError(f"behaviour {kind.value}: {name} must be from 0 to {ceiling}, got {value}")
    changes: dict[str, Any] = {name: number}
    return replace(behaviour, **changes)
