"""Does a release do as well as what ran before it? Pure rules over what was measured before and after.

The SOP's "Post-deployment Verification" and "Health Checks": error rate, response time, CPU, memory and network against
the time before, new error lines in the log, integration points, and the service's own smoke check. A release is judged
by what it changed: whatever was as bad before is no finding.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar, Final

from pydantic import ConfigDict
from pydantic.alias_generators import to_camel

MINUTE: Final = 60


@dataclass(frozen=True, kw_only=True)
class Bound:
    """How much a value may be. Whatever is at or below `fine` is; above it, `factor` times what it was before."""

    __pydantic_config__: ClassVar = ConfigDict(extra="forbid", alias_generator=to_camel, allow_inf_nan=False)

    fine: float
    factor: float

    def __post_init__(self) -> None:
        if self.fine < 0 or self.factor < 1:
            raise ValueError(f"a bound's fine is 0 or more and its factor 1 or more, got {self.fine} and {self.factor}")

    def limit(self, before: float | None) -> float:
        """The most that is allowed, when it was so much before; None: nothing is known of the time before."""
        return max(self.fine, self.factor * (before or 0))


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """What a release may be like. The defaults forgive noise and catch what people would notice; all are assumed."""

    __pydantic_config__: ClassVar = ConfigDict(extra="forbid", alias_generator=to_camel)

    error_rate: Bound = Bound(fine=1, factor=1.5)
    """Percent of requests that the targets answered with 5XX."""
    latency: Bound = Bound(fine=0.2, factor=1.5)
    """Seconds in which 95 of 100 requests were answered."""
    cpu: Bound = Bound(fine=80, factor=1.25)
    """Percent of what the tasks have."""
    memory: Bound = Bound(fine=80, factor=1.25)
    """Percent of what the tasks have."""
    network: Bound = Bound(fine=1_000_000, factor=3)
    """Bytes a second of each task, received and sent."""
    error_lines: Bound = Bound(fine=1, factor=2)
    """Lines a minute in the log that look like an error."""
    requests: int = 100
    """With fewer requests, neither error rate nor latency is judged."""


@dataclass(frozen=True, kw_only=True)
class Measurements:
    """What was measured in a stretch of time. None: CloudWatch has nothing of it."""

    seconds: float
    """Length of the stretch."""
    requests: float | None = None
    errors: float | None = None
    """Requests that the targets answered with 5XX."""
    latency: float | None = None
    """95th percentile of the targets' response time, in seconds."""
    cpu: float | None = None
    """Percent of what the tasks have, on average."""
    memory: float | None = None
    network: float | None = None
    """Bytes a second of a task, received and sent, on average."""
    error_lines: int | None = None
    """Lines in the log that look like an error."""
    examples: tuple[str, ...] = ()
    """Some of them, redacted, each unlike the others."""

    @property
    def error_rate(self) -> float | None:
        """Percent of the requests; None without any."""
        if not self.requests or self.errors is None:
            return None
        return 100 * self.errors / self.requests

    @property
    def lines_a_minute(self) -> float | None:
        """Lines that look like an error."""
        return None if self.error_lines is None else self.error_lines * MINUTE / self.seconds


@dataclass(frozen=True, kw_only=True)
class Neighbour:
    """How a service stands that calls the released one, or that it calls."""

    service: str
    relation: str
    """`calls it`, or `is called by it`."""
    desired: int
    """Tasks it should have."""
    serving: int
    """Tasks that run, and are healthy where a load balancer checks them."""
    served_before: float | None = None
    """The same before the release, in most minutes; None when nobody knows. Between whole numbers where tasks come
    and go."""
    found: bool = True
    starting: bool = False
    """Whether its own first deployment is still under way: nobody has had it yet, so that no release can harm it."""

    @property
    def short(self) -> bool:
        """Whether it lacks tasks that it did not lack before."""
        lacks = self.found and not self.starting and self.serving < self.desired
        return lacks and (self.served_before is None or self.serving < round(self.served_before))


