"""UpdateService, member by member, and what CreateService and UpdateService refuse of a service's surroundings."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest

from sandbox.ecs.ports import RegistryFacts
from tests.sandbox.ecs.surroundings import (
    ACCOUNT,
    ELB_ROLE,
    REGION,
    ROLE,
    TARGET_GROUP,
    Ecs,
    Refused,
    container,
    definition,
    service,
)

CLUSTER = {"cluster": "microservices-cluster"}
AUTH = CLUSTER | {"service": "auth-service"}
BALANCER = {"targetGroupArn": TARGET_GROUP, "containerName": "auth-service", "containerPort": 8080}
REGISTRY = f"arn:aws:servicediscovery:{REGION}:{ACCOUNT}:service/srv-1"
NETWORK = {"subnets": ["subnet-a"], "securityGroups": ["sg-1"], "assignPublicIp": "ENABLED"}
CONNECT = {
    "enabled": True,
    "namespace": "shop",
    "services": [{"portName": "web", "clientAliases": [{"port": 80, "dnsName": "auth"}]}],
}
LATTICE = {"roleArn": ELB_ROLE, "targetGroupArn": "arn:aws:vpc-lattice:x", "portName": "web"}
VOLUME = {"name": "data", "managedEBSVolume": {"roleArn": ELB_ROLE, "sizeInGiB": 10}}
SPOT = {"capacityProvider": "FARGATE_SPOT", "weight": 1, "base": 0}

APPLIED: dict[str, Any] = {
    "desiredCount": 3,
    "taskDefinition": "auth-service:2",
    "capacityProviderStrategy": [SPOT],
    "deploymentConfiguration": {"maximumPercent": 150},
    "availabilityZoneRebalancing": "DISABLED",
    "networkConfiguration": {"awsvpcConfiguration": NETWORK},
    "placementConstraints": [],
    "placementStrategy": [],
    "platformVersion": "1.4.0",
    "healthCheckGracePeriodSeconds": 30,
    "deploymentController": {"type": "ECS"},
    "enableExecuteCommand": True,
    "enableECSManagedTags": True,
    "loadBalancers": [],
    "propagateTags": "SERVICE",
    "serviceRegistries": [{"registryArn": REGISTRY}],
    "serviceConnectConfiguration": CONNECT,
    "volumeConfigurations": [],
    "vpcLatticeConfigurations": [LATTICE],
    "gatewayConnectors": [],
    "monitoring": {"metricConfigurations": [{"metricNames": ["CPUUtilization"], "resolutionSeconds": 20}]},
}
DEPLOYING = {
    "taskDefinition",
    "networkConfiguration",
    "platformVersion",
    "loadBalancers",
    "serviceRegistries",
    "serviceConnectConfiguration",
    "vpcLatticeConfigurations",
}
"""Of these, the ones that AWS says start a deployment; an empty list where there was none changes nothing."""
ONLY_FORCED = {"capacityProviderStrategy"}
"""Starts none by itself, and is not to be had without one."""
IN_REVISIONS = {"serviceConnectConfiguration", "vpcLatticeConfigurations", "monitoring"}


@pytest.fixture
def ready(ecs: Ecs) -> Ecs:
    """A running service with a named port, in surroundings that have a registry, a namespace and a role for ECS."""
    ecs.registries.facts[REGISTRY] = RegistryFacts(REGISTRY)
    ecs.registries.namespaces["shop"] = "arn:aws:servicediscovery:shop"
    ecs.roles.trusts[ELB_ROLE] = "ecs.amazonaws.com"
    ecs("CreateCluster", clusterName="microservices-cluster", capacityProviders=["FARGATE", "FARGATE_SPOT"])
    whole = container(ecs.push("1.0.0")) | {"portMappings": [{"containerPort": 8080, "name": "web"}]}
    ecs.create_service(ecs.register("", containerDefinitions=[whole]))
    ecs.register("", containerDefinitions=[whole])
    ecs.wait(200)
    return ecs


def test_every_member_of_an_update_is_applied_or_refused() -> None:
    members = set(botocore.session.get_session().get_service_model("ecs").shape_for("UpdateServiceRequest").members)
    assert members == {*APPLIED, "cluster", "service", "forceNewDeployment"}


@pytest.mark.parametrize("member", APPLIED)
def test_an_update_applies_each_member_and_deploys_only_where_aws_does(ready: Ecs, member: str) -> None:
    before, value = ready.describe(), APPLIED[member]
    forced = {"forceNewDeployment": True} if member in ONLY_FORCED else {}
    ready("UpdateService", **AUTH, **{member: value}, **forced)
    after = ready.describe()
    shown = revision(ready) if member in IN_REVISIONS and member in DEPLOYING else after
    if member == "taskDefinition":
        assert after[member].endswith(value)
    elif member == "deploymentConfiguration":
        assert after[member]["maximumPercent"] == value["maximumPercent"]
    elif member == "monitoring":
        ready("UpdateService", **AUTH, forceNewDeployment=True)
        assert revision(ready)[member] == value
    elif value:
        assert shown[member] == value
    else:
        assert not shown.get(member)
    assert (after["deployments"][0]["id"] != before["deployments"][0]["id"]) is (member in DEPLOYING | ONLY_FORCED)


def revision(ecs: Ecs) -> dict[str, Any]:
    """The service's newest revision."""
    arn = ecs("ListServiceDeployments", **AUTH)["serviceDeployments"][0]["targetServiceRevisionArn"]
    return dict(ecs("DescribeServiceRevisions", serviceRevisionArns=[arn])["serviceRevisions"][0])


