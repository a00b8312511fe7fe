"""Watches two revisions of a service that share its traffic: shares by the listener rule, measurements by CloudWatch.

AWS: "ServiceRevision", "DescribeRules", "CloudWatch metrics for your Application Load Balancer".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from account.measurements import Span, measure
from release.two_versions import Side, TwoVersions

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from account.session import AwsSession
    from release.verification_request import VerificationRequest


@dataclass(frozen=True, kw_only=True)
class Shift:
    """What of a service deployment stays the same while it moves the traffic."""

    coming_group: str
    """ARN of the target group of what it brings."""
    going_group: str
    rule: str
    """ARN of the listener rule."""
    load_balancer: str
    """The end of its ARN as CloudWatch names it."""
    began: datetime


def shift_of(session: AwsSession, deployment: str) -> Shift | None:
    """The shift of a service deployment; None where it moves no weights. Raises `AwsFault`."""
    answer = session.call("ecs", "describe_service_deployments", serviceDeploymentArns=[deployment])
    found = next(iter(answer["serviceDeployments"]), None)
    if found is None or not found.get("sourceServiceRevisions"):
        return None
    arns = [found["targetServiceRevision"]["arn"], found["sourceServiceRevisions"][0]["arn"]]
    revisions = session.call("ecs", "describe_service_revisions", serviceRevisionArns=arns)["serviceRevisions"]
    balancers = {one["serviceRevisionArn"]: _balancer(one) for one in revisions}
    coming, going = (balancers.get(arn, {}) for arn in arns)
    rule, group = coming.get("productionListenerRule"), coming.get("targetGroupArn")
    if not rule or not group or group == going.get("targetGroupArn"):
        return None
    described = session.call("elbv2", "describe_target_groups", TargetGroupArns=[group])["TargetGroups"][0]
    return Shift(
        coming_group=group,
        going_group=going["targetGroupArn"],
        rule=rule,
        load_balancer=described["LoadBalancerArns"][0].partition("loadbalancer/")[2],
        began=found["createdAt"],
    )


def look(
    session: AwsSession, shift: Shift, request: VerificationRequest, *, now: datetime, coming: str, going: str
) -> TwoVersions:
    """The two versions, from the shift's begin to now by AWS's clock. `coming` and `going` are what people call them.

    Raises `AwsFault`.
    """
    answer = session.call("elbv2", "describe_rules", RuleArns=[shift.rule])
    shares, span = _shares(answer), Span.within(shift.began, now)

    def side(version: str, group: str) -> Side:
        own = replace(request, load_balancer=shift.load_balancer, target_group_arns=(group,), log_group="")
        return Side(version=version, share=shares.get(group, 0.0), measured=measure(session, own, span))

    return TwoVersions(coming=side(coming, shift.coming_group), going=side(going, shift.going_group))


def _balancer(revision: Mapping[str, Any]) -> dict[str, str]:
    found: list[dict[str, str]] = revision.get("resolvedConfiguration", {}).get("loadBalancers", [])
    return found[0] if found else {}


def _shares(answer: Mapping[str, Any]) -> dict[str, float]:
    groups = [
        group
        for rule in answer["Rules"]
        for action in rule["Actions"]
        for group in action.get("ForwardConfig", {}).get("TargetGroups", ())
    ]
    whole = sum(group.get("Weight", 1) for group in groups)
    return {one["TargetGroupArn"]: 100 * one.get("Weight", 1) / whole for one in groups} if whole else {}
