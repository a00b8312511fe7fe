"""`Autoscaling`: how many tasks a service has, by what they are asked to do. It owns the number of tasks.

AWS: "Automatically scale your Amazon ECS service"; "Target tracking scaling policies for Application Auto Scaling".
While a deployment goes on nothing is scaled in, but out: documented.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.service_metrics import RESULT, SQS, Measured, Series, Stat
from release.service_alarms import MINUTE

DIMENSION: Final = "ecs:service:DesiredCount"
NAMESPACE: Final = "ecs"
SCALE_OUT_COOLDOWN: Final = 60
"""Seconds. More is wanted at once: callers wait."""
SCALE_IN_COOLDOWN: Final = 300
"""Seconds. Less can wait: whatever goes too early has to come again."""
BURST_MINUTES: Final = 1


@dataclass(frozen=True, kw_only=True)
class Queue:
    """A queue whose messages the tasks work off."""

    name: pulumi.Input[str]
    """Of the SQS queue (`WorkQueue.queue_name`)."""
    messages_per_task: float
    """As many as one task works off in the time that a message may wait."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """Tasks to add at once when the CPU is above."""

    above: float
    """Percent of CPU, of all tasks."""
    add: int
    """Tasks to add."""


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """Other limits from a moment on, until another schedule sets others."""

    name: str
    """Ends the scheduled action's name: lower-case words joined by hyphens."""
    when: str
    """`cron(0 7 ? * MON-FRI *)`, `rate(1 hour)` or `at(2026-12-24T18:00:00)`."""
    time_zone: str
    """In which `when` is read, such as `Europe/Berlin`."""
    minimum: int
    """Tasks that there are at least from then on."""
    maximum: int
    """Tasks that there are at most from then on."""


@dataclass(frozen=True, kw_only=True)
class AutoscalingArgs:
    """Between which numbers of tasks, and by what. Of several policies, the one that wants most tasks wins."""

    cluster_name: pulumi.Input[str]
    """The cluster that the service is in."""
    service_name: pulumi.Input[str]
    """The ECS service's, once it is there."""
    minimum: int
    """Tasks that there are at least."""
    maximum: int
    """Tasks that there are at most."""
    load_balancer: pulumi.Input[str] = ""
    """The load balancer as CloudWatch's metrics name it, `app/name/id`."""
    target_groups: Sequence[pulumi.Input[str]] = ()
    """The service's target groups as CloudWatch's metrics name them, `targetgroup/name/id`. None: nobody calls it."""
    cpu: float | None = None
    """Percent to keep the tasks' CPU at."""
    memory: float | None = None
    """Percent to keep the tasks' memory at."""
    requests_per_task: float | None = None
    """Requests a minute to give each task."""
    queue: Queue | None = None
    """Keeps the messages that wait in proportion to the tasks. None: nothing waits for them."""
    steps: Sequence[Step] = ()
    """What to add at once when the CPU jumps, faster than its target is tracked."""
    schedules: Sequence[Schedule] = ()
    """Other limits at other times."""

    def __post_init__(self) -> None:
        for what, least, most in (
            ("the service", self.minimum, self.maximum),
            *((f"schedule {one.name}", one.minimum, one.maximum) for one in self.schedules),
        ):
            if not 0 <= least <= most:
                raise ValueError(
                    f"{what} scales from {least} to {most} tasks; the least is 0 or more, the most no less"
                )
        if self.requests_per_task is not None and not self.target_groups:
            raise ValueError(
                f"requests_per_task is {self.requests_per_task:g}, and target_groups has none: nobody calls the "
                "service; scale it by cpu, memory or its queue"
            )
        if self.targets or self.steps or self.schedules:
            return
        raise ValueError("nothing says when to scale: name a target, steps or a schedule")

    @property
    def targets(self) -> bool:
        """Whether a metric is kept at a value."""
        return any(value is not None for value in (self.cpu, self.memory, self.requests_per_task, self.queue))


