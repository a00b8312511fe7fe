"""The timeline of a deployment in people's words: what happened when, to how many tasks of which revision."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import TYPE_CHECKING, Final

from rollout.timeline import Cause, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from rollout.timeline import Event


class Tone(StrEnum):
    """How a line is to be taken."""

    PLAIN = ""
    GOOD = "good"
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the story."""

    at: float
    """Seconds since the deployment began."""
    kind: Kind
    revision: str
    """The revision it concerns."""
    tasks: int
    """How many tasks it concerns; 0 for what concerns the deployment as a whole."""
    text: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class _Words:
    text: str
    tone: Tone = Tone.PLAIN


_WORDS: Final[Mapping[Kind, _Words]] = {
    Kind.DEPLOYMENT_STARTED: _Words("the deployment of {revision} begins"),
    Kind.DEPLOYMENT_COMPLETED: _Words("the deployment of {revision} is complete", Tone.GOOD),
    Kind.DEPLOYMENT_FAILED: _Words("the deployment of {revision} has failed: {cause}{failures}", Tone.BAD),
    Kind.DEPLOYMENT_SUPERSEDED: _Words("the deployment of {revision} gives way to a newer one"),
    Kind.ROLLBACK_STARTED: _Words("ECS rolls back to {other}", Tone.BAD),
    Kind.ROLLBACK_COMPLETED: _Words("the rollback to {other} is complete", Tone.BAD),
    Kind.ROLLBACK_FAILED: _Words("there is nothing to roll back to", Tone.BAD),
    Kind.ALARMS_IGNORED: _Words("an alarm is in ALARM already: ECS watches none for {revision}", Tone.BAD),
    Kind.BAKE_STARTED: _Words("the bake time begins"),
    Kind.STAGE_REACHED: _Words("stage {stage} begins"),
    Kind.TEST_TRAFFIC_SHIFTED: _Words("{revision} gets {percent} % of the test traffic"),
    Kind.PRODUCTION_TRAFFIC_SHIFTED: _Words("{revision} gets {percent} % of the production traffic"),
    Kind.HOOK_STARTED: _Words("a lifecycle hook is asked at {stage}"),
    Kind.HOOK_PASSED: _Words("the lifecycle hook lets the deployment go on", Tone.GOOD),
    Kind.HOOK_FAILED: _Words("the lifecycle hook refuses", Tone.BAD),
    Kind.HOOK_TIMED_OUT: _Words("nobody has answered the lifecycle hook in time", Tone.BAD),
    Kind.STEADY_STATE: _Words("the service is in a steady state"),
    Kind.BLOCKED: _Words("the limits leave no task to start or stop: the deployment is stuck", Tone.BAD),
    Kind.START_IMPAIRED: _Words("tasks do not start: ECS waits before it tries again", Tone.BAD),
    Kind.TASKS_STARTED: _Words("{tasks} of {revision} launched"),
    Kind.TASKS_STOPPED: _Words("{tasks} of {revision} told to stop: {cause}"),
    Kind.PENDING: _Words("{tasks} of {revision} with network interface, pulling the image"),
    Kind.ACTIVATING: _Words("{tasks} of {revision} with the image, creating containers"),
    Kind.RUNNING: _Words("{tasks} of {revision} running, waiting for health checks"),
    Kind.REGISTERED: _Words("{tasks} of {revision} registered with the load balancer"),
    Kind.TARGET_HEALTHY: _Words("{tasks} of {revision} healthy for the load balancer, which sends them requests"),
    Kind.TARGET_UNHEALTHY: _Words(
        "{tasks} of {revision} unhealthy for the load balancer, which sends them requests", Tone.BAD
    ),
    Kind.CONTAINER_HEALTHY: _Words("{tasks} of {revision} passing the container's health check"),
    Kind.CONTAINER_UNHEALTHY: _Words("{tasks} of {revision} failing the container's health check", Tone.BAD),
    Kind.HEALTHY: _Words("{tasks} of {revision} counted as healthy", Tone.GOOD),
    Kind.UNHEALTHY: _Words("{tasks} of {revision} no longer healthy", Tone.BAD),
    Kind.DEREGISTERED: _Words("{tasks} of {revision} taken from the load balancer"),
    Kind.PULL_FAILED: _Words("{tasks} of {revision} without their image: it cannot be pulled", Tone.BAD),
    Kind.EXITED: _Words("{tasks} of {revision} ended by themselves", Tone.BAD),
    Kind.DEACTIVATING: _Words("{tasks} of {revision} draining, no new requests"),
    Kind.STOPPING: _Words("{tasks} of {revision} asked to end (SIGTERM)"),
    Kind.KILLED: _Words("{tasks} of {revision} killed: the stop timeout is over", Tone.BAD),
    Kind.DEPROVISIONING: _Words("{tasks} of {revision} ended, giving back the network interface"),
    Kind.STOPPED: _Words("{tasks} of {revision} gone"),
    Kind.SERVICE_INACTIVE: _Words("the service is inactive"),
}
"""What a kind of event is called. One that is not here is told by its own name."""

