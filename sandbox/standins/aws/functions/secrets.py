"""Secrets that exist already: what they are called, never what they hold."""

from __future__ import annotations

from typing import Final

from botocore.exceptions import ClientError

from sandbox.standins.aws.faults import Fault, code_of
from sandbox.standins.aws.functions.function import Function
from sandbox.standins.aws.resource_type import Situation
from sandbox.standins.aws.values import Properties


def _secret(s: Situation) -> Properties:
    named = s.p.get("arn") or s.p.get("name")
    if not named or (s.p.get("arn") and s.p.get("name")):
        raise Fault("must specify one of `arn` or `name`")
    found = s.call("secretsmanager", "DescribeSecret", SecretId=named)
    if found.get("DeletedDate"):
        raise Fault(f"Secrets Manager Secret {named!r} is scheduled for deletion")
    try:
        policy = s.call("secretsmanager", "GetResourcePolicy", SecretId=found["ARN"]).get("ResourcePolicy") or ""
    except ClientError as error:
        if code_of(error) != "ResourceNotFoundException":
            raise
        policy = ""
    return {
        "id": found["ARN"],
        "arn": found["ARN"],
        "name": found["Name"],
        "description": found.get("Description") or "",
        "kmsKeyId": found.get("KmsKeyId") or "",
        "createdDate": found["CreatedDate"].strftime("%Y-%m-%dT%H:%M:%SZ"),
        "lastChangedDate": found["LastChangedDate"].strftime("%Y-%m-%dT%H:%M:%SZ"),
        "policy": policy,
        "tags": {tag["Key"]: tag["Value"] for tag in found.get("Tags") or []},
    }


FUNCTIONS: Final = (Function(token="aws:secretsmanager/getSecret:getSecret", ask=_secret, not_imitated="tags"),)
