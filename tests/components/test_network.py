"""The network: who can be reached, and by which way."""

from __future__ import annotations

from dataclasses import replace

import pulumi_aws as aws
import pytest

from components.network import ExistingNetwork, Network, NetworkArgs, NewNetwork
from release.ways_out import TO_WORK, Nat
from tests.components.builders import build
from tests.recording_engine import ACCOUNT, Registered, run

SUBNET = "aws:ec2/subnet:Subnet"
NAT = "aws:ec2/natGateway:NatGateway"
ROUTE = "aws:ec2/route:Route"
TABLE = "aws:ec2/routeTable:RouteTable"
ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
ACL = "aws:ec2/networkAcl:NetworkAcl"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"


def network(zones: int, nat: Nat = Nat.PER_ZONE, endpoints: tuple[str, ...] | None = None) -> NetworkArgs:
    return NetworkArgs(
        source=NewNetwork(
            account=ACCOUNT,
            region="eu-west-1",
            cidr="10.0.0.0/16",
            zones=zones,
            nat=nat,
            endpoints=endpoints,
        )
    )


def test_each_zone_has_a_private_and_a_public_subnet() -> None:
    engine = build(Network, network(3), name="net")
    found = {one.name: (one.inputs["availabilityZone"], one.inputs["cidrBlock"]) for one in engine.all(SUBNET)}
    assert found == {
        "net-private-a": ("eu-west-1a", "10.0.0.0/18"),
        "net-private-b": ("eu-west-1b", "10.0.64.0/18"),
        "net-private-c": ("eu-west-1c", "10.0.128.0/18"),
        "net-public-a": ("eu-west-1a", "10.0.192.0/20"),
        "net-public-b": ("eu-west-1b", "10.0.208.0/20"),
        "net-public-c": ("eu-west-1c", "10.0.224.0/20"),
    }


def test_nothing_in_a_subnet_gets_a_public_address_by_itself() -> None:
    """Security Hub EC2.15."""
    engine = build(Network, network(2))
    assert {one.inputs["mapPublicIpOnLaunch"] for one in engine.all(SUBNET)} == {False}


