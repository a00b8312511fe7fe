"""`EventLog`: what ECS tells of an environment's services, kept: deployments, failures, and why tasks ended.

ECS itself remembers a stopped task for an hour, and an event for as long as a rule takes to hear it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.permissions import VERSION
from components.service_metrics import LOGS, Series, Stat

DEPLOYMENTS: Final = "deployments"
RESTARTS: Final = "restarts"
SERVICE: Final = "Service"
"""The dimension that tells whose an event is."""
WRITERS: Final = ("events.amazonaws.com", "delivery.logs.amazonaws.com")
"""AWS: "Using resource-based policies for Amazon EventBridge", CloudWatch Logs permissions: documented."""
ENDED: Final = (
    '{ $.detail.lastStatus = "STOPPED" && ($.detail.stopCode = "EssentialContainerExited" || '
    '$.detail.stopCode = "TaskFailedToStart" || $.detail.stoppedReason = "*health check*") }'
)
"""Tasks that ended though nobody asked: they exited, did not start, or failed their checks. Not those that a
deployment, scaling or Fargate Spot stops (AWS: "Viewing Amazon ECS stopped tasks errors": documented)."""
BEGUN: Final = '{ $.detail.eventName = "SERVICE_DEPLOYMENT_IN_PROGRESS" }'


@dataclass(frozen=True, kw_only=True)
class Counted:
    """Events that are counted by service."""

    what: str
    pattern: str
    service: str
    """The field of the event that tells whose it is."""


COUNTED: Final = (
    Counted(what=RESTARTS, pattern=ENDED, service="$.detail.group"),
    Counted(what=DEPLOYMENTS, pattern=BEGUN, service="$.resources[0]"),
)


@dataclass(frozen=True, kw_only=True)
class EventLogArgs:
    """Which cluster's events are kept, and for how long."""

    cluster_name: str
    """The cluster whose services and tasks are heard."""
    log_group: str
    """Name of the log group that is made for them. The console shows rules those below `/aws/events/` alone."""
    retention_days: int
    """Days for which events are kept. Security Hub's CloudWatch.16 wants 365 at least."""
    kms_key_arn: pulumi.Input[str] | None = None
    """Encrypts the log. Its policy must let CloudWatch Logs use it. None: AWS's own key."""
    account: str
    """The AWS account, twelve digits."""
    region: str
    """Its region, such as `eu-west-1`."""
    partition: str = "aws"
    """`aws`, or AWS's name for another part of it: `aws-cn`, `aws-us-gov`."""

    @property
    def events(self) -> ServiceEvents:
        """What alarms and dashboards need to know of it."""
        return ServiceEvents(cluster_name=self.cluster_name, log_group=self.log_group)

    @property
    def log_group_arn(self) -> str:
        """Known before the group is there, so that the policy is for it alone."""
        return f"arn:{self.partition}:logs:{self.region}:{self.account}:log-group:{self.log_group}"


@dataclass(frozen=True, kw_only=True)
class ServiceEvents:
    """Where the events of a cluster's services are, and the metrics that are made of them."""

    cluster_name: str
    """The cluster that the services are in."""
    log_group: str
    """Name of the log group that has the events."""

    def metric(self, what: str) -> str:
        """Name of the metric: metrics of log lines know no cluster."""
        return f"{self.cluster_name}-{what}"

    def restarts(self, service_name: str) -> Series:
        """Tasks of a service that ended by themselves, of a minute; missing in minutes without any."""
        stat = self._count(RESTARTS, f"service:{service_name}")
        return Series(label="tasks that ended", stats={"ended": stat})

    def deployments(self, service_arn: str) -> Series:
        """Deployments of a service that began, rollbacks too; missing in minutes without any."""
        return Series(label="deployments", stats={"begun": self._count(DEPLOYMENTS, service_arn)})

    def _count(self, what: str, whose: str) -> Stat:
        return Stat(namespace=LOGS, name=self.metric(what), dimensions={SERVICE: whose}, statistic="Sum")


