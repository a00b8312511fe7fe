"""`AlarmReceivers`: who hears of alarms and of failed deployments by EventBridge, beside the people of `AlertTopic`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.permissions import VERSION, Permission
from release.service_alarms import UNWELL, Kind

HAS_A_POLICY: Final = re.compile(r"arn:[^:]+:(lambda|logs|sns|sqs):")
"""Receivers whose own resource policy must let EventBridge in (AWS: "Using resource-based policies for Amazon
EventBridge"): documented."""
BY_A_ROLE: Final[Mapping[str, str]] = {
    "event-bus": "events:PutEvents",
    "api-destination": "events:InvokeApiDestination",
}
"""Receivers of EventBridge itself, and what a role of ours must be allowed for them (AWS: "Using identity-based
policies for Amazon EventBridge"): documented."""
LONGEST_TARGET: Final = 64
"""Characters of a target's id (AWS: "Target", EventBridge API reference): documented."""
MOST: Final = 5
"""Targets of one rule (AWS: "Amazon EventBridge quotas"): documented."""


@dataclass(frozen=True, kw_only=True)
class AlarmReceiversArgs:
    """Whose alarms, and who hears of them."""

    cluster_name: str
    """The cluster whose failed deployments are told."""
    alarm_prefix: str = ""
    """What the names of the services, and so of their alarms, begin with. Empty: those of all services of the account
    and region."""
    receivers: Sequence[str]
    """ARNs, five at most: queues of SQS, functions of Lambda, topics, log groups, event buses, API destinations. The
    first four let `events.amazonaws.com` in by a policy of their own."""
    pages: bool
    """Whether anybody is told."""
    account: str
    """The AWS account, twelve digits."""
    region: str
    """Its region, such as `eu-west-1`."""
    partition: str = "aws"
    """`aws`, or AWS's name for another part of it: `aws-cn`, `aws-us-gov`."""

    def __post_init__(self) -> None:
        if not 1 <= len(self.receivers) <= MOST:
            raise ValueError(f"receivers has {len(self.receivers)} entries; EventBridge takes 1 to {MOST} for a rule")
        if len(set(self.receivers)) < len(self.receivers):
            raise ValueError("a receiver is there twice; name each once")
        for arn in self.receivers:
            if not action_for(arn) and not HAS_A_POLICY.match(arn):
                raise ValueError(
                    f"receiver {arn!r} is none that hears of alarms; name the ARN of a queue, a function, a topic, a "
                    "log group, an event bus or an API destination"
                )


class AlarmReceivers(pulumi.ComponentResource):
    """Rules that hand alarms of services, when they go off and when it is over, and failed deployments to receivers.

    Each gets the event as AWS sends it ("Alarm events and EventBridge"). What cannot be delivered for a day is lost
    (AWS: "Event retry policy and using dead-letter queues").
    """

    rules: Sequence[pulumi.Output[str]]
    """Names of the rules, for metrics of what could not be delivered."""

    def __init__(self, name: str, args: AlarmReceiversArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:components:AlarmReceivers", name, None, opts)
        role, policies = self._role(name, args)
        made = []
        for what, pattern in patterns(args).items():
            rule = aws.cloudwatch.EventRule(
                f"{name}-{what}",
                description=f"Told of {what}: who stands in the stack file",
                event_pattern=json.dumps(pattern, sort_keys=True),
                state="ENABLED" if args.pages else "DISABLED",
                opts=pulumi.ResourceOptions(parent=self),
            )
            for arn in args.receivers:
                aws.cloudwatch.EventTarget(
                    f"{name}-{what}-{_short(arn)}",
                    rule=rule.name,
                    target_id=_short(arn),
                    arn=arn,
                    role_arn=role.arn if role and action_for(arn) else None,
                    opts=pulumi.ResourceOptions(parent=self, depends_on=policies),
                )
            made.append(rule.name)
        self.rules = made
        self.register_outputs({"rules": made})

    def _role(self, name: str, args: AlarmReceiversArgs) -> tuple[aws.iam.Role | None, list[aws.iam.RolePolicy]]:
        """What EventBridge needs for receivers of its own; None where there are none."""
        needs = [
            Permission(name=f"tell-{_short(arn)}", actions=[action_for(arn)], resources=[arn])
            for arn in args.receivers
            if action_for(arn)
        ]
        if not needs:
            return None, []
        child = pulumi.ResourceOptions(parent=self)
        role = aws.iam.Role(
            name,
            description="EventBridge tells the receivers of alarms",
            assume_role_policy=json.dumps(trust(args), sort_keys=True),
            opts=child,
        )
        return role, [
            aws.iam.RolePolicy(
                f"{name}-{need.name}", role=role.name, policy=json.dumps(need.document(), sort_keys=True), opts=child
            )
            for need in needs
        ]


def action_for(arn: str) -> str:
    """What a role must be allowed to tell this receiver; empty where its own policy lets EventBridge in."""
    return next((action for noun, action in BY_A_ROLE.items() if f":{noun}/" in arn), "")


def patterns(args: AlarmReceiversArgs) -> Mapping[str, dict[str, Any]]:
    """Which events are told: turns of services' alarms to ALARM and to OK, and deployments that ECS gave up.

    AWS: "Alarm events and EventBridge", "Amazon ECS service deployment state change events": documented.
    """
    here = f"{args.region}:{args.account}"
    return {
        "alarms": {
            "source": ["aws.cloudwatch"],
            "detail-type": ["CloudWatch Alarm State Change"],
            "resources": [{"prefix": f"arn:{args.partition}:cloudwatch:{here}:alarm:{args.alarm_prefix}"}],
            "detail": {
                "alarmName": [{"suffix": f"-{what}"} for what in (*Kind, UNWELL)],
                "state": {"value": ["ALARM", "OK"]},
            },
        },
        "failed-deployments": {
            "source": ["aws.ecs"],
            "detail-type": ["ECS Deployment State Change"],
            "resources": [{"prefix": f"arn:{args.partition}:ecs:{here}:service/{args.cluster_name}/"}],
            "detail": {"eventName": ["SERVICE_DEPLOYMENT_FAILED"]},
        },
    }


def trust(args: AlarmReceiversArgs) -> dict[str, Any]:
    """Who may take the role: rules of this account alone (AWS: "The confused deputy problem")."""
    rules = f"arn:{args.partition}:events:{args.region}:{args.account}:rule/*"
    return {
        "Version": VERSION,
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": "sts:AssumeRole",
                "Condition": {
                    "StringEquals": {"aws:SourceAccount": args.account},
                    "ArnLike": {"aws:SourceArn": rules},
                },
            }
        ],
    }


def _short(arn: str) -> str:
    """The receiver's kind and name as an id may have them, or the end of these where they are longer."""
    parts = arn.split(":")
    kept = re.sub(r"[^A-Za-z0-9_.-]", "-", "-".join([parts[2], *parts[5:]]))
    return kept[-LONGEST_TARGET:].strip("-")
