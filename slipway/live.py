"""What ECS and the load balancer say about services right now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from account.aws_faults import AwsFault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from account.session import AwsSession

SERVICES_A_CALL: Final = 10
"""AWS: "DescribeServices"."""


@dataclass(frozen=True, kw_only=True)
class Live:
    """One service at one moment."""

    service: str
    running: int
    desired: int
    rollout: str
    """`COMPLETED`, `IN_PROGRESS` or `FAILED`."""
    task_definition: str
    """ARN of what ECS means to run."""
    healthy: int
    targets: int
    """Targets that take traffic or are about to: those that drain are not counted."""

    @property
    def well(self) -> bool:
        """Whether everything that should run does, and nothing is in motion."""
        return self.running == self.desired and self.rollout == "COMPLETED" and self.healthy == self.targets


def look(session: AwsSession, cluster: str, services: Sequence[str]) -> dict[str, Live]:
    """The services that exist, by name. A missing cluster has none."""
    found = {}
    for start in range(0, len(services), SERVICES_A_CALL):
        some = list(services[start : start + SERVICES_A_CALL])
        try:
            answer = session.call("ecs", "describe_services", cluster=cluster, services=some)
        except AwsFault as fault:
            if fault.code == "ClusterNotFoundException":
                return {}
            raise
        for service in answer["services"]:
            if service["status"] == "ACTIVE":
                found[service["serviceName"]] = _live(session, service)
    return found


def _live(session: AwsSession, service: dict[str, Any]) -> Live:
    primary: dict[str, Any] = next((one for one in service.get("deployments", ()) if one["status"] == "PRIMARY"), {})
    states = list(_target_states(session, service.get("loadBalancers", ())))
    return Live(
        service=service["serviceName"],
        running=service["runningCount"],
        desired=service["desiredCount"],
        rollout=primary.get("rolloutState", "COMPLETED"),
        task_definition=primary.get("taskDefinition", service["taskDefinition"]),
        healthy=states.count("healthy"),
        targets=len(states) - states.count("draining") - states.count("unused"),
    )


def _target_states(session: AwsSession, load_balancers: Iterable[dict[str, Any]]) -> Iterator[str]:
    pairs = (
        (one.get("targetGroupArn"), one.get("advancedConfiguration", {}).get("alternateTargetGroupArn"))
        for one in load_balancers
    )
    for group in dict.fromkeys(arn for pair in pairs for arn in pair if arn):
        answer = session.call("elbv2", "describe_target_health", TargetGroupArn=group)
        yield from (target["TargetHealth"]["State"] for target in answer["TargetHealthDescriptions"])
