"""`Network`: where tasks live. Tasks have no public address; what they ask of others takes the ways out there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.flow_logs import FlowLogs, FlowLogsArgs
from components.vpc_endpoints import VpcEndpoints, VpcEndpointsArgs
from release.subnet_acl import ICMP, AclRule, ways_in, ways_out
from release.subnets import ZoneSubnets, plan
from release.ways_out import Nat, check_endpoints, default_endpoints

ANYWHERE = "0.0.0.0/0"
YEAR = 365
"""Days. Security Hub's CloudWatch.16 wants log groups to keep events for a year at least."""


@dataclass(frozen=True, kw_only=True)
class NewNetwork:
    """A VPC to make."""

    account: str
    """The AWS account, twelve digits."""
    region: str
    """Its region, such as `eu-west-1`."""
    partition: str = "aws"
    """`aws`, or AWS's name for another part of it: `aws-cn`, `aws-us-gov`."""
    cidr: str
    """IPv4 network, /16 to /23."""
    zones: int
    """How many of the region's zones it spans, 2 or more."""
    nat: Nat
    """How tasks reach the internet. It can be changed at any time: nothing moves but routes."""
    endpoints: tuple[str, ...] | None = None
    """Services of AWS that are reached without the internet, like `ecr.api` and `s3` (see `VpcEndpoints`).

    None: with a NAT gateway none, without one all that tasks need (`release.ways_out.TO_WORK`).
    """
    flow_log_days: int = YEAR
    """Days for which the records of its traffic are kept."""
    flow_log_group: str = ""
    """The log group of these records. Empty: `/vpc/NAME/flow-logs`, where NAME is the component's. When the component
    gets another name, say here what the group was called: an empty one would take its place otherwise."""

    def __post_init__(self) -> None:
        plan(self.region, self.cidr, self.zones)
        check_endpoints(self.nat, self.reached)

    @property
    def reached(self) -> tuple[str, ...]:
        """The services that have endpoints."""
        return default_endpoints(self.nat) if self.endpoints is None else self.endpoints


@dataclass(frozen=True, kw_only=True)
class ExistingNetwork:
    """A VPC that somebody else made and keeps. Nothing in it is changed."""

    vpc_id: str
    """Of the VPC."""
    private_subnet_ids: tuple[str, ...]
    """For tasks: they reach the internet, and it does not reach them."""
    public_subnet_ids: tuple[str, ...]
    """For load balancers, in two zones at least."""


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """Which network to use."""

    source: NewNetwork | ExistingNetwork
    """A VPC to make, or one that is there."""