@dataclass(frozen=True, kw_only=True)
class Smoke:
    """The answer to one of the service's own checks."""

    url: str
    problem: str = ""
    """What was wrong with the answer; empty when nothing was."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """All that a release is judged by."""

    before: Measurements
    after: Measurements
    log_group: str = ""
    called: bool = True
    """Whether a load balancer sends it requests: of a worker nobody expects any."""
    neighbours: tuple[Neighbour, ...] = ()
    smoke: tuple[Smoke, ...] = ()
    gaps: tuple[str, ...] = ()
    """What could not be looked at, in words."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something that got worse with the release."""

    check: str
    """`error rate`, `smoke check` and the like."""
    sentence: str
    """The numbers, the bound and what to look at, without the final stop."""

    def __str__(self) -> str:
        return f"{self.check}: {self.sentence}"


@dataclass(frozen=True, kw_only=True)
class _Measure:
    """How one measured value is judged."""

    name: str
    value: Callable[[Measurements], float | None]
    bound: Callable[[Bounds], Bound]
    shown: Callable[[float], str]
    look_at: str
    of_requests: bool = False
    """Whether some requests are too few to judge it by."""
    grows_with_load: bool = False
    """Whether more requests after than before are a good reason for more of it."""
    tells_alone: bool = True
    """Whether it can be judged when nothing is known of the time before."""


def _percent(value: float) -> str:
    return f"{value:.3g} %"


MEASURES: Final = (
    _Measure(
        name="error rate",
        value=lambda m: m.error_rate,
        bound=lambda b: b.error_rate,
        shown=_percent,
        look_at="the errors in the service's log",
        of_requests=True,
    ),
    _Measure(
        name="latency",
        value=lambda m: m.latency,
        bound=lambda b: b.latency,
        shown=lambda value: f"{value:.3g} s (p95)",
        look_at="slow calls to other services and to the database",
        of_requests=True,
        tells_alone=False,
    ),
    _Measure(
        name="CPU",
        value=lambda m: m.cpu,
        bound=lambda b: b.cpu,
        shown=_percent,
        look_at="loops and work that is new, or give the tasks more cpu in the stack file",
        grows_with_load=True,
    ),
    _Measure(
        name="memory",
        value=lambda m: m.memory,
        bound=lambda b: b.memory,
        shown=_percent,
        look_at="leaks and caches that are new, or give the tasks more memory in the stack file",
    ),
    _Measure(
        name="network",
        value=lambda m: m.network,
        bound=lambda b: b.network,
        shown=lambda value: f"{value:,.0f} bytes/s",
        look_at="calls that are made more often, or answers that got larger",
        grows_with_load=True,
        tells_alone=False,
    ),
)
"""The values that are compared with the time before."""


def verify(seen: Seen, bounds: Bounds) -> tuple[Finding, ...]:
    """What got worse; empty for a release that does as well as what ran before."""
    return (
        *_out_of_bounds(seen, bounds),
        *_error_lines(seen, bounds),
        *_neighbours(seen),
        *(Finding(check="smoke check", sentence=f"{one.url} {one.problem}") for one in seen.smoke if one.problem),
    )


def remarks(seen: Seen, bounds: Bounds) -> tuple[str, ...]:
    """What was not judged, and why: a person may want to look."""
    return (*_unjudged(seen, bounds), *_troubled_before(seen), *seen.gaps)


def _out_of_bounds(seen: Seen, bounds: Bounds) -> Iterator[Finding]:
    for measure in MEASURES:
        if _why_not_judged(measure, seen, bounds):
            continue
        after, before = measure.value(seen.after), _before(measure, seen, bounds)
        limit = _limit(measure.bound(bounds), before, seen, by_load=measure.grows_with_load)
        if after is not None and after > limit:
            was = "nobody knows what it was before" if before is None else f"before it was {measure.shown(before)}"
            yield Finding(
                check=measure.name,
                sentence=f"{measure.shown(after)}{_out_of(measure, seen)}; {was}, and at most "
                f"{measure.shown(limit)} is allowed. Look at {measure.look_at}",
            )


def _before(measure: _Measure, seen: Seen, bounds: Bounds) -> float | None:
    """What it was before; a value of few requests says nothing."""
    if measure.of_requests and (seen.before.requests or 0) < bounds.requests:
        return None
    return measure.value(seen.before)


def _limit(bound: Bound, before: float | None, seen: Seen, *, by_load: bool) -> float:
    return bound.limit(before if before is None or not by_load else before * _growth(seen))


