"""What happens to a task, in which order and when: the task lifecycle as a plan of steps.

AWS: "Amazon ECS task lifecycle" for the states and their order: documented. Durations come from the revision.
"""

from __future__ import annotations

from enum import IntEnum
from heapq import merge
from itertools import count
from math import inf
from typing import TYPE_CHECKING, NamedTuple

from rollout.behaviour import Kind
from rollout.reactions import AT_ONCE, Reactions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rollout.behaviour import Behaviour
    from rollout.revision import Revision

LONGEST_WATCHED = 7 * 86_400.0
"""Seconds of a task's life whose checks are foreseen: one that flaps within its grace period does so for ever."""

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
    KILLED = 16
    """The stop timeout is over and its containers still run: SIGKILL."""
    DEPROVISIONING = 17
    STOPPED = 18


Plan = tuple[tuple[float, Step], ...]
"""Steps with their time in seconds since the plan's begin, in order of time."""


def starting(revision: Revision, grace_period: float, reactions: Reactions = AT_ONCE) -> Plan:
    """What a task of ``revision`` does from its launch on, unless somebody stops it."""
    timings, behaviour = revision.timings, revision.behaviour
    cleared = timings.deprovisioning + reactions.ending
    steps: list[tuple[float, Step]] = [(0.0, Step.PROVISIONING), (timings.provisioning, Step.PENDING)]
    if behaviour.kind is Kind.MISSING:
        failed = timings.provisioning + timings.pull_failure
        return (*steps, (failed, Step.PULL_FAILED), (failed + cleared, Step.STOPPED))
    pulled = timings.provisioning + (timings.pull if behaviour.pull is None else behaviour.pull)
    running = pulled + timings.activation
    steps.append((pulled, Step.ACTIVATING))
    if revision.target:
        steps.append((running, Step.REGISTERED))
    steps.append((running, Step.RUNNING))
    exited = running + behaviour.after if behaviour.kind in {Kind.CRASH, Kind.OOM} else inf
    for at, step in _health(revision, reactions, running, running + grace_period):
        if at >= exited:
            break
        steps.append((at, step))
    if exited < inf:
        steps += [(exited, Step.EXITED), (exited + cleared, Step.STOPPED)]
    return tuple(steps)


def stopping(revision: Revision, reactions: Reactions = AT_ONCE, *, running: bool, registered: bool) -> Plan:
    """What a task does from the moment on that it is told to stop.

    A registered target drains for the whole deregistration delay before SIGTERM is sent (AWS: "Optimize load balancer
    connection draining parameters for Amazon ECS"): documented. After SIGTERM the container has the stop timeout, then
    it is killed (AWS: "ContainerDefinition", ``stopTimeout``): documented.
    """
    timings, at = revision.timings, 0.0
    stop = timings.stop if revision.behaviour.stop is None else revision.behaviour.stop
    steps: list[tuple[float, Step]] = []
    if registered and revision.target:
        at += reactions.deregistration
        steps.append((at, Step.DEACTIVATING))
        at += revision.target.deregistration_delay
    if running:
        steps.append((at, Step.STOPPING))
        at += min(stop, revision.stop_timeout)
        if stop > revision.stop_timeout:
            steps.append((at, Step.KILLED))
    return (*steps, (at, Step.DEPROVISIONING), (at + timings.deprovisioning + reactions.stopping, Step.STOPPED))


def _health(revision: Revision, reactions: Reactions, running: float, grace_over: float) -> list[tuple[float, Step]]:
    """Health steps in order of time: what each check finds, and what the scheduler makes of it."""
    if not revision.container and not revision.target:
        return [(running + COUNTED_AFTER, Step.HEALTHY)]
    container = ((running + at, ok, _By.CONTAINER) for at, ok in _container_findings(revision))
    target = ((running + at, ok, _By.TARGET) for at, ok in _target_findings(revision, reactions))
    ecs = [(running + reactions.counted_after, True, _By.ECS)]
    steps: list[tuple[float, Step]] = []
    passed = {_By.TARGET: revision.target is None, _By.CONTAINER: revision.container is None, _By.ECS: False}
    counted, condemned_at = False, inf
    for at, ok, by in merge(ecs, container, target):
        if condemned_at <= at or at > running + LONGEST_WATCHED:
            break
        passed[by] = ok
        if by in _FINDING:
            steps.append((at, _FINDING[by][ok]))
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


