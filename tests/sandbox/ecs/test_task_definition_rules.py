"""What AWS refuses in a task definition beyond names and sizes, and what becomes of deregistered revisions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.ecs.surroundings import Ecs, Refused, container, definition, service

CLUSTER = {"cluster": "microservices-cluster"}
AUTH = CLUSTER | {"service": "auth-service"}
CHECKED = {"healthCheck": {"command": ["CMD", "true"]}}
SECRET = {"name": "KEY", "valueFrom": "key"}


def with_task(**changes: Any) -> dict[str, Any]:
    """Registration parameters with changes."""
    return definition("auth:1") | changes


def with_container(**changes: Any) -> dict[str, Any]:
    """Registration parameters whose container has changes."""
    return with_task(containerDefinitions=[container("auth:1") | changes])


def with_second(first: dict[str, Any] | None = None, **second: Any) -> dict[str, Any]:
    """Registration parameters of two containers, each with changes."""
    other = {"name": "other", "image": "other:1"} | second
    return with_task(containerDefinitions=[container("auth:1") | (first or {}), other])


def without_role(**changes: Any) -> dict[str, Any]:
    """Registration parameters without an execution role, of a public image that logs nowhere."""
    params = with_task(containerDefinitions=[{"name": "auth-service", "image": "nginx:1"} | changes])
    return {name: value for name, value in params.items() if name != "executionRoleArn"}


def waiting(condition: str) -> dict[str, Any]:
    """A container that waits for the other one."""
    return {"dependsOn": [{"containerName": "other", "condition": condition}]}


def on_ec2(**changes: Any) -> dict[str, Any]:
    """Registration parameters that Fargate has nothing to say about."""
    params = with_container(memory=256) | {"networkMode": "bridge", **changes}
    return {name: value for name, value in params.items() if name != "requiresCompatibilities"}


REFUSED: list[tuple[dict[str, Any], str]] = [
    (without_role(secrets=[SECRET]), "container secrets, you must also specify a value for 'executionRoleArn'."),
    (without_role(repositoryCredentials={"credentialsParameter": "x"}), "to support repository credentials."),
    (
        without_role(logConfiguration={"logDriver": "splunk", "secretOptions": [SECRET]}),
        "you must also specify a value for 'executionRoleArn'.",
    ),
    (with_task(tags=[]), "Tags can not be empty."),
    (with_task(cpu="much"), "Invalid 'cpu' setting for task. For more information"),
    (with_task(memory="inf GB"), "Invalid 'memory' setting for task."),
    (with_task(ipcMode="task"), "Tasks using the Fargate launch type do not support ipcMode."),
    (with_task(pidMode="host"), "only support pidMode task"),
    (with_task(placementConstraints=[{"type": "memberOf"}]), "do not support placementConstraints."),
    (with_task(ephemeralStorage={"sizeInGiB": 20}), "20 GiB, it must be from 21 to 200 GiB."),
    (with_task(ephemeralStorage={"sizeInGiB": 201}), "201 GiB, it must be from 21 to 200 GiB."),
    (with_task(runtimePlatform={"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}), "LINUX only"),
    (with_task(volumes=[{"name": "no spaces"}]), "Invalid volume name 'no spaces'"),
    (with_task(volumes=[{"name": "a"}, {"name": "a"}]), "Volume names must be unique"),
    (with_task(volumes=[{"name": "a", "host": {"sourcePath": "/a"}}]), "do not support sourcePath"),
    (with_task(volumes=[{"name": "a", "dockerVolumeConfiguration": {}}]), "do not support dockerVolumeConfiguration"),
    (
        with_task(volumes=[{"name": "a", "configuredAtLaunch": True, "efsVolumeConfiguration": {"fileSystemId": "f"}}]),
        "of one kind only, not configuredAtLaunch and efsVolumeConfiguration",
    ),
    (with_task(volumes=[{"name": n, "configuredAtLaunch": True} for n in "ab"]), "Only one volume"),
    (with_container(links=["x"]), "Links are not supported when networkMode=awsvpc."),
    (with_container(hostname="x"), "not supported when networkMode=awsvpc."),
    (with_container(dnsServers=["1.1.1.1"]), "do not support dnsServers."),
    (with_container(extraHosts=[{"hostname": "a", "ipAddress": "1.1.1.1"}]), "do not support extraHosts."),
    (with_container(resourceRequirements=[{"type": "GPU", "value": "1"}]), "do not support GPU"),
    (with_container(linuxParameters={"sharedMemorySize": 1}), "do not support linuxParameters.sharedMemorySize."),
    (with_container(linuxParameters={"capabilities": {"add": ["NET_ADMIN"]}}), "NET_ADMIN cannot be added"),
    (with_container(startTimeout=121), "a startTimeout of 121 seconds, the maximum on Fargate is 120."),
    (with_container(logConfiguration={"logDriver": "syslog"}), "Log driver 'syslog' is not supported on Fargate."),
    (with_container(memory=5), "'memory' must be at least 6 MiB, got 5."),
    (with_container(memory=64, memoryReservation=128), "must not be less than the 'memoryReservation' (128 MiB)"),
    (with_container(cpu=-1), "'cpu' must not be negative"),
    (
        with_container(environment=[{"name": "KEY", "value": "x"}], secrets=[SECRET]),
        "not shared with any new or existing environment variables set on the container, such as 'KEY'.",
    ),
    (with_container(secrets=[SECRET, SECRET]), "The secret name must be unique"),
    (
        with_container(ulimits=[{"name": "nofile", "softLimit": 2, "hardLimit": 1}]),
        "The soft limit of the ulimit nofile (2) is above its hard limit (1).",
    ),
    (with_container(ulimits=[{"name": "nofile", "softLimit": 1, "hardLimit": 1}] * 2), "a ulimit twice"),
    (with_container(portMappings=[{"containerPort": 80, "name": "-web"}]), "Invalid port mapping name '-web'"),
    (with_container(portMappings=[{"containerPort": 80, "containerPortRange": "80-81"}]), "not both"),
    (with_container(portMappings=[{}]), "a containerPort or a containerPortRange"),
    (with_container(portMappings=[{"containerPort": 80}] * 2), "The port 80/tcp is mapped more than once"),
    (with_second(portMappings=[{"containerPort": 8080}]), "The port 8080/tcp is mapped more than once"),
    (
        with_container(portMappings=[{"containerPort": port, "name": "web"} for port in (80, 81)]),
        "Port mapping names must be unique within a task definition: web.",
    ),
    (with_container(volumesFrom=[{"sourceContainer": "x"}]), "volumes from the unknown container 'x'"),
    (with_second(waiting("SUCCESS")), "with SUCCESS or COMPLETE condition cannot be an essential container"),
    (with_second(waiting("COMPLETE")), "with SUCCESS or COMPLETE condition cannot be an essential container"),
    (with_second(waiting("HEALTHY")), "'other' to be HEALTHY, which has no health check."),
    (
        with_second(waiting("START"), dependsOn=[{"containerName": "auth-service", "condition": "START"}]),
        "depend on each other in a circle",
    ),
    (on_ec2(networkMode="none"), "Port mappings are not supported when networkMode=none."),
    (on_ec2(cpu="127"), "127, it must be from 128 to 196608 CPU units."),
    (on_ec2(containerDefinitions=[container("a:1") | {"memory": 64, "links": ["x"]}]), "unknown container 'x'"),
    (
        on_ec2(
            networkMode="host",
            containerDefinitions=[
                container("a:1") | {"memory": 64, "portMappings": [{"containerPort": 80, "hostPort": 81}]}
            ],
        ),
        "When networkMode=host, the host ports and container ports in port mappings must match.",
    ),
]


@pytest.mark.parametrize(("params", "message"), REFUSED, ids=[message for _, message in REFUSED])
def test_what_a_task_definition_may_not_have_is_refused_by_name(ecs: Ecs, params: dict[str, Any], message: str) -> None:
    with pytest.raises(Refused, match="ClientException") as refusal:
        ecs("RegisterTaskDefinition", **params)
    assert message in refusal.value.message
    assert ecs("ListTaskDefinitionFamilies", status="ALL")["families"] == []


ACCEPTED: list[dict[str, Any]] = [
    without_role(),
    with_task(pidMode="task"),
    with_task(ephemeralStorage={"sizeInGiB": 21}),
    with_task(ephemeralStorage={"sizeInGiB": 200}),
    with_task(runtimePlatform={"operatingSystemFamily": "LINUX", "cpuArchitecture": "ARM64"}),
    with_task(volumes=[{"name": "a", "host": {}}, {"name": "b", "efsVolumeConfiguration": {"fileSystemId": "f"}}]),
    with_container(linuxParameters={"initProcessEnabled": True, "capabilities": {"add": ["SYS_PTRACE"]}}),
    with_container(ulimits=[{"name": "nofile", "softLimit": 1024, "hardLimit": 4096}]),
    with_container(portMappings=[{"containerPort": 53, "protocol": name} for name in ("tcp", "udp")]),
    with_container(portMappings=[{"containerPort": 80, "name": "web", "appProtocol": "http"}]),
    with_container(memory=128, memoryReservation=64),
    with_second(waiting("HEALTHY"), **CHECKED),
    with_second(waiting("SUCCESS"), essential=False),
    on_ec2(),
    on_ec2(pidMode="host", ipcMode="host", volumes=[{"name": "a", "host": {"sourcePath": "/a"}}]),
]


@pytest.mark.parametrize("params", ACCEPTED, ids=str)
def test_what_a_task_definition_may_have_comes_back_as_it_was_given(ecs: Ecs, params: dict[str, Any]) -> None:
    shown = ecs("RegisterTaskDefinition", **params)["taskDefinition"]
    for member in ("pidMode", "ipcMode", "ephemeralStorage", "runtimePlatform", "volumes"):
        assert shown.get(member, []) == params.get(member, [])
    for given, back in zip(params["containerDefinitions"], shown["containerDefinitions"], strict=True):
        for member in given.keys() - {"portMappings", "healthCheck"}:
            assert back[member] == given[member]
        for port, mapping in zip(back["portMappings"], given.get("portMappings", []), strict=True):
            assert port.items() >= mapping.items()


def test_a_service_goes_on_with_a_deregistered_definition_but_none_can_begin_or_change_to_it(ecs: Ecs) -> None:
    arn = ecs.running_service()["taskDefinition"]
    ecs("DeregisterTaskDefinition", taskDefinition=arn)
    ecs("UpdateService", **AUTH, desiredCount=3)
    ecs("UpdateService", **AUTH, forceNewDeployment=True)
    ecs.wait(600)
    assert (ecs.describe()["runningCount"], ecs.describe()["deployments"][0]["rolloutState"]) == (3, "COMPLETED")
    for operation, params in (
        ("CreateService", service(arn) | {"serviceName": "other"}),
        ("UpdateService", AUTH | {"taskDefinition": arn}),
    ):
        with pytest.raises(Refused, match="ClientException: TaskDefinition is inactive"):
            ecs(operation, **params)


def test_a_deleted_revision_goes_when_its_last_user_has_gone(ecs: Ecs) -> None:
    arn = ecs.running_service()["taskDefinition"]
    ecs("DeregisterTaskDefinition", taskDefinition=arn)
    ecs("DeleteTaskDefinitions", taskDefinitions=[arn])
    ecs("UpdateService", **AUTH, desiredCount=3)
    ecs.wait(120)
    assert ecs.describe()["runningCount"] == 3
    assert ecs("ListTaskDefinitions", status="DELETE_IN_PROGRESS")["taskDefinitionArns"] == [arn]
    with pytest.raises(Refused, match="ClientException: TaskDefinition is inactive"):
        ecs("UpdateService", **AUTH, taskDefinition=arn)
    ecs("DeleteService", **AUTH, force=True)
    ecs.wait(120)
    assert ecs("ListTaskDefinitions", status="DELETE_IN_PROGRESS")["taskDefinitionArns"] == []
    with pytest.raises(Refused, match=r"ClientException: Unable to describe task definition\."):
        ecs("DescribeTaskDefinition", taskDefinition=arn)
    assert ecs.register("auth:1").endswith(":2")


def test_definitions_are_listed_by_family_and_revision_forwards_or_backwards(ecs: Ecs) -> None:
    arns = [ecs.register(f"a:{n}", family=family) for family in ("b-first", "b-second") for n in range(11)]
    assert ecs("ListTaskDefinitions")["taskDefinitionArns"] == arns
    assert ecs("ListTaskDefinitions", sort="DESC")["taskDefinitionArns"] == arns[::-1]
    assert ecs("ListTaskDefinitions", familyPrefix="b-second")["taskDefinitionArns"] == arns[11:]
    assert ecs("ListTaskDefinitions", familyPrefix="b-")["taskDefinitionArns"] == []


@pytest.mark.parametrize(
    "params", [{"maxResults": 0}, {"maxResults": 101}, {"nextToken": "x"}, {"nextToken": "ZnJvbTotMQ=="}]
)
def test_a_page_that_cannot_be_is_refused(ecs: Ecs, params: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="InvalidParameterException"):
        ecs("ListTaskDefinitions", **params)
