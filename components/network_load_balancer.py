"""`NetworkLoadBalancer`: the way in for TCP and TLS, where HTTP's load balancer does not speak the protocol."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Final

import pulumi
import pulumi_aws as aws

PORTS: Final = range(1, 65_536)
MOST_LISTENERS: Final = 50
"""Of one load balancer (AWS: "Quotas for your Network Load Balancers"): documented."""


@dataclass(frozen=True, kw_only=True)
class NetworkLoadBalancerArgs:
    """Where it stands, who may reach it, and on which ports."""

    vpc_id: pulumi.Input[str]
    """The VPC that it stands in."""
    subnet_ids: Sequence[pulumi.Input[str]]
    """Subnets of two zones at least: public ones, or private ones where it is internal."""
    internal: bool
    """Whether it has addresses of the VPC alone. A change makes another load balancer."""
    sources: Sequence[str]
    """IPv4 networks that may connect, such as `10.0.0.0/16`; `0.0.0.0/0` for all of the internet."""
    ports: Sequence[int]
    """TCP ports that it listens on: those of its `NetworkListener`s."""
    deletion_protection: bool
    """Whether it must be unprotected before it can be deleted."""
    access_logs_bucket: pulumi.Input[str] | None = None
    """Where it writes down each TLS connection: the bucket of `AccessLogs`. None: nowhere. Plain TCP has no such
    log; the network's flow logs have it (AWS: "Access logs for your Network Load Balancer")."""

    def __post_init__(self) -> None:
        if not self.sources:
            raise ValueError("sources is empty: nobody could connect; name networks such as 10.0.0.0/16")
        for source in self.sources:
            _check_source(source)
        if not 1 <= len(self.ports) <= MOST_LISTENERS:
            raise ValueError(f"ports has {len(self.ports)}; allowed are 1 to {MOST_LISTENERS}")
        for port in self.ports:
            if port not in PORTS:
                raise ValueError(f"ports: {port} is none; allowed are 1 to 65535")
        if len(set(self.ports)) != len(self.ports):
            raise ValueError(f"ports: {sorted(self.ports)} has one twice; name each once")


class NetworkLoadBalancer(pulumi.ComponentResource):
    """A network load balancer with a security group of its own, that spreads connections over all zones.

    It has the group from its first day: one that was made without can never get one (AWS: "Update the security groups
    for your Network Load Balancer": documented).
    """

    arn: pulumi.Output[str]
    """ARN of the load balancer."""
    dns_name: pulumi.Output[str]
    """Where it answers."""
    metrics_name: pulumi.Output[str]
    """As CloudWatch's metrics name it: the end of its ARN, `net/name/id`."""
    security_group_id: pulumi.Output[str]
    """Tasks let it in by this group."""

    def __init__(self, name: str, args: NetworkLoadBalancerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:components:NetworkLoadBalancer", name, None, opts)
        group = self._security_group(name, args)
        balancer = aws.lb.LoadBalancer(
            name,
            load_balancer_type="network",
            internal=args.internal,
            subnets=list(args.subnet_ids),
            security_groups=[group.id],
            enable_cross_zone_load_balancing=True,
            enable_deletion_protection=args.deletion_protection,
            access_logs=aws.lb.LoadBalancerAccessLogsArgs(bucket=args.access_logs_bucket, enabled=True)
            if args.access_logs_bucket is not None
            else None,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.arn = balancer.arn
        self.dns_name = balancer.dns_name
        self.metrics_name = balancer.arn_suffix
        self.security_group_id = group.id
        self.register_outputs(
            {
                "arn": self.arn,
                "dnsName": self.dns_name,
                "metricsName": self.metrics_name,
                "securityGroupId": self.security_group_id,
            }
        )

    def _security_group(self, name: str, args: NetworkLoadBalancerArgs) -> aws.ec2.SecurityGroup:
        child = pulumi.ResourceOptions(parent=self)
        group = aws.ec2.SecurityGroup(
            name,
            description="The network load balancer: in by its ports, out to the services alone",
            vpc_id=args.vpc_id,
            tags={"Name": name},
            opts=child,
        )
        for port in args.ports:
            for source in args.sources:
                aws.vpc.SecurityGroupIngressRule(
                    f"{name}-{port}-{source.replace('/', '-')}",
                    security_group_id=group.id,
                    description=f"Port {port} from {source}",
                    cidr_ipv4=source,
                    ip_protocol="tcp",
                    from_port=port,
                    to_port=port,
                    opts=child,
                )
        return group


def _check_source(source: str) -> None:
    try:
        IPv4Network(source)
    except ValueError as error:
        raise ValueError(f"sources: {source!r} is no IPv4 network ({error}); write it like 10.0.0.0/16") from None
