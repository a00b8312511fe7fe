"""A batch: tasks of one deployment that were launched, or stopped, at the same moment and share their course."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from rollout.steps import Step

if TYPE_CHECKING:
    from rollout.steps import Plan


class Life(IntEnum):
    """What the scheduler makes of a batch's tasks."""

    ALIVE = 0
    """Wanted: running, or about to."""
    CONDEMNED = 1
    """Running, but unhealthy beyond the grace period: to be replaced."""
    FAILING = 2
    """Ended by itself; it still holds its place until it has stopped."""
    STOPPING = 3
    """Told to stop."""
    REPLACED = 4
    """Told to stop for its failed health checks while its deployment is in progress; it still holds its place."""


@dataclass(slots=True)
class Batch:
    """The tasks and where they are in their plan.

    Moving whole batches instead of single tasks is what makes the model fast; whoever needs one task alone
    (``stop_task``) splits the batch first.
    """

    id: int
    deployment: int
    tasks: list[int]
    plan: Plan
    begin: float
    """When the plan began."""
    at: int = 0
    """Index of the next step in the plan."""
    serial: int = 0
    """Which entry of the agenda is the valid one."""
    life: Life = Life.ALIVE
    step: Step = Step.PROVISIONING
    healthy: bool = False
    running: bool = False
    registered: bool = False
    serving: bool = False
    """Whether requests reach its tasks: their targets are healthy, or, without a target group, they are."""

    def next_step_at(self) -> float | None:
        """When the next step is due; None when nothing more happens by itself."""
        return self.begin + self.plan[self.at][0] if self.at < len(self.plan) else None

    def follow(self, plan: Plan, begin: float) -> None:
        """Leave the present plan for another one."""
        self.plan, self.begin, self.at = plan, begin, 0
