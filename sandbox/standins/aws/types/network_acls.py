"""Network ACLs, with their rules and their subnets inside."""

from __future__ import annotations

from typing import Any, Final

from sandbox.standins.aws.resource_type import Call, ResourceType, Situation, Update
from sandbox.standins.aws.types.arns import by_id, ec2_arn
from sandbox.standins.aws.values import Properties

LAST_RULE: Final = 32767
"""AWS's own rule behind all others: nothing else gets through. It cannot be changed."""
ICMP: Final = "1"
PROTOCOLS: Final = {"all": "-1", "icmp": ICMP, "tcp": "6", "udp": "17"}
"""EC2 knows protocols by number alone, and so does the state of the real plugin."""

Entry = dict[str, Any]


def _number(protocol: str) -> str:
    return PROTOCOLS.get(protocol, protocol)


def _acl(s: Situation) -> dict[str, Any]:
    found: dict[str, Any] = s.call("ec2", "DescribeNetworkAcls", NetworkAclIds=[s.p["id"]])["NetworkAcls"][0]
    return found


def _entry(rule: Properties) -> Entry:
    """A rule as the API takes it, without its direction."""
    protocol = _number(str(rule["protocol"]))
    entry: Entry = {"RuleNumber": rule["ruleNo"], "Protocol": protocol, "RuleAction": rule["action"]}
    for name, member in (("cidrBlock", "CidrBlock"), ("ipv6CidrBlock", "Ipv6CidrBlock")):
        if rule.get(name):
            entry[member] = rule[name]
    if protocol == ICMP:
        entry["IcmpTypeCode"] = {"Type": rule.get("icmpType") or 0, "Code": rule.get("icmpCode") or 0}
    elif protocol != PROTOCOLS["all"]:
        entry["PortRange"] = {"From": rule["fromPort"], "To": rule["toPort"]}
    return entry


def _rule(entry: Entry) -> Properties:
    ports, icmp = entry.get("PortRange") or {}, entry.get("IcmpTypeCode") or {}
    rule = {
        "ruleNo": entry["RuleNumber"],
        "protocol": _number(str(entry["Protocol"])),
        "action": entry["RuleAction"],
        "cidrBlock": entry.get("CidrBlock"),
        "ipv6CidrBlock": entry.get("Ipv6CidrBlock"),
        "fromPort": ports.get("From", 0),
        "toPort": ports.get("To", 0),
        "icmpType": icmp.get("Type"),
        "icmpCode": icmp.get("Code"),
    }
    return {name: value for name, value in rule.items() if value is not None}


def _entries(item: dict[str, Any], *, egress: bool) -> dict[int, Entry]:
    """Rule number -> entry, of one direction."""
    return {
        entry["RuleNumber"]: {name: value for name, value in entry.items() if name != "Egress"}
        for entry in item.get("Entries") or []
        if entry["Egress"] is egress and entry["RuleNumber"] != LAST_RULE
    }


def _read_rules(*, egress: bool) -> Any:  # noqa: ANN401 - a function for the table
    return lambda _, item: [_rule(entry) for _, entry in sorted(_entries(item, egress=egress).items())]


def _write_rules(direction: str) -> Update:
    egress = direction == "egress"

    def write(s: Situation) -> None:
        there = {number: _rule(entry) for number, entry in _entries(_acl(s), egress=egress).items()}
        asked = {entry["RuleNumber"]: entry for entry in map(_entry, s.p.get(direction) or [])}
        for number in there.keys() - asked.keys():
            s.call("ec2", "DeleteNetworkAclEntry", NetworkAclId=s.p["id"], Egress=egress, RuleNumber=number)
        for number, entry in asked.items():
            if number not in there:
                s.call("ec2", "CreateNetworkAclEntry", NetworkAclId=s.p["id"], Egress=egress, **entry)
            elif there[number] != _rule(entry):
                s.call("ec2", "ReplaceNetworkAclEntry", NetworkAclId=s.p["id"], Egress=egress, **entry)

    return Update(direction, write, on_create=True)


def _subnets(item: dict[str, Any]) -> list[str]:
    return [str(association["SubnetId"]) for association in item.get("Associations") or []]


def _associate(s: Situation, subnet: str, acl: str) -> None:
    """Every subnet has one ACL at any time: joining one is leaving another."""
    filters = [{"Name": "association.subnet-id", "Values": [subnet]}]
    for found in s.call("ec2", "DescribeNetworkAcls", Filters=filters)["NetworkAcls"]:
        for association in found["Associations"]:
            if association["SubnetId"] == subnet:
                s.call(
                    "ec2",
                    "ReplaceNetworkAclAssociation",
                    AssociationId=association["NetworkAclAssociationId"],
                    NetworkAclId=acl,
                )


def _default_acl(s: Situation) -> str:
    filters = [{"Name": "vpc-id", "Values": [s.p["vpcId"]]}, {"Name": "default", "Values": ["true"]}]
    return str(s.call("ec2", "DescribeNetworkAcls", Filters=filters)["NetworkAcls"][0]["NetworkAclId"])


def _write_subnets(s: Situation) -> None:
    there, asked = set(_subnets(_acl(s))), set(s.p.get("subnetIds") or [])
    for subnet in sorted(there - asked):
        _associate(s, subnet, _default_acl(s))
    for subnet in sorted(asked - there):
        _associate(s, subnet, s.p["id"])


def _delete(s: Situation) -> None:
    """Its subnets go back to the ACL that every VPC has."""
    for subnet in _subnets(_acl(s)):
        _associate(s, subnet, _default_acl(s))
    s.call("ec2", "DeleteNetworkAcl", NetworkAclId=s.p["id"])


def _check(p: Properties) -> list[tuple[str, str]]:
    every = [(name, number, rule) for name in ("ingress", "egress") for number, rule in enumerate(p.get(name) or [])]
    return [
        (f"{name}[{number}].fromPort", "must be 0, as must `toPort`, for all protocols ('-1')")
        for name, number, rule in every
        if _number(str(rule.get("protocol"))) == PROTOCOLS["all"] and (rule.get("fromPort") or rule.get("toPort"))
    ]


NETWORK_ACL = ResourceType(
    token="aws:ec2/networkAcl:NetworkAcl",
    noun="EC2 Network ACL",
    service="ec2",
    create=Call("CreateNetworkAcl", "vpcId"),
    id="NetworkAcl.NetworkAclId",
    read=Call("DescribeNetworkAcls", also={"NetworkAclIds": by_id}),
    item="NetworkAcls[0]",
    update=(_write_rules("ingress"), _write_rules("egress"), Update("subnetIds", _write_subnets, on_create=True)),
    delete=_delete,
    outputs={
        "arn": ec2_arn("network-acl"),
        "ingress": _read_rules(egress=False),
        "egress": _read_rules(egress=True),
        "subnetIds": lambda _, item: _subnets(item),
    },
    force_new="vpcId",
    computed="egress ingress subnetIds",
    canonical={"ingress.protocol": _number, "egress.protocol": _number},
    tags="network-acl",
    tagged="id",
    check=_check,
)

TYPES: Final = (NETWORK_ACL,)
