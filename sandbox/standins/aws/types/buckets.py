"""S3 buckets and their settings."""

from __future__ import annotations

import re
from typing import Any, Final

from botocore.exceptions import ClientError

from sandbox.standins.aws import documents
from sandbox.standins.aws.faults import is_gone
from sandbox.standins.aws.resource_type import Call, Naming, ResourceType, Situation, Update
from sandbox.standins.aws.values import UNKNOWN, Properties


def _create_bucket(s: Situation) -> None:
    place = None if s.region == "us-east-1" else {"LocationConstraint": s.region}
    s.call(
        "s3",
        "CreateBucket",
        Bucket=s.p["bucket"],
        CreateBucketConfiguration=place,
        ObjectLockEnabledForBucket=s.p.get("objectLockEnabled"),
    )


def _read_bucket(s: Situation) -> dict[str, Any]:
    s.call("s3", "HeadBucket", Bucket=s.p["id"])
    name = s.p["id"]
    return {
        "bucket": name,
        "arn": f"arn:aws:s3:::{name}",
        "bucketDomainName": f"{name}.s3.amazonaws.com",
        "bucketRegion": s.region,
        "bucketRegionalDomainName": f"{name}.s3.{s.region}.amazonaws.com",
        "objectLockEnabled": _locked(s),
    }


def _locked(s: Situation) -> bool:
    try:
        found = s.call("s3", "GetObjectLockConfiguration", Bucket=s.p["id"])
    except ClientError as error:
        if not is_gone(error):
            raise
        return False
    return bool(found["ObjectLockConfiguration"].get("ObjectLockEnabled") == "Enabled")


def _delete_bucket(s: Situation) -> None:
    """Delete the bucket; with `forceDestroy` all that is in it first."""
    if s.p.get("forceDestroy"):
        while True:
            found = s.call("s3", "ListObjectVersions", Bucket=s.p["id"])
            objects = [
                {"Key": each["Key"], "VersionId": each["VersionId"]}
                for each in (*found.get("Versions", ()), *found.get("DeleteMarkers", ()))
            ]
            if not objects:
                break
            s.call("s3", "DeleteObjects", Bucket=s.p["id"], Delete={"Objects": objects, "Quiet": True})
    s.call("s3", "DeleteBucket", Bucket=s.p["id"])


def _check_bucket(p: Properties) -> list[tuple[str, str]]:
    name = p.get("bucket")
    if name is UNKNOWN or name is None or re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", name):
        return []
    return [
        ("bucket", f"{name!r}: 3 to 63 lower-case letters, digits, dots and hyphens, a letter or digit at both ends")
    ]


BUCKET = ResourceType(
    token="aws:s3/bucket:Bucket",
    noun="S3 Bucket",
    service="s3",
    create=_create_bucket,
    id=lambda s, _: str(s.p["bucket"]),
    read=_read_bucket,
    delete=_delete_bucket,
    force_new="bucket objectLockEnabled",
    computed="objectLockEnabled",
    defaults={"forceDestroy": False},
    unread="forceDestroy",
    naming=Naming(63, "bucket", lower_case=True),
    tags="after",
    tagged="id",
    check=_check_bucket,
    not_imitated="accelerationStatus acl bucketNamespace bucketPrefix corsRules grants lifecycleRules logging "
    "objectLockConfiguration policy replicationConfiguration requestPayer serverSideEncryptionConfiguration "
    "versioning website",
)


def _where(p: Properties) -> Any:  # noqa: ANN401 - a value for the table
    return p.get("bucket") or p["id"]


def _bucket_of(s: Situation, _: dict[str, Any]) -> str:
    return str(_where(s.p))


def _suspend(s: Situation) -> None:
    s.call("s3", "PutBucketVersioning", Bucket=s.p["id"], VersioningConfiguration={"Status": "Suspended"})


def _versioning(p: Properties) -> dict[str, Any]:
    block = p["versioningConfiguration"]
    given = {"Status": block["status"], "MFADelete": block.get("mfaDelete")}
    return {name: value for name, value in given.items() if value and value != "Disabled"}


_PUT_VERSIONING: Final = Call("PutBucketVersioning", also={"Bucket": _where, "VersioningConfiguration": _versioning})

