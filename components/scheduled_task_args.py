"""What `ScheduledTask` is told: what runs, when and where, and who hears of what went wrong."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi

from components.service_alarms import LONGEST_LINK
from release.schedule_expression import check_expression, check_time_zone
from release.work_queue import DEAD_LETTERS

LONGEST_TASK_NAME: Final = 64
"""Characters (AWS: "CreateSchedule", "CreateScheduleGroup"): documented."""
LONGEST_WINDOW: Final = 1_440
"""Minutes (AWS: "FlexibleTimeWindow"): documented."""
MOST_RETRIES: Final = 185
RETRY_SECONDS: Final = range(60, 86_401)
"""Both AWS: "RetryPolicy" of EventBridge Scheduler: documented."""


@dataclass(frozen=True, kw_only=True)
class Timetable:
    """When it runs, and what is done where it cannot be started."""

    when: str
    """`cron(0 3 * * ? *)`, `rate(6 hours)` or `at(2026-12-24T18:00:00)` (AWS: "Schedule types in EventBridge
    Scheduler"). An hour that the clocks leave out is left out; one that comes twice is the first."""
    time_zone: str = "UTC"
    """In which `when` is read, as IANA names it: `Europe/Berlin`."""
    window_minutes: int = 0
    """Minutes within which it may start, so that not all start at once: 0 to 1440."""
    retries: int = 3
    """How often ECS is asked again where it did not start the task: 0 to 185. A run that fails is not run again."""
    retry_seconds: int = 3_600
    """How long it is asked again: 60 to 86400. Then the invocation is a dead letter."""

    def __post_init__(self) -> None:
        check_expression(self.when)
        check_time_zone(self.time_zone)
        for name, value, allowed in (
            ("window_minutes", self.window_minutes, range(LONGEST_WINDOW + 1)),
            ("retries", self.retries, range(MOST_RETRIES + 1)),
            ("retry_seconds", self.retry_seconds, RETRY_SECONDS),
        ):
            if value not in allowed:
                raise ValueError(f"{name} is {value}; allowed are {allowed.start} to {allowed.stop - 1}")


@dataclass(frozen=True, kw_only=True)
class TaskRun:
    """What is run: a revision of a task definition, mostly `TaskDefinition`'s."""

    family: str
    """Name of the family, and of the container."""
    task_definition_arn: pulumi.Input[str]
    """With its revision: what runs changes with an update alone."""
    role_arns: Sequence[pulumi.Input[str]]
    """The family's execution and task role (`TaskDefinition.role_arns`)."""
    command: Sequence[str] = ()
    """Instead of the image's own. None: the image's."""
    needs: Sequence[pulumi.Resource] = ()
    """What must be there before it can run (`TaskDefinition.policies`)."""

    def overrides(self) -> dict[str, Any]:
        """As RunTask takes it; empty without a command."""
        return {"containerOverrides": [{"name": self.family, "command": list(self.command)}]} if self.command else {}


@dataclass(frozen=True, kw_only=True)
class ScheduledTaskArgs:
    """What runs, when, where, and who hears of what went wrong."""

    task_name: str
    """Of the schedule and its group, and the beginning of what watches it: letters, digits, `-` and `_`, 64 at most."""
    cluster_name: pulumi.Input[str]
    """The ECS cluster that it runs in."""
    run: TaskRun
    """What is run."""
    timetable: Timetable
    """When."""
    enabled: bool = True
    """Whether it runs at all. Off, everything stays where it is."""
    vpc_id: pulumi.Input[str]
    """The network of the subnets."""
    subnet_ids: Sequence[pulumi.Input[str]] | pulumi.Output[Sequence[str]]
    """Private subnets. Tasks get no public address."""
    egress_ports: Sequence[int] = (443,)
    """TCP ports that the task may reach outside. 443 is needed for the image, the logs and the secrets."""
    security_group_ids: Sequence[pulumi.Input[str]] = ()
    """Groups that its tasks are in beside their own, such as one that a database lets in: 4 at most."""
    topic_arn: pulumi.Input[str]
    """Who is told: an SNS topic (`AlertTopic`)."""
    pages: bool
    """Whether anybody is told."""
    runbooks: str
    """Where people read what to do: the heading of each alarm is put behind it."""
    account: str
    """The AWS account, twelve digits."""
    region: str
    """Its region, such as `eu-west-1`."""
    partition: str = "aws"
    """`aws`, or AWS's name for another part of it: `aws-cn`, `aws-us-gov`."""

    def __post_init__(self) -> None:
        if not re.fullmatch(rf"[A-Za-z0-9_-]{{1,{LONGEST_TASK_NAME}}}", self.task_name):
            raise ValueError(
                f"task_name is {self.task_name!r}; allowed are 1 to {LONGEST_TASK_NAME} letters, digits, '-' and '_'"
            )
        if len(self.security_group_ids) > 4:  # noqa: PLR2004 - five with its own (AWS: "AwsVpcConfiguration")
            raise ValueError(f"security_group_ids has {len(self.security_group_ids)}; allowed are 4 beside its own")
        if len(self.runbooks) > LONGEST_LINK:
            raise ValueError(f"runbooks has {len(self.runbooks)} characters; allowed are {LONGEST_LINK}")

    @property
    def queue_name(self) -> str:
        """Of the dead letters."""
        return f"{self.task_name}-{DEAD_LETTERS}"

    @property
    def ecs_group(self) -> str:
        """The mark of its tasks in ECS, which tells them from a service's (AWS: "RunTask", group)."""
        return f"schedule:{self.task_name}"

    def arn(self, service: str, resource: str) -> str:
        """Of something of the account, known before it is there."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"
