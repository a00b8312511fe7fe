"""What makes an S3 bucket private: nothing public, encrypted at rest, reached over TLS alone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.permissions import VERSION

ENCRYPTION: Final = "AES256"
"""S3's own keys. The only ones that an Application Load Balancer can write with (AWS: "Enable access logs for your
Application Load Balancer": documented)."""


def private(
    name: str,
    bucket: aws.s3.Bucket,
    *,
    arn: str,
    statements: Sequence[Mapping[str, Any]],
    opts: pulumi.ResourceOptions,
) -> list[pulumi.CustomResource]:
    """The settings of a bucket that is private; with them all, it may be written to.

    `arn` is the bucket's, known before it is there; `statements` are what its policy says besides TLS (S3.5).
    """
    blocked = aws.s3.BucketPublicAccessBlock(
        name,
        bucket=bucket.bucket,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=opts,
    )
    by_default = aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
        sse_algorithm=ENCRYPTION
    )
    encrypted = aws.s3.BucketServerSideEncryptionConfiguration(
        name,
        bucket=bucket.bucket,
        rules=[
            aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(apply_server_side_encryption_by_default=by_default)
        ],
        opts=opts,
    )
    policy = aws.s3.BucketPolicy(
        name,
        bucket=bucket.bucket,
        policy=json.dumps({"Version": VERSION, "Statement": [_over_tls(arn), *statements]}, sort_keys=True),
        # A policy that grants to others is refused for as long as public ones are not blocked for certain.
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[blocked])),
    )
    return [blocked, encrypted, policy]


def _over_tls(arn: str) -> dict[str, Any]:
    return {
        "Sid": "EncryptedOnTheWay",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def usable(bucket: aws.s3.Bucket, settings: Sequence[pulumi.CustomResource]) -> pulumi.Output[str]:
    """The bucket's name, known once all its settings are made."""
    return pulumi.Output.all(bucket.bucket, *[setting.id for setting in settings]).apply(lambda known: str(known[0]))
