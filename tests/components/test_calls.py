"""Who may call whom."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from components.calls import Callee
from components.rollout_provider import RolloutProvider
from components.service import Service
from tests.components.builders import SERVICE, build
from tests.recording_engine import REGION, Engine, run

INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
ECS_SERVICE = "aws:ecs/service:Service"
ORDERS = Callee(service_name="orders", security_group_id="sg-orders", ports=[9090])


def calling(*callees: Callee) -> Engine:
    return build(Service, replace(SERVICE, calls=callees), name="auth")


def pairs(engine: Engine, kind: str) -> set[tuple[Any, ...]]:
    return {
        (one.inputs["securityGroupId"], one.inputs.get("referencedSecurityGroupId"), one.inputs["fromPort"])
        for one in engine.all(kind)
    }


def test_a_service_calls_nobody_unless_it_says_so() -> None:
    engine = build(Service, SERVICE, name="auth")
    assert pairs(engine, INGRESS) == {("auth-id", "sg-balancer", 8080)}
    assert pairs(engine, EGRESS) == {("auth-id", None, 443), ("sg-balancer", "auth-id", 8080)}


def test_whom_it_calls_it_reaches_by_that_port_and_is_let_in_there() -> None:
    engine = calling(ORDERS)
    out, in_ = engine.one(EGRESS, "auth--orders-9090").inputs, engine.one(INGRESS, "auth--orders-9090").inputs
    assert (out["securityGroupId"], out["referencedSecurityGroupId"]) == ("auth-id", "sg-orders")
    assert (in_["securityGroupId"], in_["referencedSecurityGroupId"]) == ("sg-orders", "auth-id")
    for rule in (out, in_):
        assert (rule["ipProtocol"], rule["fromPort"], rule["toPort"]) == ("tcp", 9090, 9090)
        assert "cidrIpv4" not in rule, "groups are let in, never addresses"


def test_each_pair_and_port_has_rules_of_its_own() -> None:
    bills = Callee(service_name="bills", security_group_id="sg-bills", ports=[80, 81])
    none, some = build(Service, SERVICE, name="auth"), calling(ORDERS, bills)
    for kind, between in (
        (EGRESS, {("auth-id", "sg-orders", 9090), ("auth-id", "sg-bills", 80), ("auth-id", "sg-bills", 81)}),
        (INGRESS, {("sg-orders", "auth-id", 9090), ("sg-bills", "auth-id", 80), ("sg-bills", "auth-id", 81)}),
    ):
        assert pairs(some, kind) - pairs(none, kind) == between


def test_tasks_start_once_they_can_call() -> None:
    engine = calling(ORDERS)
    needs = set(engine.one(ECS_SERVICE).dependencies)
    assert {engine.one(kind, "auth--orders-9090").urn for kind in (EGRESS, INGRESS)} <= needs


def test_two_services_may_call_each_other() -> None:
    def program() -> None:
        options = pulumi.ResourceOptions(providers=[aws.Provider("aws", region=REGION), RolloutProvider("slipway")])
        later, resolve = pulumi.deferred_output()
        orders = Callee(service_name="orders", security_group_id=later, ports=[9090])
        auth = Service("auth", replace(SERVICE, calls=[orders]), options)
        back = Callee(service_name="auth-service", security_group_id=auth.security_group_id, ports=[8080])
        args = replace(SERVICE, service_name="orders", port=9090, calls=[back])
        resolve(Service("orders", args, options).security_group_id)

    engine = run(program)
    assert {("orders-id", "auth-id", 9090), ("auth-id", "orders-id", 8080)} <= pairs(engine, INGRESS)
    assert {("auth-id", "orders-id", 9090), ("orders-id", "auth-id", 8080)} <= pairs(engine, EGRESS)


def test_a_service_that_would_call_itself_is_refused() -> None:
    itself = replace(ORDERS, service_name="auth-service")
    with pytest.raises(ValueError, match="calls names auth-service itself"):
        replace(SERVICE, calls=[itself])


def test_a_service_that_is_called_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="calls names orders twice"):
        replace(SERVICE, calls=[ORDERS, ORDERS])


@pytest.mark.parametrize(
    ("ports", "said"),
    [([], "called by no port"), ([0], "port 0; allowed are 1 to 65535"), ([80, 80], r"\[80, 80\]; name each once")],
)
def test_a_service_is_called_by_ports_that_there_are_each_once(ports: list[int], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        replace(ORDERS, ports=ports)
