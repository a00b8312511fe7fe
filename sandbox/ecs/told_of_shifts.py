"""What the model tells of a deployment that shifts traffic: listener weights, stages and hooks.

AWS: "Amazon ECS blue/green service deployments workflow", "Pause hooks for Amazon ECS service deployments" and
"Troubleshooting Amazon ECS blue/green deployments": documented, where nothing else is said.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from rollout.strategy import ALL
from rollout.timeline import Cause, Event, Kind
from sandbox.ecs import announcements
from sandbox.ecs.arns import letters
from sandbox.ecs.service_record import HookRecord
from sandbox.ecs.shift_settings import LONGEST_HOOK, answer_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sandbox.ecs.service_record import ServiceDeploymentRecord, ServiceRecord
    from sandbox.ecs.world import World

    Json = dict[str, Any]
    Handler = Callable[[World, ServiceRecord, Event, datetime], None]

_HOOK_STATUS = {
    Kind.HOOK_PASSED: "SUCCEEDED",
    Kind.HOOK_FAILED: "FAILED",
    Kind.HOOK_TIMED_OUT: "TIMED_OUT",
}
_BACK = "Service deployment rolled back because"


def _on_traffic(world: World, record: ServiceRecord, event: Event, _now: datetime) -> None:
    """Move the weights of the listener rules, and remember the shares."""
    production = event.kind is Kind.PRODUCTION_TRAFFIC_SHIFTED
    shares = {event.deployment: event.percent}
    if event.other:
        shares[event.other] = round(ALL - event.percent, 1)
    entry = _under_way(record)
    if entry:
        shown = entry.production if production else entry.test
        shown.update(dict.fromkeys(shown, 0.0) | shares)
    receiver = record.deployments.get(event.deployment)
    for balancer in receiver.config.get("loadBalancers") or [] if receiver else []:
        advanced = balancer.get("advancedConfiguration") or {}
        rule = advanced.get("productionListenerRule" if production else "testListenerRule")
        if rule and receiver:
            pair = (balancer["targetGroupArn"], advanced["alternateTargetGroupArn"])
            mine = receiver.group(balancer)
            weights = {group: event.percent if group == mine else ALL - event.percent for group in pair}
            world.load_balancers.forward(record.created_by, rule, _whole(weights))


def _whole(weights: dict[str, float]) -> dict[str, int]:
    """A load balancer knows whole weights only; with a tenth of a percent they are out of a thousand: assumed."""
    scale = 1 if all(float(weight).is_integer() for weight in weights.values()) else 10
    return {group: round(weight * scale) for group, weight in weights.items()}


def _on_stage(_world: World, record: ServiceRecord, event: Event, now: datetime) -> None:
    """Keep the stage; hooks of the stage before are over."""
    entry = record.service_deployment(event.deployment)
    if entry and event.stage:
        entry.stage, entry.updated_at, entry.hooks = event.stage.value, now, []


def _on_hook_started(world: World, record: ServiceRecord, event: Event, now: datetime) -> None:
    """Keep the run of a hook."""
    entry = record.service_deployment(event.deployment)
    if entry is None or event.stage is None:
        return
    hook = entry.config["deploymentConfiguration"]["lifecycleHooks"][event.hook]
    answer, timeout = answer_of(world, record.created_by, hook), hook.get("timeoutConfiguration") or {}
    kind = hook.get("targetType", "AWS_LAMBDA")
    name = "pause" if answer is None else "lambda"
    run = HookRecord(
        run=event.run,
        id=f"ecs-{name}-{letters(43, entry.arn, 'hook', event.run)}",
        kind=kind,
        stage=event.stage.value,
        status="AWAITING_ACTION" if answer is None else "IN_PROGRESS",
        target=hook.get("hookTargetArn"),
        expires_at=now + timedelta(minutes=timeout.get("timeoutInMinutes", LONGEST_HOOK)),
        timeout_action=timeout.get("action", "ROLLBACK"),
        problem=answer.problem if answer else "",
    )
    entry.hooks.append(run)
    announcements.hook_changed(world, record, entry, run, now)


def _on_hook_ended(world: World, record: ServiceRecord, event: Event, now: datetime) -> None:
    """Keep how the run of a hook ended, and why that fails the deployment if it does."""
    entry = record.service_deployment(event.deployment)
    run = next((run for run in (entry.hooks if entry else ()) if run.run == event.run), None)
    if entry is None or run is None:
        return
    run.status = _HOOK_STATUS[event.kind]
    if event.kind is not Kind.HOOK_PASSED:
        entry.failure = _failed_hook(run, event.kind)
    announcements.hook_changed(world, record, entry, run, now)


def _failed_hook(run: HookRecord, kind: Kind) -> str:
    """How a person's rollback and a function's timeout are worded is assumed."""
    timed_out = kind is Kind.HOOK_TIMED_OUT
    if run.kind == "PAUSE":
        return f"{_BACK} {run.stage} pause hook {'timed out' if timed_out else 'was rolled back by a user'}."
    how = "timed out" if timed_out else "returned FAILED status"
    why = run.problem or f"Lifecycle hook target {run.target} {how}."
    return f"{_BACK} {run.stage} lifecycle hook(s) failed. {why}"


def failure(record: ServiceRecord, event: Event) -> str:
    """Why a deployment failed that shifts traffic, in the words of ``statusReason``; "" for the causes all have."""
    entry = record.service_deployment(event.deployment)
    if event.cause is Cause.NETWORKING:
        return record.deployments[event.deployment].fault
    if event.cause is Cause.STAGE_TIMED_OUT:
        return f"{_BACK} {entry.stage if entry else ''} lifecycle stage timed out."  # assumed
    if event.cause in {Cause.HOOK_FAILED, Cause.HOOK_TIMED_OUT, Cause.PAUSE_ENDED}:
        return entry.failure if entry else ""
    return ""


def _under_way(record: ServiceRecord) -> ServiceDeploymentRecord | None:
    """The service deployment that traffic is shifted for, forth or back."""
    going = ("IN_PROGRESS", "ROLLBACK_IN_PROGRESS")
    return next((entry for entry in reversed(record.service_deployments) if entry.status in going), None)


HANDLERS: dict[Kind, Handler] = {
    Kind.STAGE_REACHED: _on_stage,
    Kind.PRODUCTION_TRAFFIC_SHIFTED: _on_traffic,
    Kind.TEST_TRAFFIC_SHIFTED: _on_traffic,
    Kind.HOOK_STARTED: _on_hook_started,
    Kind.HOOK_PASSED: _on_hook_ended,
    Kind.HOOK_FAILED: _on_hook_ended,
    Kind.HOOK_TIMED_OUT: _on_hook_ended,
}
"""By the kind of event that they write down."""
