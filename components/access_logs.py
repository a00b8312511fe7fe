"""`AccessLogs`: where a load balancer writes down every request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.private_bucket import private, usable

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

    Security Hub ELB.5.
    """

    bucket: pulumi.Output[str]
    """Its name, known once load balancers may write to it: ELB tries, when it is told of it."""

    def __init__(self, name: str, args: AccessLogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:components:AccessLogs", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        arn = f"arn:{args.partition}:s3:::{args.bucket_name}"
        bucket = aws.s3.Bucket(name, bucket=args.bucket_name, force_destroy=args.deleted_with_its_logs, opts=child)
        expiry = aws.s3.BucketLifecycleConfiguration(
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
        )
        settings = private(name, bucket, arn=arn, statements=[_written_by_load_balancers(args, arn)], opts=child)
        self.bucket = usable(bucket, [*settings, expiry])
        self.register_outputs({"bucket": self.bucket})


def _written_by_load_balancers(args: AccessLogsArgs, arn: str) -> dict[str, Any]:
    """The account's own, and nobody else's."""
    balancers = f"arn:{args.partition}:elasticloadbalancing:{args.region}:{args.account}:loadbalancer/*"
    return {
        "Sid": "WrittenByLoadBalancers",
        "Effect": "Allow",
        "Principal": {"Service": DELIVERY},
        "Action": "s3:PutObject",
        "Resource": f"{arn}/AWSLogs/{args.account}/*",
        "Condition": {
            "StringEquals": {"aws:SourceAccount": args.account},
            "ArnLike": {"aws:SourceArn": balancers},
        },
    }
