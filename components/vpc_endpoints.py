"""`VpcEndpoints`: ways from a network to AWS's services that do not lead through the internet."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.permissions import EVERYTHING, VERSION
from release.ways_out import GATEWAYS, endpoint_service

HTTPS: Final = 443


@dataclass(frozen=True, kw_only=True)
class VpcEndpointsArgs:
    """Which services are reached, from where."""

    vpc_id: pulumi.Input[str]
    """It must have DNS support and DNS host names, so that the services' own names lead to the endpoints."""
    services: tuple[str, ...]
    """What is behind `com.amazonaws.<region>.` in their names, like `ecr.api`; or such a name in full.

    `s3` and `dynamodb` become routes and cost nothing; each other has an interface in each subnet, which costs by the
    hour and by the GB.
    """
    subnets: Mapping[str, pulumi.Input[str]]
    """CIDR of each private subnet -> its id. One a zone: two of the same zone are refused by EC2."""
    route_table_ids: Sequence[pulumi.Input[str]]
    """Of those subnets."""
    account: str
    """The AWS account, twelve digits."""
    region: str
    """Its region, such as `eu-west-1`."""
    partition: str = "aws"
    """`aws`, or AWS's name for another part of it: `aws-cn`, `aws-us-gov`."""

    def __post_init__(self) -> None:
        if not self.services:
            raise ValueError("services is empty; name one at least, like ecr.api, or make no VpcEndpoints")


class VpcEndpoints(pulumi.ComponentResource):
    """Endpoints of AWS's services, open to the private subnets, for principals of this account alone.

    The policy of each endpoint lets pass only who belongs to the account (`aws:PrincipalAccount`): credentials of
    another account that are brought into a container reach nothing. That of S3 lets everybody read ECR's layers, as
    the signature on them is AWS's. Requests without a signature, as for a public bucket, do not pass
    (AWS: "Control access to VPC endpoints using endpoint policies", "Amazon ECR interface VPC endpoints").
    """

    ids: Mapping[str, pulumi.Output[str]]
    """Service -> the id of its endpoint."""

    def __init__(self, name: str, args: VpcEndpointsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:components:VpcEndpoints", name, None, opts)
        interfaces = [service for service in args.services if service not in GATEWAYS]
        gateways = [service for service in args.services if service in GATEWAYS]
        ids = {service: self._gateway(name, args, service) for service in gateways}
        if interfaces:
            group = self._security_group(name, args)
            ids |= {service: self._interface(name, args, service, group) for service in interfaces}
        self.ids = ids
        self.register_outputs({"ids": self.ids})

    def _gateway(self, name: str, args: VpcEndpointsArgs, service: str) -> pulumi.Output[str]:
        named = f"{name}-{service}"
        endpoint = aws.ec2.VpcEndpoint(
            named,
            vpc_id=args.vpc_id,
            vpc_endpoint_type="Gateway",
            service_name=endpoint_service(args.region, service),
            route_table_ids=list(args.route_table_ids),
            policy=json.dumps(endpoint_policy(args, service), sort_keys=True),
            tags={"Name": named},
            opts=pulumi.ResourceOptions(parent=self),
        )
        made: pulumi.Output[str] = endpoint.id
        return made

    def _interface(
        self, name: str, args: VpcEndpointsArgs, service: str, group: pulumi.Output[str]
    ) -> pulumi.Output[str]:
        named = f"{name}-{service}"
        endpoint = aws.ec2.VpcEndpoint(
            named,
            vpc_id=args.vpc_id,
            vpc_endpoint_type="Interface",
            service_name=endpoint_service(args.region, service),
            subnet_ids=list(args.subnets.values()),
            security_group_ids=[group],
            private_dns_enabled=True,
            policy=json.dumps(endpoint_policy(args, service), sort_keys=True),
            tags={"Name": named},
            opts=pulumi.ResourceOptions(parent=self),
        )
        made: pulumi.Output[str] = endpoint.id
        return made

    def _security_group(self, name: str, args: VpcEndpointsArgs) -> pulumi.Output[str]:
        """HTTPS from the private subnets; nothing out, as endpoints only answer."""
        child = pulumi.ResourceOptions(parent=self)
        group = aws.ec2.SecurityGroup(
            name,
            description="VPC endpoints: HTTPS from the private subnets",
            vpc_id=args.vpc_id,
            tags={"Name": name},
            opts=child,
        )
        for cidr in args.subnets:
            aws.vpc.SecurityGroupIngressRule(
                f"{name}-{cidr.replace('/', '-')}",
                security_group_id=group.id,
                description="HTTPS from a private subnet",
                cidr_ipv4=cidr,
                ip_protocol="tcp",
                from_port=HTTPS,
                to_port=HTTPS,
                opts=child,
            )
        made: pulumi.Output[str] = group.id
        return made


def endpoint_policy(args: VpcEndpointsArgs, service: str) -> dict[str, Any]:
    """Who may pass: principals of the account, and for ECR's layers in S3 everybody.

    AWS: "Amazon ECR interface VPC endpoints", minimum Amazon S3 bucket permissions: documented.
    """
    statements = [
        {
            "Sid": "PrincipalsOfTheAccount",
            "Effect": "Allow",
            "Principal": EVERYTHING,
            "Action": EVERYTHING,
            "Resource": EVERYTHING,
            "Condition": {"StringEquals": {"aws:PrincipalAccount": args.account}},
        }
    ]
    if service == "s3":
        statements.append(
            {
                "Sid": "LayersOfImages",
                "Effect": "Allow",
                "Principal": EVERYTHING,
                "Action": "s3:GetObject",
                "Resource": f"arn:{args.partition}:s3:::prod-{args.region}-starport-layer-bucket/*",
            }
        )
    return {"Version": VERSION, "Statement": statements}
