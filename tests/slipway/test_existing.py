"""Which listener rules of before are taken over, and which stand in the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from account.adoptable import ListenerRule, LoadBalancer, Service
from slipway.existing import Existing
from slipway.stop import Mistake
from stacks import catalogue

AUTH = catalogue.CATALOGUE[0]
GROUP, ALTERNATE, OTHER = "group", "alternate", "other"
THERE = Service(
    name="auth-svc", cluster="legacy", target_group_arns=[GROUP], load_balancer="alb", subnet_ids=[], obstacles=()
)


def rule(priority: int, *groups: str) -> ListenerRule:
    return ListenerRule(arn=f"rule-{priority}", priority=priority, target_group_arns=frozenset(groups))


def looked(*rules: ListenerRule) -> Existing:
    """After a look at a load balancer with these rules, before which auth-service stands."""
    balancer = LoadBalancer(
        arn="arn", name="alb", vpc_id="vpc-1", security_group_ids=[], listeners={}, open_ports={}, rules=rules
    )
    unused: Any = None
    existing = Existing(environment="test", source="Pulumi.test.yaml", now={}, named={}, with_adopted=unused)
    existing._look_at_rules({AUTH.name: THERE}, balancer)
    return existing


def priority() -> int:
    assert AUTH.priority is not None
    return AUTH.priority


def test_every_rule_that_forwards_to_the_service_alone_is_taken_over_and_one_that_is_shared_is_named() -> None:
    after = priority() + 10
    found = looked(rule(after, GROUP), rule(after + 1, GROUP), rule(after + 2, GROUP, OTHER), rule(after + 3, OTHER))
    assert found.named["rules"] == {AUTH.name: [f"rule-{after}", f"rule-{after + 1}"]}
    assert found.shared_rules == [f"rule-{after + 2}"]


def test_the_rule_that_the_program_has_made_since_stands_in_nobodys_way_and_is_no_old_one() -> None:
    found = looked(rule(priority(), GROUP, ALTERNATE), rule(priority() + 10, GROUP))
    assert found.named["rules"] == {AUTH.name: [f"rule-{priority() + 10}"]}
    assert found.shared_rules == []


@pytest.mark.parametrize("groups", [(OTHER,), (GROUP,)])
def test_a_priority_that_is_taken_is_refused(groups: tuple[str, ...]) -> None:
    with pytest.raises(Mistake, match="give it one that is free and smaller"):
        looked(rule(priority(), *groups))


def test_a_rule_of_before_that_would_be_asked_first_is_refused() -> None:
    with pytest.raises(Mistake, match=f"rules of priority {priority() - 1}"):
        looked(rule(priority() - 1, GROUP))


def test_a_service_behind_a_load_balancer_that_has_no_paths_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    worker: Mapping[str, Any] = {"paths": (), "priority": None}
    monkeypatch.setattr(catalogue, "CATALOGUE", (replace(AUTH, **worker),))
    with pytest.raises(Mistake, match=r"has no paths in stacks/catalogue\.py"):
        looked()
