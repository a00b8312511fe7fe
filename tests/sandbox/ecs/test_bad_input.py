"""Whatever a client sends, the answer is AWS's: never a crash, and never a change by a refused request."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest
from hypothesis import HealthCheck, given, settings, strategies

from tests.sandbox.ecs.surroundings import ROLE, TARGET_GROUP, Ecs, definition, service

if TYPE_CHECKING:
    from botocore.model import Shape

MODEL = botocore.session.get_session().get_service_model("ecs")
OPERATIONS = sorted(Ecs().plane.handlers)
WORDS = strategies.sampled_from(
    [
        "",
        "default",
        "microservices-cluster",
        "auth-service",
        "auth-service:1",
        "auth-service:x",
        "auth-service:1:2",
        "arn:aws:ecs:eu-west-1:111111111111:cluster/microservices-cluster",
        "arn:aws:ecs:eu-west-1:111111111111:service/microservices-cluster/auth-service",
        "arn:aws:ecs:eu-west-1:111111111111:service/auth-service",
        "arn:aws:ecs:::",
        "arn",
        "subnet-a",
        "sg-1",
        "FARGATE",
        "256",
        "512",
        "a GB",
        "awslogs",
        "x" * 300,
        "\u00e9 \n",
        ROLE,
        TARGET_GROUP,
    ]
)
NUMBERS = strategies.sampled_from([-1, 0, 1, 2, 8080, 65_536, 2**31])


def values(shape: Shape, depth: int = 0) -> strategies.SearchStrategy[Any]:
    """Values of a shape: right in kind, and right or wrong in everything else."""
    kind = shape.type_name
    if kind == "structure":
        members = {name: values(member, depth + 1) for name, member in shape.members.items() if depth < 6}  # type: ignore[attr-defined]
        required = {name: members.pop(name) for name in shape.required_members if name in members}  # type: ignore[attr-defined]
        return strategies.fixed_dictionaries(required, optional=members)
    if kind == "list":
        return strategies.lists(values(shape.member, depth + 1), max_size=2)  # type: ignore[attr-defined]
    if kind == "map":
        return strategies.dictionaries(WORDS, WORDS, max_size=2)
    if kind == "string":
        allowed = getattr(shape, "enum", None)
        return strategies.sampled_from(allowed) if allowed else WORDS
    if kind == "boolean":
        return strategies.booleans()
    return NUMBERS


@pytest.mark.parametrize("operation", OPERATIONS)
def test_no_request_makes_an_operation_crash(operation: str) -> None:
    ecs = Ecs()
    ecs.running_service()

    @given(values(MODEL.operation_model(operation).input_shape))
    @settings(deadline=None, max_examples=60, derandomize=True, suppress_health_check=list(HealthCheck))
    def send(params: dict[str, Any]) -> None:
        before = dict(ecs.store.values)
        answer = ecs.service.answer(ecs.caller, operation, json.dumps(params).encode())
        assert answer.error != "InternalFailure", params
        assert answer.status in {200, 400}
        if answer.status != 200:
            assert ecs.store.values == before

    send()
    ecs.wait(600)
    ecs.restart()


RUN = {
    "cluster": "microservices-cluster",
    "taskDefinition": "auth-service",
    "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-a"]}},
}
AUTH = {"cluster": "microservices-cluster", "service": "auth-service"}
SOUND: dict[str, dict[str, Any]] = {
    "RegisterTaskDefinition": definition("auth:1"),
    "CreateService": service("auth-service") | {"serviceName": "other"},
    "UpdateService": AUTH | {"taskDefinition": "auth-service", "forceNewDeployment": True},
    "RunTask": RUN,
    "CreateCluster": {"clusterName": "other"},
    "PutClusterCapacityProviders": {
        "cluster": "microservices-cluster",
        "capacityProviders": ["FARGATE"],
        "defaultCapacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 1}],
    },
    "ListServiceDeployments": AUTH,
    "ListTasks": {"cluster": "microservices-cluster"},
}
"""Requests that AWS accepts; with one or two members replaced they reach further into an operation."""


@strategies.composite
def nearly_sound(draw: strategies.DrawFn, operation: str) -> dict[str, Any]:
    """A sound request, or one with one or two members exchanged, added or left out."""
    shape = MODEL.operation_model(operation).input_shape
    params = dict(SOUND[operation])
    for name in draw(strategies.lists(strategies.sampled_from(sorted(shape.members)), max_size=2)):
        if draw(strategies.booleans()):
            params[name] = draw(values(shape.members[name]))
        else:
            params.pop(name, None)
    return params


@pytest.mark.parametrize("operation", SOUND)
def test_no_request_that_is_nearly_sound_makes_an_operation_or_what_follows_crash(operation: str) -> None:
    settled = Ecs()
    settled.running_service()

    @given(nearly_sound(operation))
    @settings(deadline=None, max_examples=100, derandomize=True, suppress_health_check=list(HealthCheck))
    def send(params: dict[str, Any]) -> None:
        ecs = settled.copy()
        before = dict(ecs.store.values)
        answer = ecs.service.answer(ecs.caller, operation, json.dumps(params).encode())
        assert answer.error != "InternalFailure", params
        if answer.status != 200:
            assert ecs.store.values == before
        ecs.wait(120)
        ecs.restart()
        assert ecs.describe()["status"] == "ACTIVE"

    send()


@pytest.mark.parametrize("operation", sorted(set(MODEL.operation_names) - set(OPERATIONS)))
def test_an_operation_that_the_sandbox_does_not_imitate_says_so_whatever_is_sent(operation: str) -> None:
    ecs = Ecs()
    for body in (b"", b"{}", b"[]", b'{"cluster": 7}', b"\xff\x00"):
        answer = ecs.service.answer(ecs.caller, f"AmazonEC2ContainerServiceV20141113.{operation}", body)
        assert (answer.status, answer.error) == (400, "UnknownOperationException")
        assert json.loads(answer.body) == {
            "__type": "UnknownOperationException",
            "message": f"The Slipway sandbox does not imitate ecs:{operation}.",
        }


@pytest.mark.parametrize(
    "body", [b"[]", b"null", b"7", b"{", b'{"cluster": 7}', b'{"cluster": ["a"]}', b"\xff\x00", b"[" * 9000]
)
@pytest.mark.parametrize("operation", ["DescribeServices", "CreateService", "ListTasks"])
def test_what_is_no_request_is_refused(operation: str, body: bytes) -> None:
    answer = Ecs().service.answer(Ecs().caller, operation, body)
    assert (answer.status, answer.error) == (400, "SerializationException")


@pytest.mark.parametrize("moment", [b"1e300", b"-1e300", b"NaN", b"Infinity", b"1e999", b'"2026-01-01"', b"true"])
def test_a_time_that_is_none_is_refused(moment: bytes) -> None:
    body = b'{"service": "auth-service", "createdAt": {"after": ' + moment + b"}}"
    answer = Ecs().service.answer(Ecs().caller, "ListServiceDeployments", body)
    assert (answer.status, answer.error) == (400, "SerializationException")


@pytest.mark.parametrize(
    "target", ["", ".", "DescribeServices.", "AmazonEC2ContainerServiceV20141113.", "\u00e9.x" * 99]
)
def test_a_target_that_names_no_operation_is_refused(target: str) -> None:
    answer = Ecs().service.answer(Ecs().caller, target, b"{}")
    assert (answer.status, answer.error) == (400, "UnknownOperationException")
