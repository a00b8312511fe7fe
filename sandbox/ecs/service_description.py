"""What DescribeServices, DescribeServiceDeployments and DescribeServiceRevisions answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rollout.deployment import State
from rollout.strategy import Stage
from rollout.timeline import Cause
from sandbox.ecs.service_course import breaker_threshold

if TYPE_CHECKING:
    from sandbox.ecs.service_record import DeploymentRecord, HookRecord, ServiceDeploymentRecord, ServiceRecord

    Json = dict[str, Any]

_PENDING = frozenset({"PROVISIONING", "PENDING", "ACTIVATING"})
_REVISION_MEMBERS = (
    "capacityProviderStrategy",
    "launchType",
    "loadBalancers",
    "serviceRegistries",
    "networkConfiguration",
    "serviceConnectConfiguration",
    "volumeConfigurations",
    "vpcLatticeConfigurations",
    "gatewayConnectors",
    "monitoring",
)
_DEPLOYMENT_MEMBERS = (
    "capacityProviderStrategy",
    "launchType",
    "networkConfiguration",
    "serviceConnectConfiguration",
    "volumeConfigurations",
    "vpcLatticeConfigurations",
)
_ONLY_IN_DEPLOYMENTS = frozenset(
    {
        "serviceConnectConfiguration",
        "volumeConfigurations",
        "vpcLatticeConfigurations",
        "gatewayConnectors",
        "monitoring",
    }
)
"""What AWS tells of in the deployments or revisions, not in the service itself."""
_FAILED = {
    Cause.ALARM: "ECS deployment failed: alarm detected.",
    Cause.STOP_REQUESTED: "ECS deployment failed: deployment stopped by user.",
}
"""``rolloutStateReason`` of a deployment that something else than the breaker failed: assumed."""
_FINAL = frozenset({"SUCCESSFUL", "STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"})


def describe(record: ServiceRecord, *, with_tags: bool) -> Json:
    """A service as AWS shows it."""
    place, inactive = record.place, record.status == "INACTIVE"
    pending, running = _counts(record, None)
    shown = {member: value for member, value in record.config.items() if member not in _ONLY_IN_DEPLOYMENTS}
    answer: Json = shown | {
        "serviceArn": record.arn,
        "serviceName": record.name,
        "clusterArn": place.arn(f"cluster/{record.cluster}"),
        "status": record.status,
        "runningCount": running,
        "pendingCount": pending,
        "platformFamily": "Linux",
        "deployments": [] if inactive else [_deployment(record, one) for one in record.live_deployments()],
        "roleArn": f"arn:aws:iam::{place.account}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS",
        "events": record.events,
        "createdAt": record.created_at,
        "createdBy": record.created_by.arn,
        "taskSets": [],
        "tags": record.tags if with_tags else [],
    }
    answer["currentServiceRevisions"] = [
        _revision_summary(record, one.number) for one in ([] if inactive else record.live_deployments())
    ]
    current = next((e for e in reversed(record.service_deployments) if e.status not in _FINAL), None)
    if current is None:
        current = record.service_deployments[-1]
    answer["currentServiceDeployment"] = current.arn
    return answer


def describe_service_deployment(record: ServiceRecord, entry: ServiceDeploymentRecord) -> Json:
    """A service deployment as AWS shows it."""
    deployment = record.model.deployments.get(entry.number)
    failures = deployment.failed_tasks if deployment and entry.status == "IN_PROGRESS" else entry.failure_count
    answer: Json = {
        "serviceDeploymentArn": entry.arn,
        "serviceArn": record.arn,
        "clusterArn": record.place.arn(f"cluster/{record.cluster}"),
        "createdAt": entry.created_at,
        "startedAt": entry.created_at,
        "finishedAt": entry.finished_at,
        "stoppedAt": entry.stopped_at,
        "updatedAt": entry.updated_at or entry.created_at,
        "sourceServiceRevisions": [_summary_by_arn(record, entry, arn) for arn in entry.source_revisions],
        "targetServiceRevision": _summary_by_arn(record, entry, entry.target_revision),
        "status": entry.status,
        "statusReason": entry.status_reason,
        "deploymentConfiguration": entry.config["deploymentConfiguration"],
        "rollback": entry.rollback,
        "lifecycleStage": entry.stage,
        "lifecycleHookDetails": [_hook(run) for run in entry.hooks] or None,
    }
    alarms = entry.config["deploymentConfiguration"].get("alarms")
    if alarms:
        answer["alarms"] = {
            "status": entry.alarms_status,
            "alarmNames": alarms["alarmNames"],
            "triggeredAlarmNames": entry.triggered_alarms,
        }
    answer["deploymentCircuitBreaker"] = {
        "status": entry.breaker_status,
        "failureCount": failures,
        "threshold": breaker_threshold(record),
    }
    return answer


def describe_service_deployment_brief(record: ServiceRecord, entry: ServiceDeploymentRecord) -> Json:
    """A service deployment as ListServiceDeployments shows it."""
    return {
        "serviceDeploymentArn": entry.arn,
        "serviceArn": record.arn,
        "clusterArn": record.place.arn(f"cluster/{record.cluster}"),
        "createdAt": entry.created_at,
        "startedAt": entry.created_at,
        "finishedAt": entry.finished_at,
        "targetServiceRevisionArn": entry.target_revision,
        "status": entry.status,
        "statusReason": entry.status_reason,
    }


def describe_revision(record: ServiceRecord, deployment: DeploymentRecord) -> Json:
    """A service revision as AWS shows it."""
    answer: Json = {member: deployment.config[member] for member in _REVISION_MEMBERS if member in deployment.config}
    return answer | {
        "serviceRevisionArn": deployment.revision_arn,
        "serviceArn": record.arn,
        "clusterArn": record.place.arn(f"cluster/{record.cluster}"),
        "taskDefinition": deployment.task_definition,
        "platformVersion": "1.4.0",
        "platformFamily": "Linux",
        "containerImages": [
            {
                "containerName": container["name"],
                "image": container["image"],
                "imageDigest": deployment.digests.get(container["name"]),
            }
            for container in deployment.definition["containerDefinitions"]
        ],
        "guardDutyEnabled": False,
        "createdAt": deployment.created_at,
        "resolvedConfiguration": _resolved(deployment),
    }


def _resolved(deployment: DeploymentRecord) -> Json:
    """AWS: "ResolvedConfiguration" (ECS API reference): documented."""
    balancers = [
        {
            "targetGroupArn": deployment.group(balancer),
            "productionListenerRule": (balancer.get("advancedConfiguration") or {}).get("productionListenerRule"),
        }
        for balancer in deployment.config.get("loadBalancers") or []
    ]
    return {"loadBalancers": balancers}


def _deployment(record: ServiceRecord, deployment: DeploymentRecord) -> Json:
    model = record.model.deployments[deployment.number]
    primary = record.model.primary.id == deployment.number
    pending, running = _counts(record, deployment.number)
    answer: Json = {member: deployment.config[member] for member in _DEPLOYMENT_MEMBERS if member in deployment.config}
    return answer | {
        "id": deployment.id,
        "status": "PRIMARY" if primary else "ACTIVE",
        "taskDefinition": deployment.task_definition,
        "desiredCount": record.config["desiredCount"] if primary else sum(record.model.count(deployment.number)),
        "pendingCount": pending,
        "runningCount": running,
        "failedTasks": model.failed_tasks,
        "createdAt": deployment.created_at,
        "updatedAt": record.moment(model.updated_at),
        "platformVersion": "1.4.0",
        "platformFamily": "Linux",
        "rolloutState": model.state.value,
        "rolloutStateReason": _reason(record, deployment),
    }


def _reason(record: ServiceRecord, deployment: DeploymentRecord) -> str:
    """``rolloutStateReason``: observed (public outputs of describe-services), but after a stop or a hook assumed."""
    model = record.model.deployments[deployment.number]
    if model.state is State.FAILED:
        entry = record.service_deployment(deployment.number)
        default = "ECS deployment circuit breaker: tasks failed to start."
        return _FAILED.get(model.cause) or (entry.failure if entry else "") or default
    if model.state is State.COMPLETED:
        return f"ECS deployment {deployment.id} completed."
    if model.rolling_back:
        failed = record.service_deployment(model.rolling_back)
        trigger = "ECS deployment circuit breaker"
        if failed and failed.alarms_status == "TRIGGERED":
            trigger = "ECS deployment alarm"
        elif failed and failed.breaker_status != "TRIGGERED":
            trigger = "ECS deployment"
        return f"{trigger}: rolling back to deploymentId {deployment.id}."
    return f"ECS deployment {deployment.id} in progress."


def _counts(record: ServiceRecord, deployment: int | None) -> tuple[int, int]:
    """(pending, running) tasks of a deployment, or of all, by what their status says."""
    states = [task.last_status for task in record.tasks.values() if deployment in {None, task.deployment}]
    return sum(1 for state in states if state in _PENDING), states.count("RUNNING")


def _revision_summary(record: ServiceRecord, number: int) -> Json:
    deployment = record.deployments[number]
    pending, running = _counts(record, number)
    primary = record.model.primary
    serves = primary.shift is not None and primary.shift.source == number and primary.shift.stage is not Stage.CLEAN_UP
    wanted = record.config["desiredCount"] if primary.id == number or serves else 0
    return {
        "arn": deployment.revision_arn,
        "requestedTaskCount": wanted,
        "runningTaskCount": running,
        "pendingTaskCount": pending,
    }


def _summary_by_arn(record: ServiceRecord, entry: ServiceDeploymentRecord, arn: str) -> Json:
    """With the shares of the traffic, once the deployment has shifted any."""
    number = next(n for n, deployment in record.deployments.items() if deployment.revision_arn == arn)
    summary = _revision_summary(record, number)
    if entry.test:
        summary["requestedTestTrafficWeight"] = entry.test.get(number, 0.0)
    if entry.production:
        summary["requestedProductionTrafficWeight"] = entry.production.get(number, 0.0)
    return summary


def _hook(run: HookRecord) -> Json:
    return {
        "hookId": run.id,
        "targetType": run.kind,
        "targetArn": run.target,
        "status": run.status,
        "expiresAt": run.expires_at,
        "timeoutAction": run.timeout_action,
    }