class Network(pulumi.ComponentResource):
    """A VPC with private subnets for tasks and public ones for the load balancer, in two or more zones."""

    vpc_id: pulumi.Output[str]
    """Of the VPC."""
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
                log_group=source.flow_log_group or f"/vpc/{name}/flow-logs",
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
        self._acl(name, vpc, source.cidr, private)
        tables = self._private_route_tables(name, vpc, private)
        routes = self._routes_out(name, source, public, tables)
        associations = self._associations(name, private, tables, routes)
        reached = self._endpoints(
            name, vpc, source, {cut.private_cidr: private[cut.zone].id for cut in subnets}, tables
        )
        self.vpc_id = vpc.id
        self.private_subnet_ids = [_ready(private[zone].id, associations[zone].id, *reached) for zone in private]
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
            public[subnet.zone] = _ready(made.id, association.id)
        return public

    def _acl(self, name: str, vpc: aws.ec2.Vpc, cidr: str, private: Mapping[str, aws.ec2.Subnet]) -> None:
        """The second lock of private subnets, behind the security groups.

        Once its rules are there, a subnet leaves the VPC's default ACL for it in one step, and goes back when it goes
        (AWS: "ReplaceNetworkAclAssociation", EC2 API reference: *documented*; the AWS provider's `vpc_network_acl.go`:
        *observed*). The provider takes rules out before it puts others in: a network must keep its rules as they are.
        """
        named = f"{name}-private"
        aws.ec2.NetworkAcl(
            named,
            vpc_id=vpc.id,
            subnet_ids=[subnet.id for subnet in private.values()],
            ingress=[aws.ec2.NetworkAclIngressArgs(**_acl_rule(rule)) for rule in ways_in(cidr)],
            egress=[aws.ec2.NetworkAclEgressArgs(**_acl_rule(rule)) for rule in ways_out()],
            tags={"Name": named},
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _private_route_tables(
        self, name: str, vpc: aws.ec2.Vpc, private: Mapping[str, aws.ec2.Subnet]
    ) -> Mapping[str, aws.ec2.RouteTable]:
        """Zone -> its route table: each has its own, so that its way out can become its own without moving anything."""
        tables = {}
        for zone in private:
            named = f"{name}-private-{zone[-1]}"
            tables[zone] = aws.ec2.RouteTable(
                named, vpc_id=vpc.id, tags={"Name": named}, opts=pulumi.ResourceOptions(parent=self)
            )
        return tables

    def _nat_gateways(
        self, name: str, nat: Nat, public: Mapping[str, pulumi.Output[str]]
    ) -> Mapping[str, aws.ec2.NatGateway]:
        """Zone -> the NAT gateway its tasks use; without NAT gateways no zone has one."""
        child = pulumi.ResourceOptions(parent=self)
        zones = list(public)
        made = {Nat.PER_ZONE: zones, Nat.ONE: zones[:1], Nat.NONE: []}[nat]
        gateways = {}
        for zone in made:
            named = f"{name}-{zone[-1]}"
            address = aws.ec2.Eip(named, domain="vpc", tags={"Name": named}, opts=child)
            gateways[zone] = aws.ec2.NatGateway(
                named, allocation_id=address.id, subnet_id=public[zone], tags={"Name": named}, opts=child
            )
        return {zone: gateways.get(zone, gateways[made[0]]) for zone in zones if made}

    def _routes_out(
        self,
        name: str,
        source: NewNetwork,
        public: Mapping[str, pulumi.Output[str]],
        tables: Mapping[str, aws.ec2.RouteTable],
    ) -> Mapping[str, aws.ec2.Route]:
        """Zone -> the route of its tasks to the internet, where there is one."""
        return {
            zone: aws.ec2.Route(
                f"{name}-private-{zone[-1]}",
                route_table_id=tables[zone].id,
                destination_cidr_block=ANYWHERE,
                nat_gateway_id=gateway.id,
                opts=pulumi.ResourceOptions(parent=self),
            )
            for zone, gateway in self._nat_gateways(name, source.nat, public).items()
        }

    def _associations(
        self,
        name: str,
        private: Mapping[str, aws.ec2.Subnet],
        tables: Mapping[str, aws.ec2.RouteTable],
        routes: Mapping[str, aws.ec2.Route],
    ) -> Mapping[str, aws.ec2.RouteTableAssociation]:
        return {
            zone: aws.ec2.RouteTableAssociation(
                f"{name}-private-{zone[-1]}",
                route_table_id=tables[zone].id,
                subnet_id=subnet.id,
                opts=pulumi.ResourceOptions(parent=self, depends_on=[routes[zone]] if zone in routes else []),
            )
            for zone, subnet in private.items()
        }

    def _endpoints(
        self,
        name: str,
        vpc: aws.ec2.Vpc,
        source: NewNetwork,
        subnets: Mapping[str, pulumi.Output[str]],
        tables: Mapping[str, aws.ec2.RouteTable],
    ) -> Sequence[pulumi.Output[str]]:
        """The ids of the endpoints, where there are any."""
        if not source.reached:
            return []
        made = VpcEndpoints(
            f"{name}-endpoints",
            VpcEndpointsArgs(
                vpc_id=vpc.id,
                services=source.reached,
                subnets=subnets,
                route_table_ids=[table.id for table in tables.values()],
                account=source.account,
                region=source.region,
                partition=source.partition,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        return list(made.ids.values())


def _acl_rule(rule: AclRule) -> dict[str, Any]:
    """As both directions of the SDK take it."""
    every = {"icmp_type": -1, "icmp_code": -1} if rule.protocol == ICMP else {}
    first, last = rule.ports
    return {
        "rule_no": rule.number,
        "action": "allow",
        "protocol": rule.protocol,
        "cidr_block": rule.cidr,
        "from_port": first,
        "to_port": last,
        **every,
    }


def _ready(subnet: pulumi.Output[str], *ways_out: pulumi.Output[str]) -> pulumi.Output[str]:
    """The subnet's id, once its ways out are there, and until they go.

    AWS makes neither a NAT gateway nor a public load balancer in a VPC whose internet gateway is not attached yet,
    and a task that starts before its way out can pull no image: ECS's circuit breaker counts it as failed.
    """
    return pulumi.Output.all(subnet, *ways_out).apply(_first)


def _first(ids: Sequence[str]) -> str:
    return ids[0]
