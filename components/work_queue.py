"""`WorkQueue`: a queue of SQS that tasks work off, encrypted, with a queue for what nobody could work off."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.permissions import VERSION, refused_in_plain
from release.kms_service import host_of
from release.task_needs import Queue
from release.work_queue import DAY, DEAD_LETTERS, DEAD_LETTERS_KEPT_DAYS, FIFO, Delivery, check_name

LONG_POLL_SECONDS: Final = 20
"""For which SQS waits for a message where a receiver does not say: the most (AWS: "Amazon SQS short and long
polling"): documented. A short poll asks few of its servers, and costs as much."""


@dataclass(frozen=True, kw_only=True)
class Sender:
    """A service of AWS that sends for a resource of this account, such as an SNS topic or a rule of EventBridge.

    Code sends in a role, and needs no place here: its role says so (`sends` of a `TaskDefinition`).
    """

    service: str
    """Its principal, such as `sns.amazonaws.com`."""
    source_arn: pulumi.Input[str]
    """The topic, the rule: for no other does it send (AWS: "The confused deputy problem")."""


@dataclass(frozen=True, kw_only=True)
class WorkQueueArgs:
    """Its name, how it hands out messages, and who else sends."""

    queue_name: str
    """Letters, digits, hyphens and underscores, 62 at most. A FIFO queue gets `.fifo` behind it."""
    delivery: Delivery = field(default_factory=Delivery)
    """How often a message is handed out, for how long, and in which order."""
    key_arn: str | None = None
    """The customer's KMS key that encrypts messages. Its policy must let each `Sender` use it. None: SQS's own."""
    senders: Sequence[Sender] = ()
    """Services of AWS that send. None: code alone does."""
    account: str
    """The AWS account, twelve digits."""
    region: str
    """Its region, such as `eu-west-1`."""
    partition: str = "aws"
    """`aws`, or AWS's name for another part of it: `aws-cn`, `aws-us-gov`."""

    def __post_init__(self) -> None:
        check_name(self.queue_name)
        for name, value, allowed in self.delivery.faults():
            raise ValueError(f"delivery of queue {self.queue_name}: {name} is {value}; {allowed}")

    @property
    def full_name(self) -> str:
        """As SQS has it."""
        return self.queue_name + self._ending

    @property
    def dead_letters_name(self) -> str:
        """Of the queue of what nobody could work off."""
        return f"{self.queue_name}-{DEAD_LETTERS}{self._ending}"

    @property
    def url(self) -> str:
        """What the SDKs want, known before the queue is there (AWS: "Identifiers for Amazon SQS queues")."""
        return f"https://{host_of('sqs', self.region, self.partition)}/{self.account}/{self.full_name}"

    @property
    def resource(self) -> Queue:
        """What tasks name that work it off (`receives`), or put something in (`sends`)."""
        return Queue(self.full_name, key=self.key_arn or "")

    def arn(self, queue_name: str) -> str:
        """Known before the queue is there, so that its policy is a part of it."""
        return f"arn:{self.partition}:sqs:{self.region}:{self.account}:{queue_name}"

    @property
    def _ending(self) -> str:
        return FIFO if self.delivery.fifo else ""


class WorkQueue(pulumi.ComponentResource):
    """An SQS queue, and the one that messages go to which were handed out too often.

    Both are encrypted and take no word that is not (Security Hub SQS.1; AWS: "Amazon SQS security best practices").
    Nobody else's queue may use the second one.
    """

    arn: pulumi.Output[str]
    """Of the queue."""
    queue_name: pulumi.Output[str]
    """Its name, once it is there: scaling and alarms name it."""
    url: pulumi.Output[str]
    """What the SDKs want."""
    dead_letters_name: pulumi.Output[str]
    """Of the queue of what nobody could work off."""
    dead_letters_url: pulumi.Output[str]
    """Where people look at it, or send it back from."""

    def __init__(self, name: str, args: WorkQueueArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:components:WorkQueue", name, None, opts)
        only = {"redrivePermission": "byQueue", "sourceQueueArns": [args.arn(args.full_name)]}
        dead = self._queue(
            f"{name}-{DEAD_LETTERS}",
            args,
            args.dead_letters_name,
            message_retention_seconds=DEAD_LETTERS_KEPT_DAYS * DAY,
            redrive_allow_policy=json.dumps(only, sort_keys=True),
            policy=json.dumps(_policy(args, args.dead_letters_name), sort_keys=True),
        )
        redrive = {"deadLetterTargetArn": dead.arn, "maxReceiveCount": args.delivery.attempts}
        queue = self._queue(
            name,
            args,
            args.full_name,
            message_retention_seconds=args.delivery.kept_days * DAY,
            visibility_timeout_seconds=args.delivery.longest_work,
            receive_wait_time_seconds=LONG_POLL_SECONDS,
            redrive_policy=pulumi.Output.json_dumps(redrive, sort_keys=True),
            policy=pulumi.Output.json_dumps(_policy(args, args.full_name, args.senders), sort_keys=True),
        )
        self.arn = queue.arn
        self.queue_name = queue.name
        self.url = queue.url
        self.dead_letters_name = dead.name
        self.dead_letters_url = dead.url
        self.register_outputs(
            {"arn": self.arn, "queueName": self.queue_name, "url": self.url, "deadLettersUrl": self.dead_letters_url}
        )

    def _queue(self, name: str, args: WorkQueueArgs, queue_name: str, **settings: Any) -> aws.sqs.Queue:  # noqa: ANN401 - the SDK's
        return aws.sqs.Queue(
            name,
            name=queue_name,
            fifo_queue=True if args.delivery.fifo else None,
            kms_master_key_id=args.key_arn,
            sqs_managed_sse_enabled=None if args.key_arn else True,
            **settings,
            opts=pulumi.ResourceOptions(parent=self),
        )


def _policy(args: WorkQueueArgs, queue_name: str, senders: Sequence[Sender] = ()) -> dict[str, Any]:
    """Over TLS alone; beside roles, which have their own policies, those senders.

    AWS: "Amazon SQS security best practices", "Subscribing an Amazon SQS queue to an Amazon SNS topic": documented.
    """
    arn = args.arn(queue_name)
    allowed = [
        {
            "Sid": f"Sender{number}",
            "Effect": "Allow",
            "Principal": {"Service": sender.service},
            "Action": "sqs:SendMessage",
            "Resource": arn,
            "Condition": {
                "ArnEquals": {"aws:SourceArn": sender.source_arn},
                "StringEquals": {"aws:SourceAccount": args.account},
            },
        }
        for number, sender in enumerate(senders, 1)
    ]
    return {"Version": VERSION, "Statement": [refused_in_plain("sqs:*", arn), *allowed]}
