"""Internet gateways, NAT gateways and their addresses."""

from __future__ import annotations

from typing import Final

from botocore.exceptions import ClientError

from sandbox.standins.aws.faults import Fault, is_gone
from sandbox.standins.aws.resource_type import Call, ResourceType, Situation, Update
from sandbox.standins.aws.types.arns import by_id, ec2_arn

NAT_SECONDS: Final = 600.0


def _attach(s: Situation) -> None:
    _detach(s)
    if s.p.get("vpcId"):
        s.call("ec2", "AttachInternetGateway", InternetGatewayId=s.p["id"], VpcId=s.p["vpcId"])


def _detach(s: Situation) -> None:
    if s.old.get("vpcId"):
        try:
            s.call("ec2", "DetachInternetGateway", InternetGatewayId=s.p["id"], VpcId=s.old["vpcId"])
        except ClientError as error:
            if not is_gone(error) and "Gateway.NotAttached" not in str(error):
                raise


def _delete_internet_gateway(s: Situation) -> None:
    _detach(s)
    s.call("ec2", "DeleteInternetGateway", InternetGatewayId=s.p["id"])


INTERNET_GATEWAY = ResourceType(
    token="aws:ec2/internetGateway:InternetGateway",
    noun="EC2 Internet Gateway",
    service="ec2",
    create=Call("CreateInternetGateway"),
    id="InternetGateway.InternetGatewayId",
    read=Call("DescribeInternetGateways", also={"InternetGatewayIds": by_id}),
    item="InternetGateways[0]",
    update=(Update("vpcId", _attach, on_create=True),),
    delete=_delete_internet_gateway,
    outputs={"arn": ec2_arn("internet-gateway"), "vpcId": "Attachments[0].VpcId"},
    computed="vpcId",
    tags="internet-gateway",
    tagged="id",
)

EIP = ResourceType(
    token="aws:ec2/eip:Eip",
    noun="EC2 EIP",
    service="ec2",
    create=Call("AllocateAddress", "address domain networkBorderGroup publicIpv4Pool"),
    id="AllocationId",
    read=Call("DescribeAddresses", also={"AllocationIds": by_id}),
    item="Addresses[0]",
    delete=Call("ReleaseAddress", also={"AllocationId": lambda p: p["id"]}),
    outputs={
        "arn": ec2_arn("elastic-ip"),
        "publicDns": lambda s, item: f"ec2-{item['PublicIp'].replace('.', '-')}.{s.region}.compute.amazonaws.com",
        # Who uses the address is known only after the NAT gateway; the real plugin then shows drift in a refresh.
        "associationId": lambda _s, _item: None,
        "privateIp": lambda _s, _item: None,
    },
    force_new="address domain networkBorderGroup publicIpv4Pool",
    computed="domain networkBorderGroup publicIpv4Pool",
    unread="address",
    tags="elastic-ip",
    tagged="id",
    not_imitated="associateWithPrivateIp customerOwnedIpv4Pool instance ipamPoolId networkInterface",
)


def _nat_state(s: Situation) -> str:
    found = s.call("ec2", "DescribeNatGateways", NatGatewayIds=[s.p["id"]])["NatGateways"]
    if found and found[0]["State"] == "failed":
        raise Fault(f"{found[0].get('FailureCode')}: {found[0].get('FailureMessage')}")
    return str(found[0]["State"]) if found else "deleted"


def _nat_available(s: Situation) -> None:
    s.aws.wait(lambda: _nat_state(s) == "available", NAT_SECONDS, f"NAT gateway {s.p['id']} to be available")


def _nat_deleted(s: Situation) -> None:
    def deleted() -> bool:
        try:
            return _nat_state(s) == "deleted"
        except ClientError as error:
            return is_gone(error)

    s.aws.wait(deleted, NAT_SECONDS, f"NAT gateway {s.p['id']} to be deleted")


NAT_GATEWAY = ResourceType(
    token="aws:ec2/natGateway:NatGateway",
    noun="EC2 NAT Gateway",
    service="ec2",
    create=Call("CreateNatGateway", "allocationId connectivityType privateIp subnetId"),
    id="NatGateway.NatGatewayId",
    read=Call("DescribeNatGateways", also={"NatGatewayIds": by_id}),
    item="NatGateways[0]",
    alive=lambda item: item["State"] not in {"deleted", "deleting", "failed"},
    settled=_nat_available,
    emptied=_nat_deleted,
    delete=Call("DeleteNatGateway", also={"NatGatewayId": lambda p: p["id"]}),
    outputs={
        "allocationId": "NatGatewayAddresses[0].AllocationId",
        "associationId": "NatGatewayAddresses[0].AssociationId",
        "networkInterfaceId": "NatGatewayAddresses[0].NetworkInterfaceId",
        "privateIp": "NatGatewayAddresses[0].PrivateIp",
        "publicIp": "NatGatewayAddresses[0].PublicIp",
    },
    names={"privateIp": "PrivateIpAddress"},
    force_new="allocationId connectivityType privateIp subnetId",
    computed="privateIp",
    defaults={"connectivityType": "public"},
    tags="natgateway",
    tagged="id",
    not_imitated="availabilityMode availabilityZoneAddresses secondaryAllocationIds secondaryPrivateIpAddressCount "
    "secondaryPrivateIpAddresses vpcId",
)

TYPES: Final = (INTERNET_GATEWAY, EIP, NAT_GATEWAY)
