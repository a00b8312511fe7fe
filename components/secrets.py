"""Secrets by name: the program learns where a secret is and what encrypts it, never what it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

MANAGED_BY_AWS: Final = "alias/aws/"
"""How the names of the keys begin that AWS manages, which every role of the account may use through their service."""


@dataclass(frozen=True, kw_only=True)
class FoundSecret:
    """A secret that is there."""

    arn: str
    """With the six characters that Secrets Manager appends."""
    key_arn: str | None
    """The customer's key that encrypts it. None: the one that AWS manages."""


def find_secret(secret: str, opts: pulumi.InvokeOptions) -> FoundSecret:
    """The secret of that name in Secrets Manager, or of that ARN. Asked at once: its key decides on a role policy."""
    named = {"arn": secret} if secret.startswith("arn:") else {"name": secret}
    try:
        found = aws.secretsmanager.get_secret(**named, opts=opts)
    except Exception as error:  # noqa: BLE001 - the SDK raises nothing narrower
        raise pulumi.RunError(
            f"The secret {secret!r} could not be found in Secrets Manager: {error}. Make it with "
            f"`aws secretsmanager create-secret --name {secret}`, or mend its name in stacks/catalogue.py."
        ) from None
    return FoundSecret(arn=found.arn, key_arn=_key_of(found.arn, found.kms_key_id, opts))


def find_key(key: str, opts: pulumi.InvokeOptions) -> str:
    """ARN of the KMS key of that alias.

    A role policy that names an alias's ARN allows nothing (AWS: "Aliases in AWS KMS"): documented.
    """
    try:
        return str(aws.kms.get_key(key_id=key, opts=opts).arn)
    except Exception as error:  # noqa: BLE001 - the SDK raises nothing narrower
        raise pulumi.RunError(
            f"The KMS key {key!r} could not be found: {error}. Make it, or mend its name where the secret, the "
            "parameter or the images that it encrypts are declared."
        ) from None


def _key_of(secret_arn: str, key: str | None, opts: pulumi.InvokeOptions) -> str | None:
    """AWS: "DescribeSecret": the key's id, its ARN, or an alias; nothing for the key that AWS manages: documented."""
    if not key or MANAGED_BY_AWS in key:
        return None
    if "alias/" in key:
        return find_key(key, opts)
    if key.startswith("arn:"):
        return key
    _, partition, _, region, account, *_ = secret_arn.split(":")
    return f"arn:{partition}:kms:{region}:{account}:key/{key}"
