"""Endpoints of AWS services in a VPC of one's own."""

import pulumi
import pulumi_aws as aws

from components.vpc_endpoints import VpcEndpoints, VpcEndpointsArgs

vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16", enable_dns_hostnames=True, enable_dns_support=True)
subnet = aws.ec2.Subnet("private", vpc_id=vpc.id, cidr_block="10.0.0.0/18", availability_zone="eu-west-1a")
table = aws.ec2.RouteTable("private", vpc_id=vpc.id)
aws.ec2.RouteTableAssociation("private", route_table_id=table.id, subnet_id=subnet.id)

endpoints = VpcEndpoints(
    "endpoints",
    VpcEndpointsArgs(
        vpc_id=vpc.id,
        services=("s3", "ecr.api", "ecr.dkr"),
        subnets={"10.0.0.0/18": subnet.id},
        route_table_ids=[table.id],
        account="111111111111",
        region="eu-west-1",
    ),
)
pulumi.export("endpoints", endpoints.ids)
