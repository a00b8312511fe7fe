"""`ReleaseJournal`: where every attempt to release is written down, once, for as long as anybody may ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.private_bucket import private, usable

_NOT_THERE: Final = ("404", "NotFound", "NoSuchBucket", "couldn't find resource")
"""What the AWS provider's answer says of a bucket that does not exist."""


@dataclass(frozen=True, kw_only=True)
class ReleaseJournalArgs:
    """Where it is, who else may read it, and how long nobody can take anything out of it."""

    bucket_name: str
    """All of AWS has each name once: put account and region into it."""
    readers: Sequence[str] = ()
    """Accounts that may read it: those of the environments that promote what was verified here."""
    partition: str = "aws"
    """`aws`, or AWS's name for another part of it: `aws-cn`, `aws-us-gov`."""
    locked_days: int
    """Days for which not even an administrator deletes a record by accident."""
    adopt: bool = False
    """Whether the bucket exists already, so that it is taken over instead of made (see `journal_exists`)."""


class ReleaseJournal(pulumi.ComponentResource):
    """An S3 bucket whose objects are written once. It outlives its stack: what happened stays known."""

    bucket: pulumi.Output[str]
    """Its name, known once it can be written to."""

    def __init__(self, name: str, args: ReleaseJournalArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:components:ReleaseJournal", name, None, opts)
        child = pulumi.ResourceOptions(parent=self, retain_on_delete=True)
        bucket = aws.s3.Bucket(
            name,
            bucket=args.bucket_name,
            object_lock_enabled=True,
            opts=pulumi.ResourceOptions.merge(
                child, pulumi.ResourceOptions(import_=args.bucket_name if args.adopt else None)
            ),
        )
        versioning = aws.s3.BucketVersioning(
            name,
            bucket=bucket.bucket,
            versioning_configuration=aws.s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
            opts=child,
        )
        retention = aws.s3.BucketObjectLockConfigurationRuleDefaultRetentionArgs(
            mode="GOVERNANCE", days=args.locked_days
        )
        lock = aws.s3.BucketObjectLockConfiguration(
            name,
            bucket=bucket.bucket,
            rule=aws.s3.BucketObjectLockConfigurationRuleArgs(default_retention=retention),
            # AWS: "Locking objects with Object Lock": it needs versioning.
            opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[versioning])),
        )
        arn = f"arn:{args.partition}:s3:::{args.bucket_name}"
        settings = private(name, bucket, arn=arn, statements=[*_append_only(arn), *_read(args, arn)], opts=child)
        self.bucket = usable(bucket, [*settings, versioning, lock])
        self.register_outputs({"bucket": self.bucket})


def _append_only(arn: str) -> list[dict[str, Any]]:
    """AWS: "Enforce conditional writes on Amazon S3 buckets"."""
    deny: dict[str, Any] = {"Effect": "Deny", "Principal": "*"}
    return [
        {
            **deny,
            "Sid": "WrittenOnce",
            "Action": "s3:PutObject",
            "Resource": f"{arn}/*",
            "Condition": {"Null": {"s3:if-none-match": "true"}},
        },
        {
            **deny,
            "Sid": "NeverDeleted",
            "Action": ["s3:DeleteObject", "s3:DeleteObjectVersion"],
            "Resource": f"{arn}/*",
        },
    ]


def _read(args: ReleaseJournalArgs, arn: str) -> list[dict[str, Any]]:
    """By the accounts that promote from here."""
    if not args.readers:
        return []
    return [
        {
            "Sid": "ReadByThoseWhoPromote",
            "Effect": "Allow",
            "Principal": {"AWS": [f"arn:{args.partition}:iam::{account}:root" for account in sorted(args.readers)]},
            "Action": ["s3:GetObject", "s3:ListBucket"],
            "Resource": [arn, f"{arn}/*"],
        }
    ]


def journal_exists(bucket_name: str, provider: pulumi.ProviderResource) -> bool:
    """Whether the account has the bucket. Asked at once, for whether it is made or taken over is structure."""
    try:
        aws.s3.get_bucket(bucket=bucket_name, opts=pulumi.InvokeOptions(provider=provider))
    except Exception as error:  # noqa: BLE001 - the SDK raises nothing narrower
        if any(words in str(error) for words in _NOT_THERE):
            return False
        raise pulumi.RunError(f"AWS did not say whether the journal {bucket_name} exists: {error}") from None
    return True
