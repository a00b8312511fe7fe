"""The load balancing of a service that shifts traffic: what is refused, and what a deployment finds wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sandbox.ecs import shift_networking
from sandbox.ecs.world import World
from tests.sandbox.ecs.surroundings import (
    ACCOUNT,
    ALTERNATE,
    CALLER,
    ELB_ROLE,
    PRODUCTION_RULE,
    REGION,
    TARGET_GROUP,
    TEST_RULE,
    Ecs,
    Refused,
    shifted_balancer,
)

LISTENER = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:listener/app/lb/1/2"


@pytest.fixture
def shifting(ecs: Ecs) -> Ecs:
    """An ECS beside a load balancer with two target groups and two rules."""
    ecs.two_target_groups()
    ecs("CreateCluster", clusterName="microservices-cluster")
    return ecs


def refusal(ecs: Ecs, balancers: list[dict[str, Any]], strategy: str = "ROLLING") -> str:
    with pytest.raises(Refused) as refused:
        ecs.create_service(
            ecs.register(ecs.push("1.0.0")), loadBalancers=balancers, deploymentConfiguration={"strategy": strategy}
        )
    assert refused.value.code == "InvalidParameterException"
    return refused.value.message


PLAIN = {"targetGroupArn": TARGET_GROUP, "containerName": "auth-service", "containerPort": 8080}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"productionListenerRule": LISTENER}, f"Must be RuleArn for ALB or ListenerArn for NLB. Got: {LISTENER}"),
        ({"testListenerRule": LISTENER}, "testListenerRule has an invalid ARN format."),
        ({"testListenerRule": PRODUCTION_RULE}, f"both production and test listener rules: {PRODUCTION_RULE}"),
        ({"alternateTargetGroupArn": TARGET_GROUP}, f"Duplicate targetGroupArn found: {TARGET_GROUP}"),
        ({"alternateTargetGroupArn": ""}, "alternateTargetGroupArn can not be empty"),
        ({"roleArn": None}, "roleArn can not be empty"),
        ({"testListenerRule": None}, "testListenerRule is required when productionListenerRule is not"),
    ],
)
def test_an_advanced_configuration_that_aws_refuses_is_refused(
    shifting: Ecs, changes: dict[str, Any], message: str
) -> None:
    advanced = {name: value for name, value in changes.items() if value is not None}
    absent = [name for name, value in changes.items() if value is None]
    assert message in refusal(shifting, [shifted_balancer(advanced, without=absent)])


def test_one_rule_for_both_groups_needs_no_test_rule(shifting: Ecs) -> None:
    shifting.load_balancers.rules[PRODUCTION_RULE] = {TARGET_GROUP: 100, ALTERNATE: 0}
    created = shifting.create_service(
        shifting.register(shifting.push("1.0.0")), loadBalancers=[shifted_balancer(without=["testListenerRule"])]
    )
    assert "testListenerRule" not in created["loadBalancers"][0]["advancedConfiguration"]


def test_a_strategy_that_shifts_needs_an_advanced_configuration_for_every_load_balancer(shifting: Ecs) -> None:
    message = refusal(shifting, [PLAIN], "BLUE_GREEN")
    assert message.startswith("advancedConfiguration field is required for all loadBalancers")


def test_either_all_load_balancers_or_none_have_an_advanced_configuration(shifting: Ecs) -> None:
    other = PLAIN | {"targetGroupArn": TARGET_GROUP + "0"}
    shifting.load_balancers.groups[TARGET_GROUP + "0"] = shifting.load_balancers.groups[TARGET_GROUP]
    message = refusal(shifting, [shifted_balancer(), other])
    assert message == "Either all or none of the provided loadBalancers must have advancedConfiguration defined"


def test_an_alternate_target_group_that_does_not_fit_is_refused_as_the_first_one_is(shifting: Ecs) -> None:
    groups = shifting.load_balancers.groups
    groups[ALTERNATE] = replace(groups[ALTERNATE], target_type="instance")
    assert "incompatible with the awsvpc network mode" in refusal(shifting, [shifted_balancer()])
    del groups[ALTERNATE]
    message = refusal(shifting, [shifted_balancer()])
    assert message == f"The target group with targetGroupArn {ALTERNATE} does not exist."


def fault(ecs: Ecs, *balancers: dict[str, Any]) -> str:
    world: World = ecs.plane._world
    return shift_networking.fault(world, CALLER, {"loadBalancers": balancers or [shifted_balancer()]})


def test_a_deployment_finds_nothing_wrong_with_two_rules_for_two_groups(shifting: Ecs) -> None:
    assert fault(shifting) == ""


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        (
            {PRODUCTION_RULE: {TARGET_GROUP: 50, ALTERNATE: 50}, TEST_RULE: {ALTERNATE: 1}},
            "serving traffic but found 2 target groups which are serving traffic",
        ),
        (
            {PRODUCTION_RULE: {"arn:other": 1}, TEST_RULE: {ALTERNATE: 1, TARGET_GROUP: 0}},
            f"target group arn:other. Expected traffic to be forwarded to either targetGroupArn: {TARGET_GROUP}",
        ),
        (
            {PRODUCTION_RULE: {TARGET_GROUP: 1}, TEST_RULE: {TARGET_GROUP: 1}},
            f": Target group {ALTERNATE} is not associated with either productionListenerRule or",
        ),
        ({TEST_RULE: {ALTERNATE: 1}}, ". One or more rules not found"),
    ],
)
def test_rules_that_cannot_be_shifted_are_found_by_the_deployment(
    shifting: Ecs, rules: dict[str, dict[str, int]], message: str
) -> None:
    shifting.load_balancers.rules = rules
    found = fault(shifting)
    assert found.startswith("Service deployment rolled back because of invalid networking configuration")
    assert message in found


def test_a_role_that_ecs_cannot_assume_is_found_by_the_deployment(shifting: Ecs) -> None:
    shifting.roles.trusts[ELB_ROLE] = "ecs-tasks.amazonaws.com"
    assert fault(shifting) == (
        "Service deployment rolled back because of invalid networking configuration. ECS was unable to manage the ELB "
        f"resources due to missing permissions on ECS Infrastructure Role '{ELB_ROLE}'."
    )
