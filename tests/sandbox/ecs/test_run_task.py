"""RunTask, member by member."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest

from tests.sandbox.ecs.surroundings import ELB_ROLE, ROLE, Ecs, Refused, definition

CLUSTER = "microservices-cluster"
SPOT = [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
TAG = {"key": "team", "value": "auth"}
VOLUME = {"name": "data", "managedEBSVolume": {"roleArn": ELB_ROLE, "sizeInGiB": 10}}

SHOWN: dict[str, tuple[Any, str, Any]] = {
    "capacityProviderStrategy": (SPOT, "capacityProviderName", "FARGATE_SPOT"),
    "cluster": (CLUSTER, "clusterArn", f"arn:aws:ecs:eu-west-1:111111111111:cluster/{CLUSTER}"),
    "enableECSManagedTags": (True, "tags", [{"key": "aws:ecs:clusterName", "value": CLUSTER}]),
    "enableExecuteCommand": (True, "enableExecuteCommand", True),
    "group": ("mine", "group", "mine"),
    "launchType": ("FARGATE", "launchType", "FARGATE"),
    "overrides": ({"cpu": "512", "memory": "1 GB"}, "memory", "1024"),
    "platformVersion": ("1.4.0", "platformVersion", "1.4.0"),
    "propagateTags": ("TASK_DEFINITION", "tags", [{"key": "of", "value": "definition"}]),
    "startedBy": ("me", "startedBy", "me"),
    "tags": ([TAG], "tags", [TAG]),
}
"""Member -> what is sent, and the member of the task that shows it."""
OTHERWISE = {"count", "networkConfiguration", "taskDefinition", "clientToken", "referenceId"}
"""Tested elsewhere, or of no effect."""
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"launchType": "EC2"}, "UnsupportedFeatureException: The Slipway sandbox knows launchType FARGATE only: EC2."),
    ({"launchType": "FARGATE", "capacityProviderStrategy": SPOT}, "Specifying both a launch type"),
    ({"capacityProviderStrategy": [{"capacityProvider": "MINE", "weight": 1}]}, "capacity provider was not found"),
    ({"placementStrategy": [{"type": "random"}]}, "not supported with FARGATE"),
    ({"placementConstraints": [{"type": "distinctInstance"}]}, "not supported with FARGATE"),
    ({"propagateTags": "SERVICE"}, "can not be propagated from a service"),
    ({"startedBy": "it's me"}, "Invalid startedBy"),
    ({"volumeConfigurations": [VOLUME]}, "it has none, got data"),
    ({"overrides": {"cpu": "300"}}, "No Fargate configuration exists for given values: 300 CPU, 512 memory."),
    ({"overrides": {"containerOverrides": [{"name": "other"}]}}, "Override for container named other"),
    ({"count": 11}, "count must be from 1 to 10, got 11."),
    ({"networkConfiguration": {}}, "Network Configuration must be provided"),
]


@pytest.fixture
def ready(ecs: Ecs) -> Ecs:
    """A cluster with both capacity providers, and a tagged definition."""
    ecs("CreateCluster", clusterName=CLUSTER, capacityProviders=["FARGATE", "FARGATE_SPOT"])
    params = definition(ecs.push("1.0.0")) | {"tags": [{"key": "of", "value": "definition"}]}
    ecs("RegisterTaskDefinition", **params)
    return ecs


def run(ecs: Ecs, **params: Any) -> list[dict[str, Any]]:
    """Run the task; what AWS shows of it."""
    network = {"awsvpcConfiguration": {"subnets": ["subnet-a"], "securityGroups": ["sg-1"]}}
    whole = {"cluster": CLUSTER, "taskDefinition": "auth-service", "networkConfiguration": network} | params
    return list(ecs("RunTask", **whole)["tasks"])


def test_every_member_of_a_run_is_shown_refused_or_tested_elsewhere() -> None:
    members = set(botocore.session.get_session().get_service_model("ecs").shape_for("RunTaskRequest").members)
    refused = {name for changes, _ in REFUSED for name in changes}
    assert members == {*SHOWN, *refused, *OTHERWISE}


@pytest.mark.parametrize("member", SHOWN)
def test_a_task_shows_what_it_was_run_with(ready: Ecs, member: str) -> None:
    value, shown, expected = SHOWN[member]
    assert run(ready, **{member: value})[0][shown] == expected


@pytest.mark.parametrize(("changes", "message"), REFUSED, ids=[message for _, message in REFUSED])
def test_a_run_that_aws_refuses_starts_nothing(ready: Ecs, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(Refused) as refusal:
        run(ready, **changes)
    assert message in str(refusal.value)
    assert ready("ListTasks", cluster=CLUSTER)["taskArns"] == []


def test_a_task_s_own_tags_go_before_those_of_its_definition(ready: Ecs) -> None:
    own = [{"key": "of", "value": "task"}]
    assert run(ready, tags=own, propagateTags="TASK_DEFINITION")[0]["tags"] == own


def test_the_default_strategy_of_the_cluster_is_taken_where_nothing_is_said(ready: Ecs) -> None:
    both = {"cluster": CLUSTER, "capacityProviders": ["FARGATE", "FARGATE_SPOT"]}
    ready("PutClusterCapacityProviders", **both, defaultCapacityProviderStrategy=SPOT)
    assert run(ready)[0]["capacityProviderName"] == "FARGATE_SPOT"
    assert "capacityProviderName" not in run(ready, launchType="FARGATE")[0]


def test_a_role_in_the_overrides_is_the_one_that_counts(ready: Ecs) -> None:
    task = run(ready, overrides={"taskRoleArn": f"{ROLE}-unknown"})[0]["taskArn"]
    ready.wait(90)
    reason = ready("DescribeTasks", cluster=CLUSTER, tasks=[task])["tasks"][0]["stoppedReason"]
    assert f"unable to assume the role '{ROLE}-unknown'" in reason


def test_execute_command_needs_a_task_role_in_the_definition_or_in_the_overrides(ready: Ecs) -> None:
    params = {name: value for name, value in definition(ready.push("1.0.0")).items() if name != "taskRoleArn"}
    ready("RegisterTaskDefinition", **params)
    with pytest.raises(Refused, match="The execute command failed because a valid task role is not being used"):
        run(ready, enableExecuteCommand=True)
    assert run(ready, enableExecuteCommand=True, overrides={"taskRoleArn": ROLE})


def test_a_volume_is_given_to_a_run_where_the_definition_asks_for_it(ready: Ecs) -> None:
    ready.roles.trusts[ELB_ROLE] = "ecs.amazonaws.com"
    ready.register(ready.push("1.0.0"), volumes=[{"name": "data", "configuredAtLaunch": True}])
    with pytest.raises(Refused, match="it has data, got none"):
        run(ready)
    assert run(ready, volumeConfigurations=[VOLUME])
