"""Do the timings of a service fit each other? A table of rules, each with what it looks at and its source.

A finding is about the settings, not about a release: a good release may succeed in spite of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import inf
from typing import TYPE_CHECKING, Final

from rollout.phases import bake_time
from rollout.steps import Step, starting

if TYPE_CHECKING:
    from collections.abc import Callable

    from rollout.revision import Revision
    from rollout.settings import Settings

LONGEST_STOP_TIMEOUT: Final = 120
"""Seconds. AWS: "ContainerDefinition" (ECS API reference), ``stopTimeout`` on Fargate: documented."""
LONG: Final = 60
"""Seconds in every deploy from which on a number deserves a remark: judged."""
HASTY: Final = 10
"""Seconds of failed checks in which a pause of the container, such as a garbage collection, ends: judged."""
ROOM: Final = 1.5
"""How many times the predicted duration the wait limit should be, since AWS takes longer than the model: judged."""


class Severity(StrEnum):
    """How bad it is."""

    ERROR = "error"
    """A good release cannot succeed, or requests are certainly lost."""
    WARNING = "warning"
    """It goes well only with luck."""
    ADVICE = "advice"
    """It works, and costs time."""


class Setting(StrEnum):
    """A number that somebody can change."""

    GRACE_PERIOD = "grace period"
    INTERVAL = "health check interval"
    HEALTHY_THRESHOLD = "healthy threshold"
    UNHEALTHY_THRESHOLD = "unhealthy threshold"
    DEREGISTRATION_DELAY = "deregistration delay"
    STOP_TIMEOUT = "stop timeout"
    STEP_BAKE_TIME = "step bake time"
    BAKE_TIME = "bake time"
    WAIT_LIMIT = "wait limit"
    MINIMUM_PERCENT = "minimum healthy percent"
    MAXIMUM_PERCENT = "maximum percent"
    BREAKER = "circuit breaker"
    IMAGE = "image"
    """How long its pull and its start take; nobody sets that, but somebody can make it smaller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """What the rules look at; durations in seconds."""

    settings: Settings
    revision: Revision
    """The release, sound or not: what its tasks do is looked at only for how long they take to start."""
    predicted: float
    """How long a deployment of it takes when all goes well."""
    wait_limit: float
    """How long the deployment is followed before it counts as one that did not succeed."""
    longest_request: float | None = None
    """None: not known."""
    alarm_period: float | None = None
    """Until the slowest alarm goes off; None: not known, or no alarm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule."""

    name: str
    severity: Severity
    setting: Setting
    """What to change."""
    problem: Callable[[Timing], str | None]
    """What is wrong, with the numbers, and what to change it to; None when nothing is."""
    source: str
    """An AWS page and whether it says so (documented), or ``judged`` when the bound is our own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A rule that the timings break."""

    rule: str
    severity: Severity
    setting: Setting
    message: str
    source: str


def check(timing: Timing) -> tuple[Finding, ...]:
    """What is wrong, the worst first."""
    found = [
        Finding(rule=rule.name, severity=rule.severity, setting=rule.setting, message=message, source=rule.source)
        for rule in RULES
        if (message := rule.problem(timing))
    ]
    return tuple(sorted(found, key=lambda finding: list(Severity).index(finding.severity)))


def _until_healthy(revision: Revision) -> float:
    """Seconds from RUNNING until a task counts as healthy, if nobody loses patience; infinite when it never does."""
    at = {step: when for when, step in starting(revision, inf)}
    return at[Step.HEALTHY] - at[Step.RUNNING] if Step.HEALTHY in at else inf


def _never_healthy(timing: Timing) -> str | None:
    revision, grace = timing.revision, timing.settings.grace_period
    needed = _until_healthy(revision)
    steps = [step for _, step in starting(revision, grace)]
    if needed == inf or Step.HEALTHY in steps:
        return None
    return (
        f"the container answers {revision.behaviour.start:g} s after it began and is healthy after {needed:g} s, but "
        f"with a grace period of {grace:g} s its tasks are replaced before, and no release succeeds; make it "
        f"{needed + (revision.target.interval if revision.target else 0):g} s"
    )


