"""Log groups of CloudWatch."""

from __future__ import annotations

from typing import Any, Final

from sandbox.standins.aws.resource_type import Call, Naming, ResourceType, Situation, Update


def _find(s: Situation) -> dict[str, Any] | None:
    """Groups are found by prefix; ours is the one whose name is exactly that."""
    token = None
    while True:
        answer = s.call("logs", "DescribeLogGroups", logGroupNamePrefix=s.p["id"], nextToken=token)
        for group in answer["logGroups"]:
            if group["logGroupName"] == s.p["id"]:
                return {**group, "arn": str(group["arn"]).removesuffix(":*")}
        token = answer.get("nextToken")
        if not token:
            return None


def _retain(s: Situation) -> None:
    if s.p.get("retentionInDays"):
        s.call("logs", "PutRetentionPolicy", logGroupName=s.p["id"], retentionInDays=s.p["retentionInDays"])
    elif s.old:
        s.call("logs", "DeleteRetentionPolicy", logGroupName=s.p["id"])


def _encrypt(s: Situation) -> None:
    if s.p.get("kmsKeyId"):
        s.call("logs", "AssociateKmsKey", logGroupName=s.p["id"], kmsKeyId=s.p["kmsKeyId"])
    else:
        s.call("logs", "DisassociateKmsKey", logGroupName=s.p["id"])


LOG_GROUP = ResourceType(
    token="aws:cloudwatch/logGroup:LogGroup",
    noun="CloudWatch Logs Log Group",
    service="logs",
    create=Call("CreateLogGroup", "kmsKeyId logGroupClass name"),
    id=lambda s, _: str(s.p["name"]),
    read=_find,
    update=(Update("retentionInDays", _retain, on_create=True), Update("kmsKeyId", _encrypt)),
    delete=lambda s: None if s.p.get("skipDestroy") else s.call("logs", "DeleteLogGroup", logGroupName=s.p["id"]),
    names={"name": "logGroupName"},
    force_new="logGroupClass name",
    computed="logGroupClass",
    defaults={"retentionInDays": 0, "skipDestroy": False},
    unread="skipDestroy",
    naming=Naming(512),
    tags="tags",
    not_imitated="deletionProtectionEnabled namePrefix",
)

TYPES: Final = (LOG_GROUP,)
