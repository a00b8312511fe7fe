"""What the life of schedules and queues takes.

AWS: "Actions, resources, and condition keys for Amazon EventBridge Scheduler", "... for Amazon SQS".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from access.containers import ROLES
from access.need import TAGGED, Kind, Need, When, regional

SCHEDULES: Final = regional("scheduler", "schedule/{schedule_group}/{schedule}")
GROUPS: Final = regional("scheduler", "schedule-group/{schedule_group}")
QUEUES: Final = regional("sqs", "{queue}")

KINDS: Final[Sequence[Kind]] = (
    Kind(
        of="aws:scheduler/schedule:Schedule",
        placeholder="schedule",
        needs=(
            Need(actions="scheduler:CreateSchedule scheduler:GetSchedule scheduler:DeleteSchedule", on=SCHEDULES),
            Need(
                actions="scheduler:UpdateSchedule",
                on=SCHEDULES,
                why="AWS plugin: when a schedule changes, and the revision that it runs",
            ),
            Need(
                actions="iam:PassRole",
                on=ROLES,
                when=When.PASSED,
                service="scheduler.amazonaws.com",
                why="no call of its own: AWS asks for it when a schedule is told its role",
            ),
        ),
    ),
    Kind(
        of="aws:scheduler/scheduleGroup:ScheduleGroup",
        placeholder="schedule_group",
        needs=(
            Need(
                actions="scheduler:CreateScheduleGroup scheduler:GetScheduleGroup scheduler:ListTagsForResource "
                "scheduler:DeleteScheduleGroup",
                on=GROUPS,
            ),
            Need(actions="scheduler:TagResource scheduler:UntagResource", on=GROUPS, why=TAGGED),
        ),
    ),
    Kind(
        of="aws:sqs/queue:Queue",
        placeholder="queue",
        needs=(
            Need(
                actions="sqs:CreateQueue sqs:GetQueueAttributes sqs:ListQueueTags sqs:DeleteQueue",
                on=QUEUES,
            ),
            Need(
                actions="sqs:SetQueueAttributes sqs:GetQueueUrl",
                on=QUEUES,
                why="AWS plugin: when a queue changes, and to find one by its name",
            ),
            Need(actions="sqs:TagQueue sqs:UntagQueue", on=QUEUES, why=TAGGED),
        ),
    ),
    Kind(
        of="aws:sqs/queuePolicy:QueuePolicy",
        needs=(Need(actions="sqs:SetQueueAttributes sqs:GetQueueAttributes", on=QUEUES),),
    ),
)