class _By(IntEnum):
    """Who finds a task healthy or not."""

    ECS = 0
    CONTAINER = 1
    TARGET = 2


_FINDING = {
    _By.TARGET: {True: Step.TARGET_HEALTHY, False: Step.TARGET_UNHEALTHY},
    _By.CONTAINER: {True: Step.CONTAINER_HEALTHY, False: Step.CONTAINER_UNHEALTHY},
}


def _target_findings(revision: Revision, reactions: Reactions) -> Iterator[tuple[float, bool]]:
    """When the load balancer finds the target healthy (True) or unhealthy, in seconds since its registration.

    AWS: "Health checks for Application Load Balancer target groups": a check every interval, the state changes after
    the threshold's number of equal results in a row: documented. The same page says that a target which was just
    registered is healthy after one success, and published timelines show it so: observed. But ECS counts a task only
    after some 40 s of running, whatever its checks say: observed. ``reactions.PUBLISHED`` has both; where reactions are
    left out, the whole threshold stands in their place. That an image's latency is that of its health checks too is
    assumed.
    """
    check, behaviour = revision.target, revision.behaviour
    if not check:
        return iter(())
    first = check.interval if reactions.first_check is None else reactions.first_check
    return _findings(
        behaviour,
        (first + number * check.interval for number in count()),
        _Thresholds(
            reactions.target_successes or check.healthy_threshold, check.healthy_threshold, check.unhealthy_threshold
        ),
        timeout=check.timeout,
    )


def _container_findings(revision: Revision) -> Iterator[tuple[float, bool]]:
    """When the container's health check turns healthy (True) or unhealthy, in seconds since it runs.

    AWS: "HealthCheck" (ECS API reference): one success suffices, ``retries`` failures in a row make it unhealthy,
    failures within the start period do not count until one check has succeeded: documented.
    """
    check, behaviour = revision.container, revision.behaviour
    if not check:
        return iter(())
    return _findings(
        behaviour,
        (number * check.interval for number in count(1)),
        _Thresholds(1, 1, check.retries),
        timeout=check.timeout,
        forgiven_until=check.start_period,
    )


class _Thresholds(NamedTuple):
    """Results in a row that change the state: of a new one, from unhealthy to healthy, from healthy to unhealthy."""

    first: int
    rise: int
    fall: int


def _findings(
    behaviour: Behaviour,
    checks: Iterator[float],
    thresholds: _Thresholds,
    *,
    timeout: float,
    forgiven_until: float = 0,
) -> Iterator[tuple[float, bool]]:
    """Changes of state that checks at these times find; as many as there are, which can be without end."""
    state, streak, unchanged = None, 0, set[tuple[float, int, bool | None]]()
    for at in checks:
        if behaviour.latency < timeout and behaviour.passes(at):
            streak = max(streak, 0) + 1
        elif state or at > forgiven_until:
            streak = min(streak, 0) - 1
        found = state
        if streak >= (thresholds.first if state is None else thresholds.rise):
            found = True
        elif -streak >= thresholds.fall:
            found = False
        if found is not None and found is not state:
            state = found
            unchanged.clear()
            yield at, found
        streak = max(-thresholds.fall, min(max(thresholds.first, thresholds.rise), streak))
        if at >= forgiven_until:
            here = (behaviour.recurring(at), streak, state)
            if here in unchanged:
                return
            unchanged.add(here)
