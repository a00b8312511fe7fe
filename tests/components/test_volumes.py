"""Volumes and mounts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from components.task_definition import TaskDefinition
from components.volumes import EfsAccess, Mount, Volume, check_mounts
from tests.components.builders import TASK_DEFINITION, build

DEFINITION = "aws:ecs/taskDefinition:TaskDefinition"
EFS = EfsAccess(
    file_system_id="fs-1",
    file_system_arn="arn:fs-1",
    access_point_id="fsap-1",
    access_point_arn="arn:fsap-1",
)
BOTH = [Volume(name="tmp"), Volume(name="data", efs=EFS)]


def test_scratch_has_a_name_and_nothing_else_and_a_file_system_is_encrypted_on_its_way_and_entered_as_the_task() -> (
    None
):
    """AWS: "EFSVolumeConfiguration"."""
    made = build(TaskDefinition, replace(TASK_DEFINITION, volumes=BOTH)).one(DEFINITION).inputs
    assert made["volumes"] == [
        {
            "name": "data",
            "efsVolumeConfiguration": {
                "fileSystemId": "fs-1",
                "transitEncryption": "ENABLED",
                "authorizationConfig": {"accessPointId": "fsap-1", "iam": "ENABLED"},
            },
        },
        {"name": "tmp"},
    ]


def test_a_container_sees_a_volume_where_it_is_mounted() -> None:
    mounts = [Mount(volume="tmp", path="/tmp"), Mount(volume="data", path="/data", read_only=True)]  # noqa: S108
    made = build(TaskDefinition, replace(TASK_DEFINITION, volumes=BOTH, mounts=mounts)).one(DEFINITION).inputs
    (container,) = json.loads(made["containerDefinitions"])
    assert container["mountPoints"] == [
        {"sourceVolume": "data", "containerPath": "/data", "readOnly": True},
        {"sourceVolume": "tmp", "containerPath": "/tmp", "readOnly": False},  # noqa: S108
    ]


@pytest.mark.parametrize(
    ("volumes", "mounts", "said"),
    [
        (["a", "a"], [], "volume 'a' is there twice"),
        (["a"], [("b", "/b")], "'app' mounts 'b', which is no volume of its task; it has a"),
        ([], [("b", "/b")], "it has none"),
        (["a", "b"], [("a", "/x"), ("b", "/x/")], "mounts two volumes at '/x'"),
    ],
)
def test_a_mount_has_its_volume_and_its_path(
    volumes: Sequence[str], mounts: Sequence[tuple[str, str]], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        check_mounts(
            [Volume(name=name) for name in volumes], {"app": [Mount(volume=name, path=path) for name, path in mounts]}
        )


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Volume(name="a b"), "volume 'a b': a name has up to 255"),
        (lambda: Mount(volume="a", path="data"), "mounted at 'data'; a path is like '/data'"),
        (lambda: Mount(volume="a", path="/"), "mounted at '/'"),
    ],
)
def test_names_and_paths_are_those_that_ecs_takes(make: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        make()
