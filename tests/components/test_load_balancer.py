"""The one way in."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from components.load_balancer import LoadBalancer
from tests.components.builders import LOAD_BALANCER, build
from tests.recording_engine import ACCOUNT, REGION, Engine

BALANCER = "aws:lb/loadBalancer:LoadBalancer"
LISTENER = "aws:lb/listener:Listener"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"

PLAIN = replace(LOAD_BALANCER, certificate_arn=None)


def open_ports(engine: Engine) -> set[int]:
    return {one.inputs["fromPort"] for one in engine.all(INGRESS)} | {
        one.inputs["toPort"] for one in engine.all(INGRESS)
    }


def test_requests_are_kept_clean() -> None:
    """Security Hub ELB.4 and ELB.12."""
    balancer = build(LoadBalancer, LOAD_BALANCER).one(BALANCER)
    assert balancer.inputs["dropInvalidHeaderFields"] is True
    assert balancer.inputs["desyncMitigationMode"] == "strictest"


def test_a_web_acl_looks_at_each_request_first_where_there_is_one() -> None:
    """Security Hub ELB.16."""
    engine = build(LoadBalancer, LOAD_BALANCER, name="lb")
    association = engine.one("aws:wafv2/webAclAssociation:WebAclAssociation")
    assert association.inputs == {
        "resourceArn": f"arn:aws:aws:lb/loadBalancer:LoadBalancer:{REGION}:{ACCOUNT}:lb",
        "webAclArn": LOAD_BALANCER.web_acl_arn,
    }
    assert association.delete_before_replace, "it has one at most"
    engine = build(LoadBalancer, replace(LOAD_BALANCER, web_acl_arn=None))
    assert engine.all("aws:wafv2/webAclAssociation:WebAclAssociation") == []


def test_it_stands_in_every_zone_it_is_given() -> None:
    """Security Hub ELB.13."""
    assert build(LoadBalancer, LOAD_BALANCER).one(BALANCER).inputs["subnets"] == ["subnet-1", "subnet-2"]


def test_it_is_protected_where_the_environment_says_so() -> None:
    """Security Hub ELB.6, in prod."""
    for protected in (True, False):
        args = replace(LOAD_BALANCER, deletion_protection=protected)
        assert build(LoadBalancer, args).one(BALANCER).inputs["enableDeletionProtection"] is protected


def test_without_a_certificate_it_speaks_http_and_answers_404() -> None:
    engine = build(LoadBalancer, PLAIN)
    listener = engine.one(LISTENER)
    assert (listener.inputs["port"], listener.inputs["protocol"]) == (80, "HTTP")
    (action,) = listener.inputs["defaultActions"]
    assert action["type"] == "fixed-response"
    assert action["fixedResponse"]["statusCode"] == "404"
    assert open_ports(engine) == {80}


def test_with_a_certificate_http_only_says_where_to_go() -> None:
    """Security Hub ELB.1, ELB.17 and ELB.18."""
    engine = build(LoadBalancer, LOAD_BALANCER, name="lb")
    (action,) = engine.one(LISTENER, "lb-http").inputs["defaultActions"]
    assert action == {
        "type": "redirect",
        "redirect": {"port": "443", "protocol": "HTTPS", "statusCode": "HTTP_301"},
    }
    https = engine.one(LISTENER, "lb-https")
    assert https.inputs["certificateArn"] == LOAD_BALANCER.certificate_arn
    assert https.inputs["sslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-2021-06"
    assert https.inputs["defaultActions"][0]["type"] == "fixed-response"
    made = engine.one("slipway:components:LoadBalancer")
    assert engine.completed[made.urn]["listenerArn"].endswith(":lb-https")


def test_only_80_and_443_are_open_to_the_world() -> None:
    """Security Hub EC2.18 and EC2.19."""
    assert open_ports(build(LoadBalancer, LOAD_BALANCER)) == {80, 443}


def test_one_that_is_internal_is_reached_from_the_named_networks_alone() -> None:
    engine = build(LoadBalancer, replace(LOAD_BALANCER, internal_for=["10.0.0.0/8", "192.168.0.0/16"]))
    assert engine.one(BALANCER).inputs["internal"] is True
    assert {(one.inputs["cidrIpv4"], one.inputs["fromPort"]) for one in engine.all(INGRESS)} == {
        ("10.0.0.0/8", 80),
        ("10.0.0.0/8", 443),
        ("192.168.0.0/16", 80),
        ("192.168.0.0/16", 443),
    }
    assert build(LoadBalancer, LOAD_BALANCER).one(BALANCER).inputs["internal"] is False


@pytest.mark.parametrize("cidr", ["0.0.0.0/0", "10.0.0.1/8", "home"])
def test_an_internal_one_is_not_for_the_internet(cidr: str) -> None:
    with pytest.raises(ValueError, match=cidr):
        replace(LOAD_BALANCER, internal_for=[cidr])


def test_its_security_group_has_no_rules_but_those_of_their_own() -> None:
    engine = build(LoadBalancer, LOAD_BALANCER)
    assert not {"ingress", "egress"} & engine.one("aws:ec2/securityGroup:SecurityGroup").inputs.keys()
    assert engine.all("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule") == [], "services add the ways out"


def test_ecs_and_nobody_else_may_move_the_weights_of_the_services_rules() -> None:
    engine = build(LoadBalancer, LOAD_BALANCER, name="lb")
    trust = json.loads(engine.one("aws:iam/role:Role").inputs["assumeRolePolicy"])
    assert [one["Principal"] for one in trust["Statement"]] == [{"Service": "ecs.amazonaws.com"}]
    attached = engine.one("aws:iam/rolePolicyAttachment:RolePolicyAttachment").inputs
    assert attached == {
        "role": "lb-shifting",
        "policyArn": "arn:aws:iam::aws:policy/AmazonECSInfrastructureRolePolicyForLoadBalancers",
    }


def test_the_role_s_policy_is_that_of_its_part_of_aws() -> None:
    engine = build(LoadBalancer, replace(LOAD_BALANCER, partition="aws-cn"))
    arn = engine.one("aws:iam/rolePolicyAttachment:RolePolicyAttachment").inputs["policyArn"]
    assert arn.startswith("arn:aws-cn:iam::aws:policy/")


def test_it_refuses_what_proxy_and_container_might_read_differently_unless_told_otherwise() -> None:
    mild = build(LoadBalancer, replace(LOAD_BALANCER, desync_mitigation="defensive")).one(BALANCER)
    assert mild.inputs["desyncMitigationMode"] == "defensive"
    with pytest.raises(ValueError, match="desync_mitigation is 'monitor'"):
        replace(LOAD_BALANCER, desync_mitigation="monitor")
