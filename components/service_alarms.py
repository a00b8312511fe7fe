"""`ServiceAlarms`: what watches a service, tells people, and takes a bad release back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.event_log import ServiceEvents
from components.service_metrics import LOGS, RESULT, Measured, Series, Stat, error_lines
from release.service_alarms import DEPLOYMENT_FAILED, MINUTE, ROLLBACK, SYMPTOMS, UNWELL, AlarmBounds, Kind, alarm_name

LONGEST_LINK: Final = 500
"""Characters of the link to the runbooks: it stands in every alarm's description, which has 1,024 (AWS:
"PutMetricAlarm")."""
NO_DATA_IS_FINE: Final = "notBreaching"
"""Where nothing is measured as long as nothing happens."""
NO_DATA_TELLS_NOTHING: Final = "missing"
"""Where something is always measured: the alarm then says INSUFFICIENT_DATA, and neither all is well nor not."""


@dataclass(frozen=True, kw_only=True)
class ServiceAlarmsArgs:
    """What is watched, and who hears of it."""

    service_name: str
    """Of the ECS service; begins every alarm's name."""
    cluster_name: str
    """The cluster that the service is in."""
    load_balancer: pulumi.Input[str] = ""
    """The load balancer as CloudWatch's metrics name it, `app/name/id`."""
    target_groups: Sequence[pulumi.Input[str]] = ()
    """The service's target groups as CloudWatch's metrics name them, `targetgroup/name/id`. They count together. None:
    nobody calls it, and nothing watches requests."""
    log_group: pulumi.Input[str]
    """Name of the group that the tasks log to: its error lines are counted."""
    bounds: AlarmBounds
    """When each alarm goes off."""
    topic_arn: pulumi.Input[str]
    """Who is told: an SNS topic."""
    events: ServiceEvents | None = None
    """Where ECS's events of the service are (`EventLogArgs.events`). None: nothing watches for tasks that end."""
    more_symptoms: Sequence[pulumi.Input[str]] = ()
    """Names of other alarms that make the service unwell, such as a queue's (`QueueAlarms.symptoms`)."""
    pages: bool
    """Whether anybody is told. Alarms go off all the same, and take releases back."""
    runbooks: str
    """Where people read what to do: the heading of each alarm is put behind it."""
    account: str
    """The AWS account, twelve digits."""
    region: str
    """Its region, such as `eu-west-1`."""
    partition: str = "aws"
    """`aws`, or AWS's name for another part of it: `aws-cn`, `aws-us-gov`."""

    def __post_init__(self) -> None:
        if len(self.runbooks) > LONGEST_LINK:
            raise ValueError(
                f"runbooks begins with {self.runbooks[:40]!r} and has {len(self.runbooks)} characters; allowed are "
                f"{LONGEST_LINK}"
            )

    @property
    def service_arn(self) -> str:
        """Of the ECS service, known before it is there."""
        return f"arn:{self.partition}:ecs:{self.region}:{self.account}:service/{self.cluster_name}/{self.service_name}"

    @property
    def error_metric(self) -> str:
        """The metric that counts the service's error lines."""
        return alarm_name(self.service_name, Kind.ERROR_LINES)

    def runbook(self, what: str) -> str:
        """The link to what people do when the alarm goes off."""
        return f"{self.runbooks}#{what}"


