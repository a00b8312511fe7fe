"""An ECS service on a virtual clock.

A discrete-event simulation without randomness: the same commands at the same times give the same timeline, whether time
passes in one leap or in many steps. The state is plain data and can be pickled at any moment.
"""

from __future__ import annotations

from dataclasses import replace
from heapq import heappop, heappush
from typing import TYPE_CHECKING, ClassVar

from rollout import breaker, steps
from rollout.batch import Batch, Life
from rollout.deployment import Deployment, State
from rollout.limits import maximum_tasks, minimum_healthy_tasks
from rollout.scheduler import Decision, Tally, decide
from rollout.steps import Step
from rollout.throttle import wait_before_retry
from rollout.timeline import Cause, Event, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rollout.revision import Revision
    from rollout.settings import Settings

_TOLD = {
    Step.PENDING: Kind.PENDING,
    Step.ACTIVATING: Kind.ACTIVATING,
    Step.REGISTERED: Kind.REGISTERED,
    Step.RUNNING: Kind.RUNNING,
    Step.CONTAINER_HEALTHY: Kind.CONTAINER_HEALTHY,
    Step.CONTAINER_UNHEALTHY: Kind.CONTAINER_UNHEALTHY,
    Step.TARGET_HEALTHY: Kind.TARGET_HEALTHY,
    Step.TARGET_UNHEALTHY: Kind.TARGET_UNHEALTHY,
    Step.HEALTHY: Kind.HEALTHY,
    Step.UNHEALTHY: Kind.UNHEALTHY,
    Step.PULL_FAILED: Kind.PULL_FAILED,
    Step.EXITED: Kind.EXITED,
    Step.DEACTIVATING: Kind.DEACTIVATING,
    Step.STOPPING: Kind.STOPPING,
    Step.DEPROVISIONING: Kind.DEPROVISIONING,
    Step.STOPPED: Kind.STOPPED,
}
"""The event that tells of a step; ``CONDEMNED`` is told by what the scheduler does about it."""


