"""VPCs and subnets that exist already."""

from __future__ import annotations

from typing import Any, Final

from sandbox.standins.aws import facts
from sandbox.standins.aws.casing import object_from_api
from sandbox.standins.aws.functions.filters import filters_of, only, tags_of
from sandbox.standins.aws.functions.function import Function
from sandbox.standins.aws.resource_type import Situation
from sandbox.standins.aws.values import Properties

_SUBNET: Final = "aws:ec2/subnet:Subnet"


def _vpc(s: Situation) -> Properties:
    filters = filters_of(s.p, cidrBlock="cidr", default="isDefault", dhcpOptionsId="dhcp-options-id", state="state")
    found = s.call("ec2", "DescribeVpcs", Filters=filters or None, VpcIds=[s.p["id"]] if s.p.get("id") else None)
    vpc = only(found["Vpcs"], "EC2 VPC")
    identifier = vpc["VpcId"]

    def attribute(name: str) -> bool:
        answer = s.call("ec2", "DescribeVpcAttribute", VpcId=identifier, Attribute=name)
        return bool(answer[name[0].upper() + name[1:]]["Value"])

    main = [{"Name": "vpc-id", "Values": [identifier]}, {"Name": "association.main", "Values": ["true"]}]
    tables = s.call("ec2", "DescribeRouteTables", Filters=main)["RouteTables"]
    return {
        "id": identifier,
        "arn": f"arn:aws:ec2:{s.region}:{vpc['OwnerId']}:vpc/{identifier}",
        "cidrBlock": vpc["CidrBlock"],
        "cidrBlockAssociations": [
            {
                "associationId": each["AssociationId"],
                "cidrBlock": each["CidrBlock"],
                "state": each["CidrBlockState"]["State"],
            }
            for each in vpc.get("CidrBlockAssociationSet") or []
        ],
        "default": vpc["IsDefault"],
        "dhcpOptionsId": vpc.get("DhcpOptionsId"),
        "enableDnsHostnames": attribute("enableDnsHostnames"),
        "enableDnsSupport": attribute("enableDnsSupport"),
        "enableNetworkAddressUsageMetrics": attribute("enableNetworkAddressUsageMetrics"),
        "instanceTenancy": vpc["InstanceTenancy"],
        "mainRouteTableId": tables[0]["RouteTableId"] if tables else None,
        "ownerId": vpc["OwnerId"],
        "state": vpc["State"],
        "tags": tags_of(vpc),
    }


def _found_subnets(s: Situation) -> list[dict[str, Any]]:
    filters = filters_of(
        s.p,
        availabilityZone="availabilityZone",
        availabilityZoneId="availabilityZoneId",
        cidrBlock="cidrBlock",
        defaultForAz="defaultForAz",
        state="state",
        vpcId="vpc-id",
    )
    identifiers = [s.p["id"]] if s.p.get("id") else None
    found: list[dict[str, Any]] = s.call("ec2", "DescribeSubnets", Filters=filters or None, SubnetIds=identifiers)[
        "Subnets"
    ]
    return found


def _subnet(s: Situation) -> Properties:
    subnet = only(_found_subnets(s), "EC2 Subnet")
    kinds = {
        **facts.of_type(_SUBNET).properties,
        "availableIpAddressCount": "integer",
        "defaultForAz": "boolean",
        "state": "string",
    }
    told = object_from_api(subnet, {name: kinds[name] for name in kinds if name not in {"tags", "tagsAll"}}, {}, "")
    arn = f"arn:aws:ec2:{s.region}:{subnet['OwnerId']}:subnet/{subnet['SubnetId']}"
    return {**told, "id": subnet["SubnetId"], "arn": arn, "tags": tags_of(subnet)}


def _subnets(s: Situation) -> Properties:
    return {"id": s.region, "ids": [subnet["SubnetId"] for subnet in _found_subnets(s)]}


FUNCTIONS: Final = (
    Function(token="aws:ec2/getVpc:getVpc", ask=_vpc),
    Function(token="aws:ec2/getSubnet:getSubnet", ask=_subnet, not_imitated="ipv6CidrBlock"),
    Function(token="aws:ec2/getSubnets:getSubnets", ask=_subnets),
)
