"""The history of a service (AWS: "View service history using Amazon ECS service deployments")."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sandbox.aws_error import AwsError
from sandbox.ecs import clusters, refusals, services
from sandbox.ecs.pages import page
from sandbox.ecs.service_course import ServiceCourse
from sandbox.ecs.service_description import (
    describe_revision,
    describe_service_deployment,
    describe_service_deployment_brief,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.caller import Caller
    from sandbox.ecs.records import Holdings
    from sandbox.ecs.service_record import DeploymentRecord, ServiceDeploymentRecord, ServiceRecord
    from sandbox.ecs.world import World

    Json = dict[str, Any]

_MOST_DESCRIBED = 20
_LISTED = 20
_HOOK = re.compile(r"ecs-[a-z]+-[\w-]+")


class ServiceDeployments:
    """The operations on service deployments and service revisions."""

    def __init__(self, world: World) -> None:
        self._world = world

    def handlers(self) -> Mapping[str, Callable[[Caller, Json], Json]]:
        """Operations by name."""
        return {
            "ListServiceDeployments": self.list_service_deployments,
            "DescribeServiceDeployments": self.describe_service_deployments,
            "DescribeServiceRevisions": self.describe_service_revisions,
            "StopServiceDeployment": self.stop_service_deployment,
            "ContinueServiceDeployment": self.continue_service_deployment,
        }

    def list_service_deployments(self, caller: Caller, params: Json) -> Json:
        """Newest first, optionally by status and time of creation."""
        holdings = self._world.holdings(caller)
        record = services.find(holdings, _cluster(holdings, params), params["service"])
        created = params.get("createdAt", {})
        entries = [
            describe_service_deployment_brief(record, entry)
            for entry in reversed(record.service_deployments)
            if entry.status in (params.get("status") or [entry.status])
            and entry.created_at >= created.get("after", entry.created_at)
            and entry.created_at <= created.get("before", entry.created_at)
        ]
        return page(entries, {"maxResults": _LISTED} | params, "serviceDeployments")

    def describe_service_deployments(self, caller: Caller, params: Json) -> Json:
        """Service deployments by ARN; unknown ones are failures with the reason MISSING."""
        holdings = self._world.holdings(caller)
        found, failures = [], []
        for arn in _checked(params["serviceDeploymentArns"], "service-deployment"):
            match = _find_entry(holdings, arn)
            if match:
                found.append(describe_service_deployment(*match))
            else:
                failures.append({"arn": arn, "reason": "MISSING"})
        return {"serviceDeployments": found, "failures": failures}

    def describe_service_revisions(self, caller: Caller, params: Json) -> Json:
        """Service revisions by ARN; unknown ones are failures with the reason MISSING."""
        holdings = self._world.holdings(caller)
        found, failures = [], []
        for arn in _checked(params["serviceRevisionArns"], "service-revision"):
            match = _find_revision(holdings, arn)
            if match:
                found.append(describe_revision(*match))
            else:
                failures.append({"arn": arn, "reason": "MISSING"})
        return {"serviceRevisions": found, "failures": failures}

    def stop_service_deployment(self, caller: Caller, params: Json) -> Json:
        """Stop the service deployment in progress and roll back (AWS: "StopServiceDeployment").

        One that goes back already goes on with it (AWS: "Stopping Amazon ECS service deployments"): documented. That
        one which has ended is refused with a ConflictException is assumed.
        """
        arn = params["serviceDeploymentArn"]
        match = _find_entry(self._world.holdings(caller), arn)
        if match is None:
            raise AwsError("ServiceDeploymentNotFoundException", "Service deployment not found.")
        if params.get("stopType", "ROLLBACK") != "ROLLBACK":
            raise refusals.invalid("Only the stop type ROLLBACK is supported for this deployment.")
        record, entry = match
        record.model.advance(record.at(self._world.now()))
        if entry.status == "ROLLBACK_IN_PROGRESS":
            return {"serviceDeploymentArn": arn}
        in_progress = entry.status == "IN_PROGRESS" and record.model.primary.id == entry.number
        if not in_progress or not record.model.stop_deployment():
            raise AwsError(
                "ConflictException",
                f"The service deployment {arn} cannot be stopped because it is in the state {entry.status}.",
            )
        ServiceCourse(self._world, record).absorb()
        return {"serviceDeploymentArn": arn}

    def continue_service_deployment(self, caller: Caller, params: Json) -> Json:
        """Let a paused service deployment go on, or back (AWS: "ContinueServiceDeployment").

        The refusals are those of "Troubleshooting Amazon ECS blue/green deployments": documented, but for their codes.
        """
        arn, hook = params["serviceDeploymentArn"], params["hookId"]
        if not _HOOK.fullmatch(hook):
            raise refusals.invalid("Invalid hookId: hookId must follow the format: ecs-{hookType}-{id}")
        match = _find_entry(self._world.holdings(caller), arn)
        if match is None:
            raise AwsError("ServiceDeploymentNotFoundException", "The service deployment does not exist.")
        record, entry = match
        if entry.status != "IN_PROGRESS":
            raise refusals.invalid(
                "Continuing a service deployment is not allowed for service deployment in terminal states."
            )
        run = next((run.run for run in entry.hooks if run.id == hook and run.status == "AWAITING_ACTION"), 0)
        record.model.advance(record.at(self._world.now()))
        proceed = params.get("action", "CONTINUE") == "CONTINUE"
        if not run or not record.model.continue_deployment(run, proceed=proceed):
            raise refusals.invalid(
                "Provided hookId is either completed, unavailable, or not associated with the given Resource ARN"
            )
        ServiceCourse(self._world, record).absorb()
        return {"serviceDeploymentArn": arn}


def _cluster(holdings: Holdings, params: Json) -> Any:  # noqa: ANN401 - a ClusterRecord
    service = params["service"]
    if service.startswith("arn:") and not params.get("cluster") and service.count("/") > 1:
        return clusters.find(holdings, service.split("/")[1])
    return clusters.find(holdings, params.get("cluster"))


def _checked(arns: list[str], kind: str) -> list[str]:
    """``arns`` if they are ARNs of the kind, and few enough; the wording is assumed."""
    if not 1 <= len(arns) <= _MOST_DESCRIBED:
        raise refusals.invalid(f"From 1 to {_MOST_DESCRIBED} ARNs can be described in one request, got {len(arns)}.")
    for arn in arns:
        if not re.fullmatch(rf"arn:[\w-]+:ecs:[\w-]+:\d{{12}}:{kind}/[\w-]+/[\w-]+/[\w-]+", arn):
            raise refusals.invalid(f"Invalid ARN of a {kind}: {arn}")
    return arns


def _find_entry(holdings: Holdings, arn: str) -> tuple[ServiceRecord, ServiceDeploymentRecord] | None:
    for record in holdings.services.values():
        for entry in record.service_deployments:
            if entry.arn == arn:
                return record, entry
    return None


def _find_revision(holdings: Holdings, arn: str) -> tuple[ServiceRecord, DeploymentRecord] | None:
    for record in holdings.services.values():
        for deployment in record.deployments.values():
            if deployment.revision_arn == arn:
                return record, deployment
    return None
