"""How the tasks of an image behave."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


class Kind(StrEnum):
    """What the tasks of an image do."""

    HEALTHY = "healthy"
    CRASH = "crash"
    """The essential container exits ``after`` seconds of running, with exit code ``code``."""
    OOM = "oom"
    """The container is killed for its memory use after ``after`` seconds of running (exit code 137)."""
    UNHEALTHY = "unhealthy"
    """The container runs but stops passing its health checks ``after`` seconds of running (0: never passes one)."""
    FLAPPING = "flapping"
    """Passes its health checks for ``healthy`` seconds, fails them for ``unhealthy`` seconds, again and again."""
    SLOW = "slow"
    """The container passes its health checks only ``start`` seconds after it began to run."""
    ERRORS = "errors"
    """Health checks pass, but ``rate`` percent of the requests are answered with an error."""
    STUBBORN = "stubborn"
    """Does not heed SIGTERM for ``stop`` seconds; at the stop timeout it is killed (exit code 137)."""
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
    latency: float = 0
    """Seconds that a request takes, a health check's included."""
    pull: float | None = None
    """Seconds that its images take to be pulled; None: as long as images of their size take."""
    stop: float | None = None
    """Seconds from SIGTERM to its exit; None: as long as most containers take."""
    healthy: float = 0
    """Seconds for which a flapping container passes its health checks."""
    unhealthy: float = 0
    """Seconds for which it then fails them."""

    def passes(self, running_for: float) -> bool:
        """Whether the container answers a health check in time and well after so many seconds of running."""
        if running_for < self.start:
            return False
        if self.kind is Kind.UNHEALTHY:
            return running_for < self.after
        if self.kind is Kind.FLAPPING:
            return (running_for - self.start) % (self.healthy + self.unhealthy) < self.healthy
        return True

    def recurring(self, running_for: float) -> float:
        """Where in its course a container is, a course that recurs or has come to rest being the same again.

        Two moments with the same answer are followed by the same answers to ``passes``.
        """
        if self.kind is Kind.FLAPPING and running_for >= self.start:
            return self.start + round((running_for - self.start) % (self.healthy + self.unhealthy), 6)
        return min(running_for, max(self.start, self.after))


HEALTHY = Behaviour()
MISSING = Behaviour(kind=Kind.MISSING)

_DEFAULTS = {
    Kind.HEALTHY: HEALTHY,
    Kind.CRASH: Behaviour(kind=Kind.CRASH, after=5, code=1),
    Kind.OOM: Behaviour(kind=Kind.OOM, after=15, code=137),
    Kind.UNHEALTHY: Behaviour(kind=Kind.UNHEALTHY),
    Kind.FLAPPING: Behaviour(kind=Kind.FLAPPING, healthy=120, unhealthy=120),
    Kind.SLOW: Behaviour(kind=Kind.SLOW, start=120),
    Kind.ERRORS: Behaviour(kind=Kind.ERRORS, rate=50),
    Kind.STUBBORN: Behaviour(kind=Kind.STUBBORN, stop=3600),
    Kind.MISSING: MISSING,
}

_OF_ALL = ("pull", "start", "stop", "latency", "rate")
_OF_KIND: dict[Kind, tuple[str, ...]] = {
    Kind.CRASH: ("after", "code"),
    Kind.OOM: ("after",),
    Kind.UNHEALTHY: ("after",),
    Kind.FLAPPING: ("healthy", "unhealthy"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parameter:
    """What a parameter's number may be, and which units it may carry."""

    units: Mapping[str, float]
    """The factor of each unit; that of "" is for a number without one."""
    least: float = 0
    most: float = 86_400
    whole: bool = False
    example: str = "20s"


_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "": 1}
_DURATION = _Parameter(units=_SECONDS)
_PARAMETERS = {
    "pull": _DURATION,
    "start": _DURATION,
    "stop": _DURATION,
    "after": _DURATION,
    "healthy": _Parameter(units=_SECONDS, least=1),
    "unhealthy": _Parameter(units=_SECONDS, least=1),
    "latency": _Parameter(units={**_SECONDS, "": 0.001}, most=3600, example="800ms"),
    "rate": _Parameter(units={"%": 1, "": 1}, most=100, example="5"),
    "code": _Parameter(units={"": 1}, most=255, whole=True, example="3"),
}


def parse(text: str) -> Behaviour:
    """The behaviour that ``text`` names: ``crash`` or ``errors:rate=5,latency=800ms``; "" is healthy.

    Durations are seconds, or carry ``ms``, ``s`` or ``m``; a latency without a unit is milliseconds. Every kind takes
    ``pull``, ``start``, ``stop``, ``latency`` and ``rate``. Raises ValueError, worded for people, otherwise.
    """
    name, _, rest = text.strip().partition(":")
    name = name.strip() or Kind.HEALTHY
    kinds = [kind.value for kind in _DEFAULTS]
    if name not in kinds:
        raise ValueError(f"behaviour {name!r} is unknown; choose one of {', '.join(kinds)}")
    kind, named = Kind(name), dict[str, float]()
    for part in filter(None, (part.strip() for part in rest.split(","))):
        parameter, number = _number(kind, part)
        if parameter in named:
            raise ValueError(f"behaviour {kind.value}: {parameter} is named twice in {text.strip()!r}; name it once")
        named[parameter] = number
    changes: dict[str, Any] = named
    return replace(_DEFAULTS[kind], **changes)


def _number(kind: Kind, part: str) -> tuple[str, float]:
    """The parameter that ``after=20s`` names, and its number."""
    allowed = (*_OF_KIND.get(kind, ()), *_OF_ALL)
    name, equals, value = (piece.strip() for piece in part.partition("="))
    if not equals or name not in allowed:
        example = f"{kind.value}:{allowed[0]}={_PARAMETERS[allowed[0]].example}"
        raise ValueError(
            f"behaviour {kind.value}: {part!r} is not understood; it takes {', '.join(allowed)}, as in {example}"
        )
    parameter = _PARAMETERS[name]
    unit = next(unit for unit in parameter.units if value.endswith(unit))
    try:
        number = (int if parameter.whole else float)(value.removesuffix(unit)) * parameter.units[unit]
    except ValueError:
        units = ", ".join(filter(None, parameter.units))
        kinds = ("a whole number" if parameter.whole else "a number") + (f", with {units} or without" if units else "")
        raise ValueError(f"behaviour {kind.value}: {name} must be {kinds}, got {value!r}") from None
    if not parameter.least <= number <= parameter.most:
        raise ValueError(
            f"behaviour {kind.value}: {name} must be from {parameter.least:g} to {parameter.most:g}, got {value}"
        )
    return name, number