class ServiceAlarms(pulumi.ComponentResource):
    """CloudWatch alarms on what callers feel and on what causes it, one over the symptoms, and a rule for deployments
    that failed.
    """

    names: Mapping[Kind, pulumi.Output[str]]
    """Names of the alarms, known once they are there."""
    arns: Sequence[pulumi.Output[str]]
    """ARNs of all alarms, for a dashboard."""
    unwell: pulumi.Output[str]
    """ARN of the alarm over the symptoms."""
    rollback: Sequence[pulumi.Output[str]]
    """Names of the alarms that take a release back, which all are on what callers feel. ECS is to be told them before
    it is told of a release."""

    def __init__(self, name: str, args: ServiceAlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:components:ServiceAlarms", name, None, opts)
        lines = self._error_lines(name, args)
        made = {
            kind: self._alarm(name, args, kind, watched, [lines] if kind is Kind.ERROR_LINES else [])
            for kind, watched in watches(args).items()
        }
        unwell = self._unwell(name, args, {kind: made[kind] for kind in SYMPTOMS if kind in made})
        self._deployments(name, args)
        self.names = {kind: alarm.name for kind, alarm in made.items()}
        self.unwell = unwell.arn
        self.arns = [unwell.arn, *(alarm.arn for alarm in made.values())]
        self.rollback = [self.names[kind] for kind in ROLLBACK if kind in made]
        self.register_outputs({"alarms": list(self.names.values()), "rollback": list(self.rollback)})

    def _alarm(
        self, name: str, args: ServiceAlarmsArgs, kind: Kind, watch: Watch, needs: Sequence[pulumi.Resource]
    ) -> aws.cloudwatch.MetricAlarm:
        bound = args.bounds.bound(kind)
        return aws.cloudwatch.MetricAlarm(
            f"{name}-{kind}",
            name=alarm_name(args.service_name, kind),
            alarm_description=(
                f"{args.service_name}: {watch.sentence.format(threshold=f'{bound.threshold:g}')} in {bound.breaching} "
                f"of {bound.minutes} minutes. What to do: {args.runbook(kind)}"
            ),
            comparison_operator="GreaterThanThreshold",
            threshold=bound.threshold,
            evaluation_periods=bound.minutes,
            datapoints_to_alarm=bound.breaching,
            treat_missing_data=watch.missing,
            metric_queries=_queries(watch.series),
            **_told(args),
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(needs)),
        )

    def _unwell(
        self, name: str, args: ServiceAlarmsArgs, symptoms: Mapping[Kind, aws.cloudwatch.MetricAlarm]
    ) -> aws.cloudwatch.CompositeAlarm:
        return aws.cloudwatch.CompositeAlarm(
            f"{name}-{UNWELL}",
            alarm_name=alarm_name(args.service_name, UNWELL),
            alarm_description=(
                f"{args.service_name} is unwell: callers feel it, or soon will. What to do: {args.runbook(UNWELL)}"
            ),
            alarm_rule=_any([*(alarm_name(args.service_name, kind) for kind in symptoms), *args.more_symptoms]),
            **_told(args),
            # Whether its actions are on cannot be changed, and its name is taken as long as it is there.
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(symptoms.values()), delete_before_replace=True),
        )

    def _error_lines(self, name: str, args: ServiceAlarmsArgs) -> aws.cloudwatch.LogMetricFilter:
        """Counts nothing where nothing is logged, and 0 where nothing of it is an error."""
        return aws.cloudwatch.LogMetricFilter(
            f"{name}-{Kind.ERROR_LINES}",
            log_group_name=args.log_group,
            pattern=args.bounds.error_pattern,
            metric_transformation=aws.cloudwatch.LogMetricFilterMetricTransformationArgs(
                name=args.error_metric, namespace=LOGS, value="1", default_value="0"
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _deployments(self, name: str, args: ServiceAlarmsArgs) -> None:
        """ECS tells by an event, and by no metric, that a deployment failed.

        AWS: "Amazon ECS service deployment state change events": documented.
        """
        child = pulumi.ResourceOptions(parent=self)
        rule = aws.cloudwatch.EventRule(
            f"{name}-{DEPLOYMENT_FAILED}",
            description=f"Deployments of {args.service_name} that ECS gave up",
            event_pattern=json.dumps(failed_deployments(args), sort_keys=True),
            state="ENABLED" if args.pages else "DISABLED",
            opts=child,
        )
        aws.cloudwatch.EventTarget(
            f"{name}-{DEPLOYMENT_FAILED}",
            rule=rule.name,
            target_id="people",
            arn=args.topic_arn,
            input_transformer=aws.cloudwatch.EventTargetInputTransformerArgs(
                input_paths={"reason": "$.detail.reason", "deployment": "$.detail.deploymentId"},
                input_template=json.dumps(
                    f"{args.service_name}: deployment <deployment> failed: <reason>. "
                    f"What to do: {args.runbook(DEPLOYMENT_FAILED)}"
                ),
            ),
            opts=child,
        )


@dataclass(frozen=True, kw_only=True)
class Watch:
    """What one alarm looks at."""

    series: Series
    sentence: str
    """For people, with the place of the `{threshold}`."""
    missing: str
    """What a minute without data means."""


def watches(args: ServiceAlarmsArgs) -> dict[Kind, Watch]:
    """All of a service's alarms on metrics."""
    of = Measured(
        cluster=args.cluster_name,
        service=args.service_name,
        load_balancer=args.load_balancer,
        target_groups=args.target_groups,
    )
    found = {**(_of_calls(of, args.bounds.least_requests) if args.target_groups else {}), **_of_tasks(of, args)}
    if args.events:
        found[Kind.RESTARTS] = Watch(
            series=args.events.restarts(args.service_name),
            sentence="more than {threshold} tasks ended though nobody asked",
            missing=NO_DATA_IS_FINE,
        )
    return found


def _of_calls(of: Measured, least: int) -> dict[Kind, Watch]:
    """What callers feel, or soon will."""
    return {
        Kind.SERVER_ERRORS: Watch(
            series=of.rate("HTTPCode_Target_5XX_Count", "5xx %", least),
            sentence="more than {threshold} % of the requests were answered with 5xx",
            missing=NO_DATA_IS_FINE,
        ),
        Kind.CLIENT_ERRORS: Watch(
            series=of.rate("HTTPCode_Target_4XX_Count", "4xx %", least),
            sentence="more than {threshold} % of the requests were answered with 4xx",
            missing=NO_DATA_IS_FINE,
        ),
        Kind.LATENCY: Watch(
            series=of.latency("p99", "p99 s", least),
            sentence="1 % of the answers took longer than {threshold} s",
            missing=NO_DATA_IS_FINE,
        ),
        Kind.UNHEALTHY: Watch(
            series=of.unhealthy(),
            sentence="more than {threshold} targets failed the load balancer's check",
            missing=NO_DATA_IS_FINE,
        ),
    }


def _of_tasks(of: Measured, args: ServiceAlarmsArgs) -> dict[Kind, Watch]:
    """What causes it."""
    return {
        Kind.BELOW_DESIRED: Watch(
            series=of.below_desired(),
            sentence="more than {threshold} of the wanted tasks did not run",
            missing=NO_DATA_TELLS_NOTHING,
        ),
        Kind.CPU: Watch(
            series=of.utilization("CPUUtilization", "CPU %"),
            sentence="the tasks used more than {threshold} % of their CPU",
            missing=NO_DATA_TELLS_NOTHING,
        ),
        Kind.MEMORY: Watch(
            series=of.utilization("MemoryUtilization", "memory %"),
            sentence="the tasks used more than {threshold} % of their memory",
            missing=NO_DATA_TELLS_NOTHING,
        ),
        Kind.ERROR_LINES: Watch(
            series=error_lines(args.error_metric),
            sentence="more than {threshold} lines a minute of the log looked like errors",
            missing=NO_DATA_IS_FINE,
        ),
    }


def failed_deployments(args: ServiceAlarmsArgs) -> dict[str, Any]:
    """The events that tell of this service's failed deployments."""
    return {
        "source": ["aws.ecs"],
        "detail-type": ["ECS Deployment State Change"],
        "resources": [args.service_arn],
        "detail": {"eventName": ["SERVICE_DEPLOYMENT_FAILED"]},
    }


def _any(names: Sequence[pulumi.Input[str]]) -> pulumi.Output[str]:
    """The rule of an alarm over alarms: one of them is enough."""
    return pulumi.Output.all(*names).apply(lambda known: " OR ".join(f'ALARM("{name}")' for name in known))


def _told(args: ServiceAlarmsArgs) -> dict[str, Any]:
    """Who hears of an alarm, and of its end. Where nobody is paged it stays written down whom it would be."""
    return {"actions_enabled": args.pages, "alarm_actions": [args.topic_arn], "ok_actions": [args.topic_arn]}


def _queries(series: Series) -> list[aws.cloudwatch.MetricAlarmMetricQueryArgs]:
    alone = not series.expression
    stats = [
        aws.cloudwatch.MetricAlarmMetricQueryArgs(
            id=name, metric=_metric(stat), return_data=alone, label=series.label if alone else None
        )
        for name, stat in series.stats.items()
    ]
    if alone:
        return stats
    result = aws.cloudwatch.MetricAlarmMetricQueryArgs(
        id=RESULT, expression=series.expression, label=series.label, return_data=True
    )
    return [*stats, result]


def _metric(stat: Stat) -> aws.cloudwatch.MetricAlarmMetricQueryMetricArgs:
    return aws.cloudwatch.MetricAlarmMetricQueryMetricArgs(
        namespace=stat.namespace,
        metric_name=stat.name,
        dimensions=dict(stat.dimensions) or None,
        stat=stat.statistic,
        period=MINUTE,
    )
