"""Route tables, their routes, and which subnets use them."""

from __future__ import annotations

import zlib
from typing import Any, Final

from sandbox.standins.aws.aws import Aws
from sandbox.standins.aws.faults import Fault
from sandbox.standins.aws.resource_type import Call, ResourceType, Situation, Update
from sandbox.standins.aws.types.arns import by_id, ec2_arn
from sandbox.standins.aws.values import Properties

ROUTE_TABLE = ResourceType(
    token="aws:ec2/routeTable:RouteTable",
    noun="EC2 Route Table",
    service="ec2",
    create=Call("CreateRouteTable", "vpcId"),
    id="RouteTable.RouteTableId",
    read=Call("DescribeRouteTables", also={"RouteTableIds": by_id}),
    item="RouteTables[0]",
    delete=Call("DeleteRouteTable", also={"RouteTableId": lambda p: p["id"]}),
    # Routes are resources of their own here; the table's own list of them would change behind its back.
    outputs={
        "arn": ec2_arn("route-table"),
        "routes": lambda _s, _item: None,
        "propagatingVgws": lambda _s, _item: None,
    },
    force_new="vpcId",
    tags="route-table",
    tagged="id",
    not_imitated="propagatingVgws routes",
)

DESTINATIONS: Final = ("destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId")
TARGETS: Final = (
    "carrierGatewayId",
    "egressOnlyGatewayId",
    "gatewayId",
    "localGatewayId",
    "natGatewayId",
    "networkInterfaceId",
    "transitGatewayId",
    "vpcEndpointId",
    "vpcPeeringConnectionId",
)
_ROUTE_NAMES: Final = {
    "egressOnlyGatewayId": "EgressOnlyInternetGatewayId",
    "destinationIpv6CidrBlock": "DestinationIpv6CidrBlock",
}


def _destination(p: Properties) -> str:
    return str(next((p[name] for name in DESTINATIONS if p.get(name)), ""))


def _find_route(s: Situation) -> dict[str, Any] | None:
    tables = s.call("ec2", "DescribeRouteTables", RouteTableIds=[s.p["routeTableId"]])["RouteTables"]
    members = [name[0].upper() + name[1:] for name in DESTINATIONS]
    routes = tables[0]["Routes"] if tables else []
    return next((route for route in routes if _destination(s.p) in [route.get(member) for member in members]), None)


def _import_route(given: str, _aws: Aws) -> Properties:
    table, _, destination = given.partition("_")
    if not destination:
        raise Fault(f"unexpected format for ID ({given}), expected ROUTETABLEID_DESTINATION")
    name = (
        DESTINATIONS[2] if destination.startswith("pl-") else DESTINATIONS[1] if ":" in destination else DESTINATIONS[0]
    )
    p = {"routeTableId": table, name: destination}
    return {**p, "id": _route_id(p)}


def _route_id(p: Properties) -> str:
    return f"r-{p['routeTableId']}{zlib.crc32(_destination(p).encode())}"


def _check_route(p: Properties) -> list[tuple[str, str]]:
    failures = []
    if sum(name in p for name in DESTINATIONS) != 1:
        failures.append((DESTINATIONS[0], f"one of `{', '.join(DESTINATIONS)}` must be specified"))
    if sum(name in p for name in TARGETS) != 1:
        failures.append((TARGETS[2], f"one of `{', '.join(TARGETS)}` must be specified"))
    return failures


ROUTE = ResourceType(
    token="aws:ec2/route:Route",
    noun="EC2 Route",
    service="ec2",
    create=Call("CreateRoute", " ".join(("routeTableId", *DESTINATIONS, *TARGETS))),
    id=lambda s, _: _route_id(s.p),
    read=_find_route,
    update=(Update(" ".join(TARGETS), Call("ReplaceRoute", " ".join(("routeTableId", *DESTINATIONS, *TARGETS)))),),
    delete=Call("DeleteRoute", " ".join(("routeTableId", *DESTINATIONS))),
    names=_ROUTE_NAMES,
    outputs={
        "routeTableId": lambda s, _: s.p["routeTableId"],
        # AWS answers an endpoint's id where it also answers a gateway's.
        "gatewayId": lambda _, item: None if str(item.get("GatewayId")).startswith("vpce-") else item.get("GatewayId"),
    },
    force_new=" ".join(("routeTableId", *DESTINATIONS)),
    computed="networkInterfaceId",
    import_id=_import_route,
    check=_check_route,
    not_imitated="coreNetworkArn odbNetworkArn",
)


def _find_association(s: Situation) -> dict[str, Any] | None:
    """By what is joined rather than by id: replacing the table of a subnet changes the association's id."""
    name, value = ("subnet-id", s.p["subnetId"]) if s.p.get("subnetId") else ("gateway-id", s.p["gatewayId"])
    tables = s.call("ec2", "DescribeRouteTables", Filters=[{"Name": f"association.{name}", "Values": [value]}])[
        "RouteTables"
    ]
    own = [
        each
        for table in tables
        for each in table["Associations"]
        if value in (each.get("SubnetId"), each.get("GatewayId"))
    ]
    return own[0] if own else None


def _replace_association(s: Situation) -> None:
    found = _find_association(s)
    if found:
        s.call(
            "ec2",
            "ReplaceRouteTableAssociation",
            AssociationId=found["RouteTableAssociationId"],
            RouteTableId=s.p["routeTableId"],
        )


def _disassociate(s: Situation) -> None:
    found = _find_association(s)
    if found:
        s.call("ec2", "DisassociateRouteTable", AssociationId=found["RouteTableAssociationId"])


def _import_association(given: str, aws: Aws) -> Properties:
    target, _, table = given.partition("/")
    if not table:
        raise Fault(
            f"unexpected format for import: {given}, expected 'subnet ID/route table ID' or 'gateway ID/route table ID'"
        )
    p = {("subnetId" if target.startswith("subnet-") else "gatewayId"): target, "routeTableId": table}
    found = _find_association(Situation(aws, p))
    if found is None or found["RouteTableId"] != table:
        raise Fault(f"no association found between {target} and {table}")
    return {**p, "id": found["RouteTableAssociationId"]}


ROUTE_TABLE_ASSOCIATION = ResourceType(
    token="aws:ec2/routeTableAssociation:RouteTableAssociation",
    noun="EC2 Route Table Association",
    service="ec2",
    create=Call("AssociateRouteTable", "gatewayId routeTableId subnetId"),
    id="AssociationId",
    read=_find_association,
    update=(Update("routeTableId", _replace_association),),
    delete=_disassociate,
    force_new="gatewayId subnetId",
    import_id=_import_association,
)

TYPES: Final = (ROUTE_TABLE, ROUTE, ROUTE_TABLE_ASSOCIATION)
