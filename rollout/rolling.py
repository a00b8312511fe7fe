"""The rolling strategy: what the scheduler does at a moment to replace old tasks by new ones, batch by batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rollout.batch import Life
from rollout.deployment import State
from rollout.limits import maximum_tasks, minimum_healthy_tasks
from rollout.scheduler import Decision, Tally, decide
from rollout.timeline import Cause, Kind
from rollout.zones import moves

if TYPE_CHECKING:
    from rollout.state import ServiceState


def settle(service: ServiceState) -> None:
    """Start and stop the tasks that the limits allow; complete the deployment when it is done."""
    settings, primary = service.settings, service.primary
    tally, failed = service.fleet.tally(primary.id), primary.state is State.FAILED
    moved = service.moving if tally.own_healthy >= settings.desired_count + service.moving else 0
    service.moving -= moved
    decision = decide(
        tally,
        settings.desired_count + service.moving,
        lower=minimum_healthy_tasks(settings.desired_count, settings.minimum_healthy_percent),
        upper=maximum_tasks(settings.desired_count, settings.maximum_percent),
        launching=not failed and service.now >= primary.retry_at,
        stalled=failed,
        in_progress=primary.state is State.IN_PROGRESS,
    )
    _carry_out(service, decision, Cause.REBALANCING if moved else Cause.SCALING)
    if failed or service.settle_needed:
        return
    if not any(decision) or settings.early_success:
        _complete_when_done(service, tally)
    if not any(decision):
        _rest(service, tally)


def _carry_out(service: ServiceState, decision: Decision, cause: Cause) -> None:
    if not any(decision):
        return
    fleet, primary = service.fleet, service.primary
    own = [batch for batch in fleet.wanted() if batch.deployment == primary.id]
    if decision.stop_old:
        old = (batch for batch in fleet.wanted() if batch.deployment != primary.id)
        service.stop(fleet.pick(decision.stop_old, old), Cause.SCALING)
    if decision.stop_own:
        newest_first = (batch for batch in reversed(own) if batch.life is Life.ALIVE)
        service.stop(fleet.pick(decision.stop_own, newest_first), cause)
    if decision.stop_condemned:
        condemned = (batch for batch in own if batch.life is Life.CONDEMNED)
        service.stop(fleet.pick(decision.stop_condemned, condemned), Cause.HEALTH_CHECKS)
    if decision.start:
        service.launch(primary, decision.start)


def _complete_when_done(service: ServiceState, tally: Tally) -> None:
    """Complete the deployment once it is successful.

    AWS: "DeploymentEarlySuccessCriteria" (ECS API reference): a deployment is successful when the new revision is
    stable and the previous tasks are removed; with early success, when the healthy percent of it is healthy and the
    bake time is over, the previous tasks having been removed (BLOCKING) or not (DEFERRED); the rest follows in the
    background: documented. That the percentage rounds up is assumed.
    """
    settings, fleet, primary = service.settings, service.fleet, service.primary
    if primary.state is not State.IN_PROGRESS:
        return
    early = settings.early_success
    if early is None:
        done = tally.own_healthy == settings.desired_count == fleet.tasks()
    else:
        enough = tally.own_healthy >= minimum_healthy_tasks(settings.desired_count, early.healthy_percent)
        done = enough and (early.leaves_old_tasks or fleet.deployments() <= {primary.id})
    if done and _has_baked(service):
        service.complete()


def _rest(service: ServiceState, tally: Tally) -> None:
    """Tell that the service is steady again, or that it cannot move; rebalance the zones once it is steady."""
    wanted, primary = service.settings.desired_count, service.primary
    if tally.own_healthy == wanted == service.fleet.tasks():
        if not service.steady:
            service.steady = True
            service.tell(Kind.STEADY_STATE, primary)
        if service.settings.rebalancing and primary.state is State.COMPLETED:
            _rebalance(service)
    elif not service.blocked and tally.own < wanted and service.fleet.next_event_at() is None:
        service.blocked = True
        service.tell(Kind.BLOCKED, primary)


def _rebalance(service: ServiceState) -> None:
    """Begin to move tasks between zones, or tell that they are in balance again.

    AWS: "Balancing an Amazon ECS service across Availability Zones": once the service is steady, tasks start in the
    zones with fewest, and when they are healthy as many stop in the zones with most: documented. That all moves that
    the maximum has room for begin at once, and that none begins while a task is protected, is assumed.
    """
    settings, fleet, zones = service.settings, service.fleet, service.primary.revision.zones
    needed = moves(zones, fleet.in_zones(), service.free_places())
    room = maximum_tasks(settings.desired_count, settings.maximum_percent) - settings.desired_count
    if needed and room > 0 and not fleet.protected:
        if not service.unbalanced:
            service.unbalanced = True
            service.tell(Kind.REBALANCING_STARTED, service.primary)
        service.moving = min(needed, room)
        service.settle_needed = True
    elif service.unbalanced and not needed:
        service.unbalanced = False
        service.tell(Kind.REBALANCED, service.primary)


def _has_baked(service: ServiceState) -> bool:
    """Whether the bake time of the deployment that has just become stable, or has been so, is over."""
    primary, bake_time = service.primary, service.settings.alarms.bake_time
    if not primary.watched or bake_time <= 0:
        return True
    if primary.bake_until is None:
        primary.bake_until = service.now + bake_time
        service.tell(Kind.BAKE_STARTED, primary)
    if service.now < primary.bake_until:
        service.fleet.wake(min(moment for moment in (primary.bake_until, primary.retry_at) if moment > service.now))
    return service.now >= primary.bake_until
