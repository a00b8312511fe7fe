"""What the model tells of a service and its deployments, in AWS's words: their records and service events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rollout.timeline import Cause, Event, Kind
from sandbox.ecs import told_of_shifts
from sandbox.ecs.service_alarms import in_alarm
from sandbox.ecs.service_config import DEPLOYING
from sandbox.ecs.service_record import ServiceDeploymentRecord

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sandbox.ecs.service_record import ServiceRecord
    from sandbox.ecs.world import World

    Json = dict[str, Any]
    Handler = Callable[[World, ServiceRecord, Event, datetime], None]

_TROUBLESHOOTING = "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."

_BREAKER_TRIPPED = "Service deployment rolled back because the circuit breaker threshold was exceeded."
ROLLED_BACK = {
    Cause.TASKS_FAILED_TO_START: _BREAKER_TRIPPED,
    Cause.TASKS_FAILED_HEALTH_CHECKS: _BREAKER_TRIPPED,
    Cause.STOP_REQUESTED: "Service deployment rolled back because of a user-initiated stop.",
    Cause.ALARM: "Service deployment rolled back because a CloudWatch alarm was detected.",
}
"""``statusReason`` of a service deployment that was rolled back: of the breaker observed, of the others assumed."""

_FAILED = {Cause.ALARM: "alarm detected", Cause.STOP_REQUESTED: "deployment stopped by user"}
"""What a service event says of a failed deployment, where it is not the breaker's "tasks failed to start": the first
observed, the second assumed.
"""

_BREAKER = frozenset({Cause.TASKS_FAILED_TO_START, Cause.TASKS_FAILED_HEALTH_CHECKS})

_NO_CANDIDATE = "No rollback candidate was found to run the rollback."


def _rolled_back(record: ServiceRecord, event: Event) -> str:
    """The ``statusReason`` for a failure's cause."""
    return told_of_shifts.failure(record, event) or ROLLED_BACK[event.cause]


def _on_deployment_started(world: World, record: ServiceRecord, event: Event, now: datetime) -> None:
    number = event.deployment
    current = [entry for entry in record.service_deployments if entry.status == "SUCCESSFUL"]
    record.service_deployments.append(
        ServiceDeploymentRecord(
            arn=record.service_deployment_arn(number),
            number=number,
            created_at=now,
            target_revision=record.revision_arn(number),
            source_revisions=[current[-1].target_revision] if current else [],
            config=dict(record.config),
            breaker_status="MONITORING" if record.model.settings.breaker.enabled else "DISABLED",
            alarms_status="MONITORING" if record.model.settings.alarms.enabled else "DISABLED",
        )
    )


def _on_alarms_ignored(_world: World, record: ServiceRecord, event: Event, _now: datetime) -> None:
    entry = record.service_deployment(event.deployment)
    if entry:
        entry.alarms_status = "DISABLED"


def _on_deployment_completed(world: World, record: ServiceRecord, event: Event, now: datetime) -> None:
    deployment = record.deployments[event.deployment]
    record.say(now, f"(deployment {deployment.id}) deployment completed.")
    entry = record.service_deployment(event.deployment)
    if entry and entry.status == "IN_PROGRESS":
        _finish(entry, "SUCCESSFUL", None, now)


def _on_deployment_failed(world: World, record: ServiceRecord, event: Event, now: datetime) -> None:
    deployment = record.deployments[event.deployment]
    why = told_of_shifts.failure(record, event)
    told = why or _FAILED.get(event.cause, "tasks failed to start")
    record.say(now, f"(deployment {deployment.id}) deployment failed: {told.removesuffix('.')}.")
    entry = record.service_deployment(event.deployment)
    if entry and entry.status == "IN_PROGRESS":
        entry.failure_count, entry.failure = event.failures, why
        if event.cause in _BREAKER:
            entry.breaker_status = "TRIGGERED"
        if event.cause is Cause.ALARM:
            entry.alarms_status, entry.triggered_alarms = (
                "TRIGGERED",
                sorted(in_alarm(world, record.created_by, record.model.settings.alarms.names)),
            )
        reason = _rolled_back(record, event).replace("rolled back", "stopped")
        _finish(entry, "STOPPED", reason, now)
        entry.stopped_at = now


