"""The service deployment that is under way, and its stop (AWS: "Stopping Amazon ECS service deployments")."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from account.aws_faults import AwsFault
from account.aws_time import time_of
from account.preflight import NO_SERVICE, UNDER_WAY
from release.deployment_status import DeploymentStatus

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from account.session import AwsSession

NO_LONGER: Final = "ConflictException"
"""AWS: "StopServiceDeployment": the resource's state does not allow it; that the deployment has ended: assumed. One
that goes back already goes on with it ("Stopping Amazon ECS service deployments"): documented."""


@dataclass(frozen=True, kw_only=True)
class ServiceDeployment:
    """One service deployment at one moment."""

    arn: str
    status: DeploymentStatus
    reason: str
    """ECS's words on the status; may be empty."""
    task_definition: str
    """ARN of the task definition that it brings."""
    created_at: datetime
    age: timedelta
    """By AWS's clock."""
    traffic: float | None
    """Percent of the production traffic that ECS means to send to what it brings; None where ECS shifts none."""
    first: bool
    """Whether nothing ran before it: then there is nothing to go back to."""
    given_up_by_ecs: bool
    """Whether the circuit breaker or an alarm has failed it."""


def under_way(session: AwsSession, cluster: str, service: str) -> ServiceDeployment | None:
    """The newest deployment that has not ended; None where there is none, or no such service."""
    asked: dict[str, Any] = {"cluster": cluster, "service": service, "status": list(UNDER_WAY)}
    try:
        found = session.call("ecs", "list_service_deployments", **asked)["serviceDeployments"]
    except AwsFault as fault:
        if fault.code in NO_SERVICE:
            return None
        raise
    if not found:
        return None
    seen = look(session, max(found, key=lambda one: one["createdAt"])["serviceDeploymentArn"])
    return None if seen is None or seen.status.ended else seen


def look(session: AwsSession, arn: str) -> ServiceDeployment | None:
    """The deployment now; None when ECS knows it no more, for its service was deleted."""
    answer = session.call("ecs", "describe_service_deployments", serviceDeploymentArns=[arn])
    found = next(iter(answer["serviceDeployments"]), None)
    if found is None:
        return None
    target = found["targetServiceRevision"]
    return ServiceDeployment(
        arn=arn,
        status=DeploymentStatus(found["status"]),
        reason=found.get("statusReason", ""),
        task_definition=_task_definition(session, target["arn"]),
        created_at=found["createdAt"],
        age=time_of(answer) - found["createdAt"],
        traffic=target.get("requestedProductionTrafficWeight"),
        first=not found.get("sourceServiceRevisions"),
        given_up_by_ecs=found.get("deploymentCircuitBreaker", {}).get("status") == "TRIGGERED"
        or bool(found.get("alarms", {}).get("triggeredAlarmNames")),
    )


def stop(session: AwsSession, arn: str) -> bool:
    """Stops the deployment and has ECS go back; False when it is too late for that.

    AWS: "StopServiceDeployment": ROLLBACK is the one stop type that ECS takes, and needs no configured rollback:
    documented.
    """
    try:
        session.call("ecs", "stop_service_deployment", serviceDeploymentArn=arn, stopType="ROLLBACK")
    except AwsFault as fault:
        if fault.code == NO_LONGER:
            return False
        raise
    return True


def _task_definition(session: AwsSession, revision: str) -> str:
    answer = session.call("ecs", "describe_service_revisions", serviceRevisionArns=[revision])
    return next((str(one["taskDefinition"]) for one in answer["serviceRevisions"]), "")
