"""What a release waits for on its way, and where it is tried before people get it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from components.hook_role import HookRole
from components.service import Service
from components.service_args import ServiceArgs
from components.test_listener import TestListener
from release.lifecycle_hooks import FunctionHook, OnTimeout, PauseHook
from rollout.strategy_text import parse
from tests.components.builders import HOOK_ROLE, SERVICE, TEST_LISTENER, build

FUNCTION = HOOK_ROLE.function_arns[0]
HOOKS = (
    PauseHook(stages=("POST_TEST_TRAFFIC_SHIFT",), minutes=60, on_timeout=OnTimeout.CONTINUE),
    FunctionHook(stages=("PRE_SCALE_UP", "POST_SCALE_UP"), function_arn=FUNCTION),
)
RULE = "aws:lb/listenerRule:ListenerRule"
ECS_SERVICE = "aws:ecs/service:Service"


def hooked(**changed: Any) -> ServiceArgs:
    told = {"shifting": parse("blue-green"), "hooks": HOOKS, "hook_role_arn": "arn:role", **changed}
    return replace(SERVICE, deployment=replace(SERVICE.deployment, **told))


def test_pauses_and_functions_reach_ecs_with_the_role_that_asks() -> None:
    configuration = build(Service, hooked()).one(ECS_SERVICE).inputs["deploymentConfiguration"]
    assert configuration["lifecycleHooks"] == [
        {
            "targetType": "PAUSE",
            "lifecycleStages": ["POST_TEST_TRAFFIC_SHIFT"],
            "timeoutConfiguration": {"action": "CONTINUE", "timeoutInMinutes": "60"},
        },
        {
            "targetType": "AWS_LAMBDA",
            "lifecycleStages": ["PRE_SCALE_UP", "POST_SCALE_UP"],
            "hookTargetArn": FUNCTION,
            "roleArn": "arn:role",
        },
    ]


def test_a_service_without_hooks_names_none() -> None:
    configuration = build(Service, hooked(hooks=(), hook_role_arn=None)).one(ECS_SERVICE).inputs
    assert "lifecycleHooks" not in configuration["deploymentConfiguration"]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"shifting": None}, "hooks are asked while traffic shifts"),
        ({"hook_role_arn": None}, "hook_role_arn is None"),
        ({"hooks": HOOKS[:1] * 11}, "there are 11 pauses"),
    ],
)
def test_hooks_that_nobody_would_ask_are_refused(changed: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        hooked(**changed)


def test_the_role_may_call_the_functions_named_and_ecs_alone_may_take_it() -> None:
    engine = build(HookRole, HOOK_ROLE)
    role = engine.one("aws:iam/role:Role").inputs
    assert json.loads(role["assumeRolePolicy"])["Statement"][0]["Principal"] == {"Service": "ecs.amazonaws.com"}
    [statement] = json.loads(engine.one("aws:iam/rolePolicy:RolePolicy").inputs["policy"])["Statement"]
    assert statement == {
        "Effect": "Allow",
        "Action": "lambda:InvokeFunction",
        "Resource": [FUNCTION, f"{FUNCTION}:*"],
    }
    with pytest.raises(ValueError, match="function_arns is empty"):
        replace(HOOK_ROLE, function_arns=())


def test_a_test_listener_is_reached_from_the_networks_named_alone_and_speaks_as_the_others_do() -> None:
    engine = build(TestListener, TEST_LISTENER)
    listener = engine.one("aws:lb/listener:Listener").inputs
    assert (listener["port"], listener["protocol"]) == (8443, "HTTPS")
    assert listener["defaultActions"][0]["fixedResponse"]["statusCode"] == "404"
    rules = engine.all("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    assert {rule.inputs["cidrIpv4"] for rule in rules} == set(TEST_LISTENER.cidrs)
    plain = build(TestListener, replace(TEST_LISTENER, certificate_arn=None)).one("aws:lb/listener:Listener").inputs
    assert plain["protocol"] == "HTTP"
    assert "sslPolicy" not in plain


@pytest.mark.parametrize(("cidrs", "words"), [((), "cidrs is empty"), (("0.0.0.0/0",), "all of the internet")])
def test_releases_are_not_tried_by_everybody(cidrs: tuple[str, ...], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        replace(TEST_LISTENER, cidrs=cidrs)


def test_a_service_with_a_test_listener_has_its_paths_there_and_ecs_moves_the_traffic() -> None:
    tried = replace(SERVICE, routing=replace(SERVICE.routing, test_listener_arn="arn:test-listener"))
    engine = build(Service, tried, name="auth")
    production, test = engine.one(RULE, "auth"), engine.one(RULE, "auth-test")
    assert test.inputs["listenerArn"] == "arn:test-listener"
    assert test.inputs["conditions"] == production.inputs["conditions"]
    assert test.inputs["actions"] == production.inputs["actions"]
    advanced = engine.one(ECS_SERVICE).inputs["loadBalancers"][0]["advancedConfiguration"]
    assert advanced["testListenerRule"] != advanced["productionListenerRule"]
    without = build(Service, SERVICE, name="auth").one(ECS_SERVICE).inputs["loadBalancers"][0]
    assert "testListenerRule" not in without["advancedConfiguration"]
