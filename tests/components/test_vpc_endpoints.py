"""Who reaches AWS's services without the internet, and as whom."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from components.vpc_endpoints import VpcEndpoints
from tests.components.builders import VPC_ENDPOINTS, build
from tests.recording_engine import ACCOUNT, REGION

ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
GROUP = "aws:ec2/securityGroup:SecurityGroup"


def statements(service: str) -> list[dict[str, Any]]:
    engine = build(VpcEndpoints, replace(VPC_ENDPOINTS, services=(service,)), name="to")
    found: list[dict[str, Any]] = json.loads(engine.one(ENDPOINT).inputs["policy"])["Statement"]
    return found


def test_an_interface_in_each_subnet_answers_to_the_services_own_name() -> None:
    made = build(VpcEndpoints, VPC_ENDPOINTS, name="to").one(ENDPOINT, "to-ecr.api").inputs
    assert made["serviceName"] == f"com.amazonaws.{REGION}.ecr.api"
    assert (made["vpcEndpointType"], made["subnetIds"]) == ("Interface", ["subnet-1", "subnet-2"])
    assert made["privateDnsEnabled"] is True
    assert made["securityGroupIds"] == ["to-id"]
    assert "routeTableIds" not in made


def test_s3_is_a_route_that_costs_nothing() -> None:
    made = build(VpcEndpoints, VPC_ENDPOINTS, name="to").one(ENDPOINT, "to-s3").inputs
    assert (made["vpcEndpointType"], made["routeTableIds"]) == ("Gateway", ["rtb-1", "rtb-2"])
    assert not {"subnetIds", "securityGroupIds", "privateDnsEnabled"} & made.keys()


def test_only_the_private_subnets_may_speak_https_to_the_endpoints() -> None:
    engine = build(VpcEndpoints, VPC_ENDPOINTS, name="to")
    rules = [one.inputs for one in engine.all(RULE)]
    assert {one["cidrIpv4"] for one in rules} == {"10.0.0.0/18", "10.0.64.0/18"}
    assert {(one["ipProtocol"], one["fromPort"], one["toPort"]) for one in rules} == {("tcp", 443, 443)}
    assert not {"ingress", "egress"} & engine.one(GROUP).inputs.keys()


def test_gateways_alone_need_no_security_group() -> None:
    engine = build(VpcEndpoints, replace(VPC_ENDPOINTS, services=("s3", "dynamodb")))
    assert engine.all(GROUP) == []


@pytest.mark.parametrize("service", ["ecr.api", "dynamodb", "secretsmanager"])
def test_credentials_of_another_account_pass_no_endpoint(service: str) -> None:
    (one,) = statements(service)
    assert (one["Effect"], one["Condition"]) == ("Allow", {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}})


def test_s3_gives_ecrs_layers_to_everybody_and_nothing_else() -> None:
    """AWS signs the addresses of layers, not the account."""
    own, layers = statements("s3")
    assert own["Condition"] == {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}
    assert (layers["Action"], layers["Resource"]) == (
        "s3:GetObject",
        f"arn:aws:s3:::prod-{REGION}-starport-layer-bucket/*",
    )


def test_no_service_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="services is empty"):
        replace(VPC_ENDPOINTS, services=())
