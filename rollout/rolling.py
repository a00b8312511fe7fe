"""The rolling strategy: what the scheduler does at a moment to replace old tasks by new ones, batch by batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rollout.batch import Life
from rollout.deployment import State
from rollout.limits import maximum_tasks, minimum_healthy_tasks
from rollout.scheduler import Decision, Tally, decide
from rollout.timeline import Cause, Kind

if TYPE_CHECKING:
    from rollout.state import ServiceState


def settle(service: ServiceState) -> None:
    """Start and stop the tasks that the limits allow; complete the deployment when it is done."""
    settings, primary = service.settings, service.primary
    tally, failed = service.fleet.tally(primary.id), primary.state is State.FAILED
    decision = decide(
        tally,
        settings.desired_count,
        lower=minimum_healthy_tasks(settings.desired_count, settings.minimum_healthy_percent),
        upper=maximum_tasks(settings.desired_count, settings.maximum_percent),
        launching=not failed and service.now >= primary.retry_at,
        stalled=failed,
        in_progress=primary.state is State.IN_PROGRESS,
    )
    _carry_out(service, decision)
    if not failed and not any(decision) and not service.settle_needed:
        conclude(service, tally)


def _carry_out(service: ServiceState, decision: Decision) -> None:
    if not any(decision):
        return
    fleet, primary = service.fleet, service.primary
    own = [batch for batch in fleet.wanted() if batch.deployment == primary.id]
    if decision.stop_old:
        old = (batch for batch in fleet.wanted() if batch.deployment != primary.id)
        service.stop(fleet.pick(decision.stop_old, old), Cause.SCALING)
    if decision.stop_own:
        newest_first = (batch for batch in reversed(own) if batch.life is Life.ALIVE)
        service.stop(fleet.pick(decision.stop_own, newest_first), Cause.SCALING)
    if decision.stop_condemned:
        condemned = (batch for batch in own if batch.life is Life.CONDEMNED)
        service.stop(fleet.pick(decision.stop_condemned, condemned), Cause.HEALTH_CHECKS)
    if decision.start:
        service.launch(primary, decision.start)


def conclude(service: ServiceState, tally: Tally) -> None:
    """Complete the deployment, or tell that the service is steady again, or that it cannot move.

    AWS: "DeploymentEarlySuccessCriteria" (ECS API reference): a deployment is successful when the new revision is
    stable and the previous tasks are removed: documented.
    """
    wanted, primary = service.settings.desired_count, service.primary
    if tally.own_healthy == wanted == service.fleet.tasks():
        if primary.state is State.IN_PROGRESS and _has_baked(service):
            service.complete()
        if not service.steady:
            service.steady = True
            service.tell(Kind.STEADY_STATE, primary)
    elif not service.blocked and tally.own < wanted and service.fleet.next_event_at() is None:
        service.blocked = True
        service.tell(Kind.BLOCKED, primary)


def _has_baked(service: ServiceState) -> bool:
    """Whether the bake time of the deployment that has just become stable, or has been so, is over."""
    primary, bake_time = service.primary, service.settings.alarms.bake_time
    if not primary.watched or bake_time <= 0:
        return True
    if primary.bake_until is None:
        primary.bake_until = service.now + bake_time
        service.fleet.wake(primary.bake_until)
        service.tell(Kind.BAKE_STARTED, primary)
    return service.now >= primary.bake_until
