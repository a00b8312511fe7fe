"""`TargetGroup`: the tasks that may take a service's traffic, and how the load balancer knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import pulumi
import pulumi_aws as aws

from release.target_traffic import TargetTraffic, check

PORT: Final = 80
"""The port of a target that is registered without one. ECS registers each task with its container's port (AWS:
"CreateTargetGroup", Elastic Load Balancing API reference: documented); a group that named that port would be replaced
by another when the port changes, under the listener rule whose weights are ECS's."""
SUFFIX: Final = "-alt"
"""What fits behind the longest name of a service, `stacks.catalogue_check`, into a target group's 32 characters."""

PROTOCOLS: Final = ("HTTP", "HTTPS")
"""What tasks may speak."""


@dataclass(frozen=True, kw_only=True)
class TargetGroupArgs:
    """Where the tasks listen and how their health is told."""

    vpc_id: pulumi.Input[str]
    """The VPC of the tasks."""
    health_path: str
    """What the load balancer asks a task for; it wants the answer 200, unless `traffic` says otherwise. With gRPC it
    is a method, such as `/grpc.health.v1.Health/Check`."""
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
    protocol: str = PROTOCOLS[0]
    """What the tasks speak, `HTTP` or `HTTPS`: traffic and checks alike. The load balancer does not verify the task's
    certificate, so that one the container makes for itself will do (AWS: "Target groups for your Application Load
    Balancers", routing configuration; Security Hub ELB.21, ELB.22). Another one replaces the groups."""

    traffic: TargetTraffic = field(default_factory=TargetTraffic)
    """How requests are handed to the tasks: HTTP/2 and gRPC, slow start, sticky sessions."""

    def __post_init__(self) -> None:
        check(self.traffic, self.health_path)
        if self.protocol not in PROTOCOLS:
            raise ValueError(f"protocol is {self.protocol!r}; allowed are {', '.join(PROTOCOLS)}")
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
        traffic = args.traffic
        return aws.lb.TargetGroup(
            name,
            name=aws_name,
            vpc_id=args.vpc_id,
            target_type="ip",
            protocol=args.protocol,
            protocol_version=traffic.protocol_version,
            port=PORT,
            load_balancing_algorithm_type=traffic.algorithm,
            slow_start=traffic.slow_start,
            stickiness=_stickiness(traffic),
            deregistration_delay=args.deregistration_delay,
            health_check=aws.lb.TargetGroupHealthCheckArgs(
                enabled=True,
                protocol=args.protocol,
                port="traffic-port",
                path=args.health_path,
                matcher=traffic.codes,
                interval=args.interval,
                timeout=args.timeout,
                healthy_threshold=args.healthy_threshold,
                unhealthy_threshold=args.unhealthy_threshold,
            ),
            # A name cannot be changed: a group that is there keeps its own when the component gets another.
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["name"] if aws_name else None),
        )


def _stickiness(traffic: TargetTraffic) -> aws.lb.TargetGroupStickinessArgs:
    """Said in any case: what is left out stays as it was."""
    return aws.lb.TargetGroupStickinessArgs(
        enabled=bool(traffic.sticky_seconds), type="lb_cookie", cookie_duration=traffic.sticky_seconds or None
    )