VERSIONING = ResourceType(
    token="aws:s3/bucketVersioning:BucketVersioning",
    noun="S3 Bucket Versioning",
    service="s3",
    create=_PUT_VERSIONING,
    id=_bucket_of,
    read=Call("GetBucketVersioning", also={"Bucket": _where}),
    outputs={
        "bucket": _bucket_of,
        "versioningConfiguration": lambda _, item: {"status": item.get("Status", "Disabled")},
    },
    alive=lambda item: "Status" in item,
    update=(Update("versioningConfiguration", _PUT_VERSIONING),),
    delete=_suspend,
    force_new="bucket",
    computed="versioningConfiguration.mfaDelete",
    not_imitated="expectedBucketOwner mfa",
)


def _block_all(p: Properties) -> dict[str, bool]:
    names = ("blockPublicAcls", "ignorePublicAcls", "blockPublicPolicy", "restrictPublicBuckets")
    return {name[0].upper() + name[1:]: bool(p.get(name)) for name in names}


_PUT_BLOCK: Final = Call("PutPublicAccessBlock", also={"Bucket": _where, "PublicAccessBlockConfiguration": _block_all})

PUBLIC_ACCESS_BLOCK = ResourceType(
    token="aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    noun="S3 Bucket Public Access Block",
    service="s3",
    create=_PUT_BLOCK,
    id=_bucket_of,
    read=Call("GetPublicAccessBlock", also={"Bucket": _where}),
    item="PublicAccessBlockConfiguration",
    outputs={"bucket": _bucket_of},
    update=(Update("blockPublicAcls ignorePublicAcls blockPublicPolicy restrictPublicBuckets", _PUT_BLOCK),),
    delete=Call("DeletePublicAccessBlock", also={"Bucket": _where}),
    force_new="bucket",
    defaults={
        "blockPublicAcls": False,
        "ignorePublicAcls": False,
        "blockPublicPolicy": False,
        "restrictPublicBuckets": False,
    },
    not_imitated="skipDestroy",
)

_PUT_POLICY: Final = Call("PutBucketPolicy", "bucket policy")

BUCKET_POLICY = ResourceType(
    token="aws:s3/bucketPolicy:BucketPolicy",
    noun="S3 Bucket Policy",
    service="s3",
    create=_PUT_POLICY,
    id=_bucket_of,
    read=Call("GetBucketPolicy", also={"Bucket": _where}),
    outputs={"bucket": _bucket_of},
    update=(Update("policy", _PUT_POLICY),),
    delete=Call("DeleteBucketPolicy", also={"Bucket": _where}),
    force_new="bucket",
    canonical={"policy": documents.policy},
)

_RULE: Final = "rules.applyServerSideEncryptionByDefault"


def _encryption(p: Properties) -> dict[str, Any]:
    rules = []
    for rule in p["rules"]:
        default = rule.get("applyServerSideEncryptionByDefault") or {}
        given = {"SSEAlgorithm": default.get("sseAlgorithm"), "KMSMasterKeyID": default.get("kmsMasterKeyId")}
        made: dict[str, Any] = {"ApplyServerSideEncryptionByDefault": {k: v for k, v in given.items() if v}}
        if rule.get("bucketKeyEnabled") is not None:
            made["BucketKeyEnabled"] = rule["bucketKeyEnabled"]
        rules.append(made)
    return {"Rules": rules}


def _check_encryption(p: Properties) -> list[tuple[str, str]]:
    rules = p["rules"] if isinstance(p["rules"], list) else []
    return [
        (f"rules[{place}].blockedEncryptionTypes", "the AWS stand-in does not imitate blocked types of encryption")
        for place, rule in enumerate(rules)
        if isinstance(rule, dict) and "blockedEncryptionTypes" in rule
    ]


_PUT_ENCRYPTION: Final = Call(
    "PutBucketEncryption", also={"Bucket": _where, "ServerSideEncryptionConfiguration": _encryption}
)

ENCRYPTION = ResourceType(
    token="aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    noun="S3 Bucket Server-side Encryption Configuration",
    service="s3",
    create=_PUT_ENCRYPTION,
    id=_bucket_of,
    read=Call("GetBucketEncryption", also={"Bucket": _where}),
    item="ServerSideEncryptionConfiguration",
    alive=lambda item: bool(item.get("Rules")),
    names={f"{_RULE}.sseAlgorithm": "SSEAlgorithm", f"{_RULE}.kmsMasterKeyId": "KMSMasterKeyID"},
    outputs={"bucket": _bucket_of},
    update=(Update("rules", _PUT_ENCRYPTION),),
    delete=Call("DeleteBucketEncryption", also={"Bucket": _where}),
    force_new="bucket",
    check=_check_encryption,
    not_imitated="expectedBucketOwner",
)


