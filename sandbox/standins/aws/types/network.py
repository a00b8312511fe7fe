"""VPCs, subnets and the endpoints in them."""

from __future__ import annotations

from typing import Any, Final

from sandbox.standins.aws import documents
from sandbox.standins.aws.resource_type import Call, ResourceType, Situation, Update
from sandbox.standins.aws.types.arns import by_id, ec2_arn

ENDPOINT_SECONDS: Final = 600.0


def _vpc_attribute(name: str) -> Any:  # noqa: ANN401 - a function for the table
    member = name[0].upper() + name[1:]

    def ask(s: Situation, _: dict[str, Any]) -> bool:
        answer = s.call("ec2", "DescribeVpcAttribute", VpcId=s.p["id"], Attribute=name)
        return bool(answer[member]["Value"])

    return ask


def _set_vpc_attribute(name: str) -> Update:
    member = name[0].upper() + name[1:]
    return Update(
        name,
        Call("ModifyVpcAttribute", also={"VpcId": lambda p: p["id"], member: lambda p: {"Value": bool(p.get(name))}}),
        on_create=True,
    )


def _of_vpc(operation: str, path: str, identifier: str, **extra: str) -> Any:  # noqa: ANN401 - a function for the table
    def ask(s: Situation, _: dict[str, Any]) -> str | None:
        filters = [{"Name": "vpc-id", "Values": [s.p["id"]]}]
        filters += [
            {"Name": key.replace("__", ".").replace("_", "-"), "Values": [value]} for key, value in extra.items()
        ]
        found = s.call("ec2", operation, Filters=filters)[path]
        return str(found[0][identifier]) if found else None

    return ask


_MAIN_ROUTE_TABLE = _of_vpc("DescribeRouteTables", "RouteTables", "RouteTableId", association__main="true")

VPC = ResourceType(
    token="aws:ec2/vpc:Vpc",
    noun="EC2 VPC",
    service="ec2",
    create=Call("CreateVpc", "cidrBlock instanceTenancy"),
    id="Vpc.VpcId",
    read=Call("DescribeVpcs", also={"VpcIds": by_id}),
    item="Vpcs[0]",
    update=tuple(
        map(_set_vpc_attribute, ("enableDnsSupport", "enableDnsHostnames", "enableNetworkAddressUsageMetrics"))
    ),
    delete=Call("DeleteVpc", also={"VpcId": lambda p: p["id"]}),
    outputs={
        "arn": ec2_arn("vpc"),
        "enableDnsSupport": _vpc_attribute("enableDnsSupport"),
        "enableDnsHostnames": _vpc_attribute("enableDnsHostnames"),
        "enableNetworkAddressUsageMetrics": _vpc_attribute("enableNetworkAddressUsageMetrics"),
        "mainRouteTableId": _MAIN_ROUTE_TABLE,
        "defaultRouteTableId": _MAIN_ROUTE_TABLE,
        "defaultNetworkAclId": _of_vpc("DescribeNetworkAcls", "NetworkAcls", "NetworkAclId", default="true"),
        "defaultSecurityGroupId": _of_vpc("DescribeSecurityGroups", "SecurityGroups", "GroupId", group_name="default"),
    },
    force_new="cidrBlock instanceTenancy",
    computed="cidrBlock enableDnsHostnames enableNetworkAddressUsageMetrics",
    defaults={"enableDnsSupport": True, "instanceTenancy": "default"},
    tags="vpc",
    tagged="id",
    not_imitated="assignGeneratedIpv6CidrBlock ipv4IpamPoolId ipv4NetmaskLength ipv6CidrBlock "
    "ipv6CidrBlockNetworkBorderGroup ipv6IpamPoolId ipv6NetmaskLength",
)


