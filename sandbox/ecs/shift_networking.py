"""The load balancing of a service that shifts traffic between two target groups.

AWS: "Application Load Balancer resources for blue/green, linear, and canary deployments" and "Troubleshooting Amazon
ECS blue/green deployments", which has the messages: documented, where nothing else is said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.ecs import refusals
from sandbox.ecs.strategy_config import SHIFTING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.caller import Caller
    from sandbox.ecs.ports import ForwardingFacts
    from sandbox.ecs.world import World

    Json = dict[str, Any]

_ECS = "ecs.amazonaws.com"
_NEEDED = ("alternateTargetGroupArn", "productionListenerRule", "roleArn")
_RULES = ("productionListenerRule", "testListenerRule")
_INVALID = "Service deployment rolled back because of invalid networking configuration"


def check(world: World, caller: Caller, config: Json) -> None:
    """Refuse at once what CreateService and UpdateService refuse."""
    balancers = config.get("loadBalancers") or []
    advanced = [balancer for balancer in balancers if balancer.get("advancedConfiguration")]
    if any(balancer.get("loadBalancerName") for balancer in advanced):
        raise refusals.invalid("advancedConfiguration field is not allowed with ELBv1 loadBalancers")
    if config["deploymentConfiguration"]["strategy"] in SHIFTING and len(advanced) < len(balancers):
        raise refusals.invalid(
            "advancedConfiguration field is required for all loadBalancers when using a non-ROLLING deployment strategy"
        )
    if advanced and len(advanced) < len(balancers):
        raise refusals.invalid(
            "Either all or none of the provided loadBalancers must have advancedConfiguration defined"
        )
    _check_duplicates(balancers)
    for balancer in advanced:
        _check_advanced(balancer["advancedConfiguration"])
        _check_test_rule(world, caller, balancer)


def _check_duplicates(balancers: list[Json]) -> None:
    """A service of the strategy ROLLING may name a target group for several containers or ports: not so here."""
    seen: set[str] = set()
    for balancer in balancers:
        advanced = balancer.get("advancedConfiguration")
        if not advanced:
            continue
        for arn in (balancer.get("targetGroupArn"), advanced.get("alternateTargetGroupArn")):
            if arn in seen:
                raise refusals.invalid(f"Duplicate targetGroupArn found: {arn}")
            seen.add(arn or "")


def _check_advanced(advanced: Json) -> None:
    for name in _NEEDED:
        if not advanced.get(name):
            raise refusals.invalid(f"{name} can not be empty in advancedConfiguration.")  # assumed
    for name in _RULES:
        arn = advanced.get(name)
        if arn and not _names_rule(arn):
            raise refusals.invalid(
                f"{name} has an invalid ARN format. Must be RuleArn for ALB or ListenerArn for NLB. Got: {arn}"
            )
    production = advanced["productionListenerRule"]
    if production == advanced.get("testListenerRule"):
        raise refusals.invalid(
            f"The following rules cannot be used as both production and test listener rules: {production}"
        )


def _names_rule(arn: str) -> bool:
    return ":listener-rule/app/" in arn or ":listener/net/" in arn


def _check_test_rule(world: World, caller: Caller, balancer: Json) -> None:
    """A rule that does not exist is found out by the deployment: observed (public reports of "One or more rules not
    found" in the reason of a rollback).
    """
    advanced = balancer["advancedConfiguration"]
    production = world.load_balancers.forwarding(caller, advanced["productionListenerRule"])
    if production is None or advanced.get("testListenerRule"):
        return
    pair = {balancer.get("targetGroupArn"), advanced["alternateTargetGroupArn"]}
    if ":listener-rule/app/" in production.arn and not pair <= set(production.weights):
        raise refusals.invalid(
            "For Application LoadBalancer, testListenerRule is required when productionListenerRule is not associated "
            "with both targetGroup and alternateTargetGroup"
        )


def fault(world: World, caller: Caller, config: Json) -> str:
    """Why a deployment cannot shift traffic, in the words of its ``statusReason``; "" if it can."""
    return next(_faults(world, caller, config), "")


def _faults(world: World, caller: Caller, config: Json) -> Iterator[str]:
    for balancer in config.get("loadBalancers") or []:
        advanced = balancer["advancedConfiguration"]
        role = advanced["roleArn"]
        if not world.roles.role_trusts(caller, role, _ECS):
            yield (
                f"{_INVALID}. ECS was unable to manage the ELB resources due to missing permissions on ECS "
                f"Infrastructure Role '{role}'."
            )
        names = [advanced[name] for name in _RULES if advanced.get(name)]
        rules = [facts for name in names if (facts := world.load_balancers.forwarding(caller, name))]
        if len(rules) < len(names):
            yield f"{_INVALID}. One or more rules not found"
            continue
        yield from _misrouted(balancer, rules)


def _misrouted(balancer: Json, rules: list[ForwardingFacts]) -> Iterator[str]:
    production = rules[0]
    primary, alternate = balancer["targetGroupArn"], balancer["advancedConfiguration"]["alternateTargetGroupArn"]
    if len(production.serving) > 1:
        yield (
            f"{_INVALID}. productionListenerRule {production.arn} should have exactly one target group serving traffic "
            f"but found {len(production.serving)} target groups which are serving traffic"
        )
    for group in production.serving:
        if group not in {primary, alternate}:
            yield (
                f"{_INVALID}. Production listener rule is forwarding traffic to unexpected target group {group}. "
                f"Expected traffic to be forwarded to either targetGroupArn: {primary} or alternateTargetGroupArn: "
                f"{alternate}"
            )
    for group in (primary, alternate):
        if not any(group in rule.weights for rule in rules):
            yield (
                f"{_INVALID}: Target group {group} is not associated with either productionListenerRule or "
                "testListenerRule."
            )