def _on_superseded(world: World, record: ServiceRecord, event: Event, now: datetime) -> None:
    entry = record.service_deployment(event.deployment)
    if entry and entry.status == "IN_PROGRESS":
        _finish(entry, "STOPPED", "Service deployment stopped because a new deployment was started.", now)
        entry.stopped_at = now
    for other in record.service_deployments:
        if other.status == "ROLLBACK_IN_PROGRESS":
            _finish(other, "ROLLBACK_FAILED", "A new service deployment was started.", now)


def _on_rollback_started(world: World, record: ServiceRecord, event: Event, now: datetime) -> None:
    former = record.deployments[event.other]
    revision = {member: former.config[member] for member in DEPLOYING if member in former.config}
    kept = {member: value for member, value in record.config.items() if member not in DEPLOYING}
    record.config = kept | revision
    record.say(now, f"rolling back to deployment {former.id}.")
    entry = record.service_deployment(event.deployment)
    if entry:
        reason = _rolled_back(record, event)
        entry.status, entry.status_reason = "ROLLBACK_IN_PROGRESS", reason
        entry.finished_at = entry.stopped_at = None
        entry.rollback = {
            "reason": reason,
            "startedAt": now,
            "serviceRevisionArn": former.revision_arn,
        }


def _on_rollback_completed(world: World, record: ServiceRecord, event: Event, now: datetime) -> None:
    entry = record.service_deployment(event.deployment)
    if entry:
        _finish(entry, "ROLLBACK_SUCCESSFUL", entry.status_reason, now)


def _on_rollback_failed(world: World, record: ServiceRecord, event: Event, now: datetime) -> None:
    entry = record.service_deployment(event.deployment)
    if entry:
        _finish(entry, "ROLLBACK_FAILED", _NO_CANDIDATE, now)
        entry.stopped_at = None


def _finish(entry: ServiceDeploymentRecord, status: str, reason: str | None, now: datetime) -> None:
    entry.status, entry.status_reason = status, reason
    entry.finished_at = entry.updated_at = now
    if entry.breaker_status == "MONITORING":
        entry.breaker_status = "MONITORING_COMPLETE"
    if entry.alarms_status == "MONITORING":
        entry.alarms_status = "MONITORING_COMPLETE"


def _on_steady_state(_world: World, record: ServiceRecord, _event: Event, now: datetime) -> None:
    record.say(now, "has reached a steady state.")


def _on_blocked(_world: World, record: ServiceRecord, _event: Event, now: datetime) -> None:
    record.say(
        now,
        "was unable to stop or start tasks during a deployment because of the service deployment configuration. "
        "Update the minimumHealthyPercent or maximumPercent value and try again.",
    )


def _on_start_impaired(_world: World, record: ServiceRecord, _event: Event, now: datetime) -> None:
    record.say(now, f"is unable to consistently start tasks successfully. {_TROUBLESHOOTING}")


def _on_inactive(_world: World, record: ServiceRecord, _event: Event, _now: datetime) -> None:
    record.status = "INACTIVE"


HANDLERS: dict[Kind, Handler] = {
    Kind.DEPLOYMENT_STARTED: _on_deployment_started,
    Kind.ALARMS_IGNORED: _on_alarms_ignored,
    Kind.DEPLOYMENT_COMPLETED: _on_deployment_completed,
    Kind.DEPLOYMENT_FAILED: _on_deployment_failed,
    Kind.DEPLOYMENT_SUPERSEDED: _on_superseded,
    Kind.ROLLBACK_STARTED: _on_rollback_started,
    Kind.ROLLBACK_COMPLETED: _on_rollback_completed,
    Kind.ROLLBACK_FAILED: _on_rollback_failed,
    Kind.STEADY_STATE: _on_steady_state,
    Kind.BLOCKED: _on_blocked,
    Kind.START_IMPAIRED: _on_start_impaired,
    Kind.SERVICE_INACTIVE: _on_inactive,
}
"""By the kind of event that they write down."""
