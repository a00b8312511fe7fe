"""`QueueAlarms`: what watches a queue: whether its messages wait too long, and whether nobody can work one off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import pulumi
import pulumi_aws as aws

from components.service_alarms import LONGEST_LINK, NO_DATA_IS_FINE
from components.service_metrics import SQS
from release.queue_alarms import QUEUE_SYMPTOMS, QueueBounds, QueueKind
from release.service_alarms import MINUTE, alarm_name

WATCHED: Final = {
    QueueKind.OLDEST: ("ApproximateAgeOfOldestMessage", "the oldest message has waited more than {threshold} s"),
    QueueKind.DEAD_LETTERS: (
        "ApproximateNumberOfMessagesVisible",
        "more than {threshold} messages are among the dead letters",
    ),
}
"""AWS: "Available CloudWatch metrics for Amazon SQS": documented. A message that was received three times counts no
more for the age, so that of one that nobody can work off only the dead letters tell."""


@dataclass(frozen=True, kw_only=True)
class QueueAlarmsArgs:
    """What is watched, and who hears of it."""

    queue_name: str
    """Of the queue; begins every alarm's name. Of a FIFO queue without its `.fifo`."""
    watched_name: pulumi.Input[str]
    """The queue's, as SQS has it (`WorkQueue.queue_name`)."""
    dead_letters_name: pulumi.Input[str]
    """The name of the queue of what nobody could work off (`WorkQueue.dead_letters_name`)."""
    bounds: QueueBounds = field(default_factory=QueueBounds)
    """When each alarm goes off."""
    topic_arn: pulumi.Input[str]
    """Who is told: an SNS topic."""
    pages: bool
    """Whether anybody is told. Alarms go off all the same."""
    runbooks: str
    """Where people read what to do: the heading of each alarm is put behind it."""

    def __post_init__(self) -> None:
        if len(self.runbooks) > LONGEST_LINK:
            raise ValueError(f"runbooks has {len(self.runbooks)} characters; allowed are {LONGEST_LINK}")


class QueueAlarms(pulumi.ComponentResource):
    """CloudWatch alarms on the age of a queue's oldest message and on its dead letters."""

    arns: Sequence[pulumi.Output[str]]
    """ARNs of all alarms, for a dashboard."""
    symptoms: Sequence[pulumi.Output[str]]
    """Names of the alarms that make whoever works the queue off unwell (`ServiceAlarmsArgs.more_symptoms`)."""

    def __init__(self, name: str, args: QueueAlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:components:QueueAlarms", name, None, opts)
        made = {kind: self._alarm(name, args, kind) for kind in QueueKind}
        self.arns = [alarm.arn for alarm in made.values()]
        self.symptoms = [made[kind].name for kind in QUEUE_SYMPTOMS]
        self.register_outputs({"alarms": [alarm.name for alarm in made.values()], "symptoms": list(self.symptoms)})

    def _alarm(self, name: str, args: QueueAlarmsArgs, kind: QueueKind) -> aws.cloudwatch.MetricAlarm:
        bound = args.bounds.bound(kind)
        metric, sentence = WATCHED[kind]
        told = [args.topic_arn]
        return aws.cloudwatch.MetricAlarm(
            f"{name}-{kind}",
            name=alarm_name(args.queue_name, kind),
            alarm_description=(
                f"{args.queue_name}: {sentence.format(threshold=f'{bound.threshold:g}')} in {bound.breaching} of "
                f"{bound.minutes} minutes. What to do: {args.runbooks}#{kind}"
            ),
            namespace=SQS,
            metric_name=metric,
            dimensions={"QueueName": args.dead_letters_name if kind is QueueKind.DEAD_LETTERS else args.watched_name},
            statistic="Maximum",
            period=MINUTE,
            comparison_operator="GreaterThanThreshold",
            threshold=bound.threshold,
            evaluation_periods=bound.minutes,
            datapoints_to_alarm=bound.breaching,
            # SQS measures nothing of a queue that nobody has used for six hours.
            treat_missing_data=NO_DATA_IS_FINE,
            actions_enabled=args.pages,
            alarm_actions=told,
            ok_actions=told,
            opts=pulumi.ResourceOptions(parent=self),
        )
