"""What could stop a release that is still standing at the gate: looked up before anything is changed."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any, Final

from account.aws_faults import AwsFault

if TYPE_CHECKING:
    from account.session import AwsSession
    from release.question import Question

UNDER_WAY: Final = ("PENDING", "IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS")
"""Statuses of a service deployment that has not ended (AWS: "ServiceDeployment")."""
NO_SERVICE: Final = frozenset({"ServiceNotFoundException", "ClusterNotFoundException"})
ALL: Final = 100


def deployments(session: AwsSession, question: Question) -> tuple[str, str]:
    """ARN of the newest service deployment; and of the one that is under way, if any."""
    asked: dict[str, Any] = {"cluster": question.cluster, "service": question.ecs_service}
    found: list[dict[str, Any]] = []
    while True:
        try:
            page = session.call("ecs", "list_service_deployments", **asked)
        except AwsFault as fault:
            if fault.code in NO_SERVICE:
                return "", ""
            raise
        found += page["serviceDeployments"]
        if not page.get("nextToken"):
            break
        asked["nextToken"] = page["nextToken"]
    if not found:
        return "", ""
    newest = max(found, key=lambda one: one["createdAt"])
    arn = str(newest["serviceDeploymentArn"])
    return arn, arn if newest["status"] in UNDER_WAY else ""


def findings(session: AwsSession, question: Question, digest: str) -> tuple[tuple[str, int], ...] | None:
    """AWS: "DescribeImageScanFindings"; None when the image was not scanned."""
    try:
        answer = session.call(
            "ecr",
            "describe_image_scan_findings",
            repositoryName=question.repository,
            imageId={"imageDigest": digest},
            maxResults=1,
        )
    except AwsFault as fault:
        if fault.code in {"ScanNotFoundException", "ImageNotFoundException"}:
            return None
        raise
    if answer.get("imageScanStatus", {}).get("status") not in {"COMPLETE", "ACTIVE"}:
        return None
    counts = answer.get("imageScanFindings", {}).get("findingSeverityCounts", {})
    return tuple(sorted(counts.items()))


def alarming(session: AwsSession, names: tuple[str, ...]) -> tuple[str, ...]:
    """The alarms that are in ALARM."""
    if not names:
        return ()
    answer = session.call("cloudwatch", "describe_alarms", AlarmNames=list(names), StateValue="ALARM")
    found = [*answer.get("MetricAlarms", ()), *answer.get("CompositeAlarms", ())]
    return tuple(str(alarm["AlarmName"]) for alarm in found)


def room(session: AwsSession, question: Question) -> tuple[int, int] | None:
    """(addresses that the release takes beside what runs, addresses that its subnets have); None for a first release.

    Every task on Fargate takes an address (AWS: "Fargate task networking"). A rolling deployment starts as many tasks
    as its maximum percent allows beyond those wanted; the other strategies start all of them a second time.
    """
    service = _service(session, question)
    network = (service or {}).get("networkConfiguration", {}).get("awsvpcConfiguration", {})
    if service is None or not network.get("subnets"):
        return None
    subnets = session.call("ec2", "describe_subnets", SubnetIds=network["subnets"])["Subnets"]
    return _beside(service), sum(int(subnet["AvailableIpAddressCount"]) for subnet in subnets)


def runs(session: AwsSession, question: Question, task_definition: str) -> bool:
    """Whether ECS runs just that task definition, by its ARN: it starts no deployment for one that it runs.

    AWS: "UpdateService": a deployment comes of a change: documented.
    """
    service = _service(session, question) if task_definition else None
    deployments = [one for one in (service or {}).get("deployments", ()) if one["status"] != "INACTIVE"]
    return [one["taskDefinition"] for one in deployments] == [task_definition]


def _service(session: AwsSession, question: Question) -> dict[str, Any] | None:
    answer = session.call("ecs", "describe_services", cluster=question.cluster, services=[question.ecs_service])
    return next((one for one in answer["services"] if one["status"] == "ACTIVE"), None)


def _beside(service: dict[str, Any]) -> int:
    wanted, configuration = int(service["desiredCount"]), service.get("deploymentConfiguration", {})
    if configuration.get("strategy", "ROLLING") != "ROLLING":
        return wanted
    return ceil(wanted * max(0, int(configuration.get("maximumPercent", 2 * ALL)) - ALL) / ALL)