class EventLog(pulumi.ComponentResource):
    """The events of ECS that tell of deployments, failures and stopped tasks, in a log group, and counted by service.

    It takes one of the ten resource policies that an account has for CloudWatch Logs in a region (AWS:
    "PutResourcePolicy").
    """

    log_group: pulumi.Output[str]
    """Name of the log group, known once it is there."""

    def __init__(self, name: str, args: EventLogArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:components:EventLog", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        group = aws.cloudwatch.LogGroup(
            name,
            name=args.log_group,
            retention_in_days=args.retention_days,
            kms_key_id=args.kms_key_arn,
            opts=child,
        )
        policy = aws.cloudwatch.LogResourcePolicy(
            name,
            policy_name=args.log_group.strip("/").replace("/", "-"),
            policy_document=json.dumps(policy_document(args), sort_keys=True),
            opts=child,
        )
        for what, pattern in patterns(args).items():
            rule = aws.cloudwatch.EventRule(
                f"{name}-{what}",
                description=f"What ECS tells of {what} of {args.cluster_name}",
                event_pattern=json.dumps(pattern, sort_keys=True),
                opts=child,
            )
            aws.cloudwatch.EventTarget(
                f"{name}-{what}",
                rule=rule.name,
                target_id="log",
                arn=group.arn,
                opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
            )
        for counted in COUNTED:
            self._count(name, args, group, counted)
        self.log_group = group.name
        self.register_outputs({"logGroup": self.log_group})

    def _count(self, name: str, args: EventLogArgs, group: aws.cloudwatch.LogGroup, counted: Counted) -> None:
        """A metric for each service, made by one filter: a log group has 100 at most, and an environment more services.

        AWS: "Publish dimensions with metrics from values in JSON or space-delimited log events": documented; for an
        element of an array: assumed.
        """
        aws.cloudwatch.LogMetricFilter(
            f"{name}-{counted.what}",
            log_group_name=group.name,
            pattern=counted.pattern,
            metric_transformation=aws.cloudwatch.LogMetricFilterMetricTransformationArgs(
                name=args.events.metric(counted.what), namespace=LOGS, value="1", dimensions={SERVICE: counted.service}
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )


def patterns(args: EventLogArgs) -> Mapping[str, dict[str, Any]]:
    """Which events are kept: of services whatever ECS tells, of tasks their end.

    AWS: "Amazon ECS service deployment state change events", "Amazon ECS service action events", "Amazon ECS task state
    change events": documented.
    """
    here = f"arn:{args.partition}:ecs:{args.region}:{args.account}"
    return {
        "services": {
            "source": ["aws.ecs"],
            "detail-type": ["ECS Deployment State Change", "ECS Service Action"],
            "resources": [{"prefix": f"{here}:service/{args.cluster_name}/"}],
        },
        "stopped-tasks": {
            "source": ["aws.ecs"],
            "detail-type": ["ECS Task State Change"],
            "detail": {"clusterArn": [f"{here}:cluster/{args.cluster_name}"], "lastStatus": ["STOPPED"]},
        },
    }


def policy_document(args: EventLogArgs) -> dict[str, Any]:
    """Who may write: rules of this account and region alone, into this log group alone.

    AWS: "PutResourcePolicy" (CloudWatch Logs API reference), condition keys against the confused deputy: documented.
    """
    return {
        "Version": VERSION,
        "Statement": [
            {
                "Sid": "WrittenByRulesOfThisAccount",
                "Effect": "Allow",
                "Principal": {"Service": list(WRITERS)},
                "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                "Resource": f"{args.log_group_arn}:*",
                "Condition": {
                    "StringEquals": {"aws:SourceAccount": args.account},
                    "ArnLike": {"aws:SourceArn": f"arn:{args.partition}:events:{args.region}:{args.account}:rule/*"},
                },
            }
        ],
    }
