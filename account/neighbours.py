"""How the services around a released one stand (AWS: "DescribeServices", "DescribeTargetHealth")."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from account.measurements import INSIGHTS, LOAD_BALANCER, Series, Span, points
from release.verification import Neighbour

if TYPE_CHECKING:
    from account.session import AwsSession
    from release.verification_request import Other, VerificationRequest

AT_ONCE: Final = 10
"""Services that DescribeServices tells of in one answer."""
SERVING: Final = frozenset({"healthy", "unused"})
"""States of targets that are not in anybody's way. Targets of a group without a listener are not checked."""


def neighbours(session: AwsSession, request: VerificationRequest, before: Span) -> tuple[Neighbour, ...]:
    """All of them, as they stand. Those that lack tasks are compared with how they stood before. Raises `AwsFault`."""
    described = _described(session, request.cluster, [other.service for other in request.others])
    found = []
    for other in request.others:
        service = described.get(other.service)
        now = _standing(session, other, service)
        if service and now.serving < now.desired:
            now = replace(now, starting=_starting(session, request.cluster, service))
            if not now.starting and before.seconds:
                now = replace(now, served_before=_served_before(session, request, service, before))
        found.append(now)
    return tuple(found)


def _described(session: AwsSession, cluster: str, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for first in range(0, len(names), AT_ONCE):
        answer = session.call(
            "ecs", "describe_services", cluster=cluster, services=list(names[first : first + AT_ONCE])
        )
        found |= {one["serviceName"]: one for one in answer["services"] if one["status"] == "ACTIVE"}
    return found


def _standing(session: AwsSession, other: Other, service: dict[str, Any] | None) -> Neighbour:
    if service is None:
        return Neighbour(service=other.service, relation=other.relation, desired=0, serving=0, found=False)
    healthy = [sum(_healthy(session, arn) for arn in groups) for groups in _target_groups(service)]
    return Neighbour(
        service=other.service,
        relation=other.relation,
        desired=service["desiredCount"],
        serving=min([service["runningCount"], *healthy]),
    )


def _starting(session: AwsSession, cluster: str, service: dict[str, Any]) -> bool:
    """Whether it is being deployed, and never was to the end. ECS lists a deployment that it replaces only for as long
    as any of its tasks are there, so that one alone need not be the first."""
    states = [deployment.get("rolloutState") for deployment in service.get("deployments", ())]
    if states != ["IN_PROGRESS"]:
        return False
    asked: dict[str, Any] = {"cluster": cluster, "service": service["serviceName"], "status": ["SUCCESSFUL"]}
    return not session.call("ecs", "list_service_deployments", **asked)["serviceDeployments"]


def _target_groups(service: dict[str, Any]) -> Iterator[list[str]]:
    """For each of its load balancers, the groups that share its traffic while a release shifts it."""
    for balancer in service.get("loadBalancers", ()):
        alternate = balancer.get("advancedConfiguration", {}).get("alternateTargetGroupArn")
        groups = [arn for arn in (balancer.get("targetGroupArn"), alternate) if arn]
        if groups:
            yield groups


def _healthy(session: AwsSession, arn: str) -> int:
    answer = session.call("elbv2", "describe_target_health", TargetGroupArn=arn)
    states = [target["TargetHealth"]["State"] for target in answer["TargetHealthDescriptions"]]
    return sum(state in SERVING for state in states)


def _served_before(
    session: AwsSession, request: VerificationRequest, service: dict[str, Any], before: Span
) -> float | None:
    """Tasks that ran, or were healthy if those were fewer, in most minutes; None when neither was measured."""
    tasks = {"ClusterName": request.cluster, "ServiceName": service["serviceName"]}
    asked = {"tasks": Series(namespace=INSIGHTS, name="RunningTaskCount", dimensions=tasks, statistic="Average")}
    groups = list(_target_groups(service)) if request.load_balancer else []
    for arn in (arn for group in groups for arn in group):
        dimensions = {"LoadBalancer": request.load_balancer, "TargetGroup": arn.rpartition(":")[2]}
        asked[arn] = Series(
            namespace=LOAD_BALANCER, name="HealthyHostCount", dimensions=dimensions, statistic="Average"
        )
    found = points(session, asked, before)
    usual = {name: median(values.values()) for name, values in found.items() if values}
    known = [sum(usual[arn] for arn in group if arn in usual) for group in groups if usual.keys() & set(group)]
    known += [usual["tasks"]] if "tasks" in usual else []
    return min(known, default=None)