def _lock(p: Properties) -> dict[str, Any]:
    given = p["rule"]["defaultRetention"]
    kept = {"Mode": given.get("mode"), "Days": given.get("days"), "Years": given.get("years")}
    retention = {name: value for name, value in kept.items() if value}
    return {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": retention}}


def _default_retention(_: Situation, item: dict[str, Any]) -> dict[str, Any]:
    found = item.get("Rule", {}).get("DefaultRetention", {})
    kept = {"mode": found.get("Mode"), "days": found.get("Days"), "years": found.get("Years")}
    return {"defaultRetention": {name: value for name, value in kept.items() if value}}


_PUT_LOCK: Final = Call("PutObjectLockConfiguration", also={"Bucket": _where, "ObjectLockConfiguration": _lock})

OBJECT_LOCK = ResourceType(
    token="aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
    noun="S3 Bucket Object Lock Configuration",
    service="s3",
    create=_PUT_LOCK,
    id=_bucket_of,
    read=Call("GetObjectLockConfiguration", also={"Bucket": _where}),
    item="ObjectLockConfiguration",
    alive=lambda item: "DefaultRetention" in item.get("Rule", {}),
    outputs={"bucket": _bucket_of, "rule": _default_retention},
    update=(Update("rule", _PUT_LOCK),),
    # Object lock itself stays for ever; what goes is the default retention.
    delete=Call(
        "PutObjectLockConfiguration",
        also={"Bucket": _where, "ObjectLockConfiguration": lambda _: {"ObjectLockEnabled": "Enabled"}},
    ),
    force_new="bucket objectLockEnabled",
    defaults={"objectLockEnabled": "Enabled"},
    not_imitated="expectedBucketOwner token",
)

_EXPIRATION: Final = {"days": "Days", "date": "Date", "expiredObjectDeleteMarker": "ExpiredObjectDeleteMarker"}
_IMITATED: Final = {"id", "status", "filter", "expiration"}


def _lifecycle(p: Properties) -> dict[str, Any]:
    return {
        "Rules": [
            {
                "ID": rule["id"],
                "Status": rule["status"],
                "Filter": {"Prefix": (rule.get("filter") or {}).get("prefix") or ""},
                "Expiration": {
                    _EXPIRATION[key]: value for key, value in (rule.get("expiration") or {}).items() if value
                },
            }
            for rule in p["rules"]
        ]
    }


def _lifecycle_rules(_: Situation, item: dict[str, Any]) -> list[dict[str, Any]]:
    names = {api: name for name, api in _EXPIRATION.items()}
    return [
        {
            "id": rule["ID"],
            "status": rule["Status"],
            "filter": {"prefix": rule.get("Filter", {}).get("Prefix", "")},
            "expiration": {names[key]: value for key, value in rule.get("Expiration", {}).items() if key in names},
        }
        for rule in item.get("Rules", ())
    ]


def _check_lifecycle(p: Properties) -> list[tuple[str, str]]:
    rules = p["rules"] if isinstance(p["rules"], list) else []
    return [
        (f"rules[{place}].{name}", f"the AWS stand-in does not imitate {name} of a lifecycle rule")
        for place, rule in enumerate(rules)
        if isinstance(rule, dict)
        for name in rule.keys() - _IMITATED
    ]


_PUT_LIFECYCLE: Final = Call(
    "PutBucketLifecycleConfiguration", also={"Bucket": _where, "LifecycleConfiguration": _lifecycle}
)

LIFECYCLE = ResourceType(
    token="aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    noun="S3 Bucket Lifecycle Configuration",
    service="s3",
    create=_PUT_LIFECYCLE,
    id=_bucket_of,
    read=Call("GetBucketLifecycleConfiguration", also={"Bucket": _where}),
    alive=lambda item: bool(item.get("Rules")),
    outputs={"bucket": _bucket_of, "rules": _lifecycle_rules},
    update=(Update("rules", _PUT_LIFECYCLE),),
    delete=Call("DeleteBucketLifecycle", also={"Bucket": _where}),
    force_new="bucket",
    check=_check_lifecycle,
    not_imitated="expectedBucketOwner timeouts transitionDefaultMinimumObjectSize",
)

TYPES: Final = (BUCKET, VERSIONING, PUBLIC_ACCESS_BLOCK, BUCKET_POLICY, ENCRYPTION, LIFECYCLE, OBJECT_LOCK)
