"""Carrying a deployment that shifts traffic along its course: tasks, hooks, weights.

AWS: "Amazon ECS blue/green service deployments workflow" and "Lifecycle hooks for Amazon ECS service deployments".
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from rollout.batch import Life
from rollout.deployment import State
from rollout.shift import Shift
from rollout.strategy import ALL, LONGEST_STAGE, RETURN, Stage, course
from rollout.timeline import Cause, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rollout.batch import Batch
    from rollout.deployment import Deployment
    from rollout.fleet import Fleet
    from rollout.settings import Settings
    from rollout.shift import Run
    from rollout.timeline import Timeline

_EMPTYING = frozenset({Stage.RECONCILE_SERVICE, Stage.CLEAN_UP})
"""Stages in which all tasks go but those of one deployment."""


class ShiftsTraffic(ABC):
    """The part of a service that knows of traffic.

    ``production`` and ``test`` are the shares of the traffic by deployment, in percent; they are empty as long as no
    deployment has shifted any.
    """

    settings: Settings
    now: float
    fleet: Fleet
    deployments: dict[int, Deployment]
    primary: Deployment
    production: dict[int, float]
    test: dict[int, float]
    _timeline: Timeline
    _steady: bool

    @abstractmethod
    def _fail(self, deployment: Deployment, cause: Cause, *, rollback: bool) -> None: ...

    @abstractmethod
    def _complete(self) -> None: ...

    @abstractmethod
    def _stop(self, batches: Iterable[Batch], cause: Cause) -> None: ...

    @abstractmethod
    def _settle(self) -> None: ...

    def continue_deployment(self, run: int, *, proceed: bool) -> bool:
        """Let a paused deployment go on, or back; False when that run of a hook waits for nobody.

        AWS: "ContinueServiceDeployment" (ECS API reference): documented.
        """
        shift = self.primary.shift if self.primary.state is State.IN_PROGRESS else None
        if shift is None:
            return False
        paused = next((one for one in shift.runs if one.number == run and one.hook.pause), None)
        if paused is None:
            return False
        shift.runs.remove(paused)
        self._tell_hook(Kind.HOOK_PASSED if proceed else Kind.HOOK_FAILED, paused, shift)
        if not proceed:
            self._fail(self.primary, Cause.PAUSE_ENDED, rollback=True)
        self._settle()
        return True

    def _begin_shift(self, deployment: Deployment, source: int) -> None:
        """Give a new deployment its course; ``source`` is the deployment that has the traffic, 0 if there is none."""
        shifting = self.settings.shifting
        if shifting is None:
            return
        if source and not self.production:
            self.production[source] = ALL
        others = self.fleet.deployments() - {source}
        deployment.shift = Shift(course(shifting, reconciles=bool(others)), source, shifting.hooks)

    def _return_shift(self, failed: Deployment, former: Deployment) -> None:
        """Let the rollback of a deployment that shifted traffic do so too, the other way."""
        if failed.shift:
            former.shift, failed.shift = Shift(RETURN, failed.id, returning=True), None

    def _settle_shift(self, shift: Shift) -> None:
        """Do what there is to do at this moment for the primary deployment on its course."""
        shifting, primary = self.settings.shifting, self.primary
        if shift.at < 0 and not shift.returning and shifting and shifting.broken:
            self._go_back(Cause.NETWORKING)
            return
        if shift.at < 0:
            self._enter(shift)
        self._keep_tasks(shift)
        while primary.shift is shift and self._may_leave(shift):
            if not self._enter(shift):
                primary.shift = primary.bake_until = None
                self._complete()
                self._settle()
                return
            self._keep_tasks(shift)
        if primary.shift is shift:
            moments = shift.wakes_after(self.now) + ([primary.retry_at] if primary.retry_at > self.now else [])
            self.fleet.wake(min(moments)) if moments else None

    def _go_back(self, cause: Cause) -> None:
        self._fail(self.primary, cause, rollback=True)
        self._settle()

    def _enter(self, shift: Shift) -> bool:
        """Go on to the next leg: tell of it, shift what it shifts, start its hooks."""
        if not shift.enter(self.now):
            return False
        primary, leg = self.primary, shift.leg
        primary.updated_at = self.now
        subject = shift.source if shift.returning else primary.id
        self._timeline.tell(self.now, Kind.STAGE_REACHED, subject, stage=leg.stage)
        if leg.stage is Stage.RECONCILE_SERVICE:
            self._give(Kind.TEST_TRAFFIC_SHIFTED, self.test, shift.source, ALL)
            self._give(Kind.PRODUCTION_TRAFFIC_SHIFTED, self.production, shift.source, ALL)
        if leg.test is not None:
            self._give(Kind.TEST_TRAFFIC_SHIFTED, self.test, primary.id, leg.test, shift.source)
        if leg.production is not None:
            self._give(Kind.PRODUCTION_TRAFFIC_SHIFTED, self.production, primary.id, leg.production, shift.source)
        if leg.stage is Stage.BAKE_TIME and leg.bake > 0:
            primary.bake_until = self.now + leg.bake
            self._timeline.tell(self.now, Kind.BAKE_STARTED, primary.id)
        for run in shift.runs:
            self._tell_hook(Kind.HOOK_STARTED, run, shift)
        return True

    def _give(self, kind: Kind, shares: dict[int, float], to: int, share: float, other: int = 0) -> None:
        """Give a deployment its share of the traffic, and the rest to ``other``, unless it has it."""
        before = {deployment: percent for deployment, percent in shares.items() if percent > 0}
        rest = {other: round(ALL - share, 1)} if other and share < ALL else {}
        after = {to: share if rest else ALL, **rest} if to else {}
        if before == after or (not to and not before):
            return
        shares.clear()
        shares.update(after)
        loser = other or next((deployment for deployment in before if deployment != to), 0)
        self._timeline.tell(self.now, kind, to, other=loser, percent=after.get(to, 0))

    # Tasks

    def _keep_tasks(self, shift: Shift) -> None:
        """Start and stop what the present leg asks for.

        The revision that had the traffic keeps its tasks until CLEAN_UP: documented. That ECS replaces those of them
        that end, and scales both revisions when the desired count changes, is assumed.
        """
        primary = self.primary
        if shift.stage in _EMPTYING:
            kept = primary.id if shift.stage is Stage.CLEAN_UP else shift.source
            self._stop([batch for batch in self.fleet.wanted() if batch.deployment != kept], Cause.SCALING)
        if shift.scaled and self.now >= primary.retry_at:
            self._maintain(primary)
        source = self.deployments.get(shift.source)
        if source and not shift.returning and shift.stage is not Stage.CLEAN_UP:
            self._maintain(source)

    def _maintain(self, deployment: Deployment) -> None:
        """Let a deployment have the desired number of tasks, and stop its unhealthy ones."""
        fleet, desired = self.fleet, self.settings.desired_count
        own = [batch for batch in fleet.wanted() if batch.deployment == deployment.id]
        alive = [batch for batch in own if batch.life is Life.ALIVE]
        self._stop([batch for batch in own if batch.life is Life.CONDEMNED], Cause.HEALTH_CHECKS)
        tally = fleet.tally(deployment.id)
        if tally.own > desired:
            self._stop(list(fleet.pick(tally.own - desired, reversed(alive))), Cause.SCALING)
        missing = desired - tally.own - tally.own_failing
        if missing > 0:
            batch = fleet.launch(deployment.id, missing, deployment.plan, self.now)
            self._timeline.tell(self.now, Kind.TASKS_STARTED, deployment.id, tasks=batch.tasks)
            self._steady = False

    # Leaving a leg

    def _may_leave(self, shift: Shift) -> bool:
        if not self._end_hooks(shift):
            return False
        if not shift.runs and self.now >= shift.began + shift.leg.bake and self._is_done(shift):
            return True
        if self.now >= shift.began + LONGEST_STAGE and not shift.pauses:
            self._go_back(Cause.STAGE_TIMED_OUT)
        return False

    def _is_done(self, shift: Shift) -> bool:
        """Whether the stage itself has come to its end, hooks and bake time apart."""
        stage, desired = shift.stage, self.settings.desired_count
        if stage is Stage.SCALE_UP:
            tally = self.fleet.tally(self.primary.id)
            return tally.own_healthy == tally.own == desired
        if stage in _EMPTYING:
            kept = self.primary.id if stage is Stage.CLEAN_UP else shift.source
            return self.fleet.deployments() <= {kept}
        return True

    def _end_hooks(self, shift: Shift) -> bool:
        """Take the answers that have come by now; False when one of them sends the deployment back."""
        for run in [run for run in shift.runs if run.ends_at <= self.now]:
            shift.runs.remove(run)
            hook = run.hook
            if hook.times_out:
                self._tell_hook(Kind.HOOK_TIMED_OUT, run, shift)
                if hook.proceeds_on_timeout:
                    continue
                self._go_back(Cause.HOOK_TIMED_OUT)
                return False
            self._tell_hook(Kind.HOOK_PASSED if hook.passes else Kind.HOOK_FAILED, run, shift)
            if not hook.passes:
                self._go_back(Cause.HOOK_FAILED)
                return False
        return True

    def _tell_hook(self, kind: Kind, run: Run, shift: Shift) -> None:
        self._timeline.tell(self.now, kind, self.primary.id, stage=shift.stage, run=run.number, hook=run.index)
