"""`NetworkListener`: one port of a network load balancer, and the tasks behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.load_balancer import TLS_POLICY
from components.target_group import PORT

INTERVALS: Final = range(5, 301)
"""Seconds. AWS: "Health checks for Network Load Balancer target groups": documented."""
THRESHOLDS: Final = range(2, 11)
"""The same page: documented."""
DELAYS: Final = range(3_601)
"""Seconds. AWS: "Edit target group attributes for your Network Load Balancer": documented."""


@dataclass(frozen=True, kw_only=True)
class NetworkListenerArgs:
    """The port, and how tasks behind it are known to be well."""

    load_balancer_arn: pulumi.Input[str]
    """The `NetworkLoadBalancer`'s."""
    vpc_id: pulumi.Input[str]
    """The VPC of the tasks."""
    port: int
    """On which the load balancer listens."""
    certificate_arn: pulumi.Input[str] | None = None
    """An ACM certificate: the load balancer then speaks TLS to people, and TLS to tasks too, whose certificate may be
    one that the container made for itself. None: it hands TCP on as it comes."""
    health_path: str | None = None
    """What it asks a task for by HTTP. None: a task is well when it takes a connection."""
    interval: int = 10
    """Seconds between two checks."""
    healthy_threshold: int = 2
    """Passed checks in a row that make a task healthy."""
    unhealthy_threshold: int = 2
    """Failed checks in a row that make a task unhealthy."""
    deregistration_delay: int = 30
    """Seconds for which a task that leaves keeps its connections; then they are closed."""

    def __post_init__(self) -> None:
        if self.interval not in INTERVALS:
            raise ValueError(f"interval is {self.interval} s; allowed are 5 to 300")
        for what in ("healthy_threshold", "unhealthy_threshold"):
            if getattr(self, what) not in THRESHOLDS:
                raise ValueError(f"{what} is {getattr(self, what)}; allowed are 2 to 10")
        if self.deregistration_delay not in DELAYS:
            raise ValueError(f"deregistration_delay is {self.deregistration_delay} s; allowed are 0 to 3600")
        if self.health_path is not None and not self.health_path.startswith("/"):
            raise ValueError(f"health_path is {self.health_path!r}; a path starts with '/', such as '/health'")


class NetworkListener(pulumi.ComponentResource):
    """A listener for TCP or TLS, and the one target group that it forwards to.

    Releases behind it roll: a listener of a network load balancer has no weights, so that traffic is never in steps
    (AWS: "Network Load Balancer resources for blue/green deployments" shifts it all at once: documented).
    """

    arn: pulumi.Output[str]
    """Of the listener."""
    target_group_arn: pulumi.Output[str]
    """Where the service's tasks are registered, known once the listener forwards to it: ECS takes no group before."""
    metrics_name: pulumi.Output[str]
    """The target group as CloudWatch's metrics name it: `targetgroup/name/id`."""

    def __init__(self, name: str, args: NetworkListenerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:components:NetworkListener", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        protocol = "TCP" if args.certificate_arn is None else "TLS"
        group = aws.lb.TargetGroup(
            name,
            vpc_id=args.vpc_id,
            target_type="ip",
            protocol=protocol,
            port=PORT,
            deregistration_delay=args.deregistration_delay,
            # What keeps its connection would otherwise never hear that its task is gone.
            connection_termination=True,
            health_check=aws.lb.TargetGroupHealthCheckArgs(
                enabled=True,
                protocol="TCP" if args.health_path is None else "HTTP",
                port="traffic-port",
                path=args.health_path,
                matcher=None if args.health_path is None else "200",
                interval=args.interval,
                healthy_threshold=args.healthy_threshold,
                unhealthy_threshold=args.unhealthy_threshold,
            ),
            opts=child,
        )
        listener = aws.lb.Listener(
            name,
            load_balancer_arn=args.load_balancer_arn,
            port=args.port,
            protocol=protocol,
            ssl_policy=None if args.certificate_arn is None else TLS_POLICY,
            certificate_arn=args.certificate_arn,
            default_actions=[aws.lb.ListenerDefaultActionArgs(type="forward", target_group_arn=group.arn)],
            opts=child,
        )
        self.arn = listener.arn
        self.target_group_arn = pulumi.Output.all(group.arn, listener.arn).apply(lambda both: str(both[0]))
        self.metrics_name = group.arn_suffix
        self.register_outputs(
            {"arn": self.arn, "targetGroupArn": self.target_group_arn, "metricsName": self.metrics_name}
        )
