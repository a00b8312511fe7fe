"""KMS keys and their aliases."""

from __future__ import annotations

from typing import Any, Final

from sandbox.standins.aws import documents
from sandbox.standins.aws.resource_type import Call, Naming, ResourceType, Situation, Update
from sandbox.standins.aws.values import UNKNOWN, Properties


def _policy_of(s: Situation, _: dict[str, Any]) -> str:
    return str(s.call("kms", "GetKeyPolicy", KeyId=s.p["id"], PolicyName="default")["Policy"])


def _rotates(s: Situation, _: dict[str, Any]) -> bool:
    return bool(s.call("kms", "GetKeyRotationStatus", KeyId=s.p["id"])["KeyRotationEnabled"])


def _rotate(s: Situation) -> None:
    if s.p.get("enableKeyRotation"):
        s.call("kms", "EnableKeyRotation", KeyId=s.p["id"], RotationPeriodInDays=s.p.get("rotationPeriodInDays"))
    else:
        s.call("kms", "DisableKeyRotation", KeyId=s.p["id"])


def _enable(s: Situation) -> None:
    s.call("kms", "EnableKey" if s.p.get("isEnabled", True) else "DisableKey", KeyId=s.p["id"])


_KEY: Final = {"KeyId": lambda p: p["id"]}

KEY = ResourceType(
    token="aws:kms/key:Key",
    noun="KMS Key",
    service="kms",
    create=Call("CreateKey", "customerMasterKeySpec description keyUsage multiRegion policy"),
    id="KeyMetadata.KeyId",
    read=Call("DescribeKey", also=_KEY),
    item="KeyMetadata",
    alive=lambda item: item.get("KeyState") not in {"PendingDeletion", "PendingReplicaDeletion"},
    update=(
        Update(
            "description",
            Call("UpdateKeyDescription", also={**_KEY, "Description": lambda p: p.get("description") or ""}),
        ),
        Update("policy", Call("PutKeyPolicy", "policy", {**_KEY, "PolicyName": "default"})),
        Update("enableKeyRotation rotationPeriodInDays", _rotate, on_create=True),
        Update("isEnabled", _enable, on_create=True),
    ),
    delete=Call("ScheduleKeyDeletion", also={**_KEY, "PendingWindowInDays": lambda p: p.get("deletionWindowInDays")}),
    names={"isEnabled": "Enabled", "customerMasterKeySpec": "KeySpec"},
    outputs={"policy": _policy_of, "enableKeyRotation": _rotates},
    force_new="customerMasterKeySpec keyUsage multiRegion",
    computed="description multiRegion policy rotationPeriodInDays",
    defaults={
        "customerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "enableKeyRotation": False,
        "isEnabled": True,
        "keyUsage": "ENCRYPT_DECRYPT",
    },
    unread="deletionWindowInDays rotationPeriodInDays",
    canonical={"policy": documents.policy},
    tags="Tags",
    tagged="id",
    not_imitated="bypassPolicyLockoutSafetyCheck customKeyStoreId xksKeyId",
)


def _find(s: Situation) -> dict[str, Any] | None:
    """Aliases can only be listed."""
    marker = None
    while True:
        answer = s.call("kms", "ListAliases", Marker=marker)
        for alias in answer["Aliases"]:
            if alias["AliasName"] == s.p["id"]:
                return dict(alias)
        if not answer.get("Truncated"):
            return None
        marker = answer["NextMarker"]


def _check_alias(p: Properties) -> list[tuple[str, str]]:
    if p["name"] is UNKNOWN or p["name"].startswith("alias/"):
        return []
    return [("name", f"{p['name']!r} is to begin with 'alias/'")]


def _key_arn(s: Situation, item: dict[str, Any]) -> str:
    return str(s.call("kms", "DescribeKey", KeyId=item["TargetKeyId"])["KeyMetadata"]["Arn"])


ALIAS = ResourceType(
    token="aws:kms/alias:Alias",
    noun="KMS Alias",
    service="kms",
    create=Call("CreateAlias", "name targetKeyId"),
    id=lambda s, _: str(s.p["name"]),
    read=_find,
    update=(Update("targetKeyId", Call("UpdateAlias", "name targetKeyId")),),
    delete=Call("DeleteAlias", also={"AliasName": lambda p: p["id"]}),
    names={"name": "AliasName", "arn": "AliasArn"},
    outputs={"targetKeyArn": _key_arn},
    force_new="name",
    canonical={"targetKeyId": lambda key: key.rpartition("/")[2]},
    naming=Naming(256, prefix="alias/"),
    check=_check_alias,
    not_imitated="namePrefix",
)

TYPES: Final = (KEY, ALIAS)
