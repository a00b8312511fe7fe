"""Who may take traffic."""

from __future__ import annotations

from dataclasses import replace

import pytest

from components.cluster import Cluster
from components.target_group import TargetGroup
from tests.components.builders import CLUSTER, TARGET_GROUP, build


def test_tasks_are_targets_by_their_address_and_healthy_by_their_answer() -> None:
    made = build(TargetGroup, TARGET_GROUP).one("aws:lb/targetGroup:TargetGroup").inputs
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
