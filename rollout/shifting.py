"""Carrying a deployment that shifts traffic along its course: tasks, hooks, weights.

AWS: "Amazon ECS blue/green service deployments workflow" and "Lifecycle hooks for Amazon ECS service deployments".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rollout.batch import Life
from rollout.deployment import State
from rollout.shift import Run, Shift
from rollout.strategy import ALL, LONGEST_STAGE, Stage, course
from rollout.timeline import Cause, Kind

if TYPE_CHECKING:
    from rollout.deployment import Deployment
    from rollout.state import ServiceState

_EMPTYING = frozenset({Stage.RECONCILE_SERVICE, Stage.CLEAN_UP})
"""Stages in which all tasks go but those of one deployment."""


def source(service: ServiceState) -> int:
    """The deployment that has the traffic, or gets it back, when another one begins; 0 if there is none.

    Traffic never goes to tasks that have been stopped: that a deployment which begins in the clean-up of another one
    leaves the traffic there is assumed.
    """
    shift = service.primary.shift
    if shift and (shift.has_taken_over or shift.source):
        return service.primary.id if shift.has_taken_over else shift.source
    former = service.completed or (service.primary if service.primary.rolling_back else None)
    if former:
        return former.id
    return max(service.production, key=lambda number: service.production[number], default=0)


def begin(service: ServiceState, source: int) -> None:
    """Give the new primary deployment its course, if it is to shift traffic away from ``source``; 0: from nobody."""
    shifting = service.settings.shifting
    if shifting is None:
        if service.production:  # a shift was under way: tasks that roll share what the source's tasks have
            _give(service, Kind.TEST_TRAFFIC_SHIFTED, {source: ALL})
            _give(service, Kind.PRODUCTION_TRAFFIC_SHIFTED, {source: ALL})
        return
    if source and not service.production:
        service.production[source] = ALL
    others = (service.fleet.deployments() | set(service.production) | set(service.test)) - {source}
    legs = course(shifting, reconciles=bool(others), first=not source)
    service.primary.shift = Shift(legs, source, shifting.hooks, reaction=service.settings.reactions.stage)


def settle(service: ServiceState) -> None:
    """Do what there is to do at this moment for the primary deployment on its course."""
    primary, shift, shifting = service.primary, service.primary.shift, service.settings.shifting
    if shift is None:
        return
    if shift.at < 0 and not shift.returning and shifting and shifting.broken:
        service.fail(Cause.NETWORKING, rollback=True)
        return
    if shift.at < 0:
        _enter(service, shift)
    _keep_tasks(service, shift)
    while _is_under_way(service, shift) and _may_leave(service, shift):
        if not _enter(service, shift):
            primary.shift = primary.bake_until = None
            service.complete()
            service.settle_needed = True
            return
        _keep_tasks(service, shift)
    if _is_under_way(service, shift):
        moments = shift.wakes_after(service.now)
        sides = (primary, service.deployments.get(shift.source, primary))
        moments += [side.retry_at for side in sides if side.retry_at > service.now]
        if moments:
            service.fleet.wake(min(moments))


def _is_under_way(service: ServiceState, shift: Shift) -> bool:
    return service.primary.shift is shift and service.primary.state is State.IN_PROGRESS


def answer(service: ServiceState, run: int, *, pause: bool, passes: bool) -> bool:
    """End a hook by its run's number, and let the deployment go on or back; False when there is no such hook to end."""
    shift = service.primary.shift if service.primary.state is State.IN_PROGRESS else None
    found = next((one for one in shift.runs if one.number == run and one.hook.pause is pause), None) if shift else None
    if shift is None or found is None:
        return False
    shift.runs.remove(found)
    _tell_hook(service, Kind.HOOK_PASSED if passes else Kind.HOOK_FAILED, found, shift)
    if not passes:
        service.fail(Cause.PAUSE_ENDED if pause else Cause.HOOK_FAILED, rollback=True)
    return True


def _enter(service: ServiceState, shift: Shift) -> bool:
    """Go on to the next leg: tell of it, shift what it shifts, start its hooks."""
    if not shift.enter(service.now):
        return False
    primary, leg = service.primary, shift.leg
    primary.updated_at = service.now
    subject = primary.rolling_back if shift.returning else primary.id
    service.timeline.tell(service.now, Kind.STAGE_REACHED, subject, stage=leg.stage)
    if leg.stage is Stage.RECONCILE_SERVICE:
        _give(service, Kind.TEST_TRAFFIC_SHIFTED, {shift.source: ALL})
        _give(service, Kind.PRODUCTION_TRAFFIC_SHIFTED, {shift.source: ALL})
    for kind, share in ((Kind.TEST_TRAFFIC_SHIFTED, leg.test), (Kind.PRODUCTION_TRAFFIC_SHIFTED, leg.production)):
        if share is not None:
            _give(service, kind, {primary.id: share, shift.source: round(ALL - share, 1)})
    if leg.stage is Stage.BAKE_TIME and leg.bake > 0:
        primary.bake_until = service.now + leg.bake
        service.timeline.tell(service.now, Kind.BAKE_STARTED, primary.id)
    for run in shift.runs:
        _tell_hook(service, Kind.HOOK_STARTED, run, shift)
    return True


