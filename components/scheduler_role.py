"""What EventBridge Scheduler may do to run one task by the clock, and who may take its role. Pure.

AWS: "Amazon ECS EventBridge IAM Role" (what running a task takes, tags among it); "Confused deputy prevention in
EventBridge Scheduler" (the schedule's group, and no schedule, is the source): documented.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from components.permissions import VERSION, Permission


@dataclass(frozen=True, kw_only=True)
class SchedulersTask:
    """The one task that the role is for."""

    family: str
    cluster_arn: pulumi.Input[str]
    role_arns: Sequence[pulumi.Input[str]]
    """The execution role and the task role of the family, and no others."""
    queue_arn: pulumi.Input[str]
    """Where what could not be run is kept."""
    group_name: str
    """The schedule's group."""
    account: str
    region: str
    partition: str

    def _arn(self, service: str, resource: str) -> str:
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    def trust(self) -> dict[str, Any]:
        """Who may take the role: Scheduler, for schedules of this group alone."""
        condition = {
            "StringEquals": {"aws:SourceAccount": self.account},
            "ArnEquals": {"aws:SourceArn": self._arn("scheduler", f"schedule-group/{self.group_name}")},
        }
        return {
            "Version": VERSION,
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "scheduler.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                    "Condition": condition,
                }
            ],
        }

    def permissions(self) -> tuple[Permission, ...]:
        """Each need by itself."""
        # Any revision of the family: an update changes policy and schedule one after the other.
        family = self._arn("ecs", f"task-definition/{self.family}:*")
        tasks = pulumi.Output.from_input(self.cluster_arn).apply(lambda arn: f"{arn.replace(':cluster/', ':task/')}/*")
        return (
            Permission(
                name="run-task",
                actions=["ecs:RunTask"],
                resources=[family],
                condition={"ArnEquals": {"ecs:cluster": self.cluster_arn}},
            ),
            Permission(
                name="tag-what-it-runs",
                actions=["ecs:TagResource"],
                resources=[tasks],
                condition={"StringEquals": {"ecs:CreateAction": "RunTask"}},
            ),
            Permission(
                name="pass-roles",
                actions=["iam:PassRole"],
                resources=list(self.role_arns),
                condition={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
            ),
            Permission(name="keep-dead-letters", actions=["sqs:SendMessage"], resources=[self.queue_arn]),
        )
