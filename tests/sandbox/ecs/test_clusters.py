"""Clusters, through the JSON protocol."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.ecs.surroundings import Ecs, Refused

CLUSTER = "microservices-cluster"


def test_a_cluster_is_created_described_listed_and_deleted(ecs: Ecs) -> None:
    created = ecs("CreateCluster", clusterName=CLUSTER, tags=[{"key": "team", "value": "auth"}])["cluster"]
    assert created["status"] == "ACTIVE"
    assert created["tags"] == [{"key": "team", "value": "auth"}]
    assert ecs("ListClusters")["clusterArns"] == [created["clusterArn"]]
    ecs("DeleteCluster", cluster=CLUSTER)
    assert ecs("ListClusters")["clusterArns"] == []
    assert ecs("DescribeClusters", clusters=[CLUSTER])["clusters"][0]["status"] == "INACTIVE"


def test_creating_a_cluster_twice_answers_the_same_cluster(ecs: Ecs) -> None:
    first = ecs("CreateCluster", clusterName=CLUSTER)
    assert ecs("CreateCluster", clusterName=CLUSTER) == first


def test_an_unknown_cluster_is_missing_in_a_description_and_refused_elsewhere(ecs: Ecs) -> None:
    assert ecs("DescribeClusters", clusters=["nowhere"])["failures"][0]["reason"] == "MISSING"
    with pytest.raises(Refused, match=r"ClusterNotFoundException: Cluster not found\."):
        ecs("ListServices", cluster="nowhere")


def test_settings_tags_and_configuration_are_shown_only_when_asked_for(ecs: Ecs) -> None:
    ecs(
        "CreateCluster",
        clusterName=CLUSTER,
        settings=[{"name": "containerInsights", "value": "enhanced"}],
        configuration={"executeCommandConfiguration": {"logging": "DEFAULT"}},
        tags=[{"key": "a", "value": "b"}],
    )
    plain = ecs("DescribeClusters", clusters=[CLUSTER])["clusters"][0]
    assert (plain["settings"], plain["tags"], plain.get("configuration")) == ([], [], None)
    include = ["SETTINGS", "TAGS", "CONFIGURATIONS"]
    full = ecs("DescribeClusters", clusters=[CLUSTER], include=include)["clusters"][0]
    assert full["settings"] == [{"name": "containerInsights", "value": "enhanced"}]
    assert full["tags"] == [{"key": "a", "value": "b"}]
    assert full["configuration"] == {"executeCommandConfiguration": {"logging": "DEFAULT"}}


def test_a_cluster_with_a_service_or_a_task_cannot_be_deleted(ecs: Ecs) -> None:
    ecs.running_service()
    with pytest.raises(Refused, match=r"ClusterContainsServicesException: .*while Services are active\."):
        ecs("DeleteCluster", cluster=CLUSTER)
    ecs("DeleteService", cluster=CLUSTER, service="auth-service", force=True)
    ecs.wait(120)
    ecs("RunTask", cluster=CLUSTER, taskDefinition="auth-service", networkConfiguration=network())
    with pytest.raises(Refused, match=r"ClusterContainsTasksException: .*while Tasks are active\."):
        ecs("DeleteCluster", cluster=CLUSTER)


def test_the_capacity_providers_of_a_cluster_are_replaced_as_a_whole(ecs: Ecs) -> None:
    ecs("CreateCluster", clusterName=CLUSTER)
    strategy = [{"capacityProvider": "FARGATE", "weight": 1, "base": 1}]
    answer = ecs(
        "PutClusterCapacityProviders",
        cluster=CLUSTER,
        capacityProviders=["FARGATE", "FARGATE_SPOT"],
        defaultCapacityProviderStrategy=strategy,
    )
    assert answer["cluster"]["capacityProviders"] == ["FARGATE", "FARGATE_SPOT"]
    assert answer["cluster"]["defaultCapacityProviderStrategy"] == strategy


@pytest.mark.parametrize(
    ("operation", "params", "message"),
    [
        ("CreateCluster", {"clusterName": "no spaces"}, "Cluster names can have up to 255"),
        ("CreateCluster", {"clusterName": "c", "capacityProviders": ["MINE"]}, "'MINE' was not found"),
        ("CreateCluster", {"clusterName": "c", "tags": [{"key": "aws:x", "value": "y"}]}, "Tag key 'aws:x'"),
        (
            "CreateCluster",
            {"clusterName": "c", "settings": [{"name": "containerInsights", "value": "on"}]},
            "must be one of enabled, disabled, enhanced, got on",
        ),
        (
            "CreateCluster",
            {"clusterName": "c", "defaultCapacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 1}]},
            "The specified capacity provider was not found",
        ),
    ],
)
def test_a_bad_cluster_is_refused_with_what_is_wrong(
    ecs: Ecs, operation: str, params: dict[str, Any], message: str
) -> None:
    with pytest.raises(Refused, match="InvalidParameterException") as refusal:
        ecs(operation, **params)
    assert message in refusal.value.message
    assert ecs("ListClusters")["clusterArns"] == []


def network() -> dict[str, Any]:
    """The network of a task."""
    return {"awsvpcConfiguration": {"subnets": ["subnet-a"]}}


def test_a_cluster_cannot_be_deleted_while_its_last_service_drains_and_its_name_is_free_afterwards(ecs: Ecs) -> None:
    ecs.running_service()
    ecs("DeleteService", cluster=CLUSTER, service="auth-service", force=True)
    with pytest.raises(Refused, match="ClusterContainsServicesException"):
        ecs("DeleteCluster", cluster=CLUSTER)
    ecs.wait(120)
    ecs("DeleteCluster", cluster=CLUSTER)
    with pytest.raises(Refused, match="ClusterNotFoundException"):
        ecs("DeleteCluster", cluster=CLUSTER)
    again = ecs("CreateCluster", clusterName=CLUSTER)["cluster"]
    assert (again["status"], again["activeServicesCount"], again["runningTasksCount"]) == ("ACTIVE", 0, 0)


def test_a_capacity_provider_that_a_service_uses_stays(ecs: Ecs) -> None:
    ecs.running_service()
    both = {"cluster": CLUSTER, "capacityProviders": ["FARGATE", "FARGATE_SPOT"]}
    ecs("PutClusterCapacityProviders", **both, defaultCapacityProviderStrategy=[])
    strategy = [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
    ecs(
        "UpdateService",
        cluster=CLUSTER,
        service="auth-service",
        capacityProviderStrategy=strategy,
        forceNewDeployment=True,
    )
    fewer = {"cluster": CLUSTER, "capacityProviders": ["FARGATE"], "defaultCapacityProviderStrategy": []}
    with pytest.raises(Refused, match="ResourceInUseException"):
        ecs("PutClusterCapacityProviders", **fewer)
    ecs("UpdateService", cluster=CLUSTER, service="auth-service", capacityProviderStrategy=[], forceNewDeployment=True)
    assert ecs("PutClusterCapacityProviders", **fewer)["cluster"]["capacityProviders"] == ["FARGATE"]


def test_settings_of_a_cluster_change_by_themselves(ecs: Ecs) -> None:
    ecs("CreateCluster", clusterName=CLUSTER)
    enabled = [{"name": "containerInsights", "value": "enabled"}]
    assert ecs("UpdateClusterSettings", cluster=CLUSTER, settings=enabled)["cluster"]["settings"] == enabled
    ecs("UpdateCluster", cluster=CLUSTER, configuration={"executeCommandConfiguration": {"logging": "NONE"}})
    assert ecs("DescribeClusters", clusters=[CLUSTER], include=["SETTINGS"])["clusters"][0]["settings"] == enabled


def test_a_new_cluster_takes_its_creator_s_container_insights_before_the_account_s(ecs: Ecs) -> None:
    ecs("PutAccountSettingDefault", name="containerInsights", value="enhanced")
    ecs("PutAccountSetting", name="containerInsights", value="enabled")
    assert ecs("CreateCluster", clusterName=CLUSTER)["cluster"]["settings"][0]["value"] == "enabled"
