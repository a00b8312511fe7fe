"""`ReleaseJournal`: where every attempt to release is written down, once, for as long as anybody may ask."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

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
        settings = self._settings(name, args, bucket, child)
        ready = pulumi.Output.all(bucket.bucket, *[setting.id for setting in settings])
        self.bucket = ready.apply(lambda known: str(known[0]))
        self.register_outputs({"bucket": self.bucket})

    @staticmethod
    def _settings(
        name: str, args: ReleaseJournalArgs, bucket: aws.s3.Bucket, child: pulumi.ResourceOptions
    ) -> list[pulumi.CustomResource]:
        """Private, encrypted, versioned, written once."""
        private = aws.s3.BucketPublicAccessBlock(
            name,
            bucket=bucket.bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=child,
        )
        versioning = aws.s3.BucketVersioning(
            name,
            bucket=bucket.bucket,
            versioning_configuration=aws.s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
            opts=child,
        )
        return [
            private,
            versioning,
            aws.s3.BucketServerSideEncryptionConfiguration(
                name,
                bucket=bucket.bucket,
                rules=[
                    aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
                        apply_server_side_encryption_by_default=aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
                            sse_algorithm="AES256"
                        )
                    )
                ],
                opts=child,
            ),
            aws.s3.BucketPolicy(
                name,
                bucket=bucket.bucket,
                policy=json.dumps(policy_document(args), sort_keys=True),
                # A policy that grants to others is refused for as long as public ones are not blocked for certain.
                opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[private])),
            ),
            aws.s3.BucketObjectLockConfiguration(
                name,
                bucket=bucket.bucket,
                rule=aws.s3.BucketObjectLockConfigurationRuleArgs(
                    default_retention=aws.s3.BucketObjectLockConfigurationRuleDefaultRetentionArgs(
                        mode="GOVERNANCE", days=args.locked_days
                    )
                ),
                # AWS: "Locking objects with Object Lock": it needs versioning.
                opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[versioning])),
            ),
        ]


def policy_document(args: ReleaseJournalArgs) -> dict[str, Any]:
    """Append-only, over TLS alone, read by the accounts that promote from here.

    AWS: "Enforce conditional writes on Amazon S3 buckets"; Security Hub S3.5 for TLS.
    """
    bucket = f"arn:{args.partition}:s3:::{args.bucket_name}"
    deny: dict[str, Any] = {"Effect": "Deny", "Principal": "*"}
    statements: list[dict[str, Any]] = [
        {
            **deny,
            "Sid": "EncryptedOnTheWay",
            "Action": "s3:*",
            "Resource": [bucket, f"{bucket}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
        {
            **deny,
            "Sid": "WrittenOnce",
            "Action": "s3:PutObject",
            "Resource": f"{bucket}/*",
            "Condition": {"Null": {"s3:if-none-match": "true"}},
        },
        {
            **deny,
            "Sid": "NeverDeleted",
            "Action": ["s3:DeleteObject", "s3:DeleteObjectVersion"],
            "Resource": f"{bucket}/*",
        },
    ]
    if args.readers:
        statements.append(
            {
                "Sid": "ReadByThoseWhoPromote",
                "Effect": "Allow",
                "Principal": {"AWS": [f"arn:{args.partition}:iam::{account}:root" for account in sorted(args.readers)]},
                "Action": ["s3:GetObject", "s3:ListBucket"],
                "Resource": [bucket, f"{bucket}/*"],
            }
        )
    return {"Version": "2012-10-17", "Statement": statements}


def journal_exists(bucket_name: str, provider: pulumi.ProviderResource) -> bool:
    """Whether the account has the bucket. Asked at once, for whether it is made or taken over is structure."""
    try:
        aws.s3.get_bucket(bucket=bucket_name, opts=pulumi.InvokeOptions(provider=provider))
    except Exception as error:  # noqa: BLE001 - the SDK raises nothing narrower
        if any(words in str(error) for words in _NOT_THERE):
            return False
        raise pulumi.RunError(f"AWS did not say whether the journal {bucket_name} exists: {error}") from None
    return True
