"""The health of targets that ECS has registered (AWS: "Target health status", Elastic Load Balancing): documented."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sandbox.ecs.records import Records
    from sandbox.ecs.task_record import Target, TaskRecord

    Json = dict[str, Any]

_REASONS: dict[str, tuple[str, str] | None] = {
    "healthy": None,
    "initial": ("Elb.InitialHealthChecking", "Initial health checks in progress"),
    "unhealthy": ("Target.FailedHealthChecks", "Health checks failed"),
    "draining": ("Target.DeregistrationInProgress", "Target deregistration is in progress"),
}


def target_health(records: Records, target_group: str, now: datetime) -> list[Json]:
    """``TargetHealthDescriptions`` of a target group; a target is gone when it has drained."""
    return [_describe(task, target) for task, target in _targets(records, target_group, now)]


def _targets(records: Records, group: str, now: datetime) -> Iterator[tuple[TaskRecord, Target]]:
    for holdings in records.all():
        for service in holdings.services.values():
            for task in service.tasks.values():
                for target in task.targets:
                    drained = target.draining_until is not None and target.draining_until <= now
                    if target.group == group and not drained:
                        yield task, target


def _describe(task: TaskRecord, target: Target) -> Json:
    health: Json = {"State": target.state}
    why = _REASONS[target.state]
    if why:
        health["Reason"], health["Description"] = why
    return {
        "Target": {
            "Id": task.interface.address,
            "Port": target.port,
            "AvailabilityZone": task.interface.zone,
        },
        "HealthCheckPort": str(target.port),
        "TargetHealth": health,
    }
