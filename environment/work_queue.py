"""The queue that a service of an environment works off, and what watches it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import pulumi

from components.queue_alarms import QueueAlarms, QueueAlarmsArgs
from components.secrets import find_key
from components.service_dashboard import ShownQueue
from components.work_queue import WorkQueue, WorkQueueArgs
from environment.platform import Platform
from environment.platform_reference import PlatformReference
from release.task_needs import AwsResource
from stacks.service_definition import QUEUE_URL, QueueDefinition

NOTHING: Final[Mapping[str, str]] = {}


class QueueOfService:
    """Makes the queue of a service that has one. Of any other it is empty, and says nothing."""

    name: pulumi.Output[str] | None = None
    """The queue's, once it is there."""
    variables: Mapping[str, str] = NOTHING
    """What the service's container is told."""
    received: Sequence[AwsResource] = ()
    """What its code works off."""
    symptoms: Sequence[pulumi.Output[str]] = ()
    """Names of the alarms that make it unwell."""
    alarms: Sequence[pulumi.Output[str]] = ()
    """ARNs of all its alarms."""
    shown: ShownQueue | None = None
    """How the service's dashboard shows it."""

    def __init__(
        self,
        platform: Platform | PlatformReference,
        name: str,
        definition: QueueDefinition | None,
        asking: pulumi.InvokeOptions,
    ) -> None:
        if definition is None:
            return
        settings = platform.settings
        args = WorkQueueArgs(
            queue_name=name,
            delivery=definition.delivery,
            key_arn=find_key(definition.key, asking) if definition.key else None,
            account=settings.aws.account,
            region=settings.aws.region,
            partition=settings.aws.partition,
        )
        queue = WorkQueue(name, args, platform.opts)
        alarms = QueueAlarms(
            name,
            QueueAlarmsArgs(
                queue_name=name,
                watched_name=queue.queue_name,
                dead_letters_name=queue.dead_letters_name,
                bounds=definition.alarms,
                topic_arn=platform.alerts.arn,
                pages=settings.profile.pages,
                runbooks=settings.alerts.runbooks,
            ),
            platform.opts,
        )
        self.name = queue.queue_name
        self.variables = {QUEUE_URL: args.url}
        self.received = [args.resource]
        self.symptoms, self.alarms = alarms.symptoms, alarms.arns
        self.shown = ShownQueue(
            name=queue.queue_name, dead_letters_name=queue.dead_letters_name, bounds=definition.alarms
        )
