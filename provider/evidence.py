"""What else is asked of AWS when a release has failed: the health check, the alarms and the service's complaints.

Evidence is welcome, not required: whatever stands in its way, there is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from account.aws_faults import AwsFault
from release.evidence import Alarm, Check

if TYPE_CHECKING:
    from collections.abc import Sequence

    from account.session import AwsSession

COMPLAINT: Final = "was unable to"
"""In events of tasks that could not be placed (AWS: "Amazon ECS service event messages")."""


def health_check(session: AwsSession, service: dict[str, Any], groups: Sequence[str]) -> Check | None:
    """The check of the first target group."""
    if not groups:
        return None
    try:
        group = session.call("elbv2", "describe_target_groups", TargetGroupArns=[groups[0]])["TargetGroups"][0]
    except AwsFault:
        return None
    port = next(
        (
            one.get("containerPort", 0)
            for one in service.get("loadBalancers", ())
            if one.get("targetGroupArn") in groups
        ),
        0,
    )
    return Check(
        path=group.get("HealthCheckPath", ""),
        port=port,
        interval=group["HealthCheckIntervalSeconds"],
        timeout=group["HealthCheckTimeoutSeconds"],
        unhealthy_threshold=group["UnhealthyThresholdCount"],
        grace_period=service.get("healthCheckGracePeriodSeconds", 0),
    )


def alarms(session: AwsSession, names: Sequence[str]) -> tuple[Alarm, ...]:
    """The alarms by name, with CloudWatch's words on why they fired."""
    if not names:
        return ()
    reasons: dict[str, str] = {}
    try:
        answer = session.call("cloudwatch", "describe_alarms", AlarmNames=list(names))
        for kind in ("MetricAlarms", "CompositeAlarms"):
            reasons |= {alarm["AlarmName"]: alarm.get("StateReason", "") for alarm in answer.get(kind, ())}
    except AwsFault:
        pass
    return tuple(Alarm(name=name, reason=reasons.get(name, "")) for name in names)


def trouble(service: dict[str, Any]) -> str:
    """The newest event that tells of tasks which could not be placed; empty without one."""
    events = (str(event["message"]) for event in service.get("events", ()))
    return next((message for message in events if COMPLAINT in message), "")