class Service:
    """A service, its deployments and its tasks.

    Deployments and tasks are numbered from 1 in the order of their creation. Commands act at ``now``; ``advance`` lets
    time pass. ``take_events`` hands over what has happened since it was last called.
    """

    def __init__(self, settings: Settings, revision: Revision, *, at: float = 0.0) -> None:
        self.settings = settings
        self.now = at
        self.deployments: dict[int, Deployment] = {}
        """The primary deployment and those that still have tasks, by number."""
        self.batches: dict[int, Batch] = {}
        self.deleted = False
        self._completed: Deployment | None = None
        self._steady = False
        self._blocked = False
        self._inactive_told = False
        self._events: list[Event] = []
        self._agenda: list[tuple[float, int, int]] = []
        self._serial = 0
        self._last_deployment = 0
        self._last_task = 0
        self._settle_needed = False
        self.primary = self._new_deployment(revision)
        self._settle()

    # Commands

    def deploy(self, revision: Revision) -> int:
        """Start a deployment of ``revision``, in place of one in progress if there is one; returns its number.

        AWS: "UpdateService" (ECS API reference): documented. A superseded deployment's tasks are treated like those of
        any former revision: assumed.
        """
        former = self.primary
        if former.state is State.IN_PROGRESS:
            self._tell(Kind.DEPLOYMENT_SUPERSEDED, former)
        former.rolling_back = 0
        self.primary = self._new_deployment(revision)
        self._forget_ended()
        self._settle()
        return self.primary.id

    def configure(self, settings: Settings) -> None:
        """Change the settings without a new deployment; tasks launched from now on see the new grace period."""
        if settings == self.settings:
            return
        self.settings = settings
        for deployment in self.deployments.values():
            deployment.plan = steps.starting(deployment.revision, settings.grace_period)
        self._steady = False
        self._settle()

    def scale(self, desired_count: int) -> None:
        """Want another number of tasks; not a deployment."""
        self.configure(replace(self.settings, desired_count=desired_count))

    def revise(self, deployment: int, revision: Revision) -> None:
        """What tasks of ``deployment`` do that are launched from now on (its image was pushed only now, say)."""
        known = self.deployments[deployment]
        known.revision = revision
        known.plan = steps.starting(revision, self.settings.grace_period)

    def stop_task(self, task: int, cause: Cause = Cause.USER) -> bool:
        """Stop one task; the scheduler replaces it. False when it is unknown or on its way out already."""
        batch = next((batch for batch in self.batches.values() if task in batch.tasks), None)
        if batch is None or batch.life not in {Life.ALIVE, Life.CONDEMNED}:
            return False
        self._stop(self._split(batch, [task]), cause)
        self._settle()
        return True

    def stop_deployment(self) -> bool:
        """Stop the deployment in progress and roll back; False when none is in progress.

        AWS: "StopServiceDeployment" (ECS API reference): documented; it works without a rollback being configured.
        """
        if self.primary.state is not State.IN_PROGRESS or self.primary.rolling_back:
            return False
        self._fail(self.primary, Cause.STOP_REQUESTED, rollback=True)
        self._settle()
        return True

    def delete(self) -> None:
        """Stop all tasks; the service is inactive when the last one has stopped."""
        self.deleted = True
        self.settings = replace(self.settings, desired_count=0)
        for batch in list(self.batches.values()):
            if batch.life in {Life.ALIVE, Life.CONDEMNED}:
                self._stop(batch, Cause.SERVICE_DELETED)
        self._settle()

    # Time

    def next_event_at(self) -> float | None:
        """When something happens next by itself; None when never."""
        agenda = self._agenda
        while agenda and not self._is_valid(agenda[0]):
            heappop(agenda)
        return agenda[0][0] if agenda else None

    def advance(self, to: float) -> None:
        """Let time pass until ``to``, that moment included."""
        while (at := self.next_event_at()) is not None and at <= to:
            self.now = at
            while self._agenda and self._agenda[0][0] == at:
                entry = heappop(self._agenda)
                if self._is_valid(entry):
                    self._step(entry[2])
            if self._settle_needed:
                self._settle()
        self.now = max(self.now, to)

    def run(self, until: float = float("inf")) -> None:
        """Let time pass until nothing more happens by itself, or until ``until``."""
        while (at := self.next_event_at()) is not None and at <= until:
            self.advance(at)

    def take_events(self) -> list[Event]:
        """What has happened since the last call, in order."""
        events, self._events = self._events, []
        return events

    # What stands now

    @property
    def steady(self) -> bool:
        """Whether the service runs exactly what is wanted, and nothing else."""
        return self._steady

    @property
    def inactive(self) -> bool:
        """Whether it was deleted and its last task has stopped."""
        return self.deleted and not self.batches

    def count(self, deployment: int) -> tuple[int, int]:
        """(pending, running) tasks of a deployment that are not on their way out."""
        pending = running = 0
        known = self.deployments.get(deployment)
        for batch in map(self.batches.__getitem__, known.batches if known else ()):
            if batch.life in {Life.ALIVE, Life.CONDEMNED}:
                if batch.running:
                    running += len(batch.tasks)
                else:
                    pending += len(batch.tasks)
        return pending, running

    # Steps of tasks

    def _is_valid(self, entry: tuple[float, int, int]) -> bool:
        at, serial, batch_id = entry
        if batch_id == 0:
            return at == self.primary.retry_at
        batch = self.batches.get(batch_id)
        return batch is not None and batch.serial == serial

    def _step(self, batch_id: int) -> None:
        if batch_id == 0:
            self._settle_needed = True
            return
        batch = self.batches[batch_id]
        step = batch.plan[batch.at][1]
        batch.at += 1
        batch.step = step
        if step in _TOLD:
            self._events.append(Event(self.now, _TOLD[step], batch.deployment, tuple(batch.tasks)))
        effect = self._EFFECTS.get(step)
        if effect:
            effect(self, batch)
        if batch.step is not Step.STOPPED:
            self._schedule_next(batch)

    def _on_registered(self, batch: Batch) -> None:
        batch.registered = True

    def _on_running(self, batch: Batch) -> None:
        batch.running = True
        deployment = self.deployments[batch.deployment]
        deployment.reached_running = True
        deployment.failed_rounds = 0

    def _on_healthy(self, batch: Batch) -> None:
        batch.healthy = True
        if self.settings.breaker.reset_on_healthy_task:
            self.deployments[batch.deployment].failed_tasks = 0
        self._settle_needed = True

    def _on_unhealthy(self, batch: Batch) -> None:
        batch.healthy = False
        self._steady = False
        self._settle_needed = True

    def _on_condemned(self, batch: Batch) -> None:
        batch.life = Life.CONDEMNED
        self._count_failure(self.deployments[batch.deployment], batch, Cause.TASKS_FAILED_HEALTH_CHECKS)
        self._settle_needed = True

    def _on_ended(self, batch: Batch) -> None:
        batch.life = Life.FAILING
        batch.running = batch.healthy = False
        self._steady = False
        if batch.registered:
            batch.registered = False
            self._events.append(Event(self.now, Kind.DEREGISTERED, batch.deployment, tuple(batch.tasks)))
        self._settle_needed = True

    def _on_stopped(self, batch: Batch) -> None:
        del self.batches[batch.id]
        deployment = self.deployments[batch.deployment]
        deployment.batches.discard(batch.id)
        if batch.life is Life.FAILING:
            self._count_failure(deployment, batch, Cause.TASKS_FAILED_TO_START)
            if not deployment.reached_running:
                self._throttle(deployment)
        self._forget_ended()
        self._settle_needed = True

    def _throttle(self, deployment: Deployment) -> None:
        deployment.failed_rounds += 1
        wait = wait_before_retry(deployment.failed_rounds)
        if wait:
            deployment.retry_at = self.now + wait
            self._wake(deployment.retry_at)
            self._tell(Kind.START_IMPAIRED, deployment)

    def _count_failure(self, deployment: Deployment, batch: Batch, cause: Cause) -> None:
        """Count failed tasks, and fail the deployment when the breaker trips.

        AWS: "How the Amazon ECS deployment circuit breaker detects failures": tasks that never reach RUNNING (stage 1)
        and tasks replaced because of their health checks (stage 2) count, while the deployment is in progress:
        documented. That a task which ran and exited by itself counts as one that failed to start is observed (public
        reports of crash loops that trip the breaker with "tasks failed to start").
        """
        if deployment is not self.primary or deployment.state is not State.IN_PROGRESS:
            return
        deployment.failed_tasks += len(batch.tasks)
        deployment.updated_at = self.now
        if breaker.trips(self.settings.breaker, deployment.failed_tasks, self.settings.desired_count):
            self._fail(deployment, cause, rollback=self.settings.breaker.rollback)

    # Deployments

    def _new_deployment(self, revision: Revision) -> Deployment:
        self._last_deployment += 1
        plan = steps.starting(revision, self.settings.grace_period)
        deployment = Deployment(self._last_deployment, revision, self.now, self.now, plan)
        self.deployments[deployment.id] = deployment
        self._steady = self._blocked = False
        self._tell(Kind.DEPLOYMENT_STARTED, deployment)
        return deployment

    def _fail(self, deployment: Deployment, cause: Cause, *, rollback: bool) -> None:
        """Mark a deployment as failed and go back to the last completed one, if asked to and if there is one.

        AWS: "How the Amazon ECS deployment circuit breaker detects failures": the completed deployment itself goes back
        to IN_PROGRESS; without one no task is launched any more and the deployment is stalled: documented.
        """
        deployment.state, deployment.cause, deployment.updated_at = State.FAILED, cause, self.now
        failures = deployment.failed_tasks
        self._events.append(Event(self.now, Kind.DEPLOYMENT_FAILED, deployment.id, (), cause, failures=failures))
        former, origin = self._completed, deployment.rolling_back or deployment.id
        if deployment.rolling_back or (rollback and former is None):
            deployment.rolling_back = 0
            self._tell(Kind.ROLLBACK_FAILED, self.deployments.get(origin, deployment), cause, other=deployment.id)
        elif rollback and former is not None:
            self._roll_back(deployment, former, cause)
        self._settle_needed = True

    def _roll_back(self, failed: Deployment, former: Deployment, cause: Cause) -> None:
        self._completed = None
        former.state, former.cause, former.updated_at = State.IN_PROGRESS, Cause.NONE, self.now
        former.failed_tasks = former.failed_rounds = 0
        former.retry_at, former.reached_running, former.rolling_back = 0.0, False, failed.id
        former.plan = steps.starting(former.revision, self.settings.grace_period)
        self.deployments[former.id] = self.primary = former
        self._blocked = False
        self._tell(Kind.ROLLBACK_STARTED, failed, cause, other=former.id)

    def _complete(self) -> None:
        deployment = self.primary
        deployment.state, deployment.updated_at = State.COMPLETED, self.now
        deployment.failed_tasks = 0
        self._completed = deployment
        self._tell(Kind.DEPLOYMENT_COMPLETED, deployment)
        if deployment.rolling_back:
            failed, deployment.rolling_back = deployment.rolling_back, 0
            self._events.append(Event(self.now, Kind.ROLLBACK_COMPLETED, failed, other=deployment.id))

    def _forget_ended(self) -> None:
        ended = [one.id for one in self.deployments.values() if one is not self.primary and not one.batches]
        for deployment in ended:
            del self.deployments[deployment]

    # The scheduler

    def _settle(self) -> None:
        """Let the scheduler act until it has nothing more to do at this moment."""
        self._settle_needed = False
        tally = self._tally()
        if self.deleted:
            if not self.batches and not self._inactive_told:
                self._inactive_told = True
                self._tell(Kind.SERVICE_INACTIVE, self.primary)
            return
        settings, primary = self.settings, self.primary
        lower = minimum_healthy_tasks(settings.desired_count, settings.minimum_healthy_percent)
        upper = maximum_tasks(settings.desired_count, settings.maximum_percent)
        failed = primary.state is State.FAILED
        decision = decide(
            tally,
            settings.desired_count,
            lower,
            upper,
            launching=not failed and self.now >= primary.retry_at,
            in_progress=primary.state is not State.COMPLETED,
        )
        self._carry_out(decision)
        if not failed:
            self._conclude(tally, decision)

    def _tally(self) -> Tally:
        tally, primary = Tally(), self.primary.id
        for batch in self.batches.values():
            number, life = len(batch.tasks), batch.life
            if life is Life.STOPPING:
                continue
            if batch.deployment != primary:
                if life is Life.FAILING:
                    tally.old_failing += number
                else:
                    tally.old += number
                    tally.old_healthy += number * batch.healthy
            elif life is Life.ALIVE:
                tally.own += number
                tally.own_healthy += number * batch.healthy
            elif life is Life.CONDEMNED:
                tally.own_condemned += number
            else:
                tally.own_failing += number
        return tally

    def _carry_out(self, decision: Decision) -> None:
        primary = self.primary.id
        if decision.stop_old:
            self._stop_some(decision.stop_old, (b for b in self._alive() if b.deployment != primary), Cause.SCALING)
        if decision.stop_own:
            own = [b for b in self._alive() if b.deployment == primary and b.life is Life.ALIVE]
            self._stop_some(decision.stop_own, reversed(own), Cause.SCALING)
        if decision.stop_condemned:
            condemned = (b for b in self._alive() if b.deployment == primary and b.life is Life.CONDEMNED)
            self._stop_some(decision.stop_condemned, condemned, Cause.HEALTH_CHECKS)
        if decision.start:
            self._launch(decision.start)

    def _conclude(self, tally: Tally, decision: Decision) -> None:
        """Complete the deployment, or tell that the service is steady again, or that it cannot move.

        AWS: "DeploymentEarlySuccessCriteria" (ECS API reference): a deployment is successful when the new revision is
        stable and the previous tasks are removed: documented.
        """
        if any(decision):
            return
        wanted = self.settings.desired_count
        if tally.own_healthy == wanted and sum(len(batch.tasks) for batch in self.batches.values()) == wanted:
            if self.primary.state is State.IN_PROGRESS:
                self._complete()
            if not self._steady:
                self._steady = True
                self._tell(Kind.STEADY_STATE, self.primary)
        elif not self._blocked and tally.own < wanted and self.next_event_at() is None:
            self._blocked = True
            self._tell(Kind.BLOCKED, self.primary)

    def _alive(self) -> list[Batch]:
        return [batch for batch in self.batches.values() if batch.life in {Life.ALIVE, Life.CONDEMNED}]

    def _launch(self, number: int) -> None:
        first = self._last_task + 1
        self._last_task += number
        deployment = self.primary
        batch = self._new_batch(deployment, list(range(first, first + number)))
        self._tell(Kind.TASKS_STARTED, deployment, tasks=tuple(batch.tasks))
        batch.follow(deployment.plan, self.now)
        batch.at = 1
        self._schedule_next(batch)
        self._steady = self._blocked = False

    def _stop_some(self, number: int, candidates: Iterable[Batch], cause: Cause) -> None:
        """Stop ``number`` tasks, those that are not healthy before those that are."""
        for batch in sorted(candidates, key=lambda batch: batch.healthy):
            if number <= 0:
                return
            chosen = batch.tasks[:number]
            number -= len(chosen)
            self._stop(batch if len(chosen) == len(batch.tasks) else self._split(batch, chosen), cause)

    def _stop(self, batch: Batch, cause: Cause) -> None:
        deployment = self.deployments[batch.deployment]
        tasks = tuple(batch.tasks)
        self._tell(Kind.TASKS_STOPPED, deployment, cause, tasks=tasks, other=self.primary.id)
        batch.follow(
            steps.stopping(deployment.revision, running=batch.running, registered=batch.registered),
            self.now,
        )
        if batch.registered:
            self._events.append(Event(self.now, Kind.DEREGISTERED, deployment.id, tasks))
        batch.life, batch.registered, batch.healthy, batch.running = Life.STOPPING, False, False, False
        self._steady = False
        self._schedule_next(batch)

    # Book-keeping

    def _new_batch(self, deployment: Deployment, tasks: list[int]) -> Batch:
        self._serial += 1
        batch = Batch(self._serial, deployment.id, tasks, deployment.plan, self.now)
        self.batches[batch.id] = batch
        deployment.batches.add(batch.id)
        return batch

    def _split(self, batch: Batch, tasks: list[int]) -> Batch:
        """Take ``tasks`` out of ``batch`` into a batch of their own that follows the same plan."""
        if len(tasks) == len(batch.tasks):
            return batch
        batch.tasks = [task for task in batch.tasks if task not in tasks]
        part = self._new_batch(self.deployments[batch.deployment], tasks)
        part.plan, part.begin, part.at, part.step = batch.plan, batch.begin, batch.at, batch.step
        part.life, part.healthy, part.running, part.registered = (
            batch.life,
            batch.healthy,
            batch.running,
            batch.registered,
        )
        self._schedule_next(part)
        return part

    def _schedule_next(self, batch: Batch) -> None:
        at = batch.next_step_at()
        self._serial += 1
        batch.serial = self._serial
        if at is not None:
            heappush(self._agenda, (at, self._serial, batch.id))

    def _wake(self, at: float) -> None:
        self._serial += 1
        heappush(self._agenda, (at, self._serial, 0))

    def _tell(
        self,
        kind: Kind,
        deployment: Deployment,
        cause: Cause = Cause.NONE,
        *,
        tasks: tuple[int, ...] = (),
        other: int = 0,
    ) -> None:
        self._events.append(Event(self.now, kind, deployment.id, tasks, cause, other))

    _EFFECTS: ClassVar[dict[Step, Callable[[Service, Batch], None]]] = {
        Step.REGISTERED: _on_registered,
        Step.RUNNING: _on_running,
        Step.HEALTHY: _on_healthy,
        Step.UNHEALTHY: _on_unhealthy,
        Step.CONDEMNED: _on_condemned,
        Step.PULL_FAILED: _on_ended,
        Step.EXITED: _on_ended,
        Step.STOPPED: _on_stopped,
    }