def _grace_under_start(timing: Timing) -> str | None:
    start, grace = timing.revision.behaviour.start, timing.settings.grace_period
    if start <= grace or _never_healthy(timing):
        return None
    return (
        f"the container needs {start:g} s until it answers and the grace period is {grace:g} s: only the unhealthy "
        f"threshold keeps its tasks from being replaced; make it {start:g} s or more"
    )


def _grace_hides_failure(timing: Timing) -> str | None:
    target, grace = timing.revision.target, timing.settings.grace_period
    if target is None:
        return None
    needed = timing.revision.behaviour.start + target.interval * target.healthy_threshold
    if grace <= max(LONG, 3 * needed):
        return None
    return (
        f"a good task is healthy after {needed:g} s, but a bad one is kept for {grace:g} s before ECS replaces it; "
        f"make it about {2 * needed:g} s"
    )


def _slow_to_healthy(timing: Timing) -> str | None:
    target = timing.revision.target
    if target is None or target.interval * target.healthy_threshold < LONG:
        return None
    whole = target.interval * target.healthy_threshold
    return (
        f"interval {target.interval:g} s x threshold {target.healthy_threshold} is {whole:g} s until the load balancer "
        f"trusts a new task; interval 5 s x threshold 2 is 10 s"
    )


def _hasty_to_unhealthy(timing: Timing) -> str | None:
    target = timing.revision.target
    if target is None or target.interval * target.unhealthy_threshold >= HASTY:
        return None
    whole = target.interval * target.unhealthy_threshold
    return (
        f"interval {target.interval:g} s x threshold {target.unhealthy_threshold}: a task that pauses for {whole:g} s "
        f"is replaced; make it {HASTY} s or more together"
    )


def _requests_cut(timing: Timing) -> str | None:
    target, longest = timing.revision.target, timing.longest_request
    if target is None or longest is None:
        return None
    delay, stop = target.deregistration_delay, timing.revision.stop_timeout
    if delay + stop >= longest:
        return None
    return (
        f"a request may take {longest:g} s, but a task that leaves is killed after {delay:g} s of draining and "
        f"{stop:g} s of stop timeout; make the delay {longest:g} s"
    )


def _requests_at_risk(timing: Timing) -> str | None:
    target, longest = timing.revision.target, timing.longest_request
    if target is None or longest is None or target.deregistration_delay >= longest or _requests_cut(timing):
        return None
    return (
        f"a request may take {longest:g} s, but after {target.deregistration_delay:g} s of draining the container gets "
        f"SIGTERM: it must finish its requests in its stop timeout of {timing.revision.stop_timeout:g} s, or the delay "
        f"must be {longest:g} s"
    )


def _no_draining(timing: Timing) -> str | None:
    target = timing.revision.target
    if target is None or target.deregistration_delay > 0 or timing.longest_request is not None:
        return None
    return "with a deregistration delay of 0 s a task gets SIGTERM while it answers; make it the longest request's time"


def _long_draining(timing: Timing) -> str | None:
    target, longest = timing.revision.target, timing.longest_request
    if target is None or target.deregistration_delay < LONG:
        return None
    delay = target.deregistration_delay
    if longest is None:
        return f"every deploy drains for {delay:g} s; make it as long as the longest request, and no longer"
    if delay < 2 * longest:
        return None
    return f"every deploy drains for {delay:g} s, and no request takes longer than {longest:g} s; make it {longest:g} s"


def _stop_over_fargate(timing: Timing) -> str | None:
    stop = timing.revision.stop_timeout
    return (
        f"{stop:g} s is more than Fargate takes; make it {LONGEST_STOP_TIMEOUT} s or less"
        if (stop > LONGEST_STOP_TIMEOUT)
        else None
    )


def _stop_under_exit(timing: Timing) -> str | None:
    stop, needed = timing.revision.stop_timeout, timing.revision.timings.stop
    if needed < stop:
        return None
    return f"the container needs {needed:g} s to end after SIGTERM and is killed after {stop:g} s; allow it more"


def _bake_under_alarm(timing: Timing) -> str | None:
    settings, period = timing.settings, timing.alarm_period
    if not settings.alarms.enabled or period is None or bake_time(settings) >= period:
        return None
    return (
        f"the slowest alarm needs {period:g} s to go off and the bake time is {bake_time(settings):g} s: the "
        f"deployment would be complete before; make it {period:g} s or more"
    )


