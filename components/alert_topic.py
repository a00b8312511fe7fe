"""`AlertTopic`: where an environment's alarms tell people, encrypted, and open to CloudWatch and EventBridge alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.encryption_key import EncryptionKey, EncryptionKeyArgs, alias_of
from components.key_policy import KeyUse, used_for

KEY_DELETION_DAYS: Final = 7
"""Days in which a key that is given up can be had back. It protects messages on their way, nothing that stays."""


@dataclass(frozen=True, kw_only=True)
class AlertTopicArgs:
    """Where it is, and who reads it."""

    topic_name: str
    """People type it."""
    account: str
    """The AWS account, twelve digits."""
    region: str
    """Its region, such as `eu-west-1`."""
    emails: Sequence[str] = ()
    """Each gets a mail with a link that confirms the subscription. Other receivers subscribe to the topic, or hear
    of alarms by EventBridge (`AlarmReceivers`)."""
    partition: str = "aws"
    """`aws`, or AWS's name for another part of it: `aws-cn`, `aws-us-gov`."""

    @property
    def arn(self) -> str:
        """Known before the topic is there, so that its policy is a part of it."""
        return f"arn:{self.partition}:sns:{self.region}:{self.account}:{self.topic_name}"


class AlertTopic(pulumi.ComponentResource):
    """An SNS topic with a key of its own: CloudWatch may not use the one that AWS manages for SNS."""

    arn: pulumi.Output[str]
    """What alarms and rules are told to publish to."""

    def __init__(self, name: str, args: AlertTopicArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:components:AlertTopic", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        key = EncryptionKey(
            name,
            EncryptionKeyArgs(
                alias_name=alias_of("sns", args.topic_name),
                description=f"Messages of {args.topic_name}",
                account=args.account,
                partition=args.partition,
                uses=key_uses(args),
                deletion_window_days=KEY_DELETION_DAYS,
                formerly_in=self,
            ),
            child,
        )
        topic = aws.sns.Topic(
            name,
            name=args.topic_name,
            kms_master_key_id=key.arn,
            policy=json.dumps(topic_policy(args), sort_keys=True),
            opts=child,
        )
        for address in sorted(set(args.emails)):
            aws.sns.TopicSubscription(
                f"{name}-{address}", topic=topic.arn, protocol="email", endpoint=address, opts=child
            )
        self.arn = topic.arn
        self.register_outputs({"arn": self.arn})


def topic_policy(args: AlertTopicArgs) -> dict[str, Any]:
    """Who may publish: this account's alarms and rules, whoever makes CloudWatch or EventBridge ask, and over TLS.

    AWS: "Example cases for Amazon SNS access control"; "Amazon SNS permissions" (EventBridge); "The confused deputy
    problem": documented.
    """
    here = f"{args.region}:{args.account}"
    publishers = (
        ("AlarmsOfThisAccount", "cloudwatch.amazonaws.com", f"arn:{args.partition}:cloudwatch:{here}:alarm:*"),
        ("RulesOfThisAccount", "events.amazonaws.com", f"arn:{args.partition}:events:{here}:rule/*"),
    )
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "EncryptedOnTheWay",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "sns:Publish",
                "Resource": args.arn,
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            },
            *(
                {
                    "Sid": sid,
                    "Effect": "Allow",
                    "Principal": {"Service": service},
                    "Action": "sns:Publish",
                    "Resource": args.arn,
                    "Condition": {
                        "StringEquals": {"aws:SourceAccount": args.account},
                        "ArnLike": {"aws:SourceArn": source},
                    },
                }
                for sid, service, source in publishers
            ),
        ],
    }


def key_uses(args: AlertTopicArgs) -> tuple[KeyUse, ...]:
    """CloudWatch and EventBridge use the key to publish.

    AWS: "Amazon SNS key management": EventBridge is refused where the key's policy asks for the source's account or
    ARN: documented, and observed (landing-zone-accelerator-on-aws#407). So only CloudWatch's use is bound to this
    account by the key; EventBridge's is by the topic's policy.
    """
    return (
        used_for("UsedByAlarms", "cloudwatch.amazonaws.com", args.account),
        KeyUse(sid="UsedByRules", service="events.amazonaws.com"),
    )
