"""Secrets Manager: secrets and what they hold."""

from __future__ import annotations

import base64
import uuid
from typing import Any, Final

from sandbox.standins.aws.aws import Aws
from sandbox.standins.aws.faults import Fault
from sandbox.standins.aws.resource_type import Call, Naming, ResourceType, Situation, Update
from sandbox.standins.aws.values import Properties


def _delete_secret(s: Situation) -> None:
    """Delete at once where the window for recovery is 0, else let AWS delete it when the window has passed."""
    days = s.p.get("recoveryWindowInDays", 30)
    if days:
        s.call("secretsmanager", "DeleteSecret", SecretId=s.p["id"], RecoveryWindowInDays=days)
    else:
        s.call("secretsmanager", "DeleteSecret", SecretId=s.p["id"], ForceDeleteWithoutRecovery=True)


SECRET = ResourceType(
    token="aws:secretsmanager/secret:Secret",
    noun="Secrets Manager Secret",
    service="secretsmanager",
    create=Call("CreateSecret", "description kmsKeyId name", {"ClientRequestToken": lambda _: str(uuid.uuid4())}),
    id="ARN",
    read=Call("DescribeSecret", also={"SecretId": lambda p: p["id"]}),
    alive=lambda item: not item.get("DeletedDate"),
    update=(
        Update(
            "description kmsKeyId",
            Call(
                "UpdateSecret",
                "kmsKeyId",
                {"SecretId": lambda p: p["id"], "Description": lambda p: p.get("description") or ""},
            ),
        ),
    ),
    delete=_delete_secret,
    names={"name": "Name"},
    force_new="name",
    defaults={"forceOverwriteReplicaSecret": False, "recoveryWindowInDays": 30},
    unread="forceOverwriteReplicaSecret recoveryWindowInDays",
    naming=Naming(512),
    tags="Tags",
    tagged="id",
    not_imitated="namePrefix policy replicas type",
)


def _put(s: Situation) -> dict[str, Any]:
    binary = s.p.get("secretBinary")
    return s.call(
        "secretsmanager",
        "PutSecretValue",
        SecretId=s.p["secretId"],
        SecretString=s.p.get("secretString"),
        SecretBinary=base64.b64decode(binary) if binary else None,
        VersionStages=s.p.get("versionStages"),
        ClientRequestToken=str(uuid.uuid4()),
    )


def _version_id(s: Situation, answer: dict[str, Any]) -> str:
    s.p["versionId"] = answer["VersionId"]
    return f"{s.p['secretId']}|{answer['VersionId']}"


def _retire(s: Situation) -> None:
    """Versions cannot be deleted: they lose their stages, but for the current one, which goes with the secret."""
    for stage in s.p.get("versionStages") or []:
        if stage not in {"AWSCURRENT", "AWSPENDING", "AWSPREVIOUS"}:
            s.call(
                "secretsmanager",
                "UpdateSecretVersionStage",
                SecretId=s.p["secretId"],
                VersionStage=stage,
                RemoveFromVersionId=s.p["versionId"],
            )


def _move_stages(s: Situation) -> None:
    for stage in s.p.get("versionStages") or []:
        if stage not in (s.old.get("versionStages") or []):
            s.call(
                "secretsmanager",
                "UpdateSecretVersionStage",
                SecretId=s.p["secretId"],
                VersionStage=stage,
                MoveToVersionId=s.p["versionId"],
            )


def _import(given: str, _aws: Aws) -> Properties:
    secret, _, version = given.rpartition("|")
    if not secret:
        raise Fault(f"unexpected format of ID ({given}), expected secret-arn|version-id")
    return {"id": given, "secretId": secret, "versionId": version}


def _binary(_: Situation, item: dict[str, Any]) -> str | None:
    found = item.get("SecretBinary")
    return base64.b64encode(found).decode() if found else None


SECRET_VERSION = ResourceType(
    token="aws:secretsmanager/secretVersion:SecretVersion",
    noun="Secrets Manager Secret Version",
    service="secretsmanager",
    create=_put,
    id=_version_id,
    read=Call("GetSecretValue", also={"SecretId": lambda p: p["secretId"], "VersionId": lambda p: p["versionId"]}),
    update=(Update("versionStages", _move_stages),),
    delete=_retire,
    outputs={"secretArn": "ARN", "secretId": "ARN", "secretBinary": _binary, "hasSecretStringWo": lambda _s, _i: None},
    force_new="secretBinary secretId secretString",
    computed="versionStages",
    canonical={
        "secretId": lambda name: name.rpartition(":")[2].rpartition("-")[0] if name.startswith("arn:") else name
    },
    secret="secretBinary secretString",
    import_id=_import,
    not_imitated="secretStringWo secretStringWoVersion",
)


def _rotate(s: Situation) -> dict[str, Any]:
    told = s.p.get("rotationRules") or {}
    names = {"automaticallyAfterDays": "AutomaticallyAfterDays", "duration": "Duration"}
    rules = {api: told[name] for name, api in names.items() if told.get(name)}
    if told.get("scheduleExpression"):
        rules["ScheduleExpression"] = told["scheduleExpression"]
    return s.call(
        "secretsmanager",
        "RotateSecret",
        SecretId=s.p["secretId"],
        RotationLambdaARN=s.p.get("rotationLambdaArn"),
        RotationRules=rules or None,
        RotateImmediately=s.p.get("rotateImmediately"),
        ClientRequestToken=str(uuid.uuid4()),
    )


SECRET_ROTATION = ResourceType(
    token="aws:secretsmanager/secretRotation:SecretRotation",
    noun="Secrets Manager Secret Rotation",
    service="secretsmanager",
    create=_rotate,
    id="ARN",
    read=Call("DescribeSecret", also={"SecretId": lambda p: p["id"]}),
    alive=lambda item: bool(item.get("RotationEnabled")),
    update=(Update("rotationLambdaArn rotationRules", _rotate),),
    delete=Call("CancelRotateSecret", also={"SecretId": lambda p: p["id"]}),
    outputs={"secretId": "ARN"},
    force_new="secretId",
    defaults={"rotateImmediately": True},
    unread="rotateImmediately",
    not_imitated="externalSecretRotationMetadatas externalSecretRotationRoleArn rotationEnabled",
)

TYPES: Final = (SECRET, SECRET_VERSION, SECRET_ROTATION)