def _wait_under_duration(timing: Timing) -> str | None:
    if timing.wait_limit >= timing.predicted:
        return None
    return (
        f"a good release takes {timing.predicted:g} s and is followed for {timing.wait_limit:g} s: it would be called "
        f"failed while it succeeds; shorten the deployment, or make the limit {ROOM * timing.predicted:.0f} s"
    )


def _wait_close_to_duration(timing: Timing) -> str | None:
    if not timing.predicted <= timing.wait_limit < ROOM * timing.predicted:
        return None
    return (
        f"a good release takes {timing.predicted:g} s and is followed for {timing.wait_limit:g} s, which leaves little "
        f"for a slow day; make the limit {ROOM * timing.predicted:.0f} s"
    )


def _no_breaker(timing: Timing) -> str | None:
    if timing.settings.breaker.enabled or timing.settings.alarms.enabled:
        return None
    return "neither the circuit breaker nor an alarm is on: ECS starts a bad release again and again, for ever"


def _no_rollback(timing: Timing) -> str | None:
    if not timing.settings.breaker.enabled or timing.settings.breaker.rollback:
        return None
    return "ECS gives a bad release up and leaves the service as it is then; let it roll back"


_GRACE = 'AWS: "CreateService", healthCheckGracePeriodSeconds: documented'
_CHECKS = 'AWS: "Optimize load balancer health check parameters for Amazon ECS": documented; the bound is judged'
_DRAIN = 'AWS: "Optimize load balancer connection draining parameters for Amazon ECS": documented'
_ALARMS = 'AWS: "How CloudWatch alarms detect Amazon ECS deployment failures": documented'
_BREAKER = 'AWS: "How the Amazon ECS deployment circuit breaker detects failures": documented'
_FARGATE = 'AWS: "ContainerDefinition", stopTimeout: documented'
_JUDGED = "judged"

RULES: Final = tuple(
    Rule(name=name, severity=severity, setting=setting, problem=problem, source=source)
    for name, severity, setting, problem, source in (
        ("never-healthy", Severity.ERROR, Setting.GRACE_PERIOD, _never_healthy, _GRACE),
        ("grace-under-start", Severity.WARNING, Setting.GRACE_PERIOD, _grace_under_start, _GRACE),
        ("grace-hides-failure", Severity.ADVICE, Setting.GRACE_PERIOD, _grace_hides_failure, _JUDGED),
        ("slow-to-healthy", Severity.ADVICE, Setting.INTERVAL, _slow_to_healthy, _CHECKS),
        ("hasty-to-unhealthy", Severity.WARNING, Setting.UNHEALTHY_THRESHOLD, _hasty_to_unhealthy, _JUDGED),
        ("requests-cut", Severity.ERROR, Setting.DEREGISTRATION_DELAY, _requests_cut, _DRAIN),
        ("requests-at-risk", Severity.WARNING, Setting.DEREGISTRATION_DELAY, _requests_at_risk, _DRAIN),
        ("no-draining", Severity.WARNING, Setting.DEREGISTRATION_DELAY, _no_draining, _DRAIN),
        ("long-draining", Severity.ADVICE, Setting.DEREGISTRATION_DELAY, _long_draining, _DRAIN),
        ("stop-over-fargate", Severity.ERROR, Setting.STOP_TIMEOUT, _stop_over_fargate, _FARGATE),
        ("stop-under-exit", Severity.WARNING, Setting.STOP_TIMEOUT, _stop_under_exit, _FARGATE),
        ("bake-under-alarm", Severity.WARNING, Setting.BAKE_TIME, _bake_under_alarm, _ALARMS),
        ("wait-under-duration", Severity.ERROR, Setting.WAIT_LIMIT, _wait_under_duration, _JUDGED),
        ("wait-close-to-duration", Severity.WARNING, Setting.WAIT_LIMIT, _wait_close_to_duration, _JUDGED),
        ("no-breaker", Severity.WARNING, Setting.BREAKER, _no_breaker, _BREAKER),
        ("no-rollback", Severity.WARNING, Setting.BREAKER, _no_rollback, _BREAKER),
    )
)
"""Every rule, in the order in which a task meets them."""
