"""What a service is at one moment, and what its deployment strategies may do to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rollout import breaker, steps, zones
from rollout.alarms import are_watched
from rollout.batch import Batch, Life
from rollout.deployment import Deployment, State
from rollout.fleet import Fleet
from rollout.strategy import ALL
from rollout.throttle import wait_before_retry
from rollout.timeline import Cause, Kind, Timeline

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rollout.revision import Revision
    from rollout.settings import Settings


class ServiceState:
    """A service's deployments, tasks and traffic: plain data, and the changes that every strategy makes to them."""

    def __init__(self, settings: Settings, revision: Revision, at: float, alarming: Iterable[str]) -> None:
        self.settings = settings
        self.now = at
        self.fleet = Fleet()
        self.deployments: dict[int, Deployment] = {}
        """The primary deployment, the one it takes the traffic from, and those that still have tasks, by number."""
        self.alarming: set[str] = set(alarming)
        """Names of the alarms that are in ALARM."""
        self.production: dict[int, float] = {}
        """Percent of the production traffic by deployment; empty as long as no deployment has shifted any."""
        self.test: dict[int, float] = {}
        """The same of the test traffic."""
        self.timeline = Timeline()
        self.steady = False
        """Whether the service runs exactly what is wanted, and nothing else."""
        self.blocked = False
        """Whether its limits leave the primary deployment nothing to do, and that was told."""
        self.moving = 0
        """Tasks above the desired count that were started to rebalance the zones."""
        self.unbalanced = False
        """Whether rebalancing was told to have started."""
        self.places: dict[str, int] = {}
        """How many tasks of the service there can be in a zone, where there is a limit; "" without zones."""
        self.shortage = Cause.ADDRESSES
        """What limits them."""
        self.settle_needed = False
        """Whether the scheduler has to look again before time passes."""
        self.completed: Deployment | None = None
        """The last one that completed: where a rollback goes."""
        self._last_deployment = 0
        self.primary = self.begin(revision)

    # Tasks

    def launch(self, deployment: Deployment, number: int) -> None:
        """Start as many tasks of a deployment as have a place, and count those before them that never ran."""
        named = deployment.revision.zones
        found = zones.spread(
            number, named, self.fleet.in_zones(), self.fleet.in_zones(deployment.id), self.free_places()
        )
        if found:
            batch = self.fleet.launch(deployment.id, found, deployment.plan, self.now)
            cause = Cause.REBALANCING if self.moving else Cause.NONE
            told = found if named else ()
            self.timeline.tell(self.now, Kind.TASKS_STARTED, deployment.id, tasks=batch.tasks, cause=cause, zones=told)
            self.steady = self.blocked = False
        if len(found) < number:
            self._miss_places(deployment)
        else:
            deployment.failed_placements = 0
        uncounted, deployment.uncounted = deployment.uncounted, 0
        if uncounted:
            self.count_failure(deployment, uncounted, Cause.TASKS_FAILED_TO_START)

    def free_places(self) -> dict[str, int]:
        """Places left in the zones that have a limit: a task holds its place until it has stopped."""
        taken = self.fleet.places_taken() if self.places else {}
        return {zone: max(0, limit - taken.get(zone, 0)) for zone, limit in self.places.items()}

    def _miss_places(self, deployment: Deployment) -> None:
        """Tell that places are missing, and try again later.

        AWS: "Amazon ECS service event messages": the scheduler tells that it was unable to place a task and goes on
        trying: documented. That each try counts as one failed task for the breaker is observed (aws/containers-roadmap
        issue 1273 asks to change that); that the tries follow each other as with tasks that never start is assumed.
        """
        if self.now < deployment.retry_at:
            return
        deployment.failed_placements += 1
        deployment.retry_at = self.now + wait_before_retry(deployment.failed_placements)
        self.fleet.wake(deployment.retry_at)
        self.timeline.tell(self.now, Kind.PLACEMENT_FAILED, deployment.id, cause=self.shortage)
        self.steady = self.blocked = False
        self.count_failure(deployment, 1, Cause.TASKS_FAILED_TO_START)

    def stop(self, batches: Iterable[Batch], cause: Cause) -> None:
        """Tell tasks to stop; what their health checks found comes before scaling as the cause."""
        for batch in batches:
            deployment = self.deployments[batch.deployment]
            why = Cause.HEALTH_CHECKS if batch.life is Life.CONDEMNED and cause is Cause.SCALING else cause
            tasks, primary = batch.tasks, self.primary.id
            self.timeline.tell(self.now, Kind.TASKS_STOPPED, deployment.id, tasks=tasks, cause=why, other=primary)
            plan = steps.stopping(
                deployment.revision, self.settings.reactions, running=batch.running, registered=batch.registered
            )
            replaced = batch.life is Life.CONDEMNED and self.primary.state is State.IN_PROGRESS
            batch.life = Life.REPLACED if replaced else Life.STOPPING
            batch.healthy = batch.running = False
            batch.serving = batch.serving and batch.registered
            self.fleet.divert(batch, plan, self.now)
            self.steady = False

    def deregister(self, batch: Batch) -> None:
        """Take tasks out of their target group, if they are in it."""
        batch.serving = False
        if batch.registered:
            batch.registered = False
            self.timeline.tell(self.now, Kind.DEREGISTERED, batch.deployment, tasks=batch.tasks)

    def count_failure(self, deployment: Deployment, tasks: int, cause: Cause) -> None:
        """Count failed tasks, and fail the deployment when the breaker trips.

        AWS: "How the Amazon ECS deployment circuit breaker detects failures": tasks that never reach RUNNING (stage 1)
        and tasks replaced because of their health checks (stage 2) count, while the deployment is in progress:
        documented. That a task which ran and exited by itself counts as one that failed to start is observed (public
        reports of crash loops that trip the breaker with "tasks failed to start"). Tasks that never ran are counted
        when ECS tries again, not before: observed (docs/replays.md, fleetshell-portal).

        AWS: "Amazon ECS deployment failure detection" names rolling and blue/green deployments, but the ECS API
        reference ("DeploymentConfiguration") rolling ones only; the model follows the former, and that linear and
        canary deployments are treated like blue/green is assumed.
        """
        if deployment is not self.primary or deployment.state is not State.IN_PROGRESS:
            return
        deployment.failed_tasks += tasks
        deployment.updated_at = self.now
        if breaker.trips(self.settings.breaker, deployment.failed_tasks, self.settings.desired_count):
            self.fail(cause, rollback=self.settings.breaker.rollback)

    # Deployments

    def plan_of(self, revision: Revision) -> steps.Plan:
        """What a task of a revision does that is launched now."""
        return steps.starting(revision, self.settings.grace_period, self.settings.reactions)

    def begin(self, revision: Revision) -> Deployment:
        """A new deployment."""
        self._last_deployment += 1
        plan = self.plan_of(revision)
        deployment = Deployment(self._last_deployment, revision, self.now, self.now, plan)
        deployment.acts_at = self.now + self.settings.reactions.first_action
        self.deployments[deployment.id] = deployment
        self.steady = self.blocked = False
        self.moving = 0
        self.tell(Kind.DEPLOYMENT_STARTED, deployment)
        self._decide_about_alarms(deployment)
        return deployment

    def fail(self, cause: Cause, *, rollback: bool) -> None:
        """Mark the primary deployment as failed and go back to the last completed one, if asked to and if there is one.

        AWS: "How the Amazon ECS deployment circuit breaker detects failures": the completed deployment itself goes back
        to IN_PROGRESS; without one no task is launched any more and the deployment is stalled: documented.
        """
        failed, former = self.primary, self.completed
        failed.state, failed.cause, failed.updated_at = State.FAILED, cause, self.now
        self.timeline.tell(self.now, Kind.DEPLOYMENT_FAILED, failed.id, cause=cause, failures=failed.failed_tasks)
        if failed.rolling_back or (rollback and former is None):
            origin, failed.rolling_back = failed.rolling_back or failed.id, 0
            self.timeline.tell(self.now, Kind.ROLLBACK_FAILED, origin, cause=cause, other=failed.id)
        elif rollback and former is not None:
            self._roll_back(failed, former, cause)
        self.settle_needed = True

    def _roll_back(self, failed: Deployment, former: Deployment, cause: Cause) -> None:
        self.completed = None
        former.begin_again(self.now, self.plan_of(former.revision), failed.id)
        self.deployments[former.id] = self.primary = former
        self.blocked = False
        if failed.shift:
            former.shift, failed.shift = failed.shift.back(failed.id, former.id), None
        self.timeline.tell(self.now, Kind.ROLLBACK_STARTED, failed.id, cause=cause, other=former.id)
        self._decide_about_alarms(former)

    def complete(self) -> None:
        """Mark the primary deployment, and the rollback that it may be, as completed."""
        deployment = self.primary
        deployment.state, deployment.updated_at = State.COMPLETED, self.now
        deployment.failed_tasks = 0
        self.completed = deployment
        for shares in (self.production, self.test):
            if shares:
                shares.clear()
                shares[deployment.id] = ALL
        self.tell(Kind.DEPLOYMENT_COMPLETED, deployment)
        if deployment.rolling_back:
            failed, deployment.rolling_back = deployment.rolling_back, 0
            self.timeline.tell(self.now, Kind.ROLLBACK_COMPLETED, failed, other=deployment.id)
        self.forget_ended()

    def forget_ended(self) -> None:
        """Forget the deployments that nothing is left of."""
        if len(self.deployments) > 1:
            source = self.primary.shift.source if self.primary.shift else 0
            kept = self.fleet.deployments() | {self.primary.id, source} | set(self.production) | set(self.test)
            self.deployments = {number: one for number, one in self.deployments.items() if number in kept}

    def _decide_about_alarms(self, deployment: Deployment) -> None:
        deployment.watched = are_watched(self.settings.alarms, self.alarming)
        if self.settings.alarms.enabled and not deployment.watched:
            self.tell(Kind.ALARMS_IGNORED, deployment)

    def tell(self, kind: Kind, deployment: Deployment) -> None:
        """Add an event that says nothing more than what happened to a deployment."""
        self.timeline.tell(self.now, kind, deployment.id)
