"""`FileSystem`: files that tasks share and that outlive them, encrypted, entered by one door."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.calls import Callee
from components.permissions import VERSION
from components.volumes import EfsAccess
from release.file_users import numbers_of

NFS: Final = 2049
"""AWS: "Using VPC security groups" (EFS)."""


@dataclass(frozen=True, kw_only=True)
class FileSystemArgs:
    """Where it is, and in whose name files are written."""

    file_system_name: str
    """For people, and for the rules that let tasks in."""
    vpc_id: pulumi.Input[str]
    """The VPC of the tasks."""
    subnet_ids: Sequence[pulumi.Input[str]]
    """Private subnets, one a zone: those that the tasks run in."""
    user: str = "65532:65532"
    """The container's user, `uid:gid`: files are written in its name, whoever the container says that it is."""
    folder: str = "/files"
    """The folder of the file system that tasks see, and nothing above it."""
    key_arn: pulumi.Input[str] | None = None
    """The KMS key that encrypts it. None: the one that AWS manages. A file system that is there keeps its key."""
    backup: str = "daily"
    """Value of the tag `backup`, by which a `BackupPlan` finds it."""
    deleted_with_its_files: bool = False
    """Whether the files go with the stack. They cannot be had back, but from a backup."""

    def __post_init__(self) -> None:
        numbers_of(self.user)
        if not self.subnet_ids:
            raise ValueError(f"file system {self.file_system_name!r}: subnet_ids is empty; name one in each zone")
        if not self.folder.startswith("/") or self.folder == "/":
            raise ValueError(f"folder is {self.folder!r}; a task sees no more than a folder, such as '/files'")


class FileSystem(pulumi.ComponentResource):
    """A file system of EFS with a mount target in each zone and an access point.

    It is encrypted, answers over TLS alone, and lets nobody in whom no role's policy names; throughput is elastic. AWS:
    "Working with Amazon EFS access points", "Using IAM to control access to file systems", Security Hub's EFS.1 to
    EFS.6.
    """

    file_system_id: pulumi.Output[str]
    """Of the file system, `fs-...`."""
    security_group_id: pulumi.Output[str]
    """The group of its mount targets."""
    access: EfsAccess
    """For a `Volume`."""
    callee: Callee
    """For the `calls` of a `Service`: its tasks reach the mount targets, and nobody else does."""
    ready: Sequence[pulumi.Resource]
    """What must be there before a task can mount it."""

    def __init__(self, name: str, args: FileSystemArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:components:FileSystem", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        kept = pulumi.ResourceOptions.merge(
            child, pulumi.ResourceOptions(retain_on_delete=not args.deleted_with_its_files)
        )
        files = aws.efs.FileSystem(
            name,
            encrypted=True,
            kms_key_id=args.key_arn,
            throughput_mode="elastic",
            tags={"Name": args.file_system_name, "backup": args.backup},
            # Another key would be another file system, an empty one.
            opts=pulumi.ResourceOptions.merge(kept, pulumi.ResourceOptions(ignore_changes=["kmsKeyId"])),
        )
        policy = aws.efs.FileSystemPolicy(
            name,
            file_system_id=files.id,
            policy=files.arn.apply(lambda arn: json.dumps(over_tls_alone(arn), sort_keys=True)),
            opts=kept,
        )
        group = aws.ec2.SecurityGroup(
            name,
            description=f"Files of {args.file_system_name}: in from those that call them",
            vpc_id=args.vpc_id,
            tags={"Name": args.file_system_name},
            opts=child,
        )
        targets = [
            aws.efs.MountTarget(
                f"{name}-{number}", file_system_id=files.id, subnet_id=subnet, security_groups=[group.id], opts=child
            )
            for number, subnet in enumerate(args.subnet_ids, 1)
        ]
        door = self._access_point(name, args, files)
        self.file_system_id = files.id
        self.security_group_id = group.id
        self.access = EfsAccess(
            file_system_id=files.id, file_system_arn=files.arn, access_point_id=door.id, access_point_arn=door.arn
        )
        self.callee = Callee(service_name=args.file_system_name, security_group_id=group.id, ports=[NFS])
        self.ready = [policy, *targets]
        self.register_outputs({"fileSystemId": self.file_system_id, "accessPointId": door.id})

    def _access_point(self, name: str, args: FileSystemArgs, files: aws.efs.FileSystem) -> aws.efs.AccessPoint:
        """The door: it says the folder, and in whose name files are written."""
        uid, gid = numbers_of(args.user)
        return aws.efs.AccessPoint(
            name,
            file_system_id=files.id,
            posix_user=aws.efs.AccessPointPosixUserArgs(uid=uid, gid=gid),
            root_directory=aws.efs.AccessPointRootDirectoryArgs(
                path=args.folder,
                creation_info=aws.efs.AccessPointRootDirectoryCreationInfoArgs(
                    owner_uid=uid, owner_gid=gid, permissions="0750"
                ),
            ),
            tags={"Name": args.file_system_name},
            opts=pulumi.ResourceOptions(parent=self),
        )


def over_tls_alone(arn: str) -> dict[str, Any]:
    """Its policy. That there is one takes from everybody what EFS gives without: all of it, to whoever reaches a mount
    target (AWS: "Using IAM to control access to file systems", default policy): documented.
    """
    return {
        "Version": VERSION,
        "Statement": [
            {
                "Effect": "Deny",
                "Principal": {"AWS": "*"},
                "Action": "*",
                "Resource": arn,
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ],
    }
