"""KMS keys that exist already."""

from __future__ import annotations

from typing import Final

from sandbox.standins.aws.functions.function import Function
from sandbox.standins.aws.resource_type import Situation
from sandbox.standins.aws.values import Properties


def _key(s: Situation) -> Properties:
    found = s.call("kms", "DescribeKey", KeyId=s.p["keyId"], GrantTokens=s.p.get("grantTokens"))["KeyMetadata"]
    return {
        "id": found["KeyId"],
        "keyId": s.p["keyId"],
        "arn": found["Arn"],
        "awsAccountId": found["AWSAccountId"],
        "creationDate": found["CreationDate"].strftime("%Y-%m-%dT%H:%M:%SZ"),
        "customerMasterKeySpec": found["KeySpec"],
        "description": found.get("Description") or "",
        "enabled": found["Enabled"],
        "expirationModel": found.get("ExpirationModel") or "",
        "keyManager": found["KeyManager"],
        "keySpec": found["KeySpec"],
        "keyState": found["KeyState"],
        "keyUsage": found["KeyUsage"],
        "multiRegion": bool(found.get("MultiRegion")),
        "origin": found["Origin"],
    }


FUNCTIONS: Final = (Function(token="aws:kms/getKey:getKey", ask=_key),)
