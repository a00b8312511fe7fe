"""Where a deployment that shifts traffic stands on its course."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rollout.strategy import LONGEST_STAGE, RETURN, RETURN_AT_ONCE, Leg, Stage

if TYPE_CHECKING:
    from rollout.strategy import Hook


_BEFORE_RETURN = frozenset({Stage.RECONCILE_SERVICE, Stage.SCALE_UP})
"""Stages of a rollback in which the old tasks do not run yet."""


@dataclass(slots=True)
class Run:
    """One run of a lifecycle hook, numbered from 1 within its deployment."""

    number: int
    index: int
    """Of the hook among the settings' hooks."""
    hook: Hook
    begin: float

    @property
    def ends_at(self) -> float:
        """When it comes to an end by itself."""
        return self.begin + self.hook.answers_at


@dataclass(slots=True)
class Shift:
    """The state of one deployment's course."""

    legs: tuple[Leg, ...]
    source: int
    """The deployment that had the traffic before; 0: none."""
    hooks: tuple[Hook, ...] = ()
    returning: bool = False
    """Whether this is a rollback."""
    at: int = -1
    """Index of the present leg; -1 before the first one."""
    began: float = 0
    """When the present leg began."""
    runs: list[Run] = field(default_factory=list)
    """Hooks that have not come to an end."""
    last_run: int = 0
    reaction: float = 0
    """Seconds that ECS takes from a stage's end to the next one."""

    @property
    def leg(self) -> Leg:
        """The present leg."""
        return self.legs[self.at]

    @property
    def stage(self) -> Stage | None:
        """The present stage; None before the first and after the last leg."""
        return self.leg.stage if 0 <= self.at < len(self.legs) else None

    @property
    def ends_at(self) -> float:
        """When the present leg may end at the soonest."""
        return self.began + self.leg.bake + self.reaction

    @property
    def scaled(self) -> bool:
        """Whether the new revision has got as far as to have tasks."""
        stage = self.stage
        return stage is not None and stage not in {Stage.RECONCILE_SERVICE, Stage.PRE_SCALE_UP}

    @property
    def has_taken_over(self) -> bool:
        """Whether its own tasks are the ones to stay, should another deployment begin now."""
        return self.stage not in _BEFORE_RETURN if self.returning else self.stage is Stage.CLEAN_UP

    def enter(self, now: float) -> bool:
        """Go on to the next leg and start its hooks; False when there is none."""
        self.at += 1
        self.began, self.runs = now, []
        if self.at >= len(self.legs):
            return False
        for index, hook in enumerate(self.hooks):
            if self.leg.stage in hook.stages:
                self.last_run += 1
                self.runs.append(Run(self.last_run, index, hook, now))
        return True

    def back(self, failed: int, to: int) -> Shift:
        """The course back to the deployment numbered ``to`` when this one, numbered ``failed``, has failed.

        AWS: "Amazon ECS blue/green service deployments workflow": traffic goes back to the old revision, whose tasks
        run until CLEAN_UP: documented. That it does not wait for one of them that is being replaced, and that after
        CLEAN_UP has begun the old tasks are started again before it moves, is assumed; so is that a deployment which
        began in the clean-up of another one first gives the traffic back to that, whose tasks still run.
        """
        if self.stage is Stage.CLEAN_UP or to == self.source:
            legs = RETURN if self.stage is Stage.CLEAN_UP else RETURN_AT_ONCE
            return Shift(legs, failed, returning=True, reaction=self.reaction)
        return Shift((Leg(Stage.RECONCILE_SERVICE), *RETURN), self.source, returning=True, reaction=self.reaction)

    def wakes_after(self, now: float) -> list[float]:
        """Moments at which something about the leg may change by itself."""
        moments = [run.ends_at for run in self.runs] + [self.began + self.leg.bake, self.ends_at]
        if not self.pauses:
            moments.append(self.began + LONGEST_STAGE)
        return [moment for moment in moments if moment > now]

    @property
    def pauses(self) -> bool:
        """Whether a person is waited for."""
        return any(run.hook.pause for run in self.runs)
