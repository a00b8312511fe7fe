"""Volumes of a task, and where containers see them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.permissions import Permission, mount_files

NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,255}")
"""AWS: "Volume", name: *documented*."""


@dataclass(frozen=True, kw_only=True)
class EfsAccess:
    """A file system of EFS, entered by one of its access points: encrypted on the way, as the task's own role."""

    file_system_id: pulumi.Input[str]
    """Of the file system, `fs-...`."""
    file_system_arn: pulumi.Input[str]
    """What the task's role may mount."""
    access_point_id: pulumi.Input[str]
    """Of the access point, `fsap-...`: it says the folder, and the user in whose name files are written."""
    access_point_arn: pulumi.Input[str]
    """The door that the task's role may use, and no other."""
    writes: bool = True
    """Whether the task may change what is there."""


@dataclass(frozen=True, kw_only=True)
class Volume:
    """A folder that containers of one task share. Without `efs` it is scratch: empty at the start, gone at the end.

    Scratch on Fargate belongs to root with the rights 0755, unless the image has a `VOLUME` at that path with an owner
    of its own (*observed*: aws/containers-roadmap#938). A container that is not root writes there only if it has.
    """

    name: str
    """Containers name it in their mounts."""
    efs: EfsAccess | None = None
    """The file system that the folder is in. None: scratch."""

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise ValueError(
                f"volume {self.name!r}: a name has up to 255 letters, digits, hyphens and underscores; rename it"
            )


@dataclass(frozen=True, kw_only=True)
class Mount:
    """Where a container sees a volume."""

    volume: str
    """The volume's name."""
    path: str
    """From the root, such as `/data`."""
    read_only: bool = False
    """Whether the container may only read there."""

    def __post_init__(self) -> None:
        if not self.path.startswith("/") or self.path == "/":
            raise ValueError(f"volume {self.volume!r} is mounted at {self.path!r}; a path is like '/data'")


def check_mounts(volumes: Sequence[Volume], mounts: Mapping[str, Sequence[Mount]]) -> None:
    """Does nothing where each mount (by container) has its volume and its path; raises `ValueError` else."""
    names = [volume.name for volume in volumes]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"volume {name!r} is there twice; give each its own name")
    for container, some in mounts.items():
        paths = [mount.path.rstrip("/") for mount in some]
        for mount in some:
            if mount.volume not in names:
                raise ValueError(
                    f"container {container!r} mounts {mount.volume!r}, which is no volume of its task; it has "
                    f"{', '.join(names) or 'none'}"
                )
            if paths.count(mount.path.rstrip("/")) > 1:
                raise ValueError(f"container {container!r} mounts two volumes at {mount.path!r}; mount one elsewhere")


def mount_points(mounts: Sequence[Mount]) -> dict[str, Any]:
    """What a container definition says of its mounts (AWS: "MountPoint")."""
    said = [
        {"sourceVolume": mount.volume, "containerPath": mount.path, "readOnly": mount.read_only}
        for mount in sorted(mounts, key=lambda mount: mount.path)
    ]
    return {"mountPoints": said} if said else {}


def volume_args(volumes: Sequence[Volume]) -> list[aws.ecs.TaskDefinitionVolumeArgs] | None:
    """The volumes as the `aws` provider takes them; None without any.

    AWS: "EFSVolumeConfiguration": IAM authorization and an access point both need encryption in transit, and the access
    point says the folder: *documented*.
    """
    if not volumes:
        return None
    return [
        aws.ecs.TaskDefinitionVolumeArgs(
            name=volume.name,
            efs_volume_configuration=aws.ecs.TaskDefinitionVolumeEfsVolumeConfigurationArgs(
                file_system_id=volume.efs.file_system_id,
                transit_encryption="ENABLED",
                authorization_config=aws.ecs.TaskDefinitionVolumeEfsVolumeConfigurationAuthorizationConfigArgs(
                    access_point_id=volume.efs.access_point_id, iam="ENABLED"
                ),
            )
            if volume.efs
            else None,
        )
        for volume in sorted(volumes, key=lambda volume: volume.name)
    ]


def mount_needs(volumes: Sequence[Volume]) -> list[Permission]:
    """What the task's role needs of file systems."""
    return [
        mount_files(volume.name, volume.efs.file_system_arn, volume.efs.access_point_arn, writes=volume.efs.writes)
        for volume in volumes
        if volume.efs
    ]


def content_of(volumes: Sequence[Volume]) -> list[dict[str, Any]]:
    """The same for the content of a release: what a change of which makes another revision."""
    return [
        {
            "name": volume.name,
            "fileSystem": volume.efs.file_system_id if volume.efs else "",
            "accessPoint": volume.efs.access_point_id if volume.efs else "",
        }
        for volume in sorted(volumes, key=lambda volume: volume.name)
    ]
