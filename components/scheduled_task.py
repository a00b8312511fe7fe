"""`ScheduledTask`: a task that runs by the clock to its end, and tells when it did not."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.network import ANYWHERE
from components.permissions import VERSION, refused_in_plain
from components.scheduled_task_args import ScheduledTaskArgs
from components.scheduler_role import SchedulersTask
from release.service_alarms import MINUTE, alarm_name
from release.work_queue import DAY, DEAD_LETTERS, DEAD_LETTERS_KEPT_DAYS

NOT_STARTED: Final = "not-started"
FAILED_RUNS: Final = "failed-runs"
"""Like `DEAD_LETTERS` the ends of names, and headings among the runbooks."""


class ScheduledTask(pulumi.ComponentResource):
    """An EventBridge schedule that runs a Fargate task, with retries, dead letters and what watches it.

    A run ends by itself. Scheduler does not wait for the one before, so a task that must not overlap with itself has to
    see to it; and an invocation may, rarely, come twice (AWS: "What is Amazon EventBridge Scheduler?", at least once).
    """

    schedule_arn: pulumi.Output[str]
    """Of the schedule."""
    dead_letters: pulumi.Output[str]
    """URL of the queue of invocations that came to nothing."""
    security_group_id: pulumi.Output[str]
    """The group of its tasks, for what lets them in."""
    run_now: pulumi.Output[str]
    """The command by which a person runs it at once, whatever the timetable says."""

    def __init__(self, name: str, args: ScheduledTaskArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:components:ScheduledTask", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        cluster = pulumi.Output.concat(args.arn("ecs", "cluster/"), args.cluster_name)
        group = aws.scheduler.ScheduleGroup(name, name=args.task_name, opts=child)
        queue = self._dead_letters(name, args)
        tasks, ways_out = self._security_group(name, args)
        role, policies = self._role(name, args, cluster, queue.arn)
        network = {"subnets": args.subnet_ids, "securityGroups": [tasks.id, *args.security_group_ids]}
        schedule = aws.scheduler.Schedule(
            name,
            name=args.task_name,
            group_name=group.name,
            state="ENABLED" if args.enabled else "DISABLED",
            schedule_expression=args.timetable.when,
            schedule_expression_timezone=args.timetable.time_zone,
            flexible_time_window=_window(args.timetable.window_minutes),
            target=aws.scheduler.ScheduleTargetArgs(
                arn=cluster,
                role_arn=role.arn,
                ecs_parameters=_ecs_parameters(args, network),
                input=json.dumps(args.run.overrides(), sort_keys=True) if args.run.command else None,
                retry_policy=aws.scheduler.ScheduleTargetRetryPolicyArgs(
                    maximum_retry_attempts=args.timetable.retries,
                    maximum_event_age_in_seconds=args.timetable.retry_seconds,
                ),
                dead_letter_config=aws.scheduler.ScheduleTargetDeadLetterConfigArgs(arn=queue.arn),
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*policies, *ways_out, *args.run.needs]),
        )
        self._alarms(name, args)
        self._failed_runs(name, args)
        self.schedule_arn = schedule.arn
        self.dead_letters = queue.url
        self.security_group_id = tasks.id
        self.run_now = _run_now(args, network)
        self.register_outputs(
            {"scheduleArn": self.schedule_arn, "deadLetters": self.dead_letters, "runNow": self.run_now}
        )

    def _dead_letters(self, name: str, args: ScheduledTaskArgs) -> aws.sqs.Queue:
        return aws.sqs.Queue(
            f"{name}-{DEAD_LETTERS}",
            name=args.queue_name,
            message_retention_seconds=DEAD_LETTERS_KEPT_DAYS * DAY,
            sqs_managed_sse_enabled=True,
            # No queue hands its messages on to it.
            redrive_allow_policy=json.dumps({"redrivePermission": "denyAll"}),
            policy=json.dumps(queue_policy(args), sort_keys=True),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _security_group(
        self, name: str, args: ScheduledTaskArgs
    ) -> tuple[aws.ec2.SecurityGroup, list[aws.vpc.SecurityGroupEgressRule]]:
        """Nobody gets in; out by the ports that are declared."""
        child = pulumi.ResourceOptions(parent=self)
        group = aws.ec2.SecurityGroup(
            name,
            description=f"Runs of {args.task_name}: nobody gets in",
            vpc_id=args.vpc_id,
            tags={"Name": args.task_name},
            opts=child,
        )
        return group, [
            aws.vpc.SecurityGroupEgressRule(
                f"{name}-{port}",
                security_group_id=group.id,
                description=f"Out by port {port}",
                cidr_ipv4=ANYWHERE,
                ip_protocol="tcp",
                from_port=port,
                to_port=port,
                opts=child,
            )
            for port in args.egress_ports
        ]

    def _role(
        self, name: str, args: ScheduledTaskArgs, cluster: pulumi.Output[str], queue_arn: pulumi.Output[str]
    ) -> tuple[aws.iam.Role, list[aws.iam.RolePolicy]]:
        child = pulumi.ResourceOptions(parent=self)
        task = SchedulersTask(
            family=args.run.family,
            cluster_arn=cluster,
            role_arns=args.run.role_arns,
            queue_arn=queue_arn,
            group_name=args.task_name,
            account=args.account,
            region=args.region,
            partition=args.partition,
        )
        role = aws.iam.Role(
            f"{name}-scheduler",
            description=f"{args.task_name}: EventBridge Scheduler, to run it",
            assume_role_policy=json.dumps(task.trust(), sort_keys=True),
            opts=child,
        )
        return role, [
            aws.iam.RolePolicy(
                f"{name}-scheduler-{need.name}",
                role=role.name,
                policy=pulumi.Output.json_dumps(need.document(), sort_keys=True),
                opts=child,
            )
            for need in task.permissions()
        ]

    def _alarms(self, name: str, args: ScheduledTaskArgs) -> None:
        """Two: a run that never was is missed twice over, for metrics of Scheduler are delivered at best effort.

        AWS: "Monitoring Amazon EventBridge Scheduler with Amazon CloudWatch"; "Available CloudWatch metrics for Amazon
        SQS": documented.
        """
        for what, watch in watches(args).items():
            aws.cloudwatch.MetricAlarm(
                f"{name}-{what}",
                name=alarm_name(args.task_name, what),
                alarm_description=f"{args.task_name}: {watch.sentence}. What to do: {args.runbooks}#{what}",
                namespace=watch.namespace,
                metric_name=watch.metric,
                dimensions=dict(watch.dimensions),
                statistic=watch.statistic,
                period=MINUTE,
                evaluation_periods=1,
                comparison_operator="GreaterThanThreshold",
                threshold=0,
                # Neither measures anything as long as nothing goes wrong.
                treat_missing_data="notBreaching",
                actions_enabled=args.pages,
                alarm_actions=[args.topic_arn],
                ok_actions=[args.topic_arn],
                opts=pulumi.ResourceOptions(parent=self),
            )

    def _failed_runs(self, name: str, args: ScheduledTaskArgs) -> None:
        """Scheduler hears that ECS started a task, and not how it ended: that ECS tells by an event."""
        child = pulumi.ResourceOptions(parent=self)
        rule = aws.cloudwatch.EventRule(
            f"{name}-{FAILED_RUNS}",
            description=f"Runs of {args.task_name} that failed",
            event_pattern=pulumi.Output.from_input(args.cluster_name).apply(
                lambda cluster: json.dumps(failed_runs(args, cluster), sort_keys=True)
            ),
            state="ENABLED" if args.pages else "DISABLED",
            opts=child,
        )
        aws.cloudwatch.EventTarget(
            f"{name}-{FAILED_RUNS}",
            rule=rule.name,
            target_id="people",
            arn=args.topic_arn,
            input_transformer=aws.cloudwatch.EventTargetInputTransformerArgs(
                input_paths={"reason": "$.detail.stoppedReason", "task": "$.detail.taskArn"},
                input_template=json.dumps(
                    f"{args.task_name}: run <task> failed: <reason>. What to do: {args.runbooks}#{FAILED_RUNS}"
                ),
            ),
            opts=child,
        )


@dataclass(frozen=True, kw_only=True)
class Watch:
    """A metric that is above 0 when something went wrong."""

    sentence: str
    namespace: str
    metric: str
    dimensions: Mapping[str, str]
    statistic: str


def watches(args: ScheduledTaskArgs) -> dict[str, Watch]:
    """What is watched of the invocations."""
    return {
        DEAD_LETTERS: Watch(
            sentence=f"there are invocations in {args.queue_name} that came to nothing",
            namespace="AWS/SQS",
            metric="ApproximateNumberOfMessagesVisible",
            dimensions={"QueueName": args.queue_name},
            statistic="Maximum",
        ),
        NOT_STARTED: Watch(
            sentence="Scheduler gave up: ECS did not start the task",
            namespace="AWS/Scheduler",
            metric="InvocationDroppedCount",
            dimensions={"ScheduleGroup": args.task_name},
            statistic="Sum",
        ),
    }


def failed_runs(args: ScheduledTaskArgs, cluster: str) -> dict[str, Any]:
    """The events that tell of a run that failed: its container ended with another code than 0, or it never started.

    AWS: "Amazon ECS task state change events"; "Comparison operators for use in event patterns": documented.
    """
    failed = [{"containers": {"exitCode": [{"anything-but": [0]}]}}, {"stopCode": ["TaskFailedToStart"]}]
    return {
        "source": ["aws.ecs"],
        "detail-type": ["ECS Task State Change"],
        "detail": {
            "clusterArn": [args.arn("ecs", f"cluster/{cluster}")],
            "group": [args.ecs_group],
            "lastStatus": ["STOPPED"],
            "$or": failed,
        },
    }


def queue_policy(args: ScheduledTaskArgs) -> dict[str, Any]:
    """Over TLS alone (AWS: "Amazon SQS security best practices": documented).

    Who may send says the role: within an account a queue's policy need not.
    """
    return {"Version": VERSION, "Statement": [refused_in_plain("sqs:*", args.arn("sqs", args.queue_name))]}


def _window(minutes: int) -> aws.scheduler.ScheduleFlexibleTimeWindowArgs:
    if not minutes:
        return aws.scheduler.ScheduleFlexibleTimeWindowArgs(mode="OFF")
    return aws.scheduler.ScheduleFlexibleTimeWindowArgs(mode="FLEXIBLE", maximum_window_in_minutes=minutes)


def _ecs_parameters(
    args: ScheduledTaskArgs, network: Mapping[str, Any]
) -> aws.scheduler.ScheduleTargetEcsParametersArgs:
    """How the task is run. A command goes as the target's input (observed: aws/aws-cdk#34129, hashicorp/
    terraform-provider-aws#34057), since these parameters have no place for it."""
    return aws.scheduler.ScheduleTargetEcsParametersArgs(
        task_definition_arn=args.run.task_definition_arn,
        launch_type="FARGATE",
        group=args.ecs_group,
        propagate_tags="TASK_DEFINITION",
        enable_ecs_managed_tags=True,
        network_configuration=aws.scheduler.ScheduleTargetEcsParametersNetworkConfigurationArgs(
            subnets=network["subnets"], security_groups=network["securityGroups"], assign_public_ip=False
        ),
    )


def _run_now(args: ScheduledTaskArgs, network: Mapping[str, Any]) -> pulumi.Output[str]:
    """What a person types, as the schedule would run it."""
    known = pulumi.Output.all(
        cluster=args.cluster_name, definition=args.run.task_definition_arn, network=pulumi.Output.from_input(network)
    )

    def command(found: Mapping[str, Any]) -> str:
        placed = {"awsvpcConfiguration": {**found["network"], "assignPublicIp": "DISABLED"}}
        words = ["aws", "ecs", "run-task", "--region", args.region, "--cluster", found["cluster"]]
        words += ["--task-definition", found["definition"], "--launch-type", "FARGATE", "--group", args.ecs_group]
        words += ["--propagate-tags", "TASK_DEFINITION", "--enable-ecs-managed-tags"]
        words += ["--network-configuration", json.dumps(placed, sort_keys=True)]
        if args.run.command:
            words += ["--overrides", json.dumps(args.run.overrides(), sort_keys=True)]
        return shlex.join(words)

    return known.apply(command)
