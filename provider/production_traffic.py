"""Where the load balancer sends a service's traffic, and whether that is where its tasks are.

ECS alone moves the weights of a production listener rule. Once a deployment is over, all traffic goes to the target
group with the service's tasks (AWS: "Amazon ECS blue/green service deployments workflow"): documented.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from account.aws_faults import AwsFault
from provider.facts import Shares, target_group_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from account.session import AwsSession
    from provider.facts import ServiceFacts

ALL: Final = 100
"""Percent."""
NO_SUCH_RULE: Final = "RuleNotFound"


def read_shares(session: AwsSession, service: Mapping[str, Any]) -> Iterator[Shares]:
    """One for each pair of target groups of a service as "DescribeServices" tells of it. Raises `AwsFault`."""
    for balancer in service.get("loadBalancers", ()):
        advanced = balancer.get("advancedConfiguration", {})
        rule = advanced.get("productionListenerRule", "")
        if ":listener-rule/" in rule:  # a network load balancer has listeners alone, and no weights
            pair = (balancer["targetGroupArn"], advanced["alternateTargetGroupArn"])
            yield Shares(rule=rule, pair=pair, percent=_percent(session, rule))


def _percent(session: AwsSession, rule: str) -> dict[str, float] | None:
    try:
        rules = session.call("elbv2", "describe_rules", RuleArns=[rule])["Rules"]
    except AwsFault as fault:
        if fault.code == NO_SUCH_RULE:
            return None
        raise
    weights = {arn: weight for action in rules[0].get("Actions", ()) for arn, weight in _weights(action)}
    total = sum(weights.values())
    return {arn: ALL * weight / total for arn, weight in weights.items()} if total else {}


def _weights(action: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """AWS answers a single target group in `ForwardConfig` too, and a weight that nobody gave is 1."""
    groups = action.get("ForwardConfig", {}).get("TargetGroups") or [action]
    for group in groups:
        if group.get("TargetGroupArn"):
            yield group["TargetGroupArn"], group.get("Weight", 1)


def misrouted(facts: ServiceFacts, addresses: set[str]) -> Shares | None:
    """The first rule by which not all traffic goes where the tasks with these addresses are; None when all is well.

    Where no task is registered nobody can tell where the traffic should go.
    """
    for shares in facts.shares:
        homes = home(facts, shares, addresses)
        if homes and (shares.percent is None or sum(shares.percent.get(arn, 0) for arn in homes) < ALL):
            return shares
    return None


def home(facts: ServiceFacts, shares: Shares, addresses: set[str]) -> frozenset[str]:
    """The groups of a pair in which the tasks with these addresses are healthy."""
    return frozenset(
        target.member_of
        for target in facts.targets
        if target.member_of in shares.pair and target.state == "healthy" and target.address in addresses
    )


def told(shares: Shares) -> str:
    """`60 % to auth-service, 40 % to auth-service-alt`."""
    if shares.percent is None:
        return "the listener rule is gone"
    parts = [f"{percent:g} % to {target_group_name(arn)}" for arn, percent in shares.percent.items() if percent]
    return ", ".join(parts) or "none to any target group"


def command(shares: Shares, homes: frozenset[str]) -> str:
    """What a person types to send all traffic home."""
    groups = [{"TargetGroupArn": arn, "Weight": ALL if arn in homes else 0} for arn in shares.pair]
    actions = json.dumps([{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}])
    return f"aws elbv2 modify-rule --rule-arn {shares.rule} --actions '{actions}'"
