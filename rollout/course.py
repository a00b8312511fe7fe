"""How many tasks of which revision were in which state when: a deployment's events as curves over time."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import TYPE_CHECKING, Final

from rollout.timeline import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rollout.timeline import Event


class TaskState(StrEnum):
    """What a task is to whoever waits for it."""

    STARTING = "starting"
    """Launched, not running yet."""
    CHECKING = "being checked"
    """Running, and not healthy."""
    HEALTHY = "healthy"
    LEAVING = "leaving"
    """Draining, stopping, or ended by itself; it still holds its network interface."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What stands from ``at`` on, until the next moment."""

    at: float
    tasks: Mapping[tuple[int, TaskState], int]
    """(Number of the deployment, state) -> tasks; none of them 0."""

    @property
    def healthy(self) -> int:
        """Healthy tasks of all revisions."""
        return sum(number for (_, state), number in self.tasks.items() if state is TaskState.HEALTHY)

    def share(self, deployment: int) -> float:
        """Share (0 to 1) of the healthy tasks that are of this deployment; 0 when there are none."""
        return self.tasks.get((deployment, TaskState.HEALTHY), 0) / (self.healthy or 1)


_BECOMES: Final[Mapping[Kind, TaskState | None]] = {
    Kind.TASKS_STARTED: TaskState.STARTING,
    Kind.RUNNING: TaskState.CHECKING,
    Kind.HEALTHY: TaskState.HEALTHY,
    Kind.UNHEALTHY: TaskState.CHECKING,
    Kind.TASKS_STOPPED: TaskState.LEAVING,
    Kind.EXITED: TaskState.LEAVING,
    Kind.PULL_FAILED: TaskState.LEAVING,
    Kind.STOPPED: None,
}
"""Event -> the state of its tasks from then on; None: they are gone."""


def follow(events: Iterable[Event], running_before: int) -> tuple[Moment, ...]:
    """The moments at which something changed, the first at 0.

    ``running_before`` tasks of deployment 1 are healthy at the start: those that the deployment finds.
    """
    states: dict[int, TaskState] = {}
    counts: Counter[tuple[int, TaskState]] = Counter({(1, TaskState.HEALTHY): running_before})
    moments = [Moment(at=0.0, tasks=+counts)]
    for at, some in groupby(events, lambda event: event.at):
        for event in some:
            if event.kind in _BECOMES:
                _move(event, states, counts)
        if +counts != moments[-1].tasks:
            moments[-1:] = [*([moments[-1]] if moments[-1].at < at else []), Moment(at=at, tasks=+counts)]
    return tuple(moments)


def _move(event: Event, states: dict[int, TaskState], counts: Counter[tuple[int, TaskState]]) -> None:
    after = _BECOMES[event.kind]
    for task in event.tasks:
        before = None if event.kind is Kind.TASKS_STARTED else states.get(task, TaskState.HEALTHY)
        if before is not None:
            counts[event.deployment, before] -= 1
        if after is not None:
            counts[event.deployment, after] += 1
            states[task] = after
