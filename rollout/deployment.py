"""A deployment of a service revision, as ECS keeps it in a service's list of deployments."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from rollout.timeline import Cause

if TYPE_CHECKING:
    from rollout.revision import Revision
    from rollout.shift import Shift
    from rollout.steps import Plan


class State(StrEnum):
    """``rolloutState`` (AWS: "Deployment", ECS API reference): documented."""

    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


@dataclass(slots=True)
class Deployment:
    """One deployment and what the scheduler remembers of it."""

    id: int
    revision: Revision
    created_at: float
    updated_at: float
    plan: Plan = ()
    """What a task launched now will do."""
    state: State = State.IN_PROGRESS
    cause: Cause = Cause.NONE
    """Why it failed."""
    failed_tasks: int = 0
    """Failures in a row, as the circuit breaker counts them."""
    reached_running: bool = False
    """Whether a task has ever run: the breaker's second stage."""
    failed_rounds: int = 0
    """Launches in a row of which no task ran."""
    uncounted: int = 0
    """Tasks that failed before they ran and that ECS has not counted yet."""
    failed_placements: int = 0
    """Launches in a row for which places were missing."""
    acts_at: float = 0
    """When ECS begins to start and stop tasks for it."""
    retry_at: float = 0
    """No launch before this time."""
    watched: bool = False
    """Whether alarms can fail it."""
    bake_until: float | None = None
    """The end of the bake time, once that has begun."""
    shift: Shift | None = None
    """Its course, while it shifts traffic."""
    rolling_back: int = 0
    """The failed deployment that this one replaces, while the service rolls back; else 0."""

    def begin_again(self, now: float, plan: Plan, failed: int) -> None:
        """Become the deployment in progress once more, in place of the failed one."""
        self.state, self.cause, self.updated_at, self.plan = State.IN_PROGRESS, Cause.NONE, now, plan
        self.failed_tasks = self.failed_rounds = self.failed_placements = 0
        self.retry_at, self.reached_running, self.rolling_back = 0.0, False, failed
        self.uncounted = 0
        self.bake_until = None