SUBNET = ResourceType(
    token="aws:ec2/subnet:Subnet",
    noun="EC2 Subnet",
    service="ec2",
    create=Call("CreateSubnet", "availabilityZone availabilityZoneId cidrBlock vpcId"),
    id="Subnet.SubnetId",
    read=Call("DescribeSubnets", also={"SubnetIds": by_id}),
    item="Subnets[0]",
    update=(
        Update(
            "mapPublicIpOnLaunch",
            Call(
                "ModifySubnetAttribute",
                also={
                    "SubnetId": lambda p: p["id"],
                    "MapPublicIpOnLaunch": lambda p: {"Value": bool(p.get("mapPublicIpOnLaunch"))},
                },
            ),
            on_create=True,
        ),
    ),
    delete=Call("DeleteSubnet", also={"SubnetId": lambda p: p["id"]}),
    outputs={"arn": ec2_arn("subnet")},
    force_new="availabilityZone availabilityZoneId cidrBlock vpcId",
    computed="availabilityZone availabilityZoneId",
    defaults={"mapPublicIpOnLaunch": False},
    tags="subnet",
    tagged="id",
    not_imitated="assignIpv6AddressOnCreation customerOwnedIpv4Pool enableDns64 enableLniAtDeviceIndex "
    "enableResourceNameDnsARecordOnLaunch enableResourceNameDnsAaaaRecordOnLaunch ipv4IpamPoolId ipv4NetmaskLength "
    "ipv6CidrBlock ipv6IpamPoolId ipv6Native ipv6NetmaskLength mapCustomerOwnedIpOnLaunch outpostArn "
    "privateDnsHostnameTypeOnLaunch",
)


def _change_members(s: Situation) -> None:
    """Endpoints are changed by what joins and what leaves."""
    parameters: dict[str, Any] = {}
    for name, api in (
        ("routeTableIds", "RouteTableIds"),
        ("subnetIds", "SubnetIds"),
        ("securityGroupIds", "SecurityGroupIds"),
    ):
        before, after = s.old.get(name) or [], s.p.get(name) or []
        parameters[f"Add{api}"] = [item for item in after if item not in before] or None
        parameters[f"Remove{api}"] = [item for item in before if item not in after] or None
    s.call(
        "ec2",
        "ModifyVpcEndpoint",
        VpcEndpointId=s.p["id"],
        PolicyDocument=s.p.get("policy"),
        PrivateDnsEnabled=s.p.get("privateDnsEnabled"),
        **parameters,
    )


def _endpoint_available(s: Situation) -> None:
    def available() -> bool:
        found = s.call("ec2", "DescribeVpcEndpoints", VpcEndpointIds=[s.p["id"]])["VpcEndpoints"]
        return bool(found) and str(found[0].get("State", "available")).lower() in {"available", "pendingacceptance"}

    s.aws.wait(available, ENDPOINT_SECONDS, f"VPC endpoint {s.p['id']} to be available")


VPC_ENDPOINT = ResourceType(
    token="aws:ec2/vpcEndpoint:VpcEndpoint",
    noun="EC2 VPC Endpoint",
    service="ec2",
    create=Call(
        "CreateVpcEndpoint",
        "policy privateDnsEnabled routeTableIds securityGroupIds serviceName subnetIds vpcEndpointType vpcId",
    ),
    id="VpcEndpoint.VpcEndpointId",
    read=Call("DescribeVpcEndpoints", also={"VpcEndpointIds": by_id}),
    item="VpcEndpoints[0]",
    alive=lambda item: str(item.get("State")).lower() not in {"deleted", "deleting"},
    settled=_endpoint_available,
    update=(Update("policy privateDnsEnabled routeTableIds securityGroupIds subnetIds", _change_members),),
    delete=Call("DeleteVpcEndpoints", also={"VpcEndpointIds": by_id}),
    names={"policy": "PolicyDocument"},
    outputs={"arn": ec2_arn("vpc-endpoint"), "securityGroupIds": "Groups[].GroupId"},
    force_new="serviceName vpcEndpointType vpcId",
    computed="policy privateDnsEnabled routeTableIds securityGroupIds subnetIds serviceName",
    defaults={"vpcEndpointType": "Gateway"},
    canonical={"policy": documents.policy},
    tags="vpc-endpoint",
    tagged="id",
    not_imitated="autoAccept dnsOptions ipAddressType resourceConfigurationArn serviceNetworkArn serviceRegion "
    "subnetConfigurations",
)

TYPES: Final = (VPC, SUBNET, VPC_ENDPOINT)
