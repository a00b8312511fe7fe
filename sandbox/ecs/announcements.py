"""The events that ECS sends to EventBridge (AWS: "Amazon ECS events"): the shapes are documented."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from rollout.timeline import Cause, Event, Kind
from sandbox.ecs.arns import uuid

if TYPE_CHECKING:
    from sandbox.caller import Caller
    from sandbox.ecs.service_record import HookRecord, ServiceDeploymentRecord, ServiceRecord
    from sandbox.ecs.task_record import TaskRecord
    from sandbox.ecs.world import World

    Json = dict[str, Any]

_TASK, _ACTION, _DEPLOYMENT = "ECS Task State Change", "ECS Service Action", "ECS Deployment State Change"
_HOOK = "ECS Hook State Change"

_NOT_TOLD = frozenset({"tags", "healthStatus", "fargateEphemeralStorage", "platformFamily"})
"""Members of DescribeTasks' answer that the event's schema does not have (EventBridge's schema registry): observed."""

_ACTIONS = {
    Kind.STEADY_STATE: ("INFO", "SERVICE_STEADY_STATE"),
    Kind.PLACEMENT_FAILED: ("ERROR", "SERVICE_TASK_PLACEMENT_FAILURE"),
    Kind.REBALANCING_STARTED: ("INFO", "SERVICE_REBALANCING_STARTED"),
    Kind.REBALANCED: ("INFO", "SERVICE_REBALANCING_COMPLETED"),
    Kind.START_IMPAIRED: ("WARN", "SERVICE_TASK_START_IMPAIRED"),
    Kind.PLACEMENT_FAILED: ("ERROR", "SERVICE_TASK_PLACEMENT_FAILURE"),
}
"""AWS: "Amazon ECS service action events": documented."""

_PLACEMENT = {Cause.CAPACITY: "RESOURCE:FARGATE", Cause.ADDRESSES: "RESOURCE:ENI"}
"""The ``reason`` of a placement failure: of capacity documented on the same page, of addresses assumed."""


class _Change(NamedTuple):
    """A change of a deployment's state: ``reason`` may name the deployment with ``{id}``."""

    level: str
    name: str
    reason: str


_IN_PROGRESS = _Change("INFO", "SERVICE_DEPLOYMENT_IN_PROGRESS", "ECS deployment {id} in progress.")
_COMPLETED = _Change("INFO", "SERVICE_DEPLOYMENT_COMPLETED", "ECS deployment {id} completed.")
_FAILED = {
    Cause.TASKS_FAILED_TO_START: "ECS deployment circuit breaker: task failed to start.",
    Cause.TASKS_FAILED_HEALTH_CHECKS: "ECS deployment circuit breaker: task failed to start.",
    Cause.ALARM: "ECS deployment failed: alarm detected.",
    Cause.STOP_REQUESTED: "ECS deployment failed: deployment stopped by user.",
}
"""The breaker's reason is documented ("Amazon ECS service deployment state change events"), the others are assumed."""
_ROLLING_BACK = {
    Cause.ALARM: "ECS deployment alarm: rolling back to deploymentId {id}.",
    Cause.STOP_REQUESTED: "Deployment stopped by user: rolling back to deploymentId {id}.",
}
_BREAKER_ROLLS_BACK = "ECS deployment circuit breaker: rolling back to deploymentId {id}."
"""Documented on the same page; for alarms and stops assumed."""


def task_changed(world: World, caller: Caller, task: TaskRecord, now: datetime) -> None:
    """Send the task's state, unless it is what was sent last."""
    if task.announced == task.version:
        return
    task.announced = task.version
    shown = {name: value for name, value in task.describe(with_tags=False).items() if name not in _NOT_TOLD}
    detail = shown | {
        "attachments": [attachment | {"type": "eni"} for attachment in shown["attachments"]],
        "containers": [
            {name: value for name, value in container.items() if name != "healthStatus"}
            for container in shown["containers"]
        ],
        "updatedAt": now,
    }
    world.events.put(caller, _event(caller, _TASK, task.arn, detail, now, seed=(task.version,)))


def service_told(world: World, record: ServiceRecord, event: Event, now: datetime) -> None:
    """Send what an event of the model means for the service and for its deployments."""
    caller, seed = record.created_by, (record.created_at, event.at, event.deployment)
    if event.kind in _ACTIONS:
        level, name = _ACTIONS[event.kind]
        detail: Json = {
            "eventType": level,
            "eventName": name,
            "clusterArn": record.place.arn(f"cluster/{record.cluster}"),
            "createdAt": now,
            "reason": _PLACEMENT.get(event.cause),
        }
        world.events.put(caller, _event(caller, _ACTION, record.arn, detail, now, seed=(*seed, name)))
    change, number = _deployment_change(record, event)
    if change:
        deployment = record.deployments[number].id
        detail = {
            "eventType": change.level,
            "eventName": change.name,
            "deploymentId": deployment,
            "updatedAt": now,
            "reason": change.reason.format(id=deployment),
        }
        world.events.put(caller, _event(caller, _DEPLOYMENT, record.arn, detail, now, seed=(*seed, change.name)))


def hook_changed(
    world: World, record: ServiceRecord, entry: ServiceDeploymentRecord, run: HookRecord, now: datetime
) -> None:
    """Send the state of a lifecycle hook (AWS: "Amazon ECS service deployment hook state change events")."""
    detail: Json = {
        "eventType": "ERROR" if run.status in {"FAILED", "TIMED_OUT"} else "INFO",  # ERROR is assumed
        "eventName": f"HOOK_{run.status}",
        "hookId": run.id,
        "hookType": run.kind,
        "expiresAt": run.expires_at,
        "lifecycleStage": run.stage,
        "clusterArn": record.place.arn(f"cluster/{record.cluster}"),
        "serviceArn": record.arn,
        "serviceDeploymentArn": entry.arn,
        "updatedAt": now,
    }
    caller = record.created_by
    world.events.put(caller, _event(caller, _HOOK, entry.arn, detail, now, seed=(run.id, run.status)))


def _deployment_change(record: ServiceRecord, event: Event) -> tuple[_Change | None, int]:
    """The change, and the number of the deployment that it is about."""
    match event.kind:
        case Kind.DEPLOYMENT_STARTED:
            return _IN_PROGRESS, event.deployment
        case Kind.DEPLOYMENT_COMPLETED:
            return _COMPLETED, event.deployment
        case Kind.DEPLOYMENT_FAILED:
            entry = record.service_deployment(event.deployment)
            reason = _FAILED.get(event.cause) or (entry.failure if entry else "") or event.cause.value
            return _Change("ERROR", "SERVICE_DEPLOYMENT_FAILED", reason), event.deployment
        case Kind.ROLLBACK_STARTED:
            return _IN_PROGRESS._replace(reason=_ROLLING_BACK.get(event.cause, _BREAKER_ROLLS_BACK)), event.other
    return None, 0


def _event(caller: Caller, kind: str, resource: str, detail: Json, now: datetime, *, seed: tuple[object, ...]) -> Json:
    return {
        "version": "0",
        "id": uuid(resource, kind, *seed),
        "detail-type": kind,
        "source": "aws.ecs",
        "account": caller.account,
        "time": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": caller.region,
        "resources": [resource],
        "detail": _plain(detail),
    }


def _plain(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Without what is absent, and with times as ISO strings to the millisecond: documented."""
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value
