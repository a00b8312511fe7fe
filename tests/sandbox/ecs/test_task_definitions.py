"""Task definitions, through the JSON protocol."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.ecs.fargate import check_size
from tests.sandbox.ecs.surroundings import ROLE, Ecs, Refused, container, definition


def test_a_definition_comes_back_with_its_revision_and_the_defaults_of_aws(ecs: Ecs) -> None:
    body = ecs("RegisterTaskDefinition", **definition("auth:1"))["taskDefinition"]
    assert (body["family"], body["revision"], body["status"]) == ("auth-service", 1, "ACTIVE")
    assert (body["cpu"], body["memory"], body["networkMode"]) == ("256", "512", "awsvpc")
    filled = body["containerDefinitions"][0]
    assert filled["essential"] is True
    assert filled["cpu"] == 0
    assert filled["portMappings"] == [{"containerPort": 8080, "hostPort": 8080, "protocol": "tcp"}]
    assert [filled[name] for name in ("environment", "mountPoints", "volumesFrom", "systemControls")] == [[]] * 4
    assert body["compatibilities"] == ["EC2", "FARGATE"]
    assert body["registeredBy"] == ecs.caller.arn


def test_a_revision_is_found_by_family_by_family_and_revision_and_by_arn(ecs: Ecs) -> None:
    first, second = ecs.register("auth:1"), ecs.register("auth:2")
    by_name = {
        name: ecs("DescribeTaskDefinition", taskDefinition=name)["taskDefinition"]["taskDefinitionArn"]
        for name in ("auth-service", "auth-service:1", first, second)
    }
    assert by_name == {"auth-service": second, "auth-service:1": first, first: first, second: second}


def test_an_unknown_definition_cannot_be_described(ecs: Ecs) -> None:
    with pytest.raises(Refused, match=r"ClientException: Unable to describe task definition\."):
        ecs("DescribeTaskDefinition", taskDefinition="nothing:7")


def test_a_deregistered_revision_is_inactive_and_no_longer_the_latest_but_can_be_described(ecs: Ecs) -> None:
    first, second = ecs.register("auth:1"), ecs.register("auth:2")
    ecs("DeregisterTaskDefinition", taskDefinition="auth-service:2")
    assert ecs("DescribeTaskDefinition", taskDefinition=second)["taskDefinition"]["status"] == "INACTIVE"
    assert ecs("DescribeTaskDefinition", taskDefinition="auth-service")["taskDefinition"]["taskDefinitionArn"] == first
    assert ecs("ListTaskDefinitions")["taskDefinitionArns"] == [first]
    assert ecs("ListTaskDefinitions", status="INACTIVE")["taskDefinitionArns"] == [second]
    ecs("CreateCluster")
    with pytest.raises(Refused, match="ClientException: TaskDefinition is inactive"):
        ecs("RunTask", taskDefinition=second)


def test_revision_numbers_are_not_used_again_after_a_deletion(ecs: Ecs) -> None:
    ecs.register("auth:1")
    ecs("DeregisterTaskDefinition", taskDefinition="auth-service:1")
    answer = ecs("DeleteTaskDefinitions", taskDefinitions=["auth-service:1", "auth-service:9"])
    assert [one["status"] for one in answer["taskDefinitions"]] == ["DELETE_IN_PROGRESS"]
    assert len(answer["failures"]) == 1
    assert ecs.register("auth:1").endswith("auth-service:2")


def test_an_active_revision_is_not_deleted(ecs: Ecs) -> None:
    ecs.register("auth:1")
    answer = ecs("DeleteTaskDefinitions", taskDefinitions=["auth-service:1"])
    assert "still in ACTIVE status" in answer["failures"][0]["reason"]
    assert ecs("ListTaskDefinitions")["taskDefinitionArns"] != []


def test_a_revision_in_use_stays_while_its_deletion_is_in_progress(ecs: Ecs) -> None:
    ecs.running_service()
    ecs("DeregisterTaskDefinition", taskDefinition="auth-service:1")
    ecs("DeleteTaskDefinitions", taskDefinitions=["auth-service:1"])
    described = ecs("DescribeTaskDefinition", taskDefinition="auth-service:1")["taskDefinition"]
    assert described["status"] == "DELETE_IN_PROGRESS"


def test_families_are_listed_by_status(ecs: Ecs) -> None:
    ecs.register("auth:1")
    ecs.register("mail:1", family="mail-service")
    ecs("DeregisterTaskDefinition", taskDefinition="mail-service:1")
    assert ecs("ListTaskDefinitionFamilies")["families"] == ["auth-service"]
    assert ecs("ListTaskDefinitionFamilies", status="INACTIVE")["families"] == ["mail-service"]
    assert ecs("ListTaskDefinitionFamilies", status="ALL", familyPrefix="m")["families"] == ["mail-service"]


def test_long_lists_come_in_pages(ecs: Ecs) -> None:
    arns = [ecs.register(f"auth:{number}") for number in range(5)]
    first = ecs("ListTaskDefinitions", maxResults=3, sort="DESC")
    second = ecs("ListTaskDefinitions", maxResults=3, sort="DESC", nextToken=first["nextToken"])
    assert first["taskDefinitionArns"] + second["taskDefinitionArns"] == arns[::-1]
    assert "nextToken" not in second
    with pytest.raises(Refused, match="Invalid token"):
        ecs("ListTaskDefinitions", nextToken="nonsense")


@pytest.mark.parametrize(
    ("cpu", "memory", "stored"),
    [
        ("256", "512", ("256", "512")),
        ("0.25 vCPU", "0.5 GB", ("256", "512")),
        ("1 vcpu", "8GB", ("1024", "8192")),
        ("4096", "30720", ("4096", "30720")),
        ("16384", "122880", ("16384", "122880")),
    ],
)
def test_legal_fargate_sizes_are_stored_as_units_and_mebibytes(cpu: str, memory: str, stored: tuple[str, str]) -> None:
    assert check_size(cpu, memory) == stored


def changed(**changes: Any) -> dict[str, Any]:
    """Registration parameters with changes; None drops a parameter."""
    return {key: value for key, value in (definition("auth:1") | changes).items() if value is not None}


def with_container(**changes: Any) -> dict[str, Any]:
    """Registration parameters whose container has changes."""
    return changed(containerDefinitions=[container("auth:1") | changes])


@pytest.mark.parametrize(
    ("params", "message"),
    [
        (changed(cpu="300"), "No Fargate configuration exists for given values: 300 CPU, 512 memory."),
        (changed(memory="513"), "No Fargate configuration exists for given values: 256 CPU, 513 memory."),
        (changed(cpu=None), "Fargate requires that 'cpu' be defined at the task level."),
        (changed(memory=None), "Fargate requires that 'memory' be defined at the task level."),
        (changed(networkMode="bridge"), "Fargate only supports network mode"),
        (changed(containerDefinitions=[]), "Container list cannot be empty."),
        (changed(family="no spaces"), "Family contains invalid characters"),
        (changed(executionRoleArn=None), "execution role ARN to support log driver awslogs."),
        (changed(executionRoleArn="tasks"), "Role is not valid"),
        (
            changed(executionRoleArn=ROLE.replace("1111", "9999", 1)),
            "Cross-account pass role is not allowed",
        ),
        (
            changed(
                executionRoleArn=None,
                containerDefinitions=[
                    container("127.0.0.1:4577/111111111111/eu-west-1/auth:1")
                    | {"logConfiguration": {"logDriver": "awsfirelens"}}
                ],
            ),
            "execution role ARN to support ECR images.",
        ),
        (
            with_container(portMappings=[{"containerPort": 8080, "hostPort": 80}]),
            "When networkMode=awsvpc, the host ports and container ports in port mappings must match.",
        ),
        (with_container(portMappings=[{"containerPort": 99999}]), "Invalid container port 99999"),
        (with_container(image=""), "Container.image should not be null or empty."),
        (with_container(name=""), "Container.name should not be null or empty."),
        (with_container(essential=False), "at least one essential container"),
        (with_container(stopTimeout=121), "the maximum on Fargate is 120"),
        (with_container(privileged=True), "Fargate does not support privileged mode."),
        (
            with_container(memory=1024),
            "The 'memory' setting for container 'auth-service' is greater than for the task.",
        ),
        (with_container(cpu=512), "more than the task's cpu (256)"),
        (with_container(dependsOn=[{"containerName": "x", "condition": "START"}]), "depends on container 'x'"),
        (with_container(mountPoints=[{"sourceVolume": "x", "containerPath": "/x"}]), "Unknown volume 'x'."),
        (with_container(healthCheck={"command": ["curl"]}), "must begin with CMD, CMD-SHELL or NONE"),
        (
            with_container(healthCheck={"command": ["CMD", "true"], "interval": 1}),
            "Health check interval must be from 5 to 300, got 1.",
        ),
        (
            changed(containerDefinitions=[container("auth:1"), container("auth:1")]),
            "Container names must be unique",
        ),
        (
            with_container(logConfiguration={"logDriver": "awslogs", "options": {"awslogs-group": "/ecs/x"}}),
            "awslogs-region",
        ),
    ],
)
def test_a_bad_definition_is_refused_in_the_words_of_aws_and_uses_up_no_revision(
    ecs: Ecs, params: dict[str, Any], message: str
) -> None:
    with pytest.raises(Refused, match="ClientException") as refusal:
        ecs("RegisterTaskDefinition", **params)
    assert message in refusal.value.message
    assert ecs.register("auth:1").endswith(":1")
