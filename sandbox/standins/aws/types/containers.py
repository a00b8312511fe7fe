"""ECS clusters and task definitions."""

from __future__ import annotations

import json
from typing import Any, Final

from botocore.exceptions import ClientError

from sandbox.standins.aws.aws import Aws, Retry
from sandbox.standins.aws.faults import Fault, is_gone
from sandbox.standins.aws.resource_type import Call, Naming, ResourceType, Situation, Update
from sandbox.standins.aws.types import container_definitions
from sandbox.standins.aws.types.arns import last_part
from sandbox.standins.aws.values import UNKNOWN, Properties

CLUSTER = ResourceType(
    token="aws:ecs/cluster:Cluster",
    noun="ECS Cluster",
    service="ecs",
    create=Call("CreateCluster", "configuration name serviceConnectDefaults settings"),
    id="cluster.clusterArn",
    read=Call(
        "DescribeClusters",
        also={"clusters": lambda p: [p["id"]], "include": ["TAGS", "SETTINGS", "CONFIGURATIONS"]},
    ),
    item="clusters[0]",
    alive=lambda item: item.get("status") != "INACTIVE",
    update=(
        Update(
            "configuration serviceConnectDefaults settings",
            Call("UpdateCluster", "configuration serviceConnectDefaults settings", {"cluster": lambda p: p["id"]}),
        ),
    ),
    delete=Call(
        "DeleteCluster",
        also={"cluster": lambda p: p["id"]},
        retry=(
            Retry("ClusterContainsTasksException"),
            Retry("ClusterContainsServicesException"),
            Retry("ClusterContainsCapacityProviderException"),
            Retry("UpdateInProgressException"),
        ),
    ),
    names={"name": "clusterName", "arn": "clusterArn"},
    force_new="name",
    computed="settings serviceConnectDefaults",
    naming=Naming(255),
    tags="tags",
    import_id=lambda given, _: {"id": given, "arn": given},
)


def _put_capacity(s: Situation) -> dict[str, Any]:
    return s.call(
        "ecs",
        "PutClusterCapacityProviders",
        cluster=s.p["clusterName"],
        capacityProviders=s.p.get("capacityProviders") or [],
        defaultCapacityProviderStrategy=s.p.get("defaultCapacityProviderStrategies") or [],
    )


def _drop_capacity(s: Situation) -> None:
    try:
        s.call(
            "ecs",
            "PutClusterCapacityProviders",
            cluster=s.p["clusterName"],
            capacityProviders=[],
            defaultCapacityProviderStrategy=[],
        )
    except ClientError as error:
        if not is_gone(error):
            raise


CLUSTER_CAPACITY_PROVIDERS = ResourceType(
    token="aws:ecs/clusterCapacityProviders:ClusterCapacityProviders",
    noun="ECS Cluster Capacity Providers",
    service="ecs",
    create=_put_capacity,
    id=lambda s, _: str(s.p["clusterName"]),
    read=Call("DescribeClusters", also={"clusters": lambda p: [p["id"]]}),
    item="clusters[0]",
    alive=lambda item: item.get("status") != "INACTIVE",
    update=(Update("capacityProviders defaultCapacityProviderStrategies", _put_capacity),),
    delete=_drop_capacity,
    force_new="clusterName",
)


def _containers(p: Properties) -> list[dict[str, Any]]:
    try:
        containers = json.loads(p["containerDefinitions"])
    except ValueError as error:
        raise Fault(f"ECS Task Definition container_definitions is invalid: {error}") from None
    if not isinstance(containers, list) or not all(isinstance(each, dict) for each in containers):
        raise Fault("ECS Task Definition container_definitions is invalid: it is to be a JSON list of containers")
    return containers


def _check_definition(p: Properties) -> list[tuple[str, str]]:
    failures = []
    if p["containerDefinitions"] is not UNKNOWN:
        try:
            _containers(p)
        except Fault as fault:
            failures.append(("containerDefinitions", str(fault)))
    for place, volume in enumerate(p.get("volumes") or []):
        if volume is not UNKNOWN and "hostPath" in volume:
            failures.append((f"volumes[{place}].hostPath", "the AWS stand-in does not imitate volumes of hosts"))
    return failures


def _import_definition(given: str, _: Aws) -> Properties:
    if not given.startswith("arn:"):
        raise Fault(f"unexpected format for ID ({given}), expected the ARN of a task definition")
    return {"id": last_part(given).partition(":")[0], "arn": given}


_DEFINITION: Final = (
    "cpu enableFaultInjection ephemeralStorage executionRoleArn family ipcMode memory networkMode pidMode "
    "placementConstraints requiresCompatibilities runtimePlatform taskRoleArn volumes"
)

TASK_DEFINITION = ResourceType(
    token="aws:ecs/taskDefinition:TaskDefinition",
    noun="ECS Task Definition",
    service="ecs",
    create=Call(
        "RegisterTaskDefinition",
        _DEFINITION,
        {"containerDefinitions": _containers},
        retry=(Retry("ClientException", "Role is not valid"),),
    ),
    id=lambda s, answer: _registered(s, answer["taskDefinition"]),
    read=Call(
        "DescribeTaskDefinition",
        also={
            "taskDefinition": lambda p: p["family"] if p.get("trackLatest") else p["arn"],
            "include": ["TAGS"],
        },
    ),
    item="merge(taskDefinition, {tags: tags})",
    alive=lambda item: item.get("status") == "ACTIVE",
    delete=lambda s: (
        None if s.p.get("skipDestroy") else s.call("ecs", "DeregisterTaskDefinition", taskDefinition=s.p["arn"])
    ),
    names={"arn": "taskDefinitionArn"},
    outputs={
        "arnWithoutRevision": lambda _, item: item["taskDefinitionArn"].rpartition(":")[0],
        "containerDefinitions": lambda _, item: container_definitions.written(item["containerDefinitions"]),
    },
    force_new=f"containerDefinitions {_DEFINITION}",
    computed="enableFaultInjection networkMode volumes.configureAtLaunch volumes.efsVolumeConfiguration.rootDirectory",
    defaults={"skipDestroy": False, "trackLatest": False},
    unread="skipDestroy trackLatest",
    canonical={"containerDefinitions": container_definitions.canonical},
    tags="tags",
    import_id=_import_definition,
    check=_check_definition,
    not_imitated="proxyConfiguration",
)


def _registered(s: Situation, definition: dict[str, Any]) -> str:
    """The id of a task definition is its family; what is read is the revision."""
    s.p["arn"] = definition["taskDefinitionArn"]
    return str(definition["family"])


TYPES: Final = (CLUSTER, CLUSTER_CAPACITY_PROVIDERS, TASK_DEFINITION)
