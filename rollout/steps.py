"""What happens to a task, in which order and when: the task lifecycle as a plan of steps.

AWS: "Amazon ECS task lifecycle" for the states and their order: documented. Durations come from the revision.
"""

from __future__ import annotations

from enum import IntEnum
from math import ceil, inf
from typing import TYPE_CHECKING

from rollout.behaviour import Kind

if TYPE_CHECKING:
    from rollout.revision import Revision

COUNTED_AFTER = 40.0
"""Seconds of RUNNING after which a task without any health check counts as healthy.

AWS: "DeploymentConfiguration" (ECS API reference, ``minimumHealthyPercent``): documented.
"""


class Step(IntEnum):
    """One thing that happens to a task."""

    PROVISIONING = 0
    PENDING = 1
    ACTIVATING = 2
    REGISTERED = 3
    RUNNING = 4
    CONTAINER_HEALTHY = 5
    CONTAINER_UNHEALTHY = 6
    TARGET_HEALTHY = 7
    TARGET_UNHEALTHY = 8
    HEALTHY = 9
    """From here on the task counts towards the minimum healthy percent."""
    UNHEALTHY = 10
    """From here on it no longer does."""
    CONDEMNED = 11
    """It is unhealthy and its grace period is over: the scheduler replaces it."""
    PULL_FAILED = 12
    EXITED = 13
    """Its essential container has exited by itself."""
    DEACTIVATING = 14
    STOPPING = 15
    DEPROVISIONING = 16
    STOPPED = 17


Plan = tuple[tuple[float, Step], ...]
"""Steps with their time in seconds since the plan's begin, in order of time."""


def starting(revision: Revision, grace_period: float) -> Plan:
    """What a task of ``revision`` does from its launch on, unless somebody stops it."""
    timings, behaviour = revision.timings, revision.behaviour
    steps: list[tuple[float, Step]] = [(0.0, Step.PROVISIONING), (timings.provisioning, Step.PENDING)]
    if behaviour.kind is Kind.MISSING:
        failed = timings.provisioning + timings.pull_failure
        return (*steps, (failed, Step.PULL_FAILED), (failed + timings.deprovisioning, Step.STOPPED))
    pulled = timings.provisioning + timings.pull
    running = pulled + timings.activation
    steps.append((pulled, Step.ACTIVATING))
    if revision.target:
        steps.append((running, Step.REGISTERED))
    steps.append((running, Step.RUNNING))
    exited = running + behaviour.after if behaviour.kind in {Kind.CRASH, Kind.OOM} else inf
    for at, step in _health(revision, running, running + grace_period):
        if at >= exited:
            break
        steps.append((at, step))
    if exited < inf:
        steps += [(exited, Step.EXITED), (exited + timings.deprovisioning, Step.STOPPED)]
    return tuple(steps)


def stopping(revision: Revision, *, running: bool, registered: bool) -> Plan:
    """What a task does from the moment on that it is told to stop.

    A registered target drains for the whole deregistration delay before SIGTERM is sent (AWS: "Optimize load balancer
    connection draining parameters for Amazon ECS"): documented. After SIGTERM the container has the stop timeout.
    """
    timings, at = revision.timings, 0.0
    steps: list[tuple[float, Step]] = []
    if registered and revision.target:
        steps.append((at, Step.DEACTIVATING))
        at += revision.target.deregistration_delay
    if running:
        steps.append((at, Step.STOPPING))
        at += min(timings.stop, revision.stop_timeout)
    return (*steps, (at, Step.DEPROVISIONING), (at + timings.deprovisioning, Step.STOPPED))


def _health(revision: Revision, running: float, grace_over: float) -> list[tuple[float, Step]]:
    """Health steps in order of time: what each check finds, and what the scheduler makes of it."""
    container = _container_results(revision, running)
    target = _target_results(revision, running)
    if not revision.container and not revision.target:
        return [(running + COUNTED_AFTER, Step.HEALTHY)]
    found = sorted([(at, ok, False) for at, ok in container] + [(at, ok, True) for at, ok in target])
    steps: list[tuple[float, Step]] = []
    passed = {True: revision.target is None, False: revision.container is None}
    counted, condemned_at = False, inf
    for at, ok, is_target in found:
        if condemned_at <= at:
            break
        passed[is_target] = ok
        steps.append((at, _FINDING[is_target, ok]))
        if all(passed.values()) and not counted:
            counted, condemned_at = True, inf
            steps.append((at, Step.HEALTHY))
        elif not ok:
            if counted:
                steps.append((at, Step.UNHEALTHY))
            counted, condemned_at = False, min(condemned_at, max(at, grace_over))
    if condemned_at < inf:
        steps.append((condemned_at, Step.CONDEMNED))
    return steps


_FINDING = {
    (True, True): Step.TARGET_HEALTHY,
    (True, False): Step.TARGET_UNHEALTHY,
    (False, True): Step.CONTAINER_HEALTHY,
    (False, False): Step.CONTAINER_UNHEALTHY,
}


def _answers(revision: Revision, running: float) -> tuple[float, float]:
    """From when until when the container passes health checks."""
    behaviour = revision.behaviour
    if behaviour.kind is not Kind.UNHEALTHY:
        return running + behaviour.start, inf
    return (running + behaviour.start, running + behaviour.after) if behaviour.after > behaviour.start else (inf, inf)


def _target_results(revision: Revision, registered: float) -> list[tuple[float, bool]]:
    """When the load balancer finds the target healthy (True) or unhealthy.

    AWS: "Health checks for Application Load Balancer target groups": a check every interval, the state changes after
    the threshold's number of equal results in a row: documented. The same page says that a target which was just
    registered is healthy after one success. Guides and reported durations count the whole threshold (N. Peck, "Speeding
    up Amazon ECS container deployments"): observed, and the default here until published timelines tell.
    """
    check = revision.target
    if not check:
        return []
    return _results(
        registered,
        check.interval,
        (check.initial_successes or check.healthy_threshold, check.unhealthy_threshold),
        _answers(revision, registered),
        forgiven_until=registered,
    )


def _container_results(revision: Revision, running: float) -> list[tuple[float, bool]]:
    """When the container's health check turns healthy (True) or unhealthy.

    AWS: "HealthCheck" (ECS API reference): one success suffices, ``retries`` failures in a row make it unhealthy,
    failures within the start period do not count: documented.
    """
    check = revision.container
    if not check:
        return []
    return _results(
        running,
        check.interval,
        (1, check.retries),
        _answers(revision, running),
        forgiven_until=running + check.start_period,
    )


def _results(
    begin: float,
    interval: float,
    thresholds: tuple[int, int],
    answers: tuple[float, float],
    *,
    forgiven_until: float,
) -> list[tuple[float, bool]]:
    """Changes found by a check at ``begin + interval``, ``begin + 2 x interval`` and so on."""
    rise, fall = thresholds
    up, down = answers
    results = []
    forgiven = ceil((forgiven_until - begin) / interval)
    first_pass = max(1, ceil((up - begin) / interval)) if up < inf else inf
    if first_pass > forgiven + fall:
        results.append((begin + (forgiven + fall) * interval, False))
    if first_pass < inf:
        healthy = begin + (first_pass + rise - 1) * interval
        if healthy < down:
            results.append((healthy, True))
        if down < inf:
            first_failure = max(ceil((down - begin) / interval), forgiven + 1)
            results.append((begin + (first_failure + fall - 1) * interval, False))
    return results
