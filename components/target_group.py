"""`TargetGroup`: the tasks that may take a service's traffic, and how the load balancer knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

PORT: Final = 80
"""The port of a target that is registered without one. ECS registers each task with its container's port (AWS:
"CreateTargetGroup", Elastic Load Balancing API reference: documented); a group that named that port would be replaced
by another when the port changes, under the listener rule whose weights are ECS's."""
SUFFIX: Final = "-alt"
"""What fits behind the longest name of a service, `stacks.catalogue_check`, into a target group's 32 characters."""


@dataclass(frozen=True, kw_only=True)
class TargetGroupArgs:
    """Where the tasks listen and how their health is told."""

    vpc_id: pulumi.Input[str]
    health_path: str
    interval: int
    """Seconds between two checks."""
    timeout: int
    """Seconds after which a check has failed."""
    healthy_threshold: int
    """Passed checks in a row that make a task healthy."""
    unhealthy_threshold: int
    """Failed checks in a row that make a task unhealthy."""
    deregistration_delay: int
    """Seconds a task that leaves may still answer what it was asked."""

    def __post_init__(self) -> None:
        if not 0 < self.timeout < self.interval:
            raise ValueError(f"timeout is {self.timeout} s; it must be shorter than the interval, {self.interval} s")


class TargetGroup(pulumi.ComponentResource):
    """A pair of target groups of IP addresses: on Fargate every task has one of its own.

    Two, alike in everything, so that any release may bring its tasks up beside those that run and take the traffic over
    in steps (AWS: "Application Load Balancer resources for blue/green, linear, and canary deployments"): documented.
    A release that rolls leaves its tasks in the group that has the traffic, whichever that is.
    """

    arn: pulumi.Output[str]
    """The group that a service's very first release may take."""
    alternate_arn: pulumi.Output[str]
    """The other one of the pair."""
    metrics_names: Sequence[pulumi.Output[str]]
    """Both as CloudWatch's metrics name them: the ends of their ARNs, `targetgroup/name/id`."""

    def __init__(self, name: str, args: TargetGroupArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:components:TargetGroup", name, None, opts)
        pair = [self._group(name, args), self._group(f"{name}-alternate", args, aws_name=f"{name}{SUFFIX}")]
        self.arn, self.alternate_arn = (group.arn for group in pair)
        self.metrics_names = [group.arn_suffix for group in pair]
        self.register_outputs(
            {"arn": self.arn, "alternateArn": self.alternate_arn, "metricsNames": list(self.metrics_names)}
        )

    def _group(self, name: str, args: TargetGroupArgs, aws_name: str | None = None) -> aws.lb.TargetGroup:
        return aws.lb.TargetGroup(
            name,
            name=aws_name,
            vpc_id=args.vpc_id,
            target_type="ip",
            protocol="HTTP",
            port=PORT,
            deregistration_delay=args.deregistration_delay,
            health_check=aws.lb.TargetGroupHealthCheckArgs(
                enabled=True,
                protocol="HTTP",
                port="traffic-port",
                path=args.health_path,
                matcher="200",
                interval=args.interval,
                timeout=args.timeout,
                healthy_threshold=args.healthy_threshold,
                unhealthy_threshold=args.unhealthy_threshold,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