def test_a_forced_deployment_starts_without_any_change(ready: Ecs) -> None:
    before = ready.describe()["deployments"][0]["id"]
    ready("UpdateService", **AUTH, forceNewDeployment=False)
    assert ready.describe()["deployments"][0]["id"] == before
    ready("UpdateService", **AUTH, forceNewDeployment=True)
    assert ready.describe()["deployments"][0]["id"] != before


def test_the_same_value_again_starts_no_deployment(ready: Ecs) -> None:
    ready("UpdateService", **AUTH, serviceConnectConfiguration=CONNECT)
    before = ready.describe()["deployments"][0]["id"]
    ready("UpdateService", **AUTH, serviceConnectConfiguration=CONNECT, taskDefinition="auth-service:1")
    assert ready.describe()["deployments"][0]["id"] == before


def test_a_mix_of_capacity_changes_in_a_forced_deployment_alone(ready: Ecs) -> None:
    mixes: list[list[dict[str, Any]]] = [[SPOT], [SPOT | {"weight": 2}], []]
    for mix in mixes:
        with pytest.raises(Refused, match="you must force a new deployment"):
            ready("UpdateService", **AUTH, capacityProviderStrategy=mix)
        ready("UpdateService", **AUTH, capacityProviderStrategy=mix, forceNewDeployment=True)
        ready("UpdateService", **AUTH, capacityProviderStrategy=mix)


def test_the_base_runs_on_fargate_and_the_weights_share_the_rest(ready: Ecs) -> None:
    mix = [{"capacityProvider": "FARGATE", "base": 2, "weight": 1}, SPOT | {"weight": 3}]
    ready("UpdateService", **AUTH, capacityProviderStrategy=mix, forceNewDeployment=True, desiredCount=10)
    ready.wait(600)
    providers = [task["capacityProviderName"] for task in ready.tasks()]
    assert (providers.count("FARGATE"), providers.count("FARGATE_SPOT")) == (4, 6)


