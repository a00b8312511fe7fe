"""EFS: file systems, their policies, mount targets and access points."""

from __future__ import annotations

import uuid
from typing import Any, Final

from sandbox.standins.aws import documents
from sandbox.standins.aws.resource_type import Call, ResourceType, Situation, Update
from sandbox.standins.aws.values import Properties

_THROUGHPUT: Final = "provisionedThroughputInMibps throughputMode"


def _dns(s: Situation, item: dict[str, Any]) -> str:
    return f"{item['FileSystemId']}.efs.{s.region}.amazonaws.com"


def _file_system_arn(s: Situation, item: dict[str, Any]) -> str:
    return f"arn:aws:elasticfilesystem:{s.region}:{item['OwnerId']}:file-system/{item['FileSystemId']}"


FILE_SYSTEM = ResourceType(
    token="aws:efs/fileSystem:FileSystem",
    noun="EFS file system",
    service="efs",
    create=Call(
        "CreateFileSystem",
        f"availabilityZoneName encrypted kmsKeyId performanceMode {_THROUGHPUT}",
        {"CreationToken": lambda p: p.get("creationToken") or f"terraform-{uuid.uuid4().hex}"},
    ),
    id="FileSystemId",
    read=Call("DescribeFileSystems", also={"FileSystemId": lambda p: p["id"]}),
    item="FileSystems[0]",
    delete=Call("DeleteFileSystem", also={"FileSystemId": lambda p: p["id"]}),
    outputs={
        "arn": "FileSystemArn",
        "dnsName": _dns,
        # These are known only afterwards; the real plugin then shows drift in a refresh.
        "numberOfMountTargets": lambda _s, _item: None,
        "sizeInBytes": lambda _s, _item: None,
    },
    force_new=f"availabilityZoneName creationToken encrypted kmsKeyId performanceMode {_THROUGHPUT}",
    computed="availabilityZoneName creationToken encrypted kmsKeyId performanceMode protection",
    defaults={"throughputMode": "bursting"},
    tags="Tags",
    tagged="id",
    not_imitated="lifecyclePolicies protection",
)


def _named_policy(p: Properties) -> str:
    return str(p["fileSystemId"])


def _put_policy(s: Situation) -> None:
    s.call(
        "efs",
        "PutFileSystemPolicy",
        FileSystemId=s.p["fileSystemId"],
        Policy=s.p["policy"],
        BypassPolicyLockoutSafetyCheck=s.p.get("bypassPolicyLockoutSafetyCheck"),
    )


POLICY = ResourceType(
    token="aws:efs/fileSystemPolicy:FileSystemPolicy",
    noun="EFS File System Policy",
    service="efs",
    create=_put_policy,
    id=lambda s, _: _named_policy(s.p),
    read=Call("DescribeFileSystemPolicy", also={"FileSystemId": lambda p: p["id"]}),
    update=(Update("policy", _put_policy),),
    delete=Call("DeleteFileSystemPolicy", also={"FileSystemId": lambda p: p["id"]}),
    force_new="fileSystemId",
    unread="bypassPolicyLockoutSafetyCheck",
    canonical={"policy": documents.json_text},
)


def _groups(s: Situation, _item: dict[str, Any]) -> list[str]:
    found = s.call("efs", "DescribeMountTargetSecurityGroups", MountTargetId=s.p["id"])
    return list(found.get("SecurityGroups") or [])


def _target_dns(s: Situation, item: dict[str, Any]) -> str:
    return f"{item['AvailabilityZoneName']}.{_dns(s, item)}"


MOUNT_TARGET = ResourceType(
    token="aws:efs/mountTarget:MountTarget",
    noun="EFS Mount Target",
    service="efs",
    create=Call("CreateMountTarget", "fileSystemId ipAddress securityGroups subnetId"),
    id="MountTargetId",
    read=Call("DescribeMountTargets", also={"MountTargetId": lambda p: p["id"]}),
    item="MountTargets[0]",
    update=(
        Update(
            "securityGroups",
            Call("ModifyMountTargetSecurityGroups", "securityGroups", {"MountTargetId": lambda p: p["id"]}),
        ),
    ),
    delete=Call("DeleteMountTarget", also={"MountTargetId": lambda p: p["id"]}),
    outputs={
        "dnsName": _dns,
        "fileSystemArn": _file_system_arn,
        "mountTargetDnsName": _target_dns,
        "securityGroups": _groups,
    },
    force_new="fileSystemId ipAddress subnetId",
    computed="ipAddress securityGroups",
    not_imitated="ipAddressType ipv6Address",
)

ACCESS_POINT = ResourceType(
    token="aws:efs/accessPoint:AccessPoint",
    noun="EFS Access Point",
    service="efs",
    create=Call(
        "CreateAccessPoint", "fileSystemId posixUser rootDirectory", {"ClientToken": lambda _: uuid.uuid4().hex}
    ),
    id="AccessPointId",
    read=Call("DescribeAccessPoints", also={"AccessPointId": lambda p: p["id"]}),
    item="AccessPoints[0]",
    delete=Call("DeleteAccessPoint", also={"AccessPointId": lambda p: p["id"]}),
    names={"arn": "AccessPointArn"},
    outputs={"fileSystemArn": _file_system_arn},
    force_new="fileSystemId posixUser rootDirectory",
    computed="rootDirectory",
    tags="Tags",
    tagged="id",
)

TYPES: Final = (FILE_SYSTEM, POLICY, MOUNT_TARGET, ACCESS_POINT)