class Autoscaling(pulumi.ComponentResource):
    """The limits of an ECS service's number of tasks, and the policies that move it between them."""

    policies: Sequence[pulumi.Output[str]]
    """ARNs."""

    def __init__(self, name: str, args: AutoscalingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:components:Autoscaling", name, None, opts)
        target = aws.appautoscaling.Target(
            name,
            service_namespace=NAMESPACE,
            scalable_dimension=DIMENSION,
            resource_id=pulumi.Output.format("service/{0}/{1}", args.cluster_name, args.service_name),
            min_capacity=args.minimum,
            max_capacity=args.maximum,
            # Where there are schedules, these own the limits: an update would undo what the last one has set.
            opts=pulumi.ResourceOptions(
                parent=self, ignore_changes=["minCapacity", "maxCapacity"] if args.schedules else None
            ),
        )
        tracked = self._tracked(name, args, target)
        self._scheduled(name, args.schedules, target)
        bursts = [self._burst(name, args, target)] if args.steps else []
        self.policies = [policy.arn for policy in (*tracked, *bursts)]
        self.register_outputs({"policies": list(self.policies)})

    def _tracked(
        self, name: str, args: AutoscalingArgs, target: aws.appautoscaling.Target
    ) -> list[aws.appautoscaling.Policy]:
        """A policy for each metric that is kept at a value."""
        measured = _measured(args)
        predefined = (
            ("cpu", args.cpu, "ECSServiceAverageCPUUtilization"),
            ("memory", args.memory, "ECSServiceAverageMemoryUtilization"),
        )
        policies = [
            self._policy(
                f"{name}-{what}",
                target,
                aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs(
                    target_value=value,
                    predefined_metric_specification=aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs(
                        predefined_metric_type=metric
                    ),
                    scale_out_cooldown=SCALE_OUT_COOLDOWN,
                    scale_in_cooldown=SCALE_IN_COOLDOWN,
                ),
            )
            for what, value, metric in predefined
            if value is not None
        ]
        custom = [
            *([("requests", args.requests_per_task, measured.requests_per_task())] if args.requests_per_task else []),
            *([("queue", args.queue.messages_per_task, messages_per_task(args.queue, measured))] if args.queue else []),
        ]
        return [
            *policies,
            *(
                self._policy(
                    f"{name}-{what}",
                    target,
                    aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs(
                        target_value=value,
                        customized_metric_specification=_customized(series),
                        scale_out_cooldown=SCALE_OUT_COOLDOWN,
                        scale_in_cooldown=SCALE_IN_COOLDOWN,
                    ),
                )
                for what, value, series in custom
            ),
        ]

    def _policy(
        self,
        name: str,
        target: aws.appautoscaling.Target,
        tracking: aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs,
    ) -> aws.appautoscaling.Policy:
        return aws.appautoscaling.Policy(
            name,
            policy_type="TargetTrackingScaling",
            service_namespace=target.service_namespace,
            scalable_dimension=target.scalable_dimension,
            resource_id=target.resource_id,
            target_tracking_scaling_policy_configuration=tracking,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[target]),
        )

    def _burst(self, name: str, args: AutoscalingArgs, target: aws.appautoscaling.Target) -> aws.appautoscaling.Policy:
        """Steps above the lowest threshold, at which an alarm of their own goes off. It tells nobody."""
        steps = sorted(args.steps, key=lambda step: step.above)
        lowest = steps[0].above
        uppers: list[str | None] = [f"{step.above - lowest:g}" for step in steps[1:]]
        adjustments = [
            aws.appautoscaling.PolicyStepScalingPolicyConfigurationStepAdjustmentArgs(
                metric_interval_lower_bound=f"{step.above - lowest:g}",
                metric_interval_upper_bound=upper,
                scaling_adjustment=step.add,
            )
            for step, upper in zip(steps, [*uppers, None], strict=True)
        ]
        policy = aws.appautoscaling.Policy(
            f"{name}-burst",
            policy_type="StepScaling",
            service_namespace=target.service_namespace,
            scalable_dimension=target.scalable_dimension,
            resource_id=target.resource_id,
            step_scaling_policy_configuration=aws.appautoscaling.PolicyStepScalingPolicyConfigurationArgs(
                adjustment_type="ChangeInCapacity",
                cooldown=SCALE_OUT_COOLDOWN,
                metric_aggregation_type="Average",
                step_adjustments=adjustments,
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[target]),
        )
        aws.cloudwatch.MetricAlarm(
            f"{name}-burst",
            alarm_description=pulumi.Output.format(
                "{0}: CPU above {1} %. Adds tasks, and tells nobody", args.service_name, f"{lowest:g}"
            ),
            namespace="AWS/ECS",
            metric_name="CPUUtilization",
            dimensions={"ClusterName": args.cluster_name, "ServiceName": args.service_name},
            statistic="Average",
            period=MINUTE,
            evaluation_periods=BURST_MINUTES,
            comparison_operator="GreaterThanOrEqualToThreshold",
            threshold=lowest,
            treat_missing_data="missing",
            alarm_actions=[policy.arn],
            opts=pulumi.ResourceOptions(parent=self),
        )
        return policy

    def _scheduled(self, name: str, schedules: Sequence[Schedule], target: aws.appautoscaling.Target) -> None:
        for one in schedules:
            aws.appautoscaling.ScheduledAction(
                f"{name}-{one.name}",
                service_namespace=target.service_namespace,
                scalable_dimension=target.scalable_dimension,
                resource_id=target.resource_id,
                schedule=one.when,
                timezone=one.time_zone,
                scalable_target_action=aws.appautoscaling.ScheduledActionScalableTargetActionArgs(
                    min_capacity=one.minimum, max_capacity=one.maximum
                ),
                opts=pulumi.ResourceOptions(parent=self, depends_on=[target]),
            )


def messages_per_task(queue: Queue, measured: Measured) -> Series:
    """Messages that wait, for each task that is wanted.

    AWS: "Create a target tracking scaling policy for Application Auto Scaling using metric math": documented, there
    over the tasks that run. Over those that are wanted a start under way is counted as done, and asked for once.
    """
    waiting = Stat(
        namespace=SQS,
        name="ApproximateNumberOfMessagesVisible",
        dimensions={"QueueName": queue.name},
        statistic="Maximum",
    )
    return Series(
        label="messages per task",
        expression="waiting / IF(desired > 0, desired, 1)",
        stats={"waiting": waiting, "desired": measured.desired()},
    )


def _measured(args: AutoscalingArgs) -> Measured:
    return Measured(
        cluster=args.cluster_name,
        service=args.service_name,
        load_balancer=args.load_balancer,
        target_groups=args.target_groups,
    )


def _customized(series: Series) -> Any:  # noqa: ANN401 - the SDK's names for it have a hundred letters
    """The series as a scaling policy takes it."""
    stats = [
        {"id": name, "metric_stat": _metric_stat(stat), "return_data": False} for name, stat in series.stats.items()
    ]
    result = {"id": RESULT, "expression": series.expression, "label": series.label, "return_data": True}
    return {"metrics": [*stats, result]}


def _metric_stat(stat: Stat) -> dict[str, Any]:
    return {
        "metric": {
            "namespace": stat.namespace,
            "metric_name": stat.name,
            "dimensions": [{"name": name, "value": value} for name, value in stat.dimensions.items()],
        },
        "stat": stat.statistic,
    }