def test_the_default_security_group_has_no_rules() -> None:
    """Security Hub EC2.2."""
    group = build(Network, network(2)).one("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
    assert not {"ingress", "egress"} & group.inputs.keys()


def test_private_subnets_have_an_acl_that_lets_nobody_log_in() -> None:
    """Security Hub EC2.21; what it lets through is tried in tests/release/test_subnet_acl.py."""
    acl = build(Network, network(3), name="net").one(ACL, "net-private").inputs
    assert acl["subnetIds"] == [f"net-private-{zone}-id" for zone in "abc"]
    inside, ping, *elsewhere = acl["ingress"]
    assert (inside["cidrBlock"], inside["protocol"], inside["action"]) == ("10.0.0.0/16", "-1", "allow")
    assert (ping["icmpType"], ping["icmpCode"]) == (-1, -1), "every kind, as for a packet that is too big"
    assert {(one["protocol"], one["fromPort"], one["toPort"]) for one in elsewhere} == {
        (protocol, *ports) for protocol in ("6", "17") for ports in ((0, 21), (23, 3388), (3390, 65_535))
    }
    assert [(one["protocol"], one["cidrBlock"]) for one in acl["egress"]] == [("-1", "0.0.0.0/0")]


def test_no_answer_to_a_nat_gateway_is_lost_in_an_acl_of_public_subnets() -> None:
    """It asks from any port, 3389 too: theirs is the VPC's own ACL."""
    engine = build(Network, network(2), name="net")
    assert not [subnet for acl in engine.all(ACL) for subnet in acl.inputs["subnetIds"] if "public" in subnet]
    assert engine.all("aws:ec2/defaultNetworkAcl:DefaultNetworkAcl") == [], "to take it over is to empty it first"


def test_a_nat_gateway_per_zone_keeps_each_zone_on_its_own() -> None:
    engine = build(Network, network(3), name="net")
    assert [one.name for one in sorted(engine.all(NAT), key=lambda one: one.name)] == ["net-a", "net-b", "net-c"]
    for zone in "abc":
        assert engine.one(NAT, f"net-{zone}").inputs["subnetId"] == f"net-public-{zone}-id"
        assert engine.one(ROUTE, f"net-private-{zone}").inputs["natGatewayId"] == f"net-{zone}-id"


def test_one_nat_gateway_serves_all_zones_where_the_environment_says_so() -> None:
    engine = build(Network, network(3, Nat.ONE), name="net")
    assert engine.one(NAT).name == "net-a"
    assert {engine.one(ROUTE, f"net-private-{zone}").inputs["natGatewayId"] for zone in "abc"} == {"net-a-id"}


def test_a_nat_gateway_waits_for_the_route_to_the_internet_gateway() -> None:
    engine = build(Network, network(2), name="net")
    assert any("RouteTableAssociation::net-public-a" in urn for urn in engine.one(NAT, "net-a").dependencies)


def test_without_nat_gateways_nothing_leads_to_the_internet_and_endpoints_lead_to_aws() -> None:
    engine = build(Network, network(3, Nat.NONE), name="net")
    assert engine.all(NAT) == []
    assert engine.all("aws:ec2/eip:Eip") == []
    assert [one.name for one in engine.all(ROUTE)] == ["net-public"]
    assert {one.name for one in engine.all(ENDPOINT)} == {f"net-endpoints-{service}" for service in TO_WORK}
    assert engine.one(ENDPOINT, "net-endpoints-s3").inputs["routeTableIds"] == [
        f"net-private-{zone}-id" for zone in "abc"
    ]
    assert engine.one(ENDPOINT, "net-endpoints-logs").inputs["subnetIds"] == [
        f"net-private-{zone}-id" for zone in "abc"
    ]


def test_with_nat_gateways_there_are_the_endpoints_that_are_asked_for() -> None:
    assert build(Network, network(2, Nat.ONE)).all(ENDPOINT) == []
    engine = build(Network, network(2, Nat.ONE, ("s3", "ssm")), name="net")
    assert {one.name for one in engine.all(ENDPOINT)} == {"net-endpoints-s3", "net-endpoints-ssm"}
    assert engine.one(NAT).name == "net-a"


def test_another_way_out_moves_no_subnet_and_no_route_table() -> None:
    def stays(nat: Nat) -> list[Registered]:
        engine = build(Network, network(2, nat), name="net")
        found = [one for kind in (SUBNET, TABLE, ASSOCIATION) for one in engine.all(kind)]
        return [replace(one, dependencies=frozenset()) for one in sorted(found, key=lambda one: one.urn)]

    assert stays(Nat.PER_ZONE) == stays(Nat.ONE) == stays(Nat.NONE)


def test_who_lives_in_a_private_subnet_waits_for_its_endpoints() -> None:
    """A task that starts before can pull no image, and the circuit breaker counts it."""

    def program() -> None:
        made = Network("net", network(2, Nat.NONE))
        aws.ec2.NetworkInterface("task", subnet_id=made.private_subnet_ids[0])

    waits = run(program).one("aws:ec2/networkInterface:NetworkInterface").dependencies
    assert all(any(f"net-endpoints-{service}" in urn for urn in waits) for service in TO_WORK)


def test_a_network_in_which_no_task_could_start_is_refused() -> None:
    with pytest.raises(ValueError, match="no task starts without endpoints of s3: image layers are kept there; logs"):
        network(2, Nat.NONE, ("ecr.api", "ecr.dkr"))


def test_private_subnets_have_no_route_from_the_internet() -> None:
    engine = build(Network, network(2), name="net")
    gateways = {one.name: one.inputs.get("gatewayId") for one in engine.all(ROUTE)}
    assert gateways == {"net-public": "net-id", "net-private-a": None, "net-private-b": None}
    tables = {
        one.inputs["subnetId"]: one.inputs["routeTableId"]
        for one in engine.all("aws:ec2/routeTableAssociation:RouteTableAssociation")
    }
    assert tables == {
        "net-private-a-id": "net-private-a-id",
        "net-private-b-id": "net-private-b-id",
        "net-public-a-id": "net-public-id",
        "net-public-b-id": "net-public-id",
    }


def test_an_adopted_network_is_used_and_not_touched() -> None:
    source = ExistingNetwork(
        vpc_id="vpc-1", private_subnet_ids=("subnet-1", "subnet-2"), public_subnet_ids=("subnet-3", "subnet-4")
    )
    engine = build(Network, NetworkArgs(source=source))
    made = engine.one("slipway:components:Network")
    assert engine.children(made) == []
    assert engine.completed[made.urn] == {
        "vpcId": "vpc-1",
        "privateSubnetIds": ["subnet-1", "subnet-2"],
        "publicSubnetIds": ["subnet-3", "subnet-4"],
    }


@pytest.mark.parametrize("cidr", ["", "ten", "10.0.0.0/33", "2001:db8::/56"])
def test_what_is_no_network_is_refused_before_anything_is_made(cidr: str) -> None:
    with pytest.raises(ValueError, match="no IPv4 network; write it like"):
        NewNetwork(account=ACCOUNT, region="eu-west-1", cidr=cidr, zones=2, nat=Nat.ONE)
