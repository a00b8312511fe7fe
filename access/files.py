"""What the life of file systems takes. AWS: "Actions, resources, and condition keys for Amazon Elastic File System".

Ids in ARNs say nothing of whose a file system is, so its tags must.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from access.need import TAGGED, Kind, Need, When, regional

FILE_SYSTEMS: Final = regional("elasticfilesystem", "file-system/*")
DOORS: Final = regional("elasticfilesystem", "access-point/*")

KINDS: Final[Sequence[Kind]] = (
    Kind(
        of="aws:efs/fileSystem:FileSystem",
        needs=(
            Need(actions="elasticfilesystem:CreateFileSystem", when=When.MADE),
            Need(actions="elasticfilesystem:DescribeFileSystems", on=FILE_SYSTEMS, when=When.OWNED),
            Need(
                actions="elasticfilesystem:DeleteFileSystem elasticfilesystem:DescribeLifecycleConfiguration",
                on=FILE_SYSTEMS,
                when=When.OWNED,
                why="AWS plugin: reads how files grow cold, and deletes file systems that do not outlive their stack",
            ),
            Need(
                actions="elasticfilesystem:ListTagsForResource elasticfilesystem:TagResource "
                "elasticfilesystem:UntagResource elasticfilesystem:UpdateFileSystem",
                on=FILE_SYSTEMS,
                when=When.OWNED,
                why="AWS plugin: when tags or the throughput change",
            ),
            Need(actions="elasticfilesystem:TagResource", on=FILE_SYSTEMS, when=When.MADE, why=TAGGED),
        ),
    ),
    Kind(
        of="aws:efs/fileSystemPolicy:FileSystemPolicy",
        needs=(
            Need(
                actions="elasticfilesystem:PutFileSystemPolicy elasticfilesystem:DescribeFileSystemPolicy",
                on=FILE_SYSTEMS,
                when=When.OWNED,
            ),
            Need(
                actions="elasticfilesystem:DeleteFileSystemPolicy",
                on=FILE_SYSTEMS,
                when=When.OWNED,
                why="AWS plugin: with file systems that do not outlive their stack",
            ),
        ),
    ),
    Kind(
        of="aws:efs/mountTarget:MountTarget",
        needs=(
            Need(
                actions="elasticfilesystem:CreateMountTarget elasticfilesystem:DescribeMountTargets "
                "elasticfilesystem:DescribeMountTargetSecurityGroups elasticfilesystem:DeleteMountTarget",
                on=FILE_SYSTEMS,
                when=When.OWNED,
            ),
            Need(
                actions="elasticfilesystem:ModifyMountTargetSecurityGroups",
                on=FILE_SYSTEMS,
                when=When.OWNED,
                why="AWS plugin: when the groups of a mount target change",
            ),
            # AWS: "CreateMountTarget" and "DeleteMountTarget" (EFS API reference) name them.
            Need(
                actions="ec2:CreateNetworkInterface ec2:DeleteNetworkInterface",
                on=regional("ec2", "network-interface/*", "subnet/*", "security-group/*"),
                why="no call of its own: AWS asks for them when a mount target comes or goes",
            ),
            Need(
                actions="ec2:DescribeNetworkInterfaces ec2:DescribeSubnets",
                why="no call of its own: AWS asks for them when a mount target comes or goes",
            ),
        ),
    ),
    Kind(
        of="aws:efs/accessPoint:AccessPoint",
        needs=(
            Need(actions="elasticfilesystem:CreateAccessPoint", on=FILE_SYSTEMS, when=When.OWNED),
            Need(
                actions="elasticfilesystem:DescribeAccessPoints elasticfilesystem:DeleteAccessPoint",
                on=DOORS,
                when=When.OWNED,
            ),
            Need(
                actions="elasticfilesystem:ListTagsForResource elasticfilesystem:TagResource "
                "elasticfilesystem:UntagResource",
                on=DOORS,
                when=When.OWNED,
                why="AWS plugin: when tags change",
            ),
            Need(actions="elasticfilesystem:TagResource", on=DOORS, when=When.MADE, why=TAGGED),
        ),
    ),
)
