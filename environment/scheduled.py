"""What a service of an environment runs by the clock."""

from __future__ import annotations

from collections.abc import Sequence

from components.scheduled_task import ScheduledTask
from components.scheduled_task_args import ScheduledTaskArgs, TaskRun, Timetable
from components.service import Service
from components.task_definition import TaskDefinition
from environment.platform import Platform
from environment.platform_reference import PlatformReference
from stacks.service_definition import ServiceDefinition


def schedule_commands(
    platform: Platform | PlatformReference, service: ServiceDefinition, definition: TaskDefinition, running: Service
) -> Sequence[ScheduledTask]:
    """The service's commands, each of the revision that the service runs, once it is verified to run."""
    settings = platform.settings
    name = settings.names.service(service.name)
    return [
        ScheduledTask(
            f"{name}-{one.name}",
            ScheduledTaskArgs(
                task_name=f"{name}-{one.name}",
                cluster_name=platform.cluster.cluster_name,
                run=TaskRun(
                    family=name,
                    task_definition_arn=definition.arn,
                    role_arns=definition.role_arns,
                    command=one.command,
                    needs=[*definition.policies, running],
                ),
                timetable=Timetable(when=one.when, time_zone=one.time_zone, window_minutes=one.window_minutes),
                enabled=one.enabled,
                vpc_id=platform.network.vpc_id,
                subnet_ids=platform.network.private_subnet_ids,
                egress_ports=service.egress_ports,
                # File systems let in the service's own group.
                security_group_ids=[running.security_group_id] if service.files else [],
                topic_arn=platform.alerts.arn,
                pages=settings.profile.pages,
                runbooks=settings.alerts.runbooks,
                account=settings.aws.account,
                region=settings.aws.region,
                partition=settings.aws.partition,
            ),
            platform.opts,
        )
        for one in service.scheduled
    ]
