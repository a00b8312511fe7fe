"""Service Connect in an environment: one dial, and services call each other by their names."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pulumi
import pytest

from environment.platform_reference import connect_namespace
from release.target_traffic import TargetTraffic
from stacks.catalogue import CATALOGUE
from stacks.service_definition import ServiceDefinition
from tests.infra.program import committed, deploy
from tests.recording_engine import Engine

SERVICE = "aws:ecs/service:Service"
TASK_DEFINITION = "aws:ecs/taskDefinition:TaskDefinition"
ROLLOUT = "slipway:index:Rollout"
NAMESPACE = "aws:servicediscovery/httpNamespace:HttpNamespace"
AUTH = replace(CATALOGUE[0], calls=("mail",))
MAIL = ServiceDefinition(name="mail", port=9000, paths=("/mail/*",), priority=1)
SWEEPER = ServiceDefinition(name="sweeper", calls=("mail",))


def environment(services: Sequence[ServiceDefinition], *, connected: bool = True) -> Engine:
    config: dict[str, Any] = {**committed("test"), "services": {one.name: {"version": "1.0.0"} for one in services}}
    if connected:
        config["discovery"] = {"serviceConnect": True}
    return deploy("test", config, services=services)


def configured(engine: Engine, name: str) -> Any:
    return engine.one(SERVICE, name).inputs.get("serviceConnectConfiguration")


def test_without_the_dial_there_is_no_namespace_and_no_proxy() -> None:
    engine = environment([AUTH, MAIL], connected=False)
    assert engine.all(NAMESPACE) == []
    assert configured(engine, "mail") is None


def test_a_service_is_called_by_its_name_and_its_port_in_the_environments_namespace() -> None:
    engine = environment([AUTH, MAIL])
    assert engine.one(NAMESPACE).inputs["name"] == "microservices-cluster"
    told = configured(engine, "mail")
    assert told["services"] == [
        {"portName": "mail", "discoveryName": "mail", "clientAlias": [{"dnsName": "mail", "port": 9000}]}
    ]
    assert told["logConfiguration"]["options"]["awslogs-group"] == "/ecs/mail"
    assert told["namespace"] == configured(engine, "auth-service")["namespace"]


def test_a_service_without_a_port_is_a_client_alone() -> None:
    told = configured(environment([MAIL, SWEEPER]), "sweeper")
    assert told["enabled"]
    assert "services" not in told


@pytest.mark.parametrize(
    ("speaks", "protocol"),
    [
        ({}, "http"),
        ({"traffic": TargetTraffic(protocol_version="HTTP2")}, "http2"),
        ({"traffic": TargetTraffic(protocol_version="GRPC")}, "grpc"),
        ({"protocol": "HTTPS"}, None),
    ],
)
def test_the_proxy_measures_what_the_container_speaks_unless_it_is_encrypted(
    speaks: dict[str, Any], protocol: str | None
) -> None:
    config = {
        **committed("test"),
        "services": {"mail": {"version": "1.0.0"}},
        "discovery": {"serviceConnect": True},
        "loadBalancer": {"certificateArn": "arn:aws:acm:eu-west-1:111111111111:certificate/one"},
    }
    health = {"health_check": replace(MAIL.health_check, path="/mail.Mail/Check")} if protocol == "grpc" else {}
    engine = deploy("test", config, services=[replace(MAIL, **speaks, **health)])
    containers = json.loads(engine.one(TASK_DEFINITION).inputs["containerDefinitions"])
    mapping = containers[0]["portMappings"][0]
    assert (mapping["name"], mapping.get("appProtocol")) == ("mail", protocol)


def test_who_is_called_is_verified_to_run_before_who_calls_it_is_deployed() -> None:
    engine = environment([AUTH, MAIL])
    assert engine.one(ROLLOUT, "mail").urn in engine.one(SERVICE, "auth-service").dependencies
    assert engine.one(ROLLOUT, "auth-service").urn not in engine.one(SERVICE, "mail").dependencies


def test_without_the_dial_nobody_waits_for_whom_he_calls() -> None:
    engine = environment([AUTH, MAIL], connected=False)
    assert engine.one(ROLLOUT, "mail").urn not in engine.one(SERVICE, "auth-service").dependencies


def test_services_that_call_each_other_are_refused_with_the_circle_and_the_way_out() -> None:
    with pytest.raises(pulumi.RunError) as refused:
        environment([AUTH, replace(MAIL, calls=(AUTH.name,))])
    said = str(refused.value)
    assert "Pulumi.test.yaml: slipway:discovery.serviceConnect" in said
    assert "auth-service calls mail" in said
    assert "break the circle" in said


def test_a_team_s_stack_is_in_its_platform_s_namespace_or_hears_that_there_is_none() -> None:
    arn = "arn:aws:servicediscovery:eu-west-1:111111111111:namespace/ns-1"
    assert connect_namespace({"connectNamespaceArn": arn}, "organization/slipway/test") == arn
    with pytest.raises(pulumi.RunError, match="the platform in stack organization/slipway/test has no Service Connect"):
        connect_namespace({}, "organization/slipway/test")
