"""Reading moto's load balancers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.backends import get_backend

from sandbox.ecs.ports import ForwardingFacts, RouteFacts, TargetGroupFacts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.caller import Caller


class MotoLoadBalancers:
    """Target groups, and listeners with their rules. ``written`` is set by every change, and never reset here."""

    def __init__(self) -> None:
        self.written = False

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

    def forwarding(self, caller: Caller, arn: str) -> ForwardingFacts | None:
        """Where a listener rule or a listener forwards to, or None when there is no such thing."""
        holder = _holder(_elb(caller), arn)
        if holder is None:
            return None
        forwards = [action for action in holder.actions if action.type == "forward"]
        weights: dict[str, int] = {}
        for action in forwards:
            weights |= _weights(action.data)
        return ForwardingFacts(arn, weights, mixed=len(forwards) < len(holder.actions))

    def routes(self, caller: Caller) -> list[RouteFacts]:
        """All listener rules that forward, the default ones too, which go by the ARN of their listener."""
        found = []
        for load_balancer in _elb(caller).load_balancers.values():
            for listener in load_balancer.listeners.values():
                for rule in listener.rules.values():
                    weights: dict[str, int] = {}
                    for action in rule.actions:
                        weights |= _weights(action.data) if action.type == "forward" else {}
                    if weights:
                        arn = listener.arn if rule.is_default else rule.arn
                        found.append(RouteFacts(arn, load_balancer.arn, weights))
        return found

    def forward(self, caller: Caller, arn: str, weights: Mapping[str, int]) -> None:
        """Let a listener rule or a listener forward to these target groups by weight; nothing when it has gone.

        ECS replaces the whole forward action by a weighted one, and keeps the stickiness (go-to-k/cdk-real-drift#1730):
        observed.
        """
        holder = _holder(_elb(caller), arn)
        if holder is None:
            return
        before = next((action for action in holder.actions if action.type == "forward"), None)
        config = dict(before.data.get("ForwardConfig", {})) if before else {}
        config["TargetGroups"] = [{"TargetGroupArn": group, "Weight": weight} for group, weight in weights.items()]
        order = {"Order": before.data["Order"]} if before and "Order" in before.data else {}
        made = _models().FakeAction({"Type": "forward", **order, "ForwardConfig": config})
        holder.actions = [action for action in holder.actions if action.type != "forward"] + [made]
        self.written = True


class _Listener:
    """A listener whose default action is meant, as if it were a rule."""

    def __init__(self, listener: Any) -> None:  # noqa: ANN401 - moto's listener
        self._listener = listener

    @property
    def actions(self) -> list[Any]:
        return list(self._listener.default_actions)

    @actions.setter
    def actions(self, actions: list[Any]) -> None:
        self._listener.default_actions = actions
        for rule in self._listener.rules.values():
            if rule.is_default:
                rule.actions = actions


def _holder(elb: Any, arn: str) -> Any:  # noqa: ANN401 - moto's rule, or a listener that looks like one
    for load_balancer in elb.load_balancers.values():
        for listener in load_balancer.listeners.values():
            if listener.arn == arn:
                return _Listener(listener)
            for rule in listener.rules.values():
                if rule.arn == arn:
                    return _Listener(listener) if rule.is_default else rule
    return None


def _weights(action: dict[str, Any]) -> dict[str, int]:
    groups = action.get("ForwardConfig", {}).get("TargetGroups", [])
    if not groups and action.get("TargetGroupArn"):
        return {action["TargetGroupArn"]: 1}
    return {group["TargetGroupArn"]: int(group.get("Weight", 1)) for group in groups}


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


def _models() -> Any:  # noqa: ANN401 - imported late, with moto's first request for it
    from moto.elbv2 import models  # noqa: PLC0415 - takes a while

    return models
