"""`FlowLogs`: who spoke to whom in a network, and what was refused."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.encryption_key import EncryptionKey, EncryptionKeyArgs, alias_of
from components.key_policy import used_for_log_groups
from components.permissions import VERSION, Permission

AGGREGATED: Final = 600
"""Seconds of traffic in one record: the default, and the cheaper of the two (AWS: "Flow log records")."""


@dataclass(frozen=True, kw_only=True)
class FlowLogsArgs:
    """What is watched, and how long it is kept."""

    vpc_id: pulumi.Input[str]
    """The VPC whose traffic is recorded."""
    log_group: str
    """Name of the log group that is made for it."""
    retention_days: int
    """Days for which records are kept. Security Hub's CloudWatch.16 wants 365 at least."""
    account: str
    """The AWS account, twelve digits."""
    region: str
    """Its region, such as `eu-west-1`."""
    partition: str = "aws"
    """`aws`, or AWS's name for another part of it: `aws-cn`, `aws-us-gov`."""

    @property
    def log_group_arn(self) -> str:
        """Known before the group is there, so that its key is for it alone."""
        return f"arn:{self.partition}:logs:{self.region}:{self.account}:log-group:{self.log_group}"


class FlowLogs(pulumi.ComponentResource):
    """Records of all traffic of a VPC, accepted and rejected, in a log group with a key of its own (EC2.6).

    Works for any VPC, also for one that Slipway did not make.
    """

    log_group: pulumi.Output[str]
    """Name of the log group."""

    def __init__(self, name: str, args: FlowLogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:components:FlowLogs", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        key = EncryptionKey(
            name,
            EncryptionKeyArgs(
                alias_name=alias_of("logs", args.log_group),
                description=f"Log group {args.log_group}",
                account=args.account,
                partition=args.partition,
                uses=[used_for_log_groups("UsedForTheLogGroup", args.region, args.log_group_arn)],
                formerly_in=self,
            ),
            child,
        )
        logs = aws.cloudwatch.LogGroup(
            name,
            name=args.log_group,
            retention_in_days=args.retention_days,
            kms_key_id=key.arn,
            opts=child,
        )
        role = aws.iam.Role(
            name,
            description=f"VPC flow logs write to {args.log_group}",
            assume_role_policy=json.dumps(trust(args), sort_keys=True),
            opts=child,
        )
        policies = [
            aws.iam.RolePolicy(
                f"{name}-{need.name}",
                role=role.name,
                policy=json.dumps(need.document(), sort_keys=True),
                opts=child,
            )
            for need in needs(args)
        ]
        aws.ec2.FlowLog(
            name,
            vpc_id=args.vpc_id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=logs.arn,
            iam_role_arn=role.arn,
            max_aggregation_interval=AGGREGATED,
            tags={"Name": name},
            opts=pulumi.ResourceOptions(parent=self, depends_on=policies),
        )
        self.log_group = logs.name
        self.register_outputs({"logGroup": self.log_group})


def trust(args: FlowLogsArgs) -> dict[str, Any]:
    """Who may take the role: flow logs of this account and region alone.

    AWS: "IAM role for publishing flow logs to CloudWatch Logs", with its conditions against the confused deputy:
    documented.
    """
    return {
        "Version": VERSION,
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "vpc-flow-logs.amazonaws.com"},
                "Action": "sts:AssumeRole",
                "Condition": {
                    "StringEquals": {"aws:SourceAccount": args.account},
                    "ArnLike": {
                        "aws:SourceArn": f"arn:{args.partition}:ec2:{args.region}:{args.account}:vpc-flow-log/*"
                    },
                },
            }
        ],
    }


def needs(args: FlowLogsArgs) -> Sequence[Permission]:
    """What the role may do (same page: documented), but for making log groups.

    With `logs:CreateLogGroup` the last records of a network that is destroyed make its group again, without key and
    retention: observed (terraform-aws-vpc#435, #550).
    """
    everywhere = f"arn:{args.partition}:logs:{args.region}:{args.account}:log-group:*"
    return (
        Permission(
            name="write-flow-logs",
            actions=["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            resources=[f"{args.log_group_arn}:*"],
        ),
        # Listing is authorised against all groups of the region, whichever is looked for.
        Permission(name="find-log-group", actions=["logs:DescribeLogGroups"], resources=[everywhere]),
    )
