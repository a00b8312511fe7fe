"""`EncryptionKey`: a KMS key of the customer's, rotated, with a name that people know it by."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.key_policy import LONGEST_POLICY, KeyUse, key_policy

DELETION_WINDOWS: Final = range(7, 31)
"""Days (AWS: "ScheduleKeyDeletion"): documented."""
ROTATION_PERIODS: Final = range(90, 2561)
"""Days (AWS: "EnableKeyRotation"): documented."""
ALIAS: Final = "alias/"
LONGEST_ALIAS: Final = 256 - len(ALIAS)
"""Characters (AWS: "CreateAlias"): documented."""


@dataclass(frozen=True, kw_only=True)
class EncryptionKeyArgs:
    """What the key is for, who uses it, and how long it can be had back."""

    alias_name: str
    """How people find it, without `alias/`: letters, digits, `/`, `_` and `-`, such as `logs/payments`."""
    description: str
    """What it encrypts."""
    account: str
    """The AWS account, twelve digits."""
    partition: str = "aws"
    """`aws`, or AWS's name for another part of it: `aws-cn`, `aws-us-gov`."""
    uses: Sequence[KeyUse] = ()
    """Services of AWS that may use it. Roles may by policies of their own, and need to be none of them."""
    deletion_window_days: int = DELETION_WINDOWS[-1]
    """Days in which a key that is given up can be had back, and with it what it encrypted: 7 to 30."""
    rotation_days: int | None = None
    """Days after which AWS makes new key material, 90 to 2560. What was encrypted before stays readable. None: a
    year, which is AWS's own."""
    formerly_in: pulumi.Resource | None = None
    """The resource that had this key as its own child, before there was this component. It stays the same key."""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9/_-]+", self.alias_name) or len(self.alias_name) > LONGEST_ALIAS:
            raise ValueError(
                f"alias_name is {self.alias_name!r}; allowed are 1 to {LONGEST_ALIAS} letters, digits, '/', '_', '-'"
            )
        if self.alias_name.startswith("aws/"):
            raise ValueError(f"alias_name is {self.alias_name!r}; what starts with 'aws/' is AWS's own, choose another")
        if self.deletion_window_days not in DELETION_WINDOWS:
            raise ValueError(f"deletion_window_days is {self.deletion_window_days}; allowed are 7 to 30")
        if self.rotation_days is not None and self.rotation_days not in ROTATION_PERIODS:
            raise ValueError(f"rotation_days is {self.rotation_days}; allowed are 90 to 2560")
        if len(self.policy.encode()) > LONGEST_POLICY:
            raise ValueError(
                f"the policy of key {self.alias_name!r} has {len(self.policy.encode())} bytes; KMS takes "
                f"{LONGEST_POLICY}: let `uses` name patterns in place of single resources"
            )

    @property
    def policy(self) -> str:
        """Who may use the key, as canonical JSON."""
        return json.dumps(key_policy(self.account, self.partition, self.uses), sort_keys=True)


class EncryptionKey(pulumi.ComponentResource):
    """A symmetric KMS key whose material is rotated, used by the account's roles and by the services it names.

    AWS: "Rotate AWS KMS keys", "Key policies in AWS KMS". What it encrypted can be read by nobody once the key is
    gone, so it is deleted only after the days in which it can be had back.
    """

    arn: pulumi.Output[str]
    """Of the key: policies of roles name it, for an alias's ARN allows nothing there."""
    key_id: pulumi.Output[str]
    """What most services call it by."""
    alias_name: pulumi.Output[str]
    """Its name, with `alias/`."""

    def __init__(self, name: str, args: EncryptionKeyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:components:EncryptionKey", name, None, opts)
        key = aws.kms.Key(
            name,
            description=args.description,
            enable_key_rotation=True,
            rotation_period_in_days=args.rotation_days,
            deletion_window_in_days=args.deletion_window_days,
            policy=args.policy,
            opts=pulumi.ResourceOptions(
                parent=self, aliases=[pulumi.Alias(parent=args.formerly_in)] if args.formerly_in else None
            ),
        )
        alias = aws.kms.Alias(
            name,
            name=f"{ALIAS}{args.alias_name}",
            target_key_id=key.id,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.arn = key.arn
        self.key_id = key.id
        self.alias_name = alias.name
        self.register_outputs({"arn": self.arn, "keyId": self.key_id, "aliasName": self.alias_name})


def alias_of(kind: str, name: str) -> str:
    """An alias for the key of something that has a name: `logs`, `/vpc/net` -> `logs/vpc/net`.

    Characters that no alias has become hyphens, and of a long name there is as much as there is room for with a sum
    of the whole.
    """
    alias = f"{kind}/{re.sub('[^A-Za-z0-9/_-]', '-', name.strip('/'))}"
    if len(alias) <= LONGEST_ALIAS:
        return alias
    digits = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{alias[: LONGEST_ALIAS - len(digits) - 1]}-{digits}"
