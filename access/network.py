"""What the life of a network takes. AWS: "Actions, resources, and condition keys for Amazon EC2".

Ids in ARNs say nothing of whose a resource is, so its tags must. Reading has no resource in EC2.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from access.need import Kind, Need, When, regional

TAGS: Final = (
    Need(
        actions="ec2:CreateTags",
        on=regional("ec2", "*/*"),
        when=When.TAGGED_WHILE_MADE,
        why="no call of its own: AWS asks for it in each call that makes something with tags",
    ),
    Need(
        actions="ec2:CreateTags ec2:DeleteTags",
        on=regional("ec2", "*/*"),
        when=When.OWNED,
        why="AWS plugin: when tags of the stack change",
    ),
)
_INTERFACES: Final = Need(
    actions="ec2:DescribeNetworkInterfaces",
    why="AWS plugin: looks for network interfaces that keep what it deletes",
)


def _owned(actions: str, *kinds: str, why: str = "recorded") -> Need:
    return Need(actions=actions, on=regional("ec2", *(f"{kind}/*" for kind in kinds)), when=When.OWNED, why=why)


def _made(action: str, kind: str) -> Need:
    return Need(actions=action, on=regional("ec2", f"{kind}/*"), when=When.MADE)


def _kind(name: str, *needs: Need) -> Kind:
    lower = name[0].lower() + name[1:]
    return Kind(of=f"aws:ec2/{lower}:{name}", needs=(*needs, *TAGS))


def _rule(direction: str) -> Kind:
    name = f"SecurityGroup{direction}Rule"
    return Kind(
        of=f"aws:vpc/securityGroup{direction}Rule:{name}",
        needs=(
            _owned(f"ec2:AuthorizeSecurityGroup{direction} ec2:RevokeSecurityGroup{direction}", "security-group"),
            _made(f"ec2:AuthorizeSecurityGroup{direction}", "security-group-rule"),
            Need(actions="ec2:DescribeSecurityGroupRules"),
            _owned(
                "ec2:ModifySecurityGroupRules",
                "security-group",
                "security-group-rule",
                why="AWS plugin: when a rule changes",
            ),
            *TAGS,
        ),
    )


KINDS: Final[Sequence[Kind]] = (
    _kind(
        "Vpc",
        _made("ec2:CreateVpc", "vpc"),
        _owned("ec2:DeleteVpc ec2:DescribeVpcAttribute ec2:ModifyVpcAttribute", "vpc"),
        Need(
            actions="ec2:DescribeVpcs ec2:DescribeNetworkAcls ec2:DescribeRouteTables ec2:DescribeSecurityGroups",
        ),
    ),
    _kind(
        "DefaultSecurityGroup",
        Need(actions="ec2:DescribeSecurityGroups"),
        # It comes with the VPC and gets its tags afterwards.
        _made("ec2:CreateTags", "security-group"),
        _owned("ec2:RevokeSecurityGroupEgress ec2:RevokeSecurityGroupIngress", "security-group"),
    ),
    _kind(
        "Subnet",
        _made("ec2:CreateSubnet", "subnet"),
        _owned("ec2:CreateSubnet", "vpc"),
        _owned("ec2:DeleteSubnet ec2:ModifySubnetAttribute", "subnet"),
        Need(actions="ec2:DescribeSubnets"),
        _INTERFACES,
    ),
    _kind(
        "NetworkAcl",
        _made("ec2:CreateNetworkAcl", "network-acl"),
        _owned("ec2:CreateNetworkAcl", "vpc"),
        _owned("ec2:CreateNetworkAclEntry ec2:DeleteNetworkAcl", "network-acl"),
        _owned("ec2:ReplaceNetworkAclAssociation", "subnet"),
        # A subnet comes from the VPC's default ACL and goes back to it, and nobody tags that.
        Need(actions="ec2:ReplaceNetworkAclAssociation", on=regional("ec2", "network-acl/*")),
        Need(actions="ec2:DescribeNetworkAcls"),
        _owned("ec2:DeleteNetworkAclEntry", "network-acl", why="AWS plugin: when a rule of an ACL changes"),
    ),
    _kind(
        "InternetGateway",
        _made("ec2:CreateInternetGateway", "internet-gateway"),
        _owned("ec2:AttachInternetGateway ec2:DetachInternetGateway", "internet-gateway", "vpc"),
        _owned("ec2:DeleteInternetGateway", "internet-gateway"),
        Need(actions="ec2:DescribeInternetGateways"),
    ),
    _kind(
        "Eip",
        _made("ec2:AllocateAddress", "elastic-ip"),
        _owned("ec2:ReleaseAddress", "elastic-ip"),
        Need(actions="ec2:DescribeAddresses"),
        _owned(
            "ec2:DisassociateAddress",
            "elastic-ip",
            "network-interface",
            why="AWS plugin: deletes an address that is still in use",
        ),
        Need(actions="ec2:DescribeAddressesAttribute", why="AWS plugin: reads the address's domain name"),
    ),
    _kind(
        "NatGateway",
        _made("ec2:CreateNatGateway", "natgateway"),
        _owned("ec2:CreateNatGateway", "elastic-ip", "subnet", "vpc"),
        _owned("ec2:DeleteNatGateway", "natgateway"),
        Need(actions="ec2:DescribeNatGateways"),
    ),
    _kind(
        "RouteTable",
        _made("ec2:CreateRouteTable", "route-table"),
        _owned("ec2:CreateRouteTable", "vpc"),
        _owned("ec2:DeleteRouteTable", "route-table"),
        Need(actions="ec2:DescribeRouteTables"),
    ),
    _kind(
        "Route",
        _owned("ec2:CreateRoute ec2:DeleteRoute", "route-table"),
        Need(actions="ec2:DescribeRouteTables"),
        _owned("ec2:ReplaceRoute", "route-table", why="AWS plugin: when a route changes"),
    ),
    _kind(
        "RouteTableAssociation",
        _owned("ec2:AssociateRouteTable ec2:DisassociateRouteTable", "route-table", "subnet"),
        Need(actions="ec2:DescribeRouteTables"),
        _owned(
            "ec2:ReplaceRouteTableAssociation", "route-table", "subnet", why="AWS plugin: when an association changes"
        ),
    ),
    _kind(
        "SecurityGroup",
        _made("ec2:CreateSecurityGroup", "security-group"),
        _owned("ec2:CreateSecurityGroup", "vpc"),
        # AWS gives each new group a rule that lets everything out; it is taken away.
        _owned("ec2:DeleteSecurityGroup ec2:RevokeSecurityGroupEgress", "security-group"),
        Need(actions="ec2:DescribeSecurityGroups"),
        _INTERFACES,
    ),
    _kind(
        "VpcEndpoint",
        _made("ec2:CreateVpcEndpoint", "vpc-endpoint"),
        _owned("ec2:CreateVpcEndpoint", "vpc", "subnet", "route-table", "security-group"),
        _owned("ec2:DeleteVpcEndpoints", "vpc-endpoint"),
        Need(actions="ec2:DescribeVpcEndpoints"),
        _owned(
            "ec2:ModifyVpcEndpoint",
            *("vpc-endpoint", "subnet", "route-table", "security-group"),
            why="AWS plugin: when the subnets, the route tables or the policy of an endpoint change",
        ),
        Need(actions="ec2:DescribePrefixLists", why="AWS plugin: reads the networks behind the endpoint of S3"),
        Need(
            actions="route53:AssociateVPCWithHostedZone",
            on=("arn:{partition}:route53:::hostedzone/*",),
            why="no call of its own: AWS asks for it when an endpoint answers to the service's own name",
        ),
    ),
    _kind(
        "FlowLog",
        _made("ec2:CreateFlowLogs", "vpc-flow-log"),
        _owned("ec2:CreateFlowLogs", "vpc"),
        _owned("ec2:DeleteFlowLogs", "vpc-flow-log"),
        Need(actions="ec2:DescribeFlowLogs"),
    ),
    _rule("Ingress"),
    _rule("Egress"),
)
