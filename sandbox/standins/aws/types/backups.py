"""AWS Backup: vaults, plans and what they back up."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, Final

from sandbox.standins.aws.aws import Aws
from sandbox.standins.aws.faults import Fault
from sandbox.standins.aws.resource_type import Call, Naming, ResourceType, Situation, Update
from sandbox.standins.aws.values import Properties

VAULT = ResourceType(
    token="aws:backup/vault:Vault",
    noun="Backup Vault",
    service="backup",
    create=Call("CreateBackupVault", "kmsKeyArn name"),
    id="BackupVaultName",
    read=Call("DescribeBackupVault", also={"BackupVaultName": lambda p: p["id"]}),
    delete=Call("DeleteBackupVault", also={"BackupVaultName": lambda p: p["id"]}),
    names={"name": "BackupVaultName", "arn": "BackupVaultArn", "kmsKeyArn": "EncryptionKeyArn"},
    outputs={"recoveryPoints": lambda _, item: int(item.get("NumberOfRecoveryPoints") or 0)},
    force_new="kmsKeyArn name",
    computed="kmsKeyArn",
    unread="forceDestroy",
    naming=Naming(50),
    tags="BackupVaultTags",
)

_LIFECYCLE: Final = {
    "coldStorageAfter": "MoveToColdStorageAfterDays",
    "deleteAfter": "DeleteAfterDays",
    "optInToArchiveForSupportedResources": "OptInToArchiveForSupportedResources",
}
_RULE: Final = {
    "ruleName": "RuleName",
    "targetVaultName": "TargetBackupVaultName",
    "schedule": "ScheduleExpression",
    "scheduleExpressionTimezone": "ScheduleExpressionTimezone",
    "startWindow": "StartWindowMinutes",
    "completionWindow": "CompletionWindowMinutes",
    "recoveryPointTags": "RecoveryPointTags",
    "enableContinuousBackup": "EnableContinuousBackup",
}
_COPY: Final = {"destinationVaultArn": "DestinationBackupVaultArn"}


def _sent(given: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    made = {api: given[name] for name, api in names.items() if given.get(name) not in (None, {}, 0)}
    if given.get("lifecycle"):
        made["Lifecycle"] = _sent(given["lifecycle"], _LIFECYCLE)
    if given.get("copyActions"):
        made["CopyActions"] = [_sent(one, _COPY) for one in given["copyActions"]]
    return made


def _told(found: Mapping[str, Any], names: Mapping[str, str]) -> Properties:
    made: Properties = {name: found[api] for name, api in names.items() if found.get(api) not in (None, {})}
    if found.get("Lifecycle"):
        made["lifecycle"] = _told(found["Lifecycle"], _LIFECYCLE)
    if found.get("CopyActions"):
        made["copyActions"] = [_told(one, _COPY) for one in found["CopyActions"]]
    return made


def _plan(s: Situation) -> dict[str, Any]:
    return {"BackupPlanName": s.p["name"], "Rules": [_sent(rule, _RULE) for rule in s.p["rules"]]}


PLAN = ResourceType(
    token="aws:backup/plan:Plan",
    noun="Backup Plan",
    service="backup",
    create=lambda s: s.call(
        "backup",
        "CreateBackupPlan",
        BackupPlan=_plan(s),
        BackupPlanTags=s.p["tagsAll"] or None,
        CreatorRequestId=str(uuid.uuid4()),
    ),
    id="BackupPlanId",
    read=Call("GetBackupPlan", also={"BackupPlanId": lambda p: p["id"]}),
    alive=lambda item: not item.get("DeletionDate"),
    update=(
        Update("rules", lambda s: s.call("backup", "UpdateBackupPlan", BackupPlanId=s.p["id"], BackupPlan=_plan(s))),
    ),
    delete=Call("DeleteBackupPlan", also={"BackupPlanId": lambda p: p["id"]}),
    names={"arn": "BackupPlanArn", "version": "VersionId"},
    outputs={
        "name": "BackupPlan.BackupPlanName",
        "rules": lambda _, item: [_told(rule, _RULE) for rule in item["BackupPlan"]["Rules"]],
    },
    force_new="name",
    stated={
        "rules.schedule": "cron(0 5 ? * * *)",
        "rules.scheduleExpressionTimezone": "Etc/UTC",
        "rules.startWindow": 480,
        "rules.completionWindow": 10080,
    },
    naming=Naming(200),
    tags="BackupPlanTags",
    not_imitated="advancedBackupSettings scanSettings",
)

_OPERATORS: Final = {
    "stringEquals": "StringEquals",
    "stringLikes": "StringLike",
    "stringNotEquals": "StringNotEquals",
    "stringNotLikes": "StringNotLike",
}


def _select(s: Situation) -> dict[str, Any]:
    conditions = {
        api: [{"ConditionKey": each["key"], "ConditionValue": each["value"]} for each in one[name]]
        for one in s.p.get("conditions") or []
        for name, api in _OPERATORS.items()
        if one.get(name)
    }
    tags = [
        {"ConditionType": one["type"], "ConditionKey": one["key"], "ConditionValue": one["value"]}
        for one in s.p.get("selectionTags") or []
    ]
    selection = {
        "SelectionName": s.p["name"],
        "IamRoleArn": s.p["iamRoleArn"],
        "Resources": s.p.get("resources"),
        "NotResources": s.p.get("notResources"),
        "ListOfTags": tags,
        "Conditions": conditions,
    }
    given = {name: value for name, value in selection.items() if value}
    return s.call("backup", "CreateBackupSelection", BackupPlanId=s.p["planId"], BackupSelection=given)


def _conditions(_: Situation, item: dict[str, Any]) -> list[Properties] | None:
    found = item["BackupSelection"].get("Conditions") or {}
    told = {
        name: [{"key": one["ConditionKey"], "value": one["ConditionValue"]} for one in found[api]]
        for name, api in _OPERATORS.items()
        if found.get(api)
    }
    return [told] if told else None


def _tags(_: Situation, item: dict[str, Any]) -> list[Properties] | None:
    found = item["BackupSelection"].get("ListOfTags") or []
    told = [{"type": one["ConditionType"], "key": one["ConditionKey"], "value": one["ConditionValue"]} for one in found]
    return told or None


def _import(given: str, _aws: Aws) -> Properties:
    plan, _, selection = given.partition("|")
    if not selection:
        raise Fault(f"unexpected format of ID ({given}), expected <plan-id>|<selection-id>")
    return {"id": selection, "planId": plan}


_OF_PLAN: Final = {"BackupPlanId": lambda p: p["planId"], "SelectionId": lambda p: p["id"]}

SELECTION = ResourceType(
    token="aws:backup/selection:Selection",
    noun="Backup Selection",
    service="backup",
    create=_select,
    id="SelectionId",
    read=Call("GetBackupSelection", also=_OF_PLAN),
    delete=Call("DeleteBackupSelection", also=_OF_PLAN),
    outputs={
        "planId": "BackupPlanId",
        "name": "BackupSelection.SelectionName",
        "iamRoleArn": "BackupSelection.IamRoleArn",
        "resources": "BackupSelection.Resources",
        "notResources": "BackupSelection.NotResources",
        "conditions": _conditions,
        "selectionTags": _tags,
    },
    force_new="conditions iamRoleArn name notResources planId resources selectionTags",
    naming=Naming(50),
    import_id=_import,
)

TYPES: Final = (VAULT, PLAN, SELECTION)
