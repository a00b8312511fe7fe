"""Tasks: of services and of none, through the JSON protocol."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.ecs.surroundings import LOG_GROUP, Ecs, Refused, container

CLUSTER = {"cluster": "microservices-cluster"}
NETWORK = {"awsvpcConfiguration": {"subnets": ["subnet-a"]}}


def run(ecs: Ecs, **params: Any) -> dict[str, Any]:
    """Run one task in a fresh cluster."""
    ecs("CreateCluster", clusterName="microservices-cluster")
    ecs.register(ecs.push("1.0.0"))
    task = {"taskDefinition": "auth-service", "networkConfiguration": NETWORK} | params
    return dict(ecs("RunTask", **CLUSTER, **task)["tasks"][0])


def look(ecs: Ecs, task: dict[str, Any]) -> dict[str, Any]:
    """The task as it stands."""
    return dict(ecs("DescribeTasks", **CLUSTER, tasks=[task["taskArn"]])["tasks"][0])


def test_tasks_spread_over_the_zones_with_an_address_of_their_own_in_their_subnet(ecs: Ecs) -> None:
    ecs.running_service(desiredCount=6)
    tasks = ecs.tasks()
    zones = [task["availabilityZone"] for task in tasks]
    assert sorted(zones) == ["eu-west-1a"] * 3 + ["eu-west-1b"] * 3
    addresses = set()
    for task in tasks:
        details = {one["name"]: one["value"] for one in task["attachments"][0]["details"]}
        prefix = {"subnet-a": "10.0.0.", "subnet-b": "10.0.1."}[details["subnetId"]]
        assert details["privateIPv4Address"].startswith(prefix)
        assert details["networkInterfaceId"].startswith("eni-")
        assert task["containers"][0]["networkInterfaces"][0]["privateIpv4Address"] == details["privateIPv4Address"]
        addresses.add(details["privateIPv4Address"])
    assert len(addresses) == 6


def test_a_task_goes_through_the_states_of_its_life_with_their_times(ecs: Ecs) -> None:
    ecs.running_service(desiredCount=1)
    old = ecs.tasks()[0]
    states = []
    ecs("StopTask", **CLUSTER, task=old["taskArn"], reason="tired")
    for _ in range(60):
        state = look(ecs, old)["lastStatus"]
        if state not in states:
            states.append(state)
        ecs.wait(1)
    assert states == ["DEACTIVATING", "STOPPING", "DEPROVISIONING", "STOPPED"]
    stopped = look(ecs, old)
    assert (stopped["stopCode"], stopped["stoppedReason"]) == ("UserInitiated", "tired")
    order = ["createdAt", "pullStartedAt", "pullStoppedAt", "startedAt", "stoppingAt", "executionStoppedAt"]
    moments = [stopped[name] for name in [*order, "stoppedAt"]]
    assert moments == sorted(moments)
    assert ecs.tasks()[0]["taskArn"] != old["taskArn"]


def test_tasks_are_listed_by_service_family_starter_and_desired_status(ecs: Ecs) -> None:
    shown = ecs.running_service()
    run(ecs, startedBy="me")
    arns = {
        name: len(ecs("ListTasks", **CLUSTER, **params)["taskArns"])
        for name, params in {
            "all": {},
            "service": {"serviceName": "auth-service"},
            "family": {"family": "auth-service"},
            "other family": {"family": "mail"},
            "me": {"startedBy": "me"},
            "deployment": {"startedBy": shown["deployments"][0]["id"]},
            "stopped": {"desiredStatus": "STOPPED"},
        }.items()
    }
    assert arns == {"all": 3, "service": 2, "family": 3, "other family": 0, "me": 1, "deployment": 2, "stopped": 0}


def test_container_health_shows_in_the_task(ecs: Ecs) -> None:
    checked = container("") | {"healthCheck": {"command": ["CMD", "true"], "interval": 5}}
    ecs("CreateCluster", clusterName="microservices-cluster")
    checked["image"] = ecs.push("1.0.0")
    ecs.create_service(ecs.register("", containerDefinitions=[checked]))
    ecs.wait(30)
    assert {task["healthStatus"] for task in ecs.tasks()} == {"UNKNOWN"}
    ecs.wait(30)
    assert {task["healthStatus"] for task in ecs.tasks()} == {"HEALTHY"}


def test_stopped_tasks_vanish_after_an_hour(ecs: Ecs) -> None:
    ecs.running_service(desiredCount=1)
    old = ecs.tasks()[0]
    ecs("StopTask", **CLUSTER, task=old["taskArn"])
    ecs.wait(3600)
    assert look(ecs, old)["lastStatus"] == "STOPPED"
    ecs.wait(120)
    answer = ecs("DescribeTasks", **CLUSTER, tasks=[old["taskArn"]])
    assert (answer["tasks"], answer["failures"][0]["reason"]) == ([], "MISSING")


def test_a_lone_task_runs_until_it_is_stopped(ecs: Ecs) -> None:
    task = run(ecs, group="batch", tags=[{"key": "a", "value": "b"}])
    assert (task["lastStatus"], task["group"], task["tags"]) == ("PROVISIONING", "batch", [{"key": "a", "value": "b"}])
    ecs.wait(60)
    assert look(ecs, task)["lastStatus"] == "RUNNING"
    ecs("StopTask", **CLUSTER, task=task["taskArn"])
    ecs.wait(60)
    assert (look(ecs, task)["lastStatus"], look(ecs, task)["stopCode"]) == ("STOPPED", "UserInitiated")


def test_a_lone_task_with_a_command_ends_by_itself_with_exit_code_0(ecs: Ecs) -> None:
    overrides = {"containerOverrides": [{"name": "auth-service", "command": ["migrate"]}]}
    task = run(ecs, overrides=overrides)
    ecs.wait(90)
    ended = look(ecs, task)
    assert (ended["lastStatus"], ended["stopCode"]) == ("STOPPED", "EssentialContainerExited")
    assert ended["containers"][0]["exitCode"] == 0
    assert ended["overrides"]["containerOverrides"] == overrides["containerOverrides"]
    stream = f"ecs/auth-service/{task['taskArn'].rpartition('/')[2]}"
    assert [line for _, line in ecs.logs.lines[LOG_GROUP, stream]] == [
        "auth-service: started",
        "auth-service: exiting with code 0",
    ]


def test_a_lone_task_of_a_missing_image_fails_to_start(ecs: Ecs) -> None:
    ecs("CreateCluster", clusterName="microservices-cluster")
    ecs.register("nowhere/image:1")
    task = ecs("RunTask", **CLUSTER, taskDefinition="auth-service", networkConfiguration=NETWORK)["tasks"][0]
    ecs.wait(120)
    assert look(ecs, task)["stopCode"] == "TaskFailedToStart"
    assert look(ecs, task)["stoppedReason"].startswith("CannotPullContainerError")


def test_a_client_token_runs_tasks_only_once(ecs: Ecs) -> None:
    first = run(ecs, clientToken="once")
    assert run(ecs, clientToken="once")["taskArn"] == first["taskArn"]
    assert run(ecs, clientToken="twice")["taskArn"] != first["taskArn"]


def test_several_tasks_run_at_once_have_different_names_and_addresses(ecs: Ecs) -> None:
    ecs("CreateCluster", clusterName="microservices-cluster")
    ecs.register(ecs.push("1.0.0"))
    tasks = ecs("RunTask", **CLUSTER, taskDefinition="auth-service", networkConfiguration=NETWORK, count=3)["tasks"]
    assert len({task["taskArn"] for task in tasks}) == 3
    ecs.wait(12)
    addresses = {look(ecs, task)["containers"][0]["networkInterfaces"][0]["privateIpv4Address"] for task in tasks}
    assert len(addresses) == 3


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"taskDefinition": "nothing"}, "TaskDefinition not found."),
        ({"networkConfiguration": None}, "Network Configuration must be provided"),
        ({"count": 11}, "count must be from 1 to 10, got 11."),
        (
            {"overrides": {"containerOverrides": [{"name": "other"}]}},
            "Override for container named other is not a container in the TaskDefinition.",
        ),
    ],
)
def test_a_bad_run_is_refused_and_runs_nothing(ecs: Ecs, params: dict[str, Any], message: str) -> None:
    ecs("CreateCluster", clusterName="microservices-cluster")
    ecs.register(ecs.push("1.0.0"))
    whole = CLUSTER | {"taskDefinition": "auth-service", "networkConfiguration": NETWORK} | params
    with pytest.raises(Refused) as refusal:
        ecs("RunTask", **{key: value for key, value in whole.items() if value is not None})
    assert message in str(refusal.value)
    assert ecs("ListTasks", **CLUSTER)["taskArns"] == []


@pytest.mark.parametrize("operation", ["DescribeTasks", "StopTask", "ExecuteCommand"])
def test_a_name_that_cannot_be_a_tasks_is_refused_as_too_short_or_long(ecs: Ecs, operation: str) -> None:
    ecs("CreateCluster", clusterName="microservices-cluster")
    named = {
        "DescribeTasks": {"tasks": ["None"]},
        "StopTask": {"task": "None"},
        "ExecuteCommand": {"task": "None", "command": "sh", "interactive": True},
    }
    with pytest.raises(Refused, match=r"InvalidParameterException: taskId length should be one of \[32,36\]"):
        ecs(operation, **CLUSTER, **named[operation])


def test_an_interface_shows_only_its_subnet_until_it_is_attached(ecs: Ecs) -> None:
    task = run(ecs)
    assert task["attachments"][0]["status"] == "PRECREATED"
    assert [one["name"] for one in task["attachments"][0]["details"]] == ["subnetId"]
    assert [container["networkInterfaces"] for container in task["containers"]] == [[]]
    ecs.wait(30)
    assert look(ecs, task)["attachments"][0]["status"] == "ATTACHED"
    assert len(look(ecs, task)["containers"][0]["networkInterfaces"]) == 1


def test_an_unknown_task_cannot_be_stopped(ecs: Ecs) -> None:
    ecs("CreateCluster", clusterName="microservices-cluster")
    with pytest.raises(Refused, match=r"InvalidParameterException: The referenced task was not found\."):
        ecs("StopTask", **CLUSTER, task="0123456789abcdef" * 2)
