"""Files that tasks share: encrypted, over TLS, by one door, and still there when the stack is not."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from components.file_system import FileSystem, FileSystemArgs
from components.task_definition import TaskDefinition
from components.volumes import EfsAccess, Mount, Volume
from tests.components.builders import FILE_SYSTEM, TASK_DEFINITION, build

FILES = "aws:efs/fileSystem:FileSystem"


def made(args: FileSystemArgs = FILE_SYSTEM) -> dict[str, Any]:
    return dict(build(FileSystem, args).one(FILES).inputs)


def test_it_is_encrypted_and_backed_up() -> None:
    assert made()["encrypted"] is True
    assert made()["tags"] == {"Name": "uploads", "backup": "daily"}
    assert made(replace(FILE_SYSTEM, key_arn="arn:key"))["kmsKeyId"] == "arn:key"


def test_another_key_does_not_put_an_empty_file_system_in_its_place() -> None:
    assert "kmsKeyId" in build(FileSystem, FILE_SYSTEM).one(FILES).ignore_changes


def test_nobody_speaks_to_it_in_the_clear_and_nobody_gets_in_without_a_policy_of_his_own() -> None:
    [policy] = build(FileSystem, FILE_SYSTEM).all("aws:efs/fileSystemPolicy:FileSystemPolicy")
    [statement] = json.loads(policy.inputs["policy"])["Statement"]
    assert (statement["Effect"], statement["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_each_zone_has_a_mount_target_that_no_address_is_let_in_to() -> None:
    engine = build(FileSystem, FILE_SYSTEM)
    targets = engine.all("aws:efs/mountTarget:MountTarget")
    assert sorted(target.inputs["subnetId"] for target in targets) == ["subnet-1", "subnet-2"]
    assert not engine.all("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    group = engine.one("aws:ec2/securityGroup:SecurityGroup").inputs
    assert "ingress" not in group


def test_its_door_says_the_folder_and_in_whose_name_files_are_written() -> None:
    door = build(FileSystem, replace(FILE_SYSTEM, user="1000:1001", folder="/a")).one("aws:efs/accessPoint:AccessPoint")
    assert door.inputs["posixUser"] == {"uid": 1000, "gid": 1001}
    assert door.inputs["rootDirectory"] == {
        "path": "/a",
        "creationInfo": {"ownerUid": 1000, "ownerGid": 1001, "permissions": "0750"},
    }


@pytest.mark.parametrize("goes", [True, False])
def test_what_is_in_it_goes_with_the_stack_only_when_somebody_says_so(goes: bool) -> None:  # noqa: FBT001 - the case
    engine = build(FileSystem, replace(FILE_SYSTEM, deleted_with_its_files=goes))
    for kind in (FILES, "aws:efs/fileSystemPolicy:FileSystemPolicy"):
        assert bool(engine.one(kind).retain_on_delete) is not goes, "without its policy it would be open to all"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"user": "app"}, "user is 'app'; file systems know numbers alone"),
        ({"user": "1000"}, "write it as uid:gid"),
        ({"user": "0:0"}, "root is none of theirs"),
        ({"subnet_ids": []}, "subnet_ids is empty; name one in each zone"),
        ({"folder": "/"}, "folder is '/'; a task sees no more than a folder"),
    ],
)
def test_what_cannot_be_entered_safely_is_refused(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        replace(FILE_SYSTEM, **changed)


@pytest.mark.parametrize(
    ("writes", "actions"),
    [
        (True, ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"]),
        (False, ["elasticfilesystem:ClientMount"]),
    ],
)
def test_the_tasks_role_enters_by_this_door_alone(writes: bool, actions: Sequence[str]) -> None:  # noqa: FBT001 - the case
    access = EfsAccess(
        file_system_id="fs-1",
        file_system_arn="arn:fs-1",
        access_point_id="fsap-1",
        access_point_arn="arn:fsap-1",
        writes=writes,
    )
    args = replace(
        TASK_DEFINITION, volumes=[Volume(name="Up_loads", efs=access)], mounts=[Mount(volume="Up_loads", path="/up")]
    )
    policy = build(TaskDefinition, args).one("aws:iam/rolePolicy:RolePolicy", "thing-task-mount-up-loads")
    [statement] = json.loads(policy.inputs["policy"])["Statement"]
    assert (statement["Action"], statement["Resource"]) == (actions, ["arn:fs-1"])
    assert statement["Condition"] == {"StringEquals": {"elasticfilesystem:AccessPointArn": "arn:fsap-1"}}


def test_scratch_needs_no_right() -> None:
    policies = build(TaskDefinition, replace(TASK_DEFINITION, volumes=[Volume(name="tmp")])).all(
        "aws:iam/rolePolicy:RolePolicy"
    )
    assert not [one.name for one in policies if "mount" in one.name]
