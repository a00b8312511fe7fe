"""Who may take traffic."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from components.cluster import Cluster
from components.target_group import TargetGroup
from release.target_traffic import TargetTraffic
from tests.components.builders import CLUSTER, TARGET_GROUP, build

GROUP = "aws:lb/targetGroup:TargetGroup"


def test_tasks_are_targets_by_their_address_and_healthy_by_their_answer() -> None:
    made = build(TargetGroup, TARGET_GROUP).one(GROUP, "thing").inputs
    assert made["targetType"] == "ip"
    assert made["deregistrationDelay"] == 30
    assert made["healthCheck"] == {
        "enabled": True,
        "protocol": "HTTP",
        "port": "traffic-port",
        "path": "/health",
        "matcher": "200",
        "interval": 10,
        "timeout": 5,
        "healthyThreshold": 2,
        "unhealthyThreshold": 3,
    }


def test_there_are_two_alike_so_that_any_release_may_bring_its_tasks_up_beside_those_that_run() -> None:
    engine = build(TargetGroup, TARGET_GROUP)
    one, other = (dict(engine.one(GROUP, name).inputs) for name in ("thing", "thing-alternate"))
    assert other.pop("name") == "thing-alt", "the longest name of a service leaves room for no more"
    assert one == other


def test_a_change_of_the_container_s_port_replaces_no_group_under_the_rule_whose_weights_are_ecs_s() -> None:
    assert build(TargetGroup, TARGET_GROUP).one(GROUP, "thing").inputs["port"] == 80


def test_tasks_that_speak_tls_are_asked_and_checked_in_it() -> None:
    """Security Hub ELB.21, ELB.22."""
    made = build(TargetGroup, replace(TARGET_GROUP, protocol="HTTPS")).one(GROUP, "thing").inputs
    assert made["protocol"] == made["healthCheck"]["protocol"] == "HTTPS"


def test_http_1_is_spoken_and_any_task_asked_at_once_unless_it_is_said_otherwise() -> None:
    made = build(TargetGroup, TARGET_GROUP).one(GROUP, "thing").inputs
    assert made["protocolVersion"] == "HTTP1"
    assert made["loadBalancingAlgorithmType"] == "round_robin"
    assert made["slowStart"] == 0
    assert made["stickiness"] == {"enabled": False, "type": "lb_cookie"}


def test_grpc_is_checked_by_a_method_and_its_codes() -> None:
    args = replace(
        TARGET_GROUP,
        health_path="/grpc.health.v1.Health/Check",
        traffic=TargetTraffic(protocol_version="GRPC", healthy_codes="0-2"),
    )
    made = build(TargetGroup, args).one(GROUP, "thing").inputs
    assert made["protocolVersion"] == "GRPC"
    assert made["healthCheck"]["matcher"] == "0-2"
    assert TargetTraffic(protocol_version="GRPC").codes == "0", "not 12, AWS's default, which any server answers"


def test_clients_stay_with_a_task_and_new_ones_begin_slowly_where_that_is_wanted() -> None:
    engine = build(TargetGroup, replace(TARGET_GROUP, traffic=TargetTraffic(slow_start=60, sticky_seconds=3600)))
    for made in engine.all(GROUP):
        assert made.inputs["slowStart"] == 60
        assert made.inputs["stickiness"] == {"enabled": True, "type": "lb_cookie", "cookieDuration": 3600}


@pytest.mark.parametrize(
    ("traffic", "said"),
    [
        ({"protocol_version": "HTTP3"}, "protocol_version is 'HTTP3'; allowed are HTTP1, HTTP2, GRPC"),
        ({"protocol_version": "GRPC"}, "path of health checks is '/health'; with GRPC it names a method"),
        ({"healthy_codes": "500"}, "healthy_codes is '500'; with HTTP1 allowed are 200 to 499"),
        ({"healthy_codes": "299-200"}, "healthy_codes is '299-200'"),
        ({"healthy_codes": "OK"}, "healthy_codes is 'OK'"),
        ({"healthy_codes": "12", "protocol_version": "HTTP2"}, "healthy_codes is '12'; with HTTP2"),
        ({"healthy_codes": "200", "protocol_version": "GRPC"}, "with GRPC allowed are 0 to 99"),
        ({"algorithm": "random"}, "algorithm is 'random'"),
        ({"slow_start": 29}, "slow_start is 29 s; allowed are 30 to 900"),
        ({"slow_start": 901}, "slow_start is 901 s"),
        ({"slow_start": 30, "algorithm": "least_outstanding_requests"}, "targets start slowly with round_robin alone"),
        ({"slow_start": 30, "algorithm": "weighted_random"}, "take one of the two out"),
        ({"sticky_seconds": -1}, "sticky_seconds is -1"),
        ({"sticky_seconds": 604_801}, "sticky_seconds is 604801; allowed are 1 to 604800"),
    ],
)
def test_what_aws_refuses_of_traffic_is_refused_before_it_is_asked(traffic: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        replace(TARGET_GROUP, traffic=TargetTraffic(**traffic))


@pytest.mark.parametrize(
    "traffic",
    [
        TargetTraffic(protocol_version="HTTP2", healthy_codes="200,204,499"),
        TargetTraffic(slow_start=900, sticky_seconds=604_800),
        TargetTraffic(algorithm="weighted_random"),
        TargetTraffic(algorithm="least_outstanding_requests", sticky_seconds=1),
    ],
)
def test_what_aws_takes_of_traffic_is_taken(traffic: TargetTraffic) -> None:
    assert replace(TARGET_GROUP, traffic=traffic).traffic is traffic


def test_a_protocol_that_an_application_load_balancer_does_not_speak_to_tasks_is_refused() -> None:
    with pytest.raises(ValueError, match="protocol is 'TCP'; allowed are HTTP, HTTPS"):
        replace(TARGET_GROUP, protocol="TCP")


@pytest.mark.parametrize("timeout", [0, 10, 11])
def test_a_check_ends_before_the_next_begins(timeout: int) -> None:
    with pytest.raises(ValueError, match=f"timeout is {timeout} s"):
        replace(TARGET_GROUP, timeout=timeout)


def test_the_cluster_is_watched_and_has_no_servers() -> None:
    """Security Hub ECS.12."""
    engine = build(Cluster, CLUSTER)
    assert engine.one("aws:ecs/cluster:Cluster").inputs == {
        "name": "microservices-cluster",
        "settings": [{"name": "containerInsights", "value": "enabled"}],
    }
    providers = engine.one("aws:ecs/clusterCapacityProviders:ClusterCapacityProviders").inputs
    assert providers["capacityProviders"] == ["FARGATE", "FARGATE_SPOT"]
    assert [one["capacityProvider"] for one in providers["defaultCapacityProviderStrategies"]] == ["FARGATE"]
