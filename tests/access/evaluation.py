"""Whether policies allow the calls that a sandbox has recorded.

Of a call the sandbox keeps who is meant by names, ids and ARNs. An action that a statement limits to resources is
allowed when one of these is among them; conditions (tags, services, clusters) are not evaluated, for the record has no
values. What each operation is called in IAM is in "Actions, resources, and condition keys" of its service.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, Final

SERVICES: Final = {"monitoring": "cloudwatch", "cloudwatch": "cloudwatch"}
"""Signing name -> what IAM calls the service, where they differ."""
S3: Final = {
    "HeadBucket": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListObjects": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "HeadObject": "GetObject",
    "DeleteObjects": "DeleteObject",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "PutBucketLifecycle": "PutLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "GetBucketLifecycle": "GetLifecycleConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
}
RANDOM: Final = "-AbCdEf"
"""What Secrets Manager appends to a secret's name in its ARN: six characters."""
NO_RIGHT_NEEDED: Final = frozenset({"sts:GetCallerIdentity"})

Policies = Sequence[Mapping[str, Any]]


def action_of(call: Mapping[str, Any]) -> str:
    """The call as IAM names it."""
    service, operation = str(call["service"]), str(call["operation"])
    named = S3.get(operation, operation) if service == "s3" else operation
    return f"{SERVICES.get(service, service)}:{named}"


def statements(policies: Policies) -> list[Mapping[str, Any]]:
    return [statement for policy in policies for statement in policy["Statement"]]


def actions(policies: Policies) -> set[str]:
    return {action for statement in statements(policies) for action in _many(statement["Action"])}


def allowed(call: Mapping[str, Any], policies: Policies) -> bool:
    action = action_of(call)
    said = [value for values in call["names"].values() for value in values]
    return action in NO_RIGHT_NEEDED or any(
        action in _many(statement["Action"]) and any(_covers(one, said) for one in _many(statement["Resource"]))
        for statement in statements(policies)
        if statement["Effect"] == "Allow"
    )


def _covers(pattern: str, said: Sequence[str]) -> bool:
    """Whether a resource of a policy is one that is meant."""
    if pattern == "*" or (not said and pattern.endswith(("/*", ":*"))):
        return True  # what is made has no name yet; what lists names nothing
    secret = pattern.partition(":secret:")[2]
    if secret and any(fnmatchcase(f"{value}{RANDOM}", secret) for value in said):
        return True
    parts = [part for part in re.split("[:/]", pattern.split(":", 5)[-1]) if part]
    return any(
        fnmatchcase(value, pattern) if value.startswith("arn:") else any(fnmatchcase(value, part) for part in parts)
        for value in said
    )


def _many(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
