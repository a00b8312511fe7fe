"""Tasks as instances of Cloud Map services."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.ecs.ports import RegistryFacts
from tests.sandbox.ecs.surroundings import ACCOUNT, REGION, Ecs, Refused, container, definition

AUTH = {"cluster": "microservices-cluster", "service": "auth-service"}
ARN = f"arn:aws:servicediscovery:{REGION}:{ACCOUNT}:service/srv-12345678"


@pytest.fixture
def map_service(ecs: Ecs) -> dict[str, dict[str, str]]:
    """The instances of a Cloud Map service with an A record, whose health ECS tells."""
    ecs.registries.facts[ARN] = RegistryFacts(ARN, ("A",), custom_health=True)
    return ecs.registries.instances.setdefault(ARN, {})


def registered(**more: Any) -> list[dict[str, Any]]:
    return [{"registryArn": ARN, **more}]


def checked(ecs: Ecs, version: str, behaviour: str = "") -> str:
    """A task definition whose container has a health check."""
    check = {"command": ["CMD", "true"], "interval": 10, "retries": 2}
    image = ecs.push(version, behaviour)
    body = definition(image) | {"containerDefinitions": [container(image) | {"healthCheck": check}]}
    return str(ecs("RegisterTaskDefinition", **body)["taskDefinition"]["taskDefinitionArn"])


def test_running_tasks_are_registered_with_their_addresses_and_where_they_belong(
    ecs: Ecs, map_service: dict[str, dict[str, str]]
) -> None:
    ecs.running_service(serviceRegistries=registered())
    tasks = {task["taskArn"].rpartition("/")[2]: task for task in ecs.tasks()}
    assert map_service.keys() == tasks.keys()
    for name, instance in map_service.items():
        assert instance == {
            "AWS_INSTANCE_IPV4": tasks[name]["containers"][0]["networkInterfaces"][0]["privateIpv4Address"],
            "AVAILABILITY_ZONE": tasks[name]["availabilityZone"],
            "REGION": REGION,
            "ECS_SERVICE_NAME": "auth-service",
            "ECS_CLUSTER_NAME": "microservices-cluster",
            "ECS_TASK_DEFINITION_FAMILY": "auth-service",
            "AWS_INIT_HEALTH_STATUS": "HEALTHY",
            "health": "HEALTHY",
        }


def test_a_task_is_registered_when_it_runs_and_not_before(ecs: Ecs, map_service: dict[str, dict[str, str]]) -> None:
    ecs("CreateCluster", clusterName="microservices-cluster")
    ecs.create_service(ecs.register(ecs.push("1.0.0")), serviceRegistries=registered())
    ecs.wait(28)
    assert (len(map_service), {task["lastStatus"] for task in ecs.tasks()}) == (0, {"ACTIVATING"})
    ecs.wait(2)
    assert (len(map_service), {task["lastStatus"] for task in ecs.tasks()}) == (2, {"RUNNING"})


def test_a_task_with_a_container_check_is_unhealthy_until_it_has_passed(
    ecs: Ecs, map_service: dict[str, dict[str, str]]
) -> None:
    ecs("CreateCluster", clusterName="microservices-cluster")
    ecs.create_service(checked(ecs, "1.0.0"), serviceRegistries=registered(), loadBalancers=[])
    ecs.wait(30)
    assert {one["health"] for one in map_service.values()} == {"UNHEALTHY"}
    ecs.wait(60)
    assert {one["health"] for one in map_service.values()} == {"HEALTHY"}
    assert {one["AWS_INIT_HEALTH_STATUS"] for one in map_service.values()} == {"UNHEALTHY"}


def test_a_task_whose_container_turns_unhealthy_is_unhealthy_in_cloud_map(
    ecs: Ecs, map_service: dict[str, dict[str, str]]
) -> None:
    ecs("CreateCluster", clusterName="microservices-cluster")
    flapping = checked(ecs, "1.0.0", "unhealthy:after=100")
    grace = {"healthCheckGracePeriodSeconds": 900}
    ecs.create_service(flapping, serviceRegistries=registered(), loadBalancers=[], desiredCount=1, **grace)
    ecs.wait(90)
    assert [one["health"] for one in map_service.values()] == ["HEALTHY"]
    ecs.wait(90)
    assert [one["health"] for one in map_service.values()] == ["UNHEALTHY"]


def test_a_release_leaves_only_the_new_tasks_registered(ecs: Ecs, map_service: dict[str, dict[str, str]]) -> None:
    ecs.running_service(serviceRegistries=registered())
    old = set(map_service)
    ecs("UpdateService", **AUTH, taskDefinition=ecs.register(ecs.push("1.1.0")))
    ecs.wait(600)
    assert len(map_service) == 2
    assert not old & map_service.keys()


@pytest.mark.parametrize("behaviour", ["crash:after=20", "oom"])
def test_a_task_that_ends_by_itself_is_deregistered(
    ecs: Ecs, map_service: dict[str, dict[str, str]], behaviour: str
) -> None:
    ecs.running_service(serviceRegistries=registered())
    old = set(map_service)
    ecs("UpdateService", **AUTH, taskDefinition=ecs.register(ecs.push("1.1.0", behaviour)))
    ecs.wait(1200)
    assert set(map_service) == old


def test_a_service_that_is_deleted_leaves_nobody_registered(ecs: Ecs, map_service: dict[str, dict[str, str]]) -> None:
    ecs.running_service(serviceRegistries=registered())
    ecs("DeleteService", **AUTH, force=True)
    assert map_service == {}


def test_a_registry_can_be_taken_out_again(ecs: Ecs, map_service: dict[str, dict[str, str]]) -> None:
    ecs.running_service(serviceRegistries=registered())
    ecs("UpdateService", **AUTH, serviceRegistries=[])
    ecs.wait(600)
    assert map_service == {}
    assert ecs.describe()["serviceRegistries"] == []


def test_with_srv_records_an_instance_has_a_port(ecs: Ecs) -> None:
    ecs.registries.facts[ARN] = RegistryFacts(ARN, ("SRV",), custom_health=False)
    ecs.running_service(serviceRegistries=registered(containerName="auth-service", containerPort=8080))
    instances = ecs.registries.instances[ARN].values()
    assert {one["AWS_INSTANCE_PORT"] for one in instances} == {"8080"}
    assert all("AWS_INIT_HEALTH_STATUS" not in one for one in instances)


@pytest.mark.parametrize(
    ("records", "registries", "message"),
    [
        (("A",), [{"registryArn": ARN}] * 2, "at most 1 item, got 2"),
        (("A",), [{"registryArn": ARN + "x"}], f"The service registry {ARN}x does not exist."),
        (("A",), registered(containerPort=8080), "do not require a value for 'containerPort'. Remove the value"),
        (("A",), registered(containerName="auth-service"), "do not require a value for 'containerName'."),
        (("A",), registered(port=80), "do not require a value for 'port'."),
        (("SRV",), registered(), "require a value for either 'port' or"),
        (("SRV",), registered(containerName="auth-service"), "require a value for either 'port' or"),
        (("SRV",), registered(port=80, containerPort=8080), "but not both. Remove one and retry."),
        (("SRV",), registered(containerName="web", containerPort=8080), "The container web does not exist"),
        (("SRV",), registered(containerName="auth-service", containerPort=9), "did not have a container port 9"),
    ],
)
def test_registries_that_aws_refuses_are_refused(
    ecs: Ecs, records: tuple[str, ...], registries: list[dict[str, Any]], message: str
) -> None:
    ecs.registries.facts[ARN] = RegistryFacts(ARN, records, custom_health=True)
    ecs("CreateCluster", clusterName="microservices-cluster")
    with pytest.raises(Refused) as refused:
        ecs.create_service(ecs.register(ecs.push("1.0.0")), serviceRegistries=registries)
    assert refused.value.code == "InvalidParameterException"
    assert message in refused.value.message
