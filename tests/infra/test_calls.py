"""Who calls whom in an environment: said once in the catalogue, and let through by security groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from environment.service import ServiceOfPlatform
from stacks.catalogue import CATALOGUE
from stacks.service_definition import ServiceDefinition
from tests.infra.program import LOOK_UPS, committed, deploy
from tests.recording_engine import Engine

EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
GROUP = "aws:ec2/securityGroup:SecurityGroup"

AUTH = CATALOGUE[0]
MAIL = ServiceDefinition(name="mail", port=9000, paths=("/mail/*",), priority=1)
CALLING = (replace(AUTH, calls=("mail",)), replace(MAIL, calls=(AUTH.name,)))


def environment(services: Sequence[ServiceDefinition], released: Sequence[str], **more: Any) -> Engine:
    config = {**committed("test"), "services": {name: {"version": "1.0.0"} for name in released}}
    return deploy("test", config, services=services, **more)


def between_services(engine: Engine, kind: str) -> set[tuple[str, str, int]]:
    return {
        (one.inputs["securityGroupId"], one.inputs["referencedSecurityGroupId"], one.inputs["fromPort"])
        for one in engine.all(kind)
        if "--" in one.name
    }


def test_services_that_call_each_other_let_each_other_in() -> None:
    engine = environment(CALLING, ["auth-service", "mail"])
    assert between_services(engine, EGRESS) == {
        ("auth-service-id", "mail-id", 9000),
        ("mail-id", "auth-service-id", 8080),
    }
    assert between_services(engine, INGRESS) == {
        ("mail-id", "auth-service-id", 9000),
        ("auth-service-id", "mail-id", 8080),
    }


def test_nobody_is_let_in_who_does_not_say_that_he_calls() -> None:
    engine = environment([AUTH, MAIL], ["auth-service", "mail"])
    assert between_services(engine, EGRESS) == between_services(engine, INGRESS) == set()


def test_a_service_that_is_not_released_here_is_called_once_it_is() -> None:
    engine = environment(CALLING, ["auth-service"])
    assert "mail" not in [one.name for one in engine.all(GROUP)]
    assert between_services(engine, EGRESS) == between_services(engine, INGRESS) == set()


def test_the_port_of_the_stack_file_is_the_one_that_is_called() -> None:
    config = {
        **committed("test"),
        "services": {"auth-service": {"version": "1"}, "mail": {"version": "1", "port": 9999}},
    }
    for one in config["services"].values():
        one["version"] = "1.0.0"
    engine = deploy("test", config, services=CALLING)
    assert ("auth-service-id", "mail-id", 9999) in between_services(engine, EGRESS)


def test_what_stops_one_service_is_told_and_the_other_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    deployed = ServiceOfPlatform.deploy

    def failing(self: ServiceOfPlatform, version: str) -> Any:
        if self.definition.name == "mail":
            raise RuntimeError("the mail is not to be")
        return deployed(self, version)

    monkeypatch.setattr(ServiceOfPlatform, "deploy", failing)
    with pytest.raises(RuntimeError, match="the mail is not to be"):
        environment(CALLING, ["auth-service", "mail"], calls=LOOK_UPS)
