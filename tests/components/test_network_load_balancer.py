"""TCP and TLS reach a service through a network load balancer, and only from where they may come."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from components.network_listener import NetworkListener
from components.network_load_balancer import NetworkLoadBalancer
from components.service import Service
from components.service_args import TcpRouting
from rollout.strategy_text import parse as parse_strategy
from tests.components.builders import NETWORK_LISTENER, NETWORK_LOAD_BALANCER, SERVICE, build

BALANCER = "aws:lb/loadBalancer:LoadBalancer"
LISTENER = "aws:lb/listener:Listener"
GROUP = "aws:lb/targetGroup:TargetGroup"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
CERTIFICATE = "arn:aws:acm:eu-west-1:111111111111:certificate/one"
TCP = TcpRouting(
    load_balancer_security_group_id="sg-net",
    target_group_arn="arn:aws:elasticloadbalancing:eu-west-1:111111111111:targetgroup/broker/0123456789abcdef",
)


def behind_tcp() -> Any:
    return replace(SERVICE, routing=TCP, port=1883, deployment=replace(SERVICE.deployment, shifting=None, hooks=()))


def test_it_has_a_security_group_from_its_first_day_and_spreads_over_all_zones() -> None:
    engine = build(NetworkLoadBalancer, NETWORK_LOAD_BALANCER)
    balancer = engine.one(BALANCER).inputs
    assert balancer["loadBalancerType"] == "network"
    assert len(balancer["securityGroups"]) == 1
    assert balancer["enableCrossZoneLoadBalancing"] is True


def test_each_source_reaches_each_port_and_nobody_else_does() -> None:
    args = replace(NETWORK_LOAD_BALANCER, sources=["10.0.0.0/16", "10.9.0.0/16"], ports=[1883, 8883])
    rules = {(r.inputs["cidrIpv4"], r.inputs["fromPort"]) for r in build(NetworkLoadBalancer, args).all(INGRESS)}
    assert rules == {(cidr, port) for cidr in ("10.0.0.0/16", "10.9.0.0/16") for port in (1883, 8883)}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"sources": []}, "nobody could connect"),
        ({"sources": ["10.0.0.1/16"]}, "10.0.0.1/16"),
        ({"ports": []}, "ports has 0"),
        ({"ports": [0]}, "0 is none"),
        ({"ports": [1883, 1883]}, "has one twice"),
    ],
)
def test_a_way_in_that_cannot_be_is_refused(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        replace(NETWORK_LOAD_BALANCER, **wrong)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"interval": 4}, "interval is 4 s"),
        ({"healthy_threshold": 1}, "healthy_threshold is 1"),
        ({"unhealthy_threshold": 11}, "unhealthy_threshold is 11"),
        ({"deregistration_delay": 3601}, "deregistration_delay is 3601 s"),
        ({"health_path": "health"}, "starts with '/'"),
    ],
)
def test_a_check_that_aws_does_not_make_is_refused(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        replace(NETWORK_LISTENER, **wrong)


def test_without_a_certificate_tcp_goes_through_as_it_comes() -> None:
    engine = build(NetworkListener, NETWORK_LISTENER)
    listener, group = engine.one(LISTENER).inputs, engine.one(GROUP).inputs
    assert (listener["protocol"], group["protocol"]) == ("TCP", "TCP")
    assert "certificateArn" not in listener
    assert group["healthCheck"]["protocol"] == "TCP"


def test_with_a_certificate_both_ways_are_tls() -> None:
    engine = build(NetworkListener, replace(NETWORK_LISTENER, certificate_arn=CERTIFICATE))
    listener, group = engine.one(LISTENER).inputs, engine.one(GROUP).inputs
    assert (listener["protocol"], group["protocol"]) == ("TLS", "TLS")
    assert listener["certificateArn"] == CERTIFICATE
    assert listener["sslPolicy"].startswith("ELBSecurityPolicy-TLS13-1-2")


def test_a_service_behind_it_has_one_group_and_no_rule_and_lets_in_the_load_balancer_alone() -> None:
    engine = build(Service, behind_tcp())
    assert engine.all("aws:lb/listenerRule:ListenerRule") == []
    (target,) = engine.one("aws:ecs/service:Service").inputs["loadBalancers"]
    assert target == {
        "targetGroupArn": TCP.target_group_arn,
        "containerName": SERVICE.service_name,
        "containerPort": 1883,
    }
    assert engine.one(INGRESS).inputs["referencedSecurityGroupId"] == "sg-net"


def test_its_releases_roll() -> None:
    deployment = replace(behind_tcp().deployment, shifting=parse_strategy("canary:10%,5m"))
    with pytest.raises(ValueError, match="routing is TCP's, which has no weights"):
        replace(behind_tcp(), deployment=deployment)
