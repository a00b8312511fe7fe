"""ECS Exec and container instances: what makes sense of them where no container runs on no instance."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.ecs.surroundings import Ecs, Refused, container

CLUSTER = {"cluster": "microservices-cluster"}
SHELL: dict[str, Any] = CLUSTER | {"command": "/bin/sh", "interactive": True}


def test_a_session_names_the_container_and_leads_nowhere(ecs: Ecs) -> None:
    ecs.running_service(enableExecuteCommand=True)
    task = ecs.tasks()[0]
    answer = ecs("ExecuteCommand", **SHELL, task=task["taskArn"])
    assert (answer["taskArn"], answer["clusterArn"]) == (task["taskArn"], task["clusterArn"])
    assert answer["containerArn"] == task["containers"][0]["containerArn"]
    session = answer["session"]
    assert session["sessionId"].startswith("ecs-execute-command-")
    host = session["streamUrl"].removeprefix("wss://").partition("/")[0]
    assert host.endswith(".invalid")
    assert session["tokenValue"]


def test_a_task_without_execute_command_or_not_running_is_refused_in_awss_words(ecs: Ecs) -> None:
    ecs.running_service()
    words = "The execute command failed because execute command was not enabled when the task was run"
    with pytest.raises(Refused, match=words):
        ecs("ExecuteCommand", **SHELL, task=ecs.tasks()[0]["taskArn"])
    ecs("UpdateService", **CLUSTER, service="auth-service", enableExecuteCommand=True, forceNewDeployment=True)
    starting = next(task for task in ecs.tasks() if task["lastStatus"] == "PROVISIONING")
    assert starting["enableExecuteCommand"]
    with pytest.raises(Refused, match=words):
        ecs("ExecuteCommand", **SHELL, task=starting["taskArn"])


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"container": "nobody"}, "The container nobody does not exist"),
        ({}, "A container name must be specified for tasks with multiple containers"),
        ({"interactive": False, "container": "side"}, "Interactive is the only mode supported currently"),
        ({"task": "0" * 32}, "The referenced task was not found"),
        ({"cluster": "other"}, "ClusterNotFoundException"),
        ({"command": ""}, "Command can not be blank"),
    ],
)
def test_a_command_that_cannot_be_run_is_refused(ecs: Ecs, params: dict[str, Any], message: str) -> None:
    ecs("CreateCluster", clusterName="microservices-cluster")
    image = ecs.push("1.0.0")
    containers = [container(image), container(image) | {"name": "side", "portMappings": []}]
    ecs.create_service(ecs.register(image, containerDefinitions=containers), enableExecuteCommand=True)
    ecs.wait(120)
    with pytest.raises(Refused, match=message):
        ecs("ExecuteCommand", **(SHELL | {"task": ecs.tasks()[0]["taskArn"]} | params))


def test_nothing_can_be_started_on_container_instances_for_there_are_none(ecs: Ecs) -> None:
    ecs.running_service()
    answer = ecs("StartTask", **CLUSTER, taskDefinition="auth-service", containerInstances=["abc"])
    assert answer["tasks"] == []
    assert [one["reason"] for one in answer["failures"]] == ["MISSING"]
    assert ecs("ListContainerInstances", **CLUSTER)["containerInstanceArns"] == []
    described = ecs("DescribeContainerInstances", **CLUSTER, containerInstances=["abc"])
    assert (described["containerInstances"], described["failures"]) == ([], answer["failures"])
    with pytest.raises(Refused, match="TaskDefinition not found"):
        ecs("StartTask", **CLUSTER, taskDefinition="other", containerInstances=["abc"])
    with pytest.raises(Refused, match="from 1 to 10 members, got 0"):
        ecs("StartTask", **CLUSTER, taskDefinition="auth-service", containerInstances=[])


@pytest.mark.parametrize("operation", ["SubmitTaskStateChange", "RegisterContainerInstance", "DiscoverPollEndpoint"])
def test_calls_of_the_container_agent_are_refused_as_a_limit_of_the_sandbox(ecs: Ecs, operation: str) -> None:
    with pytest.raises(Refused, match=f"The Slipway sandbox does not imitate ecs:{operation}"):
        ecs(operation)
