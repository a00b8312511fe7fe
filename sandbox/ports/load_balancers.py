"""Reading moto's load balancers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.backends import get_backend

from sandbox.ecs.ports import TargetGroupFacts

if TYPE_CHECKING:
    from sandbox.caller import Caller


class MotoLoadBalancers:
    """Target groups of the caller's account."""

    def target_group(self, caller: Caller, arn: str) -> TargetGroupFacts | None:
        """The target group, or None."""
        elb = _elb(caller)
        group = elb.target_groups.get(arn)
        if group is None:
            return None
        return TargetGroupFacts(
            arn=group.arn,
            vpc_id=group.vpc_id or "",
            port=int(group.port or 0),
            protocol=group.protocol or "HTTP",
            target_type=group.target_type,
            health_check_path=group.health_check_path or "/",
            health_check_interval=float(group.health_check_interval_seconds),
            health_check_timeout=float(group.health_check_timeout_seconds),
            healthy_threshold=int(group.healthy_threshold_count),
            unhealthy_threshold=int(group.unhealthy_threshold_count),
            deregistration_delay=float(group.attributes.get("deregistration_delay.timeout_seconds", 300)),
            load_balancer_arns=_load_balancers_of(elb, arn),
        )


def _load_balancers_of(elb: Any, target_group_arn: str) -> tuple[str, ...]:  # noqa: ANN401 - moto's backend
    """The load balancers with a listener or rule that forwards to the target group."""
    found = []
    for load_balancer in elb.load_balancers.values():
        listeners = load_balancer.listeners.values()
        actions = [action for listener in listeners for action in listener.default_actions]
        actions += [action for listener in listeners for rule in listener.rules.values() for action in rule.actions]
        if any(target_group_arn in str(action.data) for action in actions):
            found.append(str(load_balancer.arn))
    return tuple(found)


def _elb(caller: Caller) -> Any:  # noqa: ANN401 - moto's backends have no useful common type
    return get_backend("elbv2")[caller.account][caller.region]
