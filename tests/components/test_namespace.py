"""Names of services in the VPC, and the tasks that are found under them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from components.http_namespace import HttpNamespace
from components.namespace import Namespace
from components.service import Service
from components.service_registry import ServiceRegistry
from rollout.strategy_text import parse
from tests.components.builders import HTTP_NAMESPACE, NAMESPACE, SERVICE, SERVICE_REGISTRY, build

ZONE = "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace"
REGISTRY = "aws:servicediscovery/service:Service"
ECS_SERVICE = "aws:ecs/service:Service"
REGISTRY_ARN = "arn:aws:servicediscovery:eu-west-1:111111111111:service/srv-1"


def test_a_namespace_is_a_zone_that_its_vpc_alone_sees() -> None:
    made = build(Namespace, NAMESPACE).one(ZONE)
    assert (made.inputs["name"], made.inputs["vpc"]) == ("test.internal", "vpc-1")
    assert made.delete_before_replace, "a VPC has each zone once"


def test_a_namespace_of_the_api_has_no_zone() -> None:
    engine = build(HttpNamespace, HTTP_NAMESPACE)
    assert engine.one("aws:servicediscovery/httpNamespace:HttpNamespace").inputs["name"] == "test"
    assert not engine.all(ZONE)


@pytest.mark.parametrize("name", ["", "a b", "shop/test", "a<b", "arn:aws", "n" * 1025])
def test_a_namespace_that_cloud_map_or_ecs_would_refuse_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="namespace_name"):
        replace(HTTP_NAMESPACE, namespace_name=name)


def test_a_registry_answers_with_the_addresses_of_tasks_that_are_well() -> None:
    made = build(ServiceRegistry, SERVICE_REGISTRY).one(REGISTRY).inputs
    assert made["name"] == "orders"
    assert made["dnsConfig"] == {
        "namespaceId": "ns-1",
        "routingPolicy": "MULTIVALUE",
        "dnsRecords": [{"type": "A", "ttl": 10}],
    }
    assert made["healthCheckCustomConfig"] == {"failureThreshold": 1}, "without it ECS tells nobody who is unwell"


def test_a_service_is_found_nowhere_unless_it_says_where() -> None:
    assert "serviceRegistries" not in build(Service, SERVICE, name="auth").one(ECS_SERVICE).inputs
    found = build(Service, replace(SERVICE, registry_arn=REGISTRY_ARN), name="auth").one(ECS_SERVICE).inputs
    assert found["serviceRegistries"] == {"registryArn": REGISTRY_ARN}, "ECS refuses a port beside an A record"


def test_names_that_lead_to_every_task_and_weights_that_hold_some_back_are_refused_together() -> None:
    deployment = replace(SERVICE.deployment, shifting=parse("canary:10%,5m"))
    with pytest.raises(ValueError, match=r"CANARY would not shift them; let releases roll"):
        replace(SERVICE, deployment=deployment, registry_arn=REGISTRY_ARN)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "namespace_name is ''"),
        ("Test.internal", "in lower case"),
        ("test..internal", "write a domain"),
        ("-test.internal", "write a domain"),
        (f"{'a' * 64}.internal", "write a domain"),
        (".".join(["a" * 63] * 4), "up to 253 characters"),
        ("local", "end it in .internal"),
        ("test.local", "end it in .internal"),
    ],
)
def test_a_namespace_that_dns_could_not_serve_is_refused(name: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        replace(NAMESPACE, namespace_name=name)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"registry_name": ""}, "registry_name is ''"),
        ({"registry_name": "orders.test"}, "letters, digits and hyphens"),
        ({"registry_name": "a" * 64}, "up to 63"),
        ({"ttl": 0}, "ttl is 0 seconds; allowed are 1 to 300"),
        ({"ttl": 301}, "ttl is 301 seconds"),
    ],
)
def test_a_registry_that_dns_could_not_serve_or_nobody_should_trust_is_refused(
    changed: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        replace(SERVICE_REGISTRY, **changed)