def test_an_empty_strategy_brings_the_launch_type_back(ready: Ecs) -> None:
    spot = [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
    ready("UpdateService", **AUTH, capacityProviderStrategy=spot, forceNewDeployment=True)
    shown = ready.describe()
    assert (shown["capacityProviderStrategy"], "launchType" in shown) == ([SPOT], False)
    ready("UpdateService", **AUTH, capacityProviderStrategy=[], forceNewDeployment=True)
    shown = ready.describe()
    assert ("capacityProviderStrategy" in shown, shown["launchType"]) == (False, "FARGATE")


def aliases(*given: dict[str, Any]) -> dict[str, Any]:
    """Service Connect with these client aliases."""
    return {"serviceConnectConfiguration": CONNECT | {"services": [{"portName": "web", "clientAliases": list(given)}]}}


def connecting(**changes: Any) -> dict[str, Any]:
    """Service Connect with a changed service."""
    return {"serviceConnectConfiguration": CONNECT | {"services": [{"portName": "web"} | changes]}}


def volume(**changes: Any) -> dict[str, Any]:
    """A volume configuration with changes."""
    return {"volumeConfigurations": [VOLUME | changes]}


REFUSED: list[tuple[dict[str, Any], str]] = [
    (
        {"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-a"] * 17}}},
        "subnets can have at most 16 items.",
    ),
    (
        {"networkConfiguration": {"awsvpcConfiguration": NETWORK | {"securityGroups": ["sg-1"] * 6}}},
        "securityGroups can have at most 5 items.",
    ),
    ({"networkConfiguration": {"awsvpcConfiguration": {"subnets": []}}}, "subnets can not be empty."),
    ({"networkConfiguration": {}}, "Network Configuration must be provided"),
    ({"loadBalancers": [BALANCER] * 6}, "load balancers can have at most 5 items."),
    ({"deploymentController": {"type": "CODE_DEPLOY"}}, "deploymentController ECS only: CODE_DEPLOY"),
    ({"deploymentController": {"type": "EXTERNAL"}}, "deploymentController ECS only: EXTERNAL"),
    ({"gatewayConnectors": [{"portName": "web"}]}, "gatewayConnectors"),
    ({"capacityProviderStrategy": [{"capacityProvider": "MINE", "weight": 1}]}, "capacity provider was not found"),
    (
        {"capacityProviderStrategy": [SPOT | {"base": 1}, {"capacityProvider": "FARGATE", "weight": 1, "base": 1}]},
        "Only one capacity provider",
    ),
    ({"capacityProviderStrategy": [SPOT | {"weight": 0}]}, "a weight above 0"),
    ({"serviceConnectConfiguration": {"enabled": True}}, "Service Connect needs a namespace"),
    (
        {"serviceConnectConfiguration": {"enabled": True, "namespace": "other"}},
        "NamespaceNotFoundException: Failed to retrieve namespace for other",
    ),
    (
        {"serviceConnectConfiguration": CONNECT | {"accessLogConfiguration": {"format": "TEXT"}}},
        "accessLogConfiguration needs a logConfiguration",
    ),
    (connecting(portName="db"), "The portName db of serviceConnectConfiguration does not refer to a named port"),
    (connecting(discoveryName="-a"), "Invalid discoveryName '-a'"),
    (connecting(timeout={"perRequestTimeoutSeconds": 5}), "can't be set for tcp application"),
    (aliases({"port": 80}, {"port": 81}), "2 clientAliases exceeds the max limit of 1"),
    (aliases({"port": 0}), "Invalid port 0 of a client alias"),
    (aliases({"port": 80, "dnsName": "Auth"}), "Invalid dnsName 'Auth'"),
    ({"serviceConnectConfiguration": CONNECT | {"services": CONNECT["services"] * 2}}, "has web twice"),
    ({"vpcLatticeConfigurations": [LATTICE | {"portName": "db"}]}, "The portName db of vpcLatticeConfigurations"),
    ({"vpcLatticeConfigurations": [LATTICE | {"roleArn": ROLE}]}, "unable to assume the infrastructure role"),
    (volume(), "it has none, got data"),
]


