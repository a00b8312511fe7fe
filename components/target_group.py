"""`TargetGroup`: the tasks that may take a service's traffic, and how the load balancer knows."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws


@dataclass(frozen=True, kw_only=True)
class TargetGroupArgs:
    """Where the tasks listen and how their health is told."""

    vpc_id: pulumi.Input[str]
    port: int
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
    """A target group of IP addresses: on Fargate every task has one of its own."""

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: TargetGroupArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:components:TargetGroup", name, None, opts)
        group = aws.lb.TargetGroup(
            name,
            vpc_id=args.vpc_id,
            target_type="ip",
            protocol="HTTP",
            port=args.port,
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
        self.arn = group.arn
        self.register_outputs({"arn": self.arn})
