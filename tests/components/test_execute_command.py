"""Shells in tasks (AWS: "Monitor Amazon ECS containers with ECS Exec")."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from components.cluster import Cluster, SessionLog
from components.execute_command import Sessions
from components.task_definition import TaskDefinition, TaskDefinitionArgs
from components.volumes import Volume
from tests.components.builders import CLUSTER, TASK_DEFINITION, build
from tests.recording_engine import ACCOUNT, REGION

LOG = SessionLog(log_group="/ecs/sessions", retention_days=365)
KEY = "arn:aws:kms:eu-west-1:111111111111:key/1"
GROUP = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/ecs/sessions"
SHELLS = replace(TASK_DEFINITION, sessions=Sessions(log_group_arn=GROUP))


def added_policies(args: TaskDefinitionArgs) -> dict[str, Any]:
    def of(some: TaskDefinitionArgs) -> dict[str, Any]:
        made = build(TaskDefinition, some).all("aws:iam/rolePolicy:RolePolicy")
        return {one.name.removeprefix("thing-"): json.loads(one.inputs["policy"])["Statement"] for one in made}

    before = of(TASK_DEFINITION)
    return {
        name: (statement["Action"], statement["Resource"])
        for name, (statement,) in of(args).items()
        if name not in before
    }


def test_a_cluster_without_a_session_log_says_nothing_of_shells() -> None:
    engine = build(Cluster, CLUSTER)
    assert "configuration" not in engine.one("aws:ecs/cluster:Cluster").inputs
    assert engine.all("aws:cloudwatch/logGroup:LogGroup") == []


def test_sessions_are_logged_in_a_group_of_their_own() -> None:
    engine = build(Cluster, replace(CLUSTER, session_log=LOG))
    logs = engine.one("aws:cloudwatch/logGroup:LogGroup").inputs
    assert (logs["name"], logs["retentionInDays"]) == ("/ecs/sessions", 365)
    assert engine.one("aws:ecs/cluster:Cluster").inputs["configuration"] == {
        "executeCommandConfiguration": {
            "logging": "OVERRIDE",
            "logConfiguration": {"cloudWatchLogGroupName": "/ecs/sessions", "cloudWatchEncryptionEnabled": False},
        }
    }


def test_a_key_encrypts_sessions_and_their_log() -> None:
    engine = build(Cluster, replace(CLUSTER, session_log=replace(LOG, kms_key_arn=KEY)))
    assert engine.one("aws:cloudwatch/logGroup:LogGroup").inputs["kmsKeyId"] == KEY
    said = engine.one("aws:ecs/cluster:Cluster").inputs["configuration"]["executeCommandConfiguration"]
    assert (said["kmsKeyId"], said["logConfiguration"]["cloudWatchEncryptionEnabled"]) == (KEY, True)


def test_each_need_of_a_session_is_a_policy_of_its_own() -> None:
    assert added_policies(SHELLS) == {
        "task-open-exec-channels": (
            [
                "ssmmessages:CreateControlChannel",
                "ssmmessages:CreateDataChannel",
                "ssmmessages:OpenControlChannel",
                "ssmmessages:OpenDataChannel",
            ],
            ["*"],
        ),
        "task-find-exec-log": (["logs:DescribeLogGroups"], [f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:*"]),
        "task-log-exec-sessions": (
            ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            [f"{GROUP}:*"],
        ),
    }


def test_a_key_is_used_by_a_policy_of_its_own() -> None:
    keyed = replace(TASK_DEFINITION, sessions=Sessions(log_group_arn=GROUP, kms_key_arn=KEY))
    assert added_policies(keyed)["task-decrypt-exec-sessions"] == (["kms:Decrypt"], [KEY])


def test_the_root_file_system_stays_read_only_and_the_agent_has_its_folders() -> None:
    made = build(TaskDefinition, SHELLS).one("aws:ecs/taskDefinition:TaskDefinition").inputs
    (container,) = json.loads(made["containerDefinitions"])
    assert container["readonlyRootFilesystem"] is True
    assert container["linuxParameters"] == {"initProcessEnabled": True}
    mounted = {mount["sourceVolume"]: mount["containerPath"] for mount in container["mountPoints"]}
    assert mounted == {
        "exec-agents": "/managed-agents",
        "exec-state": "/var/lib/amazon/ssm",
        "exec-logs": "/var/log/amazon/ssm",
    }
    assert {volume["name"] for volume in made["volumes"]} == mounted.keys()


@pytest.mark.parametrize("name", ["exec-agents", "exec-logs"])
def test_the_agents_folders_are_nobody_elses(name: str) -> None:
    with pytest.raises(ValueError, match=f"volume '{name}' is there twice"):
        replace(SHELLS, volumes=[Volume(name=name)])
