"""`AccessLogs`: where a load balancer writes down every request."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.permissions import VERSION

DELIVERY: Final = "logdelivery.elasticloadbalancing.amazonaws.com"
"""Who writes (AWS: "Enable access logs for your Application Load Balancer", step 2: documented)."""


@dataclass(frozen=True, kw_only=True)
class AccessLogsArgs:
    """Which bucket it is, whose load balancers write to it, and how long it keeps what they write."""

    bucket_name: str
    """All of AWS has each name once: put account and region into it."""
    account: str
    """The AWS account, twelve digits, whose load balancers write."""
    region: str
    """Where those load balancers are; the bucket must be there too."""
    retention_days: int
    """Days after which a log is deleted."""
    deleted_with_its_logs: bool = False
    """Whether a `destroy` takes the logs too. Without it, a bucket in which there are any stays, and is named."""
    partition: str = "aws"
    """`aws`, or AWS's name for another part of it: `aws-cn`, `aws-us-gov`."""

    def __post_init__(self) -> None:
        if self.retention_days < 1:
            raise ValueError(f"retention_days is {self.retention_days}; a log is kept for a day at least")


class AccessLogs(pulumi.ComponentResource):
    """A private S3 bucket that load balancers write their access logs to, and nobody else writes to.

    Encrypted with S3's own keys, the only ones that an Application Load Balancer can write with (AWS: "Enable access
    logs for your Application Load Balancer"). Security Hub ELB.5.
    """

    bucket: pulumi.Output[str]
    """Its name, known once load balancers may write to it: ELB tries, when it is told of it."""

    def __init__(self, name: str, args: AccessLogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:components:AccessLogs", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        bucket = aws.s3.Bucket(name, bucket=args.bucket_name, force_destroy=args.deleted_with_its_logs, opts=child)
        settings = self._settings(name, args, bucket, child)
        ready = pulumi.Output.all(bucket.bucket, *[setting.id for setting in settings])
        self.bucket = ready.apply(lambda known: str(known[0]))
        self.register_outputs({"bucket": self.bucket})

    @staticmethod
    def _settings(
        name: str, args: AccessLogsArgs, bucket: aws.s3.Bucket, child: pulumi.ResourceOptions
    ) -> list[pulumi.CustomResource]:
        """Private, encrypted, written by load balancers alone, emptied by and by."""
        private = aws.s3.BucketPublicAccessBlock(
            name,
            bucket=bucket.bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=child,
        )
        by_default = aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
            sse_algorithm="AES256"
        )
        return [
            private,
            aws.s3.BucketServerSideEncryptionConfiguration(
                name,
                bucket=bucket.bucket,
                rules=[
                    aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
                        apply_server_side_encryption_by_default=by_default
                    )
                ],
                opts=child,
            ),
            aws.s3.BucketLifecycleConfiguration(
                name,
                bucket=bucket.bucket,
                rules=[
                    aws.s3.BucketLifecycleConfigurationRuleArgs(
                        id="expire",
                        status="Enabled",
                        filter=aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
                        expiration=aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(days=args.retention_days),
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
        ]


def policy_document(args: AccessLogsArgs) -> dict[str, Any]:
    """Written by the account's own load balancers alone, and reached over TLS alone (Security Hub S3.5)."""
    bucket = f"arn:{args.partition}:s3:::{args.bucket_name}"
    balancers = f"arn:{args.partition}:elasticloadbalancing:{args.region}:{args.account}:loadbalancer/*"
    return {
        "Version": VERSION,
        "Statement": [
            {
                "Sid": "EncryptedOnTheWay",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [bucket, f"{bucket}/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            },
            {
                "Sid": "WrittenByLoadBalancers",
                "Effect": "Allow",
                "Principal": {"Service": DELIVERY},
                "Action": "s3:PutObject",
                "Resource": f"{bucket}/AWSLogs/{args.account}/*",
                "Condition": {
                    "StringEquals": {"aws:SourceAccount": args.account},
                    "ArnLike": {"aws:SourceArn": balancers},
                },
            },
        ],
    }
