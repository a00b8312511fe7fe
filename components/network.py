"""`Network`: where tasks live. Tasks have no public address; what they ask the internet goes through NAT gateways."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.flow_logs import FlowLogs, FlowLogsArgs
from components.subnets import ZoneSubnets, plan

ANYWHERE = "0.0.0.0/0"
YEAR = 365
"""Days. Security Hub's CloudWatch.16 wants log groups to keep events for a year at least."""


@dataclass(frozen=True, kw_only=True)
class NewNetwork:
    """A VPC to make."""

    account: str
    region: str
    partition: str = "aws"
    cidr: str
    """IPv4 network, /16 to /23."""
    zones: int
    nat_gateway_per_zone: bool
    """Whether each zone has its own way out; otherwise the first zone has one for all."""
    flow_log_days: int = YEAR
    """Days for which the records of its traffic are kept."""


@dataclass(frozen=True, kw_only=True)
class ExistingNetwork:
    """A VPC that somebody else made and keeps. Nothing in it is changed."""

    vpc_id: str
    private_subnet_ids: tuple[str, ...]
    public_subnet_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """Which network to use."""

    source: NewNetwork | ExistingNetwork


class Network(pulumi.ComponentResource):
    """A VPC with private subnets for tasks and public ones for the load balancer, in two or more zones."""

    vpc_id: pulumi.Output[str]
    private_subnet_ids: Sequence[pulumi.Output[str]]
    """For tasks: no way in from the internet."""
    public_subnet_ids: Sequence[pulumi.Output[str]]
    """For load balancers."""

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:components:Network", name, None, opts)
        if isinstance(args.source, NewNetwork):
            self._make(name, args.source)
        else:
            self._adopt(args.source)
        self.register_outputs(
            {
                "vpcId": self.vpc_id,
                "privateSubnetIds": self.private_subnet_ids,
                "publicSubnetIds": self.public_subnet_ids,
            }
        )

    def _adopt(self, source: ExistingNetwork) -> None:
        self.vpc_id = pulumi.Output.from_input(source.vpc_id)
        self.private_subnet_ids = [pulumi.Output.from_input(subnet) for subnet in source.private_subnet_ids]
        self.public_subnet_ids = [pulumi.Output.from_input(subnet) for subnet in source.public_subnet_ids]

    def _make(self, name: str, source: NewNetwork) -> None:
        child = pulumi.ResourceOptions(parent=self)
        vpc = aws.ec2.Vpc(
            name,
            cidr_block=source.cidr,
            enable_dns_hostnames=True,
            enable_dns_support=True,
            tags={"Name": name},
            opts=child,
        )
        # Without rules: nobody gets in or out by forgetting to choose a security group.
        aws.ec2.DefaultSecurityGroup(f"{name}-default", vpc_id=vpc.id, tags={"Name": f"{name}-default"}, opts=child)
        FlowLogs(
            f"{name}-flow-logs",
            FlowLogsArgs(
                vpc_id=vpc.id,
                log_group=f"/vpc/{name}/flow-logs",
                retention_days=source.flow_log_days,
                account=source.account,
                region=source.region,
                partition=source.partition,
            ),
            child,
        )
        subnets = plan(source.region, source.cidr, source.zones)
        public = self._public_subnets(name, vpc, subnets)
        private = {
            subnet.zone: self._subnet(f"{name}-private", vpc, subnet.zone, subnet.private_cidr) for subnet in subnets
        }
        gateways = self._nat_gateways(name, source, public)
        self.vpc_id = vpc.id
        self.private_subnet_ids = self._ways_out(name, vpc, private, gateways)
        self.public_subnet_ids = list(public.values())

    def _subnet(self, name: str, vpc: aws.ec2.Vpc, zone: str, cidr: str) -> aws.ec2.Subnet:
        named = f"{name}-{zone[-1]}"
        return aws.ec2.Subnet(
            named,
            vpc_id=vpc.id,
            availability_zone=zone,
            cidr_block=cidr,
            map_public_ip_on_launch=False,
            tags={"Name": named},
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _public_subnets(
        self, name: str, vpc: aws.ec2.Vpc, subnets: Sequence[ZoneSubnets]
    ) -> Mapping[str, pulumi.Output[str]]:
        """The subnets' ids by zone, with an internet gateway and the route to it."""
        child = pulumi.ResourceOptions(parent=self)
        gateway = aws.ec2.InternetGateway(name, vpc_id=vpc.id, tags={"Name": name}, opts=child)
        table = aws.ec2.RouteTable(f"{name}-public", vpc_id=vpc.id, tags={"Name": f"{name}-public"}, opts=child)
        route = aws.ec2.Route(
            f"{name}-public",
            route_table_id=table.id,
            destination_cidr_block=ANYWHERE,
            gateway_id=gateway.id,
            opts=child,
        )
        public = {}
        for subnet in subnets:
            made = self._subnet(f"{name}-public", vpc, subnet.zone, subnet.public_cidr)
            association = aws.ec2.RouteTableAssociation(
                f"{name}-public-{subnet.zone[-1]}",
                route_table_id=table.id,
                subnet_id=made.id,
                # A gateway is of use to a subnet only once the route is there.
                opts=pulumi.ResourceOptions(parent=self, depends_on=[route]),
            )
            public[subnet.zone] = _routed(made, association)
        return public

    def _nat_gateways(
        self, name: str, source: NewNetwork, public: Mapping[str, pulumi.Output[str]]
    ) -> Mapping[str, aws.ec2.NatGateway]:
        """Zone -> the NAT gateway its tasks use."""
        child = pulumi.ResourceOptions(parent=self)
        first = next(iter(public))
        gateways = {}
        for zone in public if source.nat_gateway_per_zone else [first]:
            named = f"{name}-{zone[-1]}"
            address = aws.ec2.Eip(named, domain="vpc", tags={"Name": named}, opts=child)
            gateways[zone] = aws.ec2.NatGateway(
                named, allocation_id=address.id, subnet_id=public[zone], tags={"Name": named}, opts=child
            )
        return {zone: gateways.get(zone, gateways[first]) for zone in public}

    def _ways_out(
        self,
        name: str,
        vpc: aws.ec2.Vpc,
        private: Mapping[str, aws.ec2.Subnet],
        gateways: Mapping[str, aws.ec2.NatGateway],
    ) -> Sequence[pulumi.Output[str]]:
        """A route table for each zone, so that its way out can become its own without moving anything.

        Answers the subnets' ids.
        """
        child = pulumi.ResourceOptions(parent=self)
        routed = []
        for zone, subnet in private.items():
            named = f"{name}-private-{zone[-1]}"
            table = aws.ec2.RouteTable(named, vpc_id=vpc.id, tags={"Name": named}, opts=child)
            route = aws.ec2.Route(
                named,
                route_table_id=table.id,
                destination_cidr_block=ANYWHERE,
                nat_gateway_id=gateways[zone].id,
                opts=child,
            )
            association = aws.ec2.RouteTableAssociation(
                named,
                route_table_id=table.id,
                subnet_id=subnet.id,
                opts=pulumi.ResourceOptions(parent=self, depends_on=[route]),
            )
            routed.append(_routed(subnet, association))
        return routed


def _routed(subnet: aws.ec2.Subnet, association: aws.ec2.RouteTableAssociation) -> pulumi.Output[str]:
    """The subnet's id, once its way out is there, and until it goes.

    AWS makes neither a NAT gateway nor a public load balancer in a VPC whose internet gateway is not attached yet,
    and a task that starts before its way out can pull no image: ECS's circuit breaker counts it as failed.
    """
    return pulumi.Output.all(subnet.id, association.id).apply(_first)


def _first(ids: Sequence[str]) -> str:
    return ids[0]