@pytest.mark.parametrize(("changes", "message"), REFUSED, ids=[message for _, message in REFUSED])
def test_an_update_that_aws_refuses_is_refused_and_so_is_a_creation(
    ready: Ecs, changes: dict[str, Any], message: str
) -> None:
    before = ready.describe()
    with pytest.raises(Refused) as refusal:
        ready("UpdateService", **AUTH, **changes)
    assert message in str(refusal.value)
    assert ready.describe() == before
    params = service("auth-service:1") | {"serviceName": "other"} | changes
    if "capacityProviderStrategy" in changes:
        del params["launchType"]
    with pytest.raises(Refused) as refusal:
        ready("CreateService", **params)
    assert message in str(refusal.value)


def test_a_role_is_refused_for_tasks_with_a_network_of_their_own(ready: Ecs) -> None:
    with pytest.raises(Refused, match="You cannot specify an IAM role for services that require a service linked role"):
        ready("CreateService", **service("auth-service:1") | {"serviceName": "other", "role": ROLE})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (volume(name="other"), "it has data, got other."),
        (volume(managedEBSVolume=None), "needs a managedEBSVolume"),
        (volume(managedEBSVolume={"roleArn": ELB_ROLE}), "needs a sizeInGiB or a snapshotId"),
        (volume(managedEBSVolume={"roleArn": ROLE, "sizeInGiB": 1}), "unable to assume the infrastructure role"),
        ({}, "it has data, got none."),
        (volume(), ""),
    ],
)
def test_a_volume_configured_at_launch_is_needed_by_its_name(ready: Ecs, changes: dict[str, Any], message: str) -> None:
    ready.register(ready.push("1.0.0"), volumes=[{"name": "data", "configuredAtLaunch": True}])
    update = AUTH | {"taskDefinition": "auth-service"} | changes
    if message:
        with pytest.raises(Refused) as refusal:
            ready("UpdateService", **update)
        assert message in refusal.value.message
    else:
        ready("UpdateService", **update)
        assert revision(ready)["volumeConfigurations"] == [VOLUME]


def test_the_cluster_s_namespace_is_the_default_and_is_made_if_need_be(ready: Ecs) -> None:
    shown = ready("UpdateCluster", **CLUSTER, serviceConnectDefaults={"namespace": "made"})["cluster"]
    arn = ready.registries.namespaces["made"]
    assert shown["serviceConnectDefaults"] == {"namespace": arn}
    ready("UpdateService", **AUTH, serviceConnectConfiguration={"enabled": True})
    assert revision(ready)["serviceConnectConfiguration"] == {"enabled": True, "namespace": arn}
    ready("UpdateCluster", **CLUSTER, serviceConnectDefaults={"namespace": ""})
    with pytest.raises(Refused, match="needs a namespace"):
        ready("UpdateService", **AUTH, serviceConnectConfiguration={"enabled": True})
    with pytest.raises(Refused, match="NamespaceNotFoundException"):
        ready("UpdateCluster", **CLUSTER, serviceConnectDefaults={"namespace": "arn:aws:servicediscovery:x"})


def test_execute_command_needs_a_task_role(ready: Ecs) -> None:
    params = {name: value for name, value in definition(ready.push("1.0.0")).items() if name != "taskRoleArn"}
    ready("RegisterTaskDefinition", **params)
    with pytest.raises(Refused, match="couldn't be updated because a valid taskRoleArn is not being used"):
        ready("UpdateService", **AUTH, taskDefinition="auth-service", enableExecuteCommand=True)
    other = service("auth-service") | {"serviceName": "other", "enableExecuteCommand": True}
    with pytest.raises(Refused, match="couldn't be created because a valid taskRoleArn is not being used"):
        ready("CreateService", **other)


def test_every_member_of_a_creation_is_one_of_an_update_or_known_by_name() -> None:
    members = set(botocore.session.get_session().get_service_model("ecs").shape_for("CreateServiceRequest").members)
    only_created = {"serviceName", "clientToken", "launchType", "role", "schedulingStrategy", "tags"}
    assert members == {*APPLIED, "cluster", *only_created}
