"""An ECS service on a virtual clock.

A discrete-event simulation without randomness: the same commands at the same times give the same timeline, whether time
passes in one leap or in many steps. The state is plain data and can be pickled at any moment.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from rollout import breaker, steps
from rollout.alarms import are_watched
from rollout.batch import Batch, Life
from rollout.deployment import Deployment, State
from rollout.fleet import Fleet
from rollout.limits import maximum_tasks, minimum_healthy_tasks
from rollout.scheduler import Decision, Tally, decide
from rollout.shifting import ShiftsTraffic
from rollout.steps import Step
from rollout.throttle import wait_before_retry
from rollout.timeline import STEP_KINDS, Cause, Kind, Timeline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rollout.revision import Revision
    from rollout.settings import Settings
    from rollout.timeline import Event


class Service(ShiftsTraffic):
    """A service, its deployments and its tasks.

    Deployments and tasks are numbered from 1 in the order of their creation. Commands act at ``now``; ``advance`` lets
    time pass. ``take_events`` hands over what has happened since it was last called.
    """

    def __init__(
        self, settings: Settings, revision: Revision, *, at: float = 0.0, alarming: Iterable[str] = ()
    ) -> None:
        self.settings = settings
        self.now = at
        self.fleet = Fleet()
        self.deployments: dict[int, Deployment] = {}
        """The primary deployment and those that still have tasks, by number."""
        self.alarming: set[str] = set(alarming)
        """Names of the alarms that are in ALARM."""
        self.production: dict[int, float] = {}
        self.test: dict[int, float] = {}
        self.deleted = False
        self._completed: Deployment | None = None
        self._last_deployment = 0
        self._steady = False
        self._blocked = False
        self._inactive_told = False
        self._settle_needed = False
        self._timeline = Timeline()
        self.primary = self._new_deployment(revision)
        self._settle()

    # Commands

    def deploy(self, revision: Revision) -> int:
        """Start a deployment of ``revision``, in place of one in progress if there is one; returns its number.

        AWS: "UpdateService" (ECS API reference): documented. A superseded deployment's tasks are treated like those of
        any former revision: assumed.
        """
        former, source = self.primary, self._source()
        if former.state is State.IN_PROGRESS:
            self._tell(Kind.DEPLOYMENT_SUPERSEDED, former)
        if former.rolling_back and former.shift:
            self._completed = former  # it has the traffic again, or is about to: whatever fails now goes back to it
        former.rolling_back, former.shift = 0, None
        self.primary = self._new_deployment(revision, source)
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
        batch = self.fleet.find(task)
        if batch is None or batch.life > Life.CONDEMNED:
            return False
        self._stop([self.fleet.part(batch, [task])], cause)
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
            self._fail(primary, Cause.ALARM, rollback=alarms.rollback)
            self._settle()

    def delete(self) -> None:
        """Stop all tasks; the service is inactive when the last one has stopped."""
        self.deleted = True
        self.settings = replace(self.settings, desired_count=0)
        self._stop(self.fleet.wanted(), Cause.SERVICE_DELETED)
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
            if self._settle_needed:
                self._settle()
        self.now = max(self.now, to)

    def run(self, until: float = float("inf")) -> None:
        """Let time pass until nothing more happens by itself, or until ``until``."""
        while (at := self.fleet.next_event_at()) is not None and at <= until:
            self.advance(at)

    def take_events(self) -> list[Event]:
        """What has happened since the last call, in order."""
        return self._timeline.take()

    # What stands now

    @property
    def steady(self) -> bool:
        """Whether the service runs exactly what is wanted, and nothing else."""
        return self._steady

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
            self._timeline.tell(self.now, kind, batch.deployment, tasks=batch.tasks)
        effect = self._EFFECTS.get(step)
        if effect:
            effect(self, batch)

    def _ask_to_settle(self) -> None:
        self._settle_needed = True

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
        batch.healthy = self._steady = False
        self._settle_needed = True

    def _on_condemned(self, batch: Batch) -> None:
        batch.life = Life.CONDEMNED
        self._count_failure(self.deployments[batch.deployment], len(batch.tasks), Cause.TASKS_FAILED_HEALTH_CHECKS)
        self._settle_needed = True

    def _on_ended(self, batch: Batch) -> None:
        batch.life = Life.FAILING
        batch.running = batch.healthy = self._steady = False
        self._deregister(batch)
        self._settle_needed = True

    def _on_stopped(self, batch: Batch) -> None:
        self.fleet.remove(batch)
        deployment = self.deployments[batch.deployment]
        if batch.life is Life.FAILING and deployment.reached_running:
            self._count_failure(deployment, len(batch.tasks), Cause.TASKS_FAILED_TO_START)
        elif batch.life is Life.FAILING:
            deployment.uncounted += len(batch.tasks)
            self._throttle(deployment)
        self._forget_ended()
        self._settle_needed = True

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

    def _deregister(self, batch: Batch) -> None:
        if batch.registered:
            batch.registered = False
            self._timeline.tell(self.now, Kind.DEREGISTERED, batch.deployment, tasks=batch.tasks)

    def _throttle(self, deployment: Deployment) -> None:
        deployment.failed_rounds += 1
        wait = wait_before_retry(deployment.failed_rounds)
        if wait and deployment is self.primary:
            deployment.retry_at = self.now + wait
            self.fleet.wake(deployment.retry_at)
            if deployment.failed_rounds > 1:
                self._tell(Kind.START_IMPAIRED, deployment)

    def _count_failure(self, deployment: Deployment, tasks: int, cause: Cause) -> None:
        """Count failed tasks, and fail the deployment when the breaker trips.

        AWS: "How the Amazon ECS deployment circuit breaker detects failures": tasks that never reach RUNNING (stage 1)
        and tasks replaced because of their health checks (stage 2) count, while the deployment is in progress:
        documented. That a task which ran and exited by itself counts as one that failed to start is observed (public
        reports of crash loops that trip the breaker with "tasks failed to start"). Tasks that never ran are counted
        when ECS tries again, not before: observed (docs/replays.md, fleetshell-portal).
        """
        if deployment is not self.primary or deployment.state is not State.IN_PROGRESS:
            return
        deployment.failed_tasks += tasks
        deployment.updated_at = self.now
        if breaker.trips(self.settings.breaker, deployment.failed_tasks, self.settings.desired_count):
            self._fail(deployment, cause, rollback=self.settings.breaker.rollback)

    # Deployments

    def _source(self) -> int:
        """The deployment that has the traffic, or gets it back, when another one begins; 0 if there is none."""
        former = self._completed or (self.primary if self.primary.rolling_back else None)
        if former:
            return former.id
        return max(self.production, key=lambda number: self.production[number], default=0)

    def _new_deployment(self, revision: Revision, source: int = 0) -> Deployment:
        self._last_deployment += 1
        plan = steps.starting(revision, self.settings.grace_period)
        deployment = Deployment(self._last_deployment, revision, self.now, self.now, plan)
        self.deployments[deployment.id] = deployment
        self._steady = self._blocked = False
        self._begin_shift(deployment, source)
        self._tell(Kind.DEPLOYMENT_STARTED, deployment)
        self._decide_about_alarms(deployment)
        return deployment

    def _decide_about_alarms(self, deployment: Deployment) -> None:
        deployment.watched = are_watched(self.settings.alarms, self.alarming)
        if self.settings.alarms.enabled and not deployment.watched:
            self._tell(Kind.ALARMS_IGNORED, deployment)

    def _fail(self, deployment: Deployment, cause: Cause, *, rollback: bool) -> None:
        """Mark a deployment as failed and go back to the last completed one, if asked to and if there is one.

        AWS: "How the Amazon ECS deployment circuit breaker detects failures": the completed deployment itself goes back
        to IN_PROGRESS; without one no task is launched any more and the deployment is stalled: documented.
        """
        deployment.state, deployment.cause, deployment.updated_at = State.FAILED, cause, self.now
        self._timeline.tell(
            self.now, Kind.DEPLOYMENT_FAILED, deployment.id, cause=cause, failures=deployment.failed_tasks
        )
        former, origin = self._completed, deployment.rolling_back or deployment.id
        if deployment.rolling_back or (rollback and former is None):
            deployment.rolling_back = 0
            self._timeline.tell(self.now, Kind.ROLLBACK_FAILED, origin, cause=cause, other=deployment.id)
        elif rollback and former is not None:
            self._roll_back(deployment, former, cause)
        self._settle_needed = True

    def _roll_back(self, failed: Deployment, former: Deployment, cause: Cause) -> None:
        self._completed = None
        former.begin_again(self.now, steps.starting(former.revision, self.settings.grace_period), failed.id)
        self.deployments[former.id] = self.primary = former
        self._blocked = False
        self._return_shift(failed, former)
        self._timeline.tell(self.now, Kind.ROLLBACK_STARTED, failed.id, cause=cause, other=former.id)
        self._decide_about_alarms(former)

    def _complete(self) -> None:
        deployment = self.primary
        deployment.state, deployment.updated_at = State.COMPLETED, self.now
        deployment.failed_tasks = 0
        self._completed = deployment
        for shares in (self.production, self.test):
            if shares:
                shares.clear()
                shares[deployment.id] = 100.0
        self._tell(Kind.DEPLOYMENT_COMPLETED, deployment)
        if deployment.rolling_back:
            failed, deployment.rolling_back = deployment.rolling_back, 0
            self._timeline.tell(self.now, Kind.ROLLBACK_COMPLETED, failed, other=deployment.id)

    def _forget_ended(self) -> None:
        if len(self.deployments) > 1:
            kept = self.fleet.deployments() | {self.primary.id}
            self.deployments = {number: one for number, one in self.deployments.items() if number in kept}

    # The scheduler

    def _settle(self) -> None:
        """Let the scheduler do what there is to do at this moment."""
        self._settle_needed = False
        if self.deleted:
            if not self.fleet.batches and not self._inactive_told:
                self._inactive_told = True
                self._tell(Kind.SERVICE_INACTIVE, self.primary)
            return
        if self.primary.shift and self.primary.state is State.IN_PROGRESS:
            self._settle_shift(self.primary.shift)
            return
        settings, primary = self.settings, self.primary
        tally, failed = self.fleet.tally(primary.id), primary.state is State.FAILED
        decision = decide(
            tally,
            settings.desired_count,
            lower=minimum_healthy_tasks(settings.desired_count, settings.minimum_healthy_percent),
            upper=maximum_tasks(settings.desired_count, settings.maximum_percent),
            launching=not failed and self.now >= primary.retry_at,
            stalled=failed,
            in_progress=primary.state is State.IN_PROGRESS,
        )
        self._carry_out(decision)
        if self._settle_needed:
            self._settle()
        elif not failed:
            self._conclude(tally, decision)

    def _carry_out(self, decision: Decision) -> None:
        if not any(decision):
            return
        fleet, primary = self.fleet, self.primary
        own = [batch for batch in fleet.wanted() if batch.deployment == primary.id]
        if decision.stop_old:
            old = (batch for batch in fleet.wanted() if batch.deployment != primary.id)
            self._stop(fleet.pick(decision.stop_old, old), Cause.SCALING)
        if decision.stop_own:
            newest_first = (batch for batch in reversed(own) if batch.life is Life.ALIVE)
            self._stop(fleet.pick(decision.stop_own, newest_first), Cause.SCALING)
        if decision.stop_condemned:
            condemned = (batch for batch in own if batch.life is Life.CONDEMNED)
            self._stop(fleet.pick(decision.stop_condemned, condemned), Cause.HEALTH_CHECKS)
        if decision.start:
            batch = fleet.launch(primary.id, decision.start, primary.plan, self.now)
            self._timeline.tell(self.now, Kind.TASKS_STARTED, primary.id, tasks=batch.tasks)
            self._steady = self._blocked = False
            self._count_those_that_never_ran(primary)

    def _count_those_that_never_ran(self, deployment: Deployment) -> None:
        tasks, deployment.uncounted = deployment.uncounted, 0
        if tasks:
            self._count_failure(deployment, tasks, Cause.TASKS_FAILED_TO_START)

    def _conclude(self, tally: Tally, decision: Decision) -> None:
        """Complete the deployment, or tell that the service is steady again, or that it cannot move.

        AWS: "DeploymentEarlySuccessCriteria" (ECS API reference): a deployment is successful when the new revision is
        stable and the previous tasks are removed: documented.
        """
        if any(decision):
            return
        wanted = self.settings.desired_count
        if tally.own_healthy == wanted == self.fleet.tasks():
            if self.primary.state is State.IN_PROGRESS and self._has_baked():
                self._complete()
            if not self._steady:
                self._steady = True
                self._tell(Kind.STEADY_STATE, self.primary)
        elif not self._blocked and tally.own < wanted and self.next_event_at() is None:
            self._blocked = True
            self._tell(Kind.BLOCKED, self.primary)

    def _has_baked(self) -> bool:
        """Whether the bake time of the deployment that has just become stable, or has been so, is over."""
        primary, bake_time = self.primary, self.settings.alarms.bake_time
        if not primary.watched or bake_time <= 0:
            return True
        if primary.bake_until is None:
            primary.bake_until = self.now + bake_time
            self.fleet.wake(primary.bake_until)
            self._tell(Kind.BAKE_STARTED, primary)
        return self.now >= primary.bake_until

    def _stop(self, batches: Iterable[Batch], cause: Cause) -> None:
        for batch in batches:
            deployment = self.deployments[batch.deployment]
            why = Cause.HEALTH_CHECKS if batch.life is Life.CONDEMNED and cause is Cause.SCALING else cause
            tasks, primary = batch.tasks, self.primary.id
            self._timeline.tell(self.now, Kind.TASKS_STOPPED, deployment.id, tasks=tasks, cause=why, other=primary)
            plan = steps.stopping(deployment.revision, running=batch.running, registered=batch.registered)
            self._deregister(batch)
            batch.life, batch.healthy, batch.running = Life.STOPPING, False, False
            self.fleet.divert(batch, plan, self.now)
            self._steady = False

    def _tell(self, kind: Kind, deployment: Deployment) -> None:
        self._timeline.tell(self.now, kind, deployment.id)
