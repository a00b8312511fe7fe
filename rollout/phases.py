"""What a deployment waits for: the phases of its duration, and the setting that each second is owed to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from rollout.batch import Life
from rollout.steps import COUNTED_AFTER, Step
from rollout.strategy import Stage

if TYPE_CHECKING:
    from rollout.reactions import Reactions
    from rollout.revision import Revision
    from rollout.service import Service
    from rollout.settings import Settings
    from rollout.strategy import Shifting


class Phase(StrEnum):
    """What holds a deployment up, the slowest thing first."""

    REACTING = "beginning"
    """ECS takes up the deployment, or the next stage of it."""
    STARTING = "starting"
    """New tasks are on their way to RUNNING."""
    CHECKING = "passing health checks"
    DRAINING = "draining"
    STOPPING = "stopping"
    FAILING = "failing"
    """Tasks ended by themselves and are being cleared away."""
    BAKING = "baking"
    """Both revisions run after the last shift of traffic, or the alarms are watched once more."""
    STEPPING = "step bake"
    """Part of the production traffic meets the new revision, until the next shift."""
    HOOKS = "lifecycle hooks"
    PAUSED = "paused"
    """A hook waits for a person."""
    WAITING = "waiting"
    """ECS waits before it starts tasks again that never ran."""


_BAKES: dict[Stage | None, Phase] = {
    Stage.PRODUCTION_TRAFFIC_SHIFT: Phase.STEPPING,
    Stage.BAKE_TIME: Phase.BAKING,
}


@dataclass(frozen=True, slots=True)
class Share:
    """How long a phase lasted in all, and why."""

    phase: Phase
    seconds: float
    why: str


def present(service: Service) -> Phase:
    """The phase that a deployment in progress is in now."""
    if service.now < service.primary.acts_at:
        return Phase.REACTING
    shift = service.primary.shift
    if shift and shift.runs:
        return Phase.PAUSED if shift.pauses else Phase.HOOKS
    if shift and shift.stage in _BAKES and service.now < shift.began + shift.leg.bake:
        return _BAKES[shift.stage]
    found = {_phase_of(batch.life, batch.step, healthy=batch.healthy) for batch in service.fleet.batches.values()}
    for phase in (Phase.STARTING, Phase.CHECKING, Phase.DRAINING, Phase.STOPPING, Phase.FAILING):
        if phase in found:
            return phase
    if shift:
        return Phase.REACTING
    return Phase.BAKING if service.primary.bake_until is not None else Phase.WAITING


def reason(phase: Phase, old: Revision, new: Revision, settings: Settings) -> str:
    """The numbers that a phase's length follows from, for one round of it."""
    timings, reactions = new.timings, settings.reactions
    stop = min(old.timings.stop, old.stop_timeout)
    return {
        Phase.REACTING: f"ECS: {reactions.first_action:g} s to the first task, {reactions.stage:g} s between stages",
        Phase.STARTING: (
            f"network interface {timings.provisioning:g} s, image {timings.pull:g} s, "
            f"container {timings.activation:g} s"
        ),
        Phase.CHECKING: _checks(new, reactions),
        Phase.DRAINING: _sum(
            "deregistration delay", old.target.deregistration_delay if old.target else 0, reactions.deregistration
        ),
        Phase.STOPPING: _sum(f"stop {stop:g} s, network interface", old.timings.deprovisioning, reactions.stopping),
        Phase.FAILING: "failed tasks are cleared away",
        Phase.BAKING: f"bake time {bake_time(settings):g} s",
        Phase.STEPPING: _steps(settings.shifting),
        Phase.HOOKS: "functions at lifecycle stages: as long as the slowest of a stage takes",
        Phase.PAUSED: "a pause at a lifecycle stage: until somebody lets the deployment go on, or its timeout",
        Phase.WAITING: "ECS throttles tasks that never start",
    }[phase]


def bake_time(settings: Settings) -> float:
    """Seconds that a deployment bakes: of the strategy if that shifts traffic, else of the alarms."""
    return settings.shifting.bake if settings.shifting else settings.alarms.bake_time


def _steps(shifting: Shifting | None) -> str:
    if shifting is None:
        return ""
    shares = ", ".join(f"{share:g} %" for share in shifting.shares())
    return f"production traffic in steps to {shares}: step bake time {shifting.step_bake:g} s each but the last"


def _sum(what: str, seconds: float, reaction: float) -> str:
    return f"{what} {seconds:g} s" + (f", ECS {reaction:g} s" if reaction else "")


def _checks(revision: Revision, reactions: Reactions) -> str:
    target, container = revision.target, revision.container
    checks = []
    if target:
        first = target.interval if reactions.first_check is None else reactions.first_check
        successes = reactions.target_successes or target.healthy_threshold
        further = f" and {successes - 1} more every {target.interval:g} s" if successes > 1 else ""
        checks.append(f"target group: a check after {first:g} s{further}")
    if container:
        checks.append(f"container health check: interval {container.interval:g} s")
    if checks and reactions.counted_after:
        checks.append(f"ECS counts a task after {reactions.counted_after:g} s of running")
    return "; ".join(checks) or f"no health check: {COUNTED_AFTER:g} s of running"


def _phase_of(life: Life, step: Step, *, healthy: bool) -> Phase | None:
    if life is Life.FAILING:
        return Phase.FAILING
    if life >= Life.STOPPING:
        return Phase.DRAINING if step is Step.DEACTIVATING else Phase.STOPPING
    if step < Step.RUNNING and step is not Step.REGISTERED:
        return Phase.STARTING
    return None if healthy else Phase.CHECKING
