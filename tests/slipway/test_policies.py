"""`slipway policies`: what stands in an environment, held against the rules."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pytest

from tests.slipway.conftest import STACK_FILE

if TYPE_CHECKING:
    from tests.slipway.conftest import World

OPEN_TO_ALL = {"ipProtocol": "tcp", "fromPort": 6000, "toPort": 6000, "cidrIpv4": "0.0.0.0/0"}
WAIVER = "{rule: EC2.18, resource: %s, reason: a jump host until March, owner: platform, expires: %s}"


def stands(**properties: Any) -> Mapping[str, Any]:
    """The answer of `pulumi stack export` where one rule of a security group stands, and one that is read only."""
    token = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
    one = {"urn": f"urn:pulumi:test::slipway::{token}::door", "type": token, "custom": True, "inputs": properties}
    read = {**one, "urn": f"{one['urn']}-of-others", "external": True}
    return {"stdout": json.dumps({"deployment": {"resources": [one, read]}})}


def waive(world: World, resource: str = "door", expires: str = '"2999-01-31"') -> None:
    world.write("test", f"{STACK_FILE}  slipway:waivers: [{WAIVER % (resource, expires)}]\n")


def test_a_broken_rule_is_1_and_is_shown_with_its_resource_and_what_to_do(world: World) -> None:
    world.pulumi.answers(stack_export=stands(**OPEN_TO_ALL))
    done = world.run("policies", "-e", "test")
    assert done.code == 1
    row = next(line for line in done.out.splitlines() if line.startswith("EC2.18"))
    assert "door" in row
    assert "open to everybody" in row
    assert "Name the security group or the network that may come in" in done.err
    assert done.err.splitlines()[-1].startswith("1 resources: "), "what is only read is nobody's to keep"


def test_what_keeps_the_rules_is_0(world: World) -> None:
    world.pulumi.answers(stack_export=stands(**{**OPEN_TO_ALL, "cidrIpv4": "10.0.0.0/16", "description": "ours"}))
    done = world.run("policies", "-e", "test", "--json")
    assert done.code == 0
    assert json.loads(done.out) == {"passed": True, "violations": [], "waived": [], "mistakes": []}


def test_an_environment_in_which_nothing_stands_breaks_nothing(world: World) -> None:
    world.pulumi.answers(stack_export={"stdout": json.dumps({"deployment": {"resources": None}})})
    done = world.run("policies", "-e", "test")
    assert (done.code, done.out.strip()) == (0, "test: no mandatory rule is broken")


def test_a_waiver_lets_it_pass_and_is_shown_with_who_answers_for_it(world: World) -> None:
    waive(world)
    world.pulumi.answers(stack_export=stands(**OPEN_TO_ALL))
    done = world.run("policies", "-e", "test")
    assert "waived: door" in done.err
    assert "platform" in done.err
    assert "a jump host until March" in done.err
    assert "EC2.18" not in done.out


def test_a_waiver_that_has_expired_lets_nothing_pass(world: World) -> None:
    waive(world, expires='"2026-01-31"')
    world.pulumi.answers(stack_export=stands(**OPEN_TO_ALL))
    done = world.run("policies", "-e", "test")
    assert done.code == 1
    assert "has expired" in done.out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{rule: EC2.18}", "slipway:waivers.0.resource"),
        (WAIVER % ("door", "2026-02-31"), "'2026-02-31' is no date"),
        (WAIVER % ("door", "2026-02-28"), "in quotes"),
        (WAIVER % ("door", '"2026-02-31"'), "no such day"),
        (WAIVER.replace("a jump host until March", "because") % ("door", '"2999-01-31"'), "for those who read it"),
        (WAIVER.replace("EC2.18", "everything") % ("door", '"2999-01-31"'), "docs/policies.md"),
    ],
)
def test_a_waiver_that_is_no_waiver_is_a_mistake_in_the_stack_file_and_2(world: World, text: str, said: str) -> None:
    world.write("test", f"{STACK_FILE}  slipway:waivers: [{text}]\n")
    done = world.run("policies", "-e", "test")
    assert done.code == 2
    assert "Pulumi.test.yaml" in done.err
    assert said in done.err
    assert not done.out
    assert world.pulumi.asked == []


def test_an_environment_that_is_none_is_2(world: World) -> None:
    assert world.run("policies", "-e", "qa").code == 2