def _growth(seen: Seen) -> float:
    """How many times as many requests a second there were after as before; 1 when they are fewer, or unknown."""
    before, after = seen.before.requests, seen.after.requests
    if not before or not after:
        return 1
    return max(1, after / seen.after.seconds / (before / seen.before.seconds))


def _out_of(measure: _Measure, seen: Seen) -> str:
    return f" of {seen.after.requests:.0f} requests" if measure.of_requests and seen.after.requests else ""


def _why_not_judged(measure: _Measure, seen: Seen, bounds: Bounds) -> str:
    requests = seen.after.requests or 0
    if measure.of_requests and requests < bounds.requests:
        return f"{requests:.0f} requests in {seen.after.seconds:.0f} s are too few, {bounds.requests} are needed"
    if measure.value(seen.after) is None:
        return "it was not measured"
    if not measure.tells_alone and _before(measure, seen, bounds) is None:
        return f"it is {measure.shown(measure.value(seen.after) or 0)}, with nothing before to compare it with"
    return ""


def _unjudged(seen: Seen, bounds: Bounds) -> Iterator[str]:
    for measure in (one for one in MEASURES if seen.called or not one.of_requests):
        why = _why_not_judged(measure, seen, bounds)
        if why:
            yield f"{measure.name} is not judged: {why}"


def _error_lines(seen: Seen, bounds: Bounds) -> Iterator[Finding]:
    after, before = seen.after.lines_a_minute, seen.before.lines_a_minute
    if after is None:
        return
    limit = _limit(bounds.error_lines, before, seen, by_load=True)
    if after > limit:
        was = "" if before is None else f"before it were {before:.3g}, and "
        place = seen.log_group or "the service's log"
        yield Finding(
            check="error lines",
            sentence=f"{after:.3g} lines a minute look like an error; {was}at most {limit:.3g} are allowed. "
            f"Look at {place}{_example(seen)}",
        )


def _example(seen: Seen) -> str:
    """A line the like of which was not there before, if there is one."""
    known = {shape(line) for line in seen.before.examples}
    new = [line for line in seen.after.examples if shape(line) not in known]
    line = next(iter(new or seen.after.examples), "")
    return f", such as: {line}" if line else ""


LIKE_AN_ERROR: Final = re.compile(
    r"""
    \b(?:ERROR|FATAL|CRITICAL|SEVERE|PANIC)\b
    | \b(?i:level|lvl|severity)"?\s*[=:]\s*"?(?i:error|fatal|critical|panic)\b
    | \b\w*(?:Error|Exception)\b(?!\w|\s*[=:]\s*(?:0|null|none|nil|false|"")\b)
    | ^(?i:error|fatal|panic|fatal\ error)\s*:
    | ^Traceback\b
    """,
    re.VERBOSE,
)
"""How loggers and run times of the common languages mark an error: assumed, from their defaults."""


def like_an_error(line: str) -> bool:
    """Whether the line of a log looks like an error."""
    return LIKE_AN_ERROR.search(line) is not None


def shape(line: str) -> str:
    """The line without what changes from one to the next: numbers, ids, moments. Equal shapes are one kind of line."""
    return re.sub(r"\b[0-9a-f]{8,}\b|\d+", "#", line.casefold())


def _neighbours(seen: Seen) -> Iterator[Finding]:
    for one in seen.neighbours:
        if one.short:
            was = "" if one.served_before is None else f", before it were {one.served_before:.3g}"
            yield Finding(
                check="integration points",
                sentence=f"{one.service}, which {one.relation}, has {one.serving} of {one.desired} tasks running and "
                f"healthy{was}. Look at `slipway status` and its log",
            )


def _troubled_before(seen: Seen) -> Iterator[str]:
    for one in seen.neighbours:
        if not one.found:
            yield f"{one.service}, which {one.relation}, is not there"
        elif one.starting:
            yield f"{one.service}, which {one.relation}, is being deployed for the first time"
        elif one.serving < one.desired and not one.short:
            yield (
                f"{one.service}, which {one.relation}, has {one.serving} of {one.desired} tasks running and healthy; "
                "it was so before the release"
            )
