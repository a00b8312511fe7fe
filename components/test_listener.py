"""`TestListener`: where a release is tried before people get it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Final

import pulumi
import pulumi_aws as aws

from components.load_balancer import TLS_POLICY, not_found

PORT: Final = 8443
"""Beside those that people use."""


@dataclass(frozen=True, kw_only=True)
class TestListenerArgs:
    """Who may reach a release before people do."""

    __test__ = False  # not pytest's, whatever its name

    load_balancer_arn: pulumi.Input[str]
    """The load balancer whose services are tried."""
    security_group_id: pulumi.Input[str]
    """Of the load balancer: a rule is added to it for each network."""
    cidrs: Sequence[str]
    """Networks that reach it, such as `10.0.0.0/16`: never all of the internet."""
    port: int = PORT
    """Where it listens."""
    certificate_arn: pulumi.Input[str] | None = None
    """With a certificate it speaks HTTPS, without one HTTP: as the load balancer's other listeners do."""

    def __post_init__(self) -> None:
        if not self.cidrs:
            raise ValueError("cidrs is empty; name the networks that may try a release, such as 10.0.0.0/16")
        for cidr in self.cidrs:
            if IPv4Network(cidr).prefixlen == 0:
                raise ValueError(f"cidrs has {cidr}: all of the internet would see releases before they are out")


class TestListener(pulumi.ComponentResource):
    """A second listener, at which ECS shows a new revision before it gets traffic (`TEST_TRAFFIC_SHIFT`).

    A service whose `Routing` names it gets a rule there with its paths. AWS: "Application Load Balancer resources for
    blue/green, linear, and canary deployments", test listener.
    """

    __test__ = False

    arn: pulumi.Output[str]
    """ARN of the listener."""

    def __init__(self, name: str, args: TestListenerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:components:TestListener", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        for cidr in args.cidrs:
            aws.vpc.SecurityGroupIngressRule(
                f"{name}-from-{cidr}",
                security_group_id=args.security_group_id,
                description="To try releases before they are out",
                cidr_ipv4=cidr,
                ip_protocol="tcp",
                from_port=args.port,
                to_port=args.port,
                opts=child,
            )
        secure = args.certificate_arn is not None
        listener = aws.lb.Listener(
            f"{name}-test",
            load_balancer_arn=args.load_balancer_arn,
            port=args.port,
            protocol="HTTPS" if secure else "HTTP",
            ssl_policy=TLS_POLICY if secure else None,
            certificate_arn=args.certificate_arn,
            default_actions=[not_found()],
            opts=child,
        )
        self.arn = listener.arn
        self.register_outputs({"arn": self.arn})