_CAUSES: Final[Mapping[Cause, str]] = {
    Cause.SCALING: "others take their place, or fewer are wanted",
    Cause.HEALTH_CHECKS: "they fail their health checks",
    Cause.USER: "somebody asked for it",
    Cause.ALARM: "an alarm went off",
}
"""Causes that are not clear from their name."""

_TOLD_BY: Final[Mapping[Kind, frozenset[Kind]]] = {
    Kind.REGISTERED: frozenset({Kind.RUNNING}),
    Kind.TARGET_HEALTHY: frozenset({Kind.HEALTHY}),
    Kind.CONTAINER_HEALTHY: frozenset({Kind.HEALTHY}),
    Kind.UNHEALTHY: frozenset({Kind.TARGET_UNHEALTHY, Kind.CONTAINER_UNHEALTHY}),
    Kind.DEREGISTERED: frozenset({Kind.DEACTIVATING, Kind.EXITED, Kind.STOPPING}),
    Kind.STEADY_STATE: frozenset({Kind.DEPLOYMENT_COMPLETED}),
    Kind.DEPLOYMENT_COMPLETED: frozenset({Kind.ROLLBACK_COMPLETED}),
    Kind.DEPROVISIONING: frozenset({Kind.STOPPING}),
}
"""What needs no line of its own when one of these happens to the same tasks at the same moment."""


def tell(events: Iterable[Event], names: Mapping[int, str]) -> tuple[Line, ...]:
    """The story of ``events``; ``names`` says which revision a deployment's number stands for.

    Events of one kind that happen at the same moment to the tasks of one deployment are one line.
    """
    return tuple(line for _, some in groupby(events, lambda event: event.at) for line in _moment(list(some), names))


def clock(seconds: float) -> str:
    """A time as m:ss from the start, or h:mm:ss; fractions of a second are rounded."""
    whole = round(seconds)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def count_of_tasks(number: int) -> str:
    """``1 task``, ``3 tasks``."""
    return f"{number} task" if number == 1 else f"{number} tasks"


def _moment(events: Sequence[Event], names: Mapping[int, str]) -> Iterator[Line]:
    merged: dict[tuple[object, ...], tuple[Event, int]] = {}
    for event in events:
        key = (event._replace(tasks=(), failures=0),)
        first, tasks = merged.get(key, (event, 0))
        merged[key] = first, tasks + len(event.tasks)
    for event, tasks in merged.values():
        if not _is_told_by_another(event, events):
            yield _line(event, tasks, names)


def _is_told_by_another(event: Event, events: Sequence[Event]) -> bool:
    others = _TOLD_BY.get(event.kind, frozenset())
    return any(
        other.kind in others
        and event.deployment in (other.deployment, other.other)
        and (not event.tasks or bool(set(event.tasks) & set(other.tasks)))
        for other in events
    )


def _line(event: Event, tasks: int, names: Mapping[int, str]) -> Line:
    words = _WORDS.get(event.kind, _Words(f"{event.kind.value}, {{revision}}"))
    revision = names.get(event.deployment, "")
    text = words.text.format(
        revision=revision,
        other=names.get(event.other, ""),
        tasks=count_of_tasks(tasks),
        cause=_CAUSES.get(event.cause, event.cause.value) or "no cause given",
        stage=event.stage.value if event.stage else "",
        percent=f"{event.percent:g}",
        failures=f" ({event.failures} failures counted)" if event.failures else "",
    )
    return Line(at=event.at, kind=event.kind, revision=revision, tasks=tasks, text=text, tone=words.tone)
