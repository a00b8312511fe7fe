"""Who may take traffic."""

from __future__ import annotations

from dataclasses import replace

import pytest

from components.cluster import Cluster
from components.target_group import TargetGroup
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
