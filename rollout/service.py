"""An ECS service on a virtual clock.

A discrete-event simulation without randomness: the same commands at the same times give the same timeline, whether time
passes in one leap or in many steps. The state is plain data and can be pickled at any moment.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from rollout import rolling, shifting
from rollout.batch import Batch, Life
from rollout.deployment import Deployment, State
from rollout.state import ServiceState
from rollout.steps import Step
from rollout.throttle import wait_before_retry
from rollout.timeline import STEP_KINDS, Cause, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from rollout.revision import Revision
    from rollout.settings import Settings
    from rollout.timeline import Event


class Service(ServiceState):
    """A service, its deployments and its tasks.

    Deployments and tasks are numbered from 1 in the order of their creation. Commands act at ``now``; ``advance`` lets
    time pass. ``take_events`` hands over what has happened since it was last called.
    """

    def __init__(
        self,
        settings: Settings,
        revision: Revision,
        *,
        at: float = 0.0,
        alarming: Iterable[str] = (),
        places: Mapping[str, int] | None = None,
    ) -> None:
        super().__init__(settings, revision, at, alarming)
        self.places, self.shortage = dict(places or {}), Cause.ADDRESSES
        self.deleted = False
        self._inactive_told = False
        shifting.begin(self, source=0)
        self._settle()

    # Commands

    def deploy(self, revision: Revision) -> int:
        """Start a deployment of ``revision``, in place of one in progress if there is one; returns its number.

        AWS: "UpdateService" (ECS API reference): documented. A superseded deployment's tasks are treated like those of
        any former revision: assumed.
        """
        former, source = self.primary, shifting.source(self)
        if former.state is State.IN_PROGRESS:
            self.tell(Kind.DEPLOYMENT_SUPERSEDED, former)
        if former.rolling_back and former.shift:
            self.completed = former  # it has the traffic again, or is about to: whatever fails now goes back to it
        former.rolling_back, former.shift = 0, None
        self.primary = begun = self.begin(revision)
        shifting.begin(self, source)
        self.forget_ended()
        self._settle()
        return begun.id

    def configure(self, settings: Settings) -> None:
        """Change the settings without a new deployment; tasks launched from now on see the new grace period."""
        if settings == self.settings:
            return
        self.settings = settings
        self.moving = 0
        for deployment in self.deployments.values():
            deployment.plan = self.plan_of(deployment.revision)
        self.steady = False
        self._settle()

    def scale(self, desired_count: int) -> None:
        """Want another number of tasks; not a deployment."""
        self.configure(replace(self.settings, desired_count=desired_count))

    def revise(self, deployment: int, revision: Revision) -> None:
        """What tasks of ``deployment`` do that are launched from now on (its image was pushed only now, say)."""
        known = self.deployments[deployment]
        known.revision = revision
        known.plan = self.plan_of(revision)

    def stop_task(self, task: int, cause: Cause = Cause.USER) -> bool:
        """Stop one task; the scheduler replaces it. False when it is unknown or on its way out already."""
        batch = self.fleet.find(task)
        if batch is None or batch.life > Life.CONDEMNED:
            return False
        self.stop([self.fleet.part(batch, [task])], cause)
        self._settle()
        return True

    def stop_deployment(self) -> bool:
        """Stop the deployment in progress and roll back; False when none is in progress.

        AWS: "StopServiceDeployment" (ECS API reference): documented; it works without a rollback being configured.
        """
        if self.primary.state is not State.IN_PROGRESS or self.primary.rolling_back:
            return False
        self.fail(Cause.STOP_REQUESTED, rollback=True)
        self._settle()
        return True

    def continue_deployment(self, run: int, *, proceed: bool) -> bool:
        """Let a paused deployment go on, or back; False when that run of a hook waits for nobody.

        AWS: "ContinueServiceDeployment" (ECS API reference): documented.
        """
        return self._answer(run, pause=True, passes=proceed)

    def answer_hook(self, run: int, *, passes: bool) -> bool:
        """Say what a lifecycle hook's function has answered; False when that run of one is not under way.

        AWS: "Lambda hooks for Amazon ECS service deployments": SUCCEEDED lets the deployment go on, FAILED sends it
        back: documented.
        """
        return self._answer(run, pause=False, passes=passes)

    def _answer(self, run: int, *, pause: bool, passes: bool) -> bool:
        answered = shifting.answer(self, run, pause=pause, passes=passes)
        self._settle()
        return answered

    def protect(self, task: int, until: float | None) -> bool:
        """Protect a task from being stopped for being old or too many; None ends its protection.

        False when the task is unknown or on its way out already.

        AWS: "Protect your Amazon ECS tasks from being terminated by scale-in events": neither scaling nor a deployment
        stops the task until then; people, deletion and failed health checks do: documented. "UpdateTaskProtection"
        (ECS API reference): a later call replaces the former one: documented.
        """
        batch = self.fleet.find(task)
        if batch is None or batch.life > Life.CONDEMNED:
            return False
        self.fleet.protected.pop(task, None)
        if until is not None and until > self.now:
            self.fleet.protect(task, until)
        self._settle()
        return True

    def protected_until(self, task: int) -> float | None:
        """When a task's protection ends; None when it has none."""
        return self.fleet.protected.get(task)

    def limit(self, places: Mapping[str, int], cause: Cause = Cause.ADDRESSES) -> None:
        """Let there be only so many tasks at once in these zones ("" without zones), and any number in the others.

        ``cause`` is CAPACITY or ADDRESSES. Running tasks stay; a launch without a place fails.
        """
        if (places, cause) != (self.places, self.shortage):
            self.places, self.shortage = dict(places), cause
            self._settle()

    def set_alarm(self, name: str, *, alarming: bool) -> None:
        """An alarm has gone into ALARM, or out of it.

        AWS: "How CloudWatch alarms detect Amazon ECS deployment failures": an alarm that goes into ALARM while the
        deployment is in progress, its bake time included, fails it: documented.
        """
        if not alarming:
            self.alarming.discard(name)
            return
        self.alarming.add(name)
        primary, alarms = self.primary, self.settings.alarms
        if primary.state is State.IN_PROGRESS and primary.watched and name in alarms.names:
            self.fail(Cause.ALARM, rollback=alarms.rollback)
            self._settle()

    def delete(self) -> None:
        """Stop all tasks; the service is inactive when the last one has stopped."""
        self.deleted = True
        self.settings = replace(self.settings, desired_count=0)
        self.stop(self.fleet.wanted(), Cause.SERVICE_DELETED)
        self._settle()

    # Time

    def next_event_at(self) -> float | None:
        """When something happens next by itself; None when never."""
        return self.fleet.next_event_at()

    def advance(self, to: float) -> None:
        """Let time pass until ``to``, that moment included."""
        while (at := self.fleet.next_event_at()) is not None and at <= to:
            self.now = at
            for taken in self.fleet.take_steps(at):
                self._take(*taken) if taken else self._ask_to_settle()
            if self.settle_needed:
                self._settle()
        self.now = max(self.now, to)

    def run(self, until: float = float("inf")) -> None:
        """Let time pass until nothing more happens by itself, or until ``until``."""
        while (at := self.fleet.next_event_at()) is not None and at <= until:
            self.advance(at)

    def take_events(self) -> list[Event]:
        """What has happened since the last call, in order."""
        return self.timeline.take()

    # What stands now

    @property
    def inactive(self) -> bool:
        """Whether it was deleted and its last task has stopped."""
        return self.deleted and not self.fleet.batches

    def count(self, deployment: int) -> tuple[int, int]:
        """(pending, running) tasks of a deployment that are not on their way out."""
        pending = running = 0
        for batch in self.fleet.wanted():
            if batch.deployment == deployment:
                running += len(batch.tasks) * batch.running
                pending += len(batch.tasks) * (not batch.running)
        return pending, running

    # Steps of tasks

    def _take(self, batch: Batch, step: Step) -> None:
        kind = STEP_KINDS.get(step)
        if kind:
            self.timeline.tell(self.now, kind, batch.deployment, tasks=batch.tasks)
        effect = self._EFFECTS.get(step)
        if effect:
            effect(self, batch)

    def _ask_to_settle(self) -> None:
        self.settle_needed = True

    def _on_registered(self, batch: Batch) -> None:
        batch.registered = True

    def _on_running(self, batch: Batch) -> None:
        batch.running = True
        deployment = self.deployments[batch.deployment]
        deployment.reached_running = True
        deployment.failed_rounds = 0

    def _on_target_healthy(self, batch: Batch) -> None:
        batch.serving = True

    def _on_target_unhealthy(self, batch: Batch) -> None:
        batch.serving = False

    def _on_healthy(self, batch: Batch) -> None:
        batch.healthy = batch.serving = True
        if self.settings.breaker.reset_on_healthy_task:
            self.deployments[batch.deployment].failed_tasks = 0
        self.settle_needed = True

    def _on_unhealthy(self, batch: Batch) -> None:
        batch.healthy = self.steady = False
        batch.serving = batch.serving and batch.registered
        self.settle_needed = True

    def _on_condemned(self, batch: Batch) -> None:
        batch.life = Life.CONDEMNED
        self.count_failure(self.deployments[batch.deployment], len(batch.tasks), Cause.TASKS_FAILED_HEALTH_CHECKS)
        self.settle_needed = True

    def _on_ended(self, batch: Batch) -> None:
        batch.life = Life.FAILING
        batch.running = batch.healthy = self.steady = False
        self.deregister(batch)
        self.settle_needed = True

    def _on_stopped(self, batch: Batch) -> None:
        self.fleet.remove(batch)
        deployment = self.deployments[batch.deployment]
        if batch.life is Life.FAILING and deployment.reached_running:
            self.count_failure(deployment, len(batch.tasks), Cause.TASKS_FAILED_TO_START)
        elif batch.life is Life.FAILING:
            deployment.uncounted += len(batch.tasks)
            self._throttle(deployment)
        self.forget_ended()
        self.settle_needed = True

    _EFFECTS: ClassVar[dict[Step, Callable[[Service, Batch], None]]] = {
        Step.REGISTERED: _on_registered,
        Step.RUNNING: _on_running,
        Step.TARGET_HEALTHY: _on_target_healthy,
        Step.TARGET_UNHEALTHY: _on_target_unhealthy,
        Step.HEALTHY: _on_healthy,
        Step.UNHEALTHY: _on_unhealthy,
        Step.CONDEMNED: _on_condemned,
        Step.PULL_FAILED: _on_ended,
        Step.EXITED: _on_ended,
        Step.DEACTIVATING: ServiceState.deregister,
        Step.STOPPED: _on_stopped,
    }

    def _throttle(self, deployment: Deployment) -> None:
        deployment.failed_rounds += 1
        wait = wait_before_retry(deployment.failed_rounds)
        if wait and deployment is self.primary:
            deployment.retry_at = self.now + wait
            self.fleet.wake(deployment.retry_at)
            if deployment.failed_rounds > 1:
                self.tell(Kind.START_IMPAIRED, deployment)

    def _settle(self) -> None:
        """Let the deployment's strategy do what there is to do at this moment."""
        self.settle_needed = False
        if not self.deleted and self.now < self.primary.acts_at:
            self.fleet.wake(self.primary.acts_at)
        elif not self.deleted:
            strategy = shifting if self.primary.shift and self.primary.state is State.IN_PROGRESS else rolling
            strategy.settle(self)
            if self.settle_needed:
                self._settle()
        elif not self.fleet.batches and not self._inactive_told:
            self._inactive_told = True
            self.tell(Kind.SERVICE_INACTIVE, self.primary)