def _give(service: ServiceState, kind: Kind, wanted: dict[int, float]) -> None:
    """Share the traffic out as ``wanted``, the first deployment being the one it is for, and tell of a change.

    What is meant for nobody (deployment 0) goes to the first one: traffic always meets somebody.
    """
    shares = service.test if kind is Kind.TEST_TRAFFIC_SHIFTED else service.production
    to, *rest = wanted
    others = {number: wanted[number] for number in rest if number and wanted[number] > 0}
    after = {to: ALL - sum(others.values()), **others} if to else {}
    if shares == after:
        return
    loser = next((number for number in (*rest, *shares) if number != to), 0)
    shares.clear()
    shares.update(after)
    service.timeline.tell(service.now, kind, to, other=loser, percent=after.get(to, 0))


# Tasks


def _keep_tasks(service: ServiceState, shift: Shift) -> None:
    """Start and stop what the present leg asks for.

    The revision that had the traffic keeps its tasks until CLEAN_UP: documented. That ECS replaces those of them
    that end, and scales both revisions when the desired count changes, is assumed. Protected tasks outlast the
    clean-up (AWS: "Protect your Amazon ECS tasks from being terminated by scale-in events"): documented.
    """
    primary = service.primary
    if shift.stage in _EMPTYING:
        kept = primary.id if shift.stage is Stage.CLEAN_UP else shift.source
        others = [batch for batch in service.fleet.wanted() if batch.deployment != kept]
        service.stop(list(service.fleet.pick(sum(len(batch.tasks) for batch in others), others)), Cause.SCALING)
    if shift.scaled and service.now >= primary.retry_at:
        _maintain(service, primary)
    source = service.deployments.get(shift.source)
    if source and not shift.returning and shift.stage is not Stage.CLEAN_UP:
        _maintain(service, source)


def _maintain(service: ServiceState, deployment: Deployment) -> None:
    """Let a deployment have the desired number of tasks, and stop its unhealthy ones."""
    fleet, desired = service.fleet, service.settings.desired_count
    own = [batch for batch in fleet.wanted() if batch.deployment == deployment.id]
    alive = [batch for batch in own if batch.life is Life.ALIVE]
    service.stop([batch for batch in own if batch.life is Life.CONDEMNED], Cause.HEALTH_CHECKS)
    tally = fleet.tally(deployment.id)
    if tally.own > desired:
        service.stop(list(fleet.pick(tally.own - desired, reversed(alive))), Cause.SCALING)
    missing = desired - tally.own - tally.own_failing
    if missing > 0:
        service.launch(deployment, missing)


# Leaving a leg


def _may_leave(service: ServiceState, shift: Shift) -> bool:
    if not _end_hooks(service, shift):
        return False
    if not shift.runs and service.now >= shift.ends_at and _is_done(service, shift):
        return True
    if service.now >= shift.began + LONGEST_STAGE and not shift.pauses:
        service.fail(Cause.STAGE_TIMED_OUT, rollback=True)
    return False


def _is_done(service: ServiceState, shift: Shift) -> bool:
    """Whether the stage itself has come to its end, hooks and bake time apart."""
    stage, desired = shift.stage, service.settings.desired_count
    if stage is Stage.SCALE_UP:
        tally = service.fleet.tally(service.primary.id)
        return tally.own_healthy == tally.own == desired
    if stage in _EMPTYING:
        kept = service.primary.id if stage is Stage.CLEAN_UP else shift.source
        return service.fleet.deployments() <= {kept}
    return True


def _end_hooks(service: ServiceState, shift: Shift) -> bool:
    """Take the answers that have come by now; False when one of them sends the deployment back."""
    for run in [run for run in shift.runs if run.ends_at <= service.now]:
        shift.runs.remove(run)
        hook = run.hook
        if hook.times_out:
            _tell_hook(service, Kind.HOOK_TIMED_OUT, run, shift)
            if hook.proceeds_on_timeout:
                continue
            service.fail(Cause.HOOK_TIMED_OUT, rollback=True)
            return False
        _tell_hook(service, Kind.HOOK_PASSED if hook.passes else Kind.HOOK_FAILED, run, shift)
        if not hook.passes:
            service.fail(Cause.HOOK_FAILED, rollback=True)
            return False
    return True


def _tell_hook(service: ServiceState, kind: Kind, run: Run, shift: Shift) -> None:
    service.timeline.tell(service.now, kind, service.primary.id, stage=shift.stage, run=run.number, hook=run.index)
