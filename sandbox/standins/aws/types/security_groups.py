"""Security groups, with rules inside or as resources of their own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sandbox.standins.aws.resource_type import Call, Naming, ResourceType, Situation, Update
from sandbox.standins.aws.types.arns import by_id, ec2_arn
from sandbox.standins.aws.values import Properties

Permission = dict[str, Any]

_DIRECTIONS: Final = {
    "ingress": ("IpPermissions", "AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress"),
    "egress": ("IpPermissionsEgress", "AuthorizeSecurityGroupEgress", "RevokeSecurityGroupEgress"),
}
_SOURCES: Final = (
    ("cidrBlocks", "IpRanges", "CidrIp"),
    ("ipv6CidrBlocks", "Ipv6Ranges", "CidrIpv6"),
    ("prefixListIds", "PrefixListIds", "PrefixListId"),
    ("securityGroups", "UserIdGroupPairs", "GroupId"),
)


def _permission(rule: Properties, group: str) -> Permission:
    """A rule inside a group, as the API takes it."""
    every = str(rule.get("protocol")) in {"-1", "all"}
    permission: Permission = {"IpProtocol": "-1" if every else str(rule["protocol"])}
    if not every:
        permission |= {"FromPort": rule["fromPort"], "ToPort": rule["toPort"]}
    described = {"Description": rule["description"]} if rule.get("description") else {}
    for name, member, key in _SOURCES:
        values = [*(rule.get(name) or []), *([group] if name == "securityGroups" and rule.get("self") else [])]
        if values:
            permission[member] = [{key: value, **described} for value in values]
    return permission


def _parts(permission: Permission) -> Iterator[tuple[Any, ...]]:
    """What a permission allows, one source at a time: however rules are grouped, the parts are the same."""
    every = permission["IpProtocol"] == "-1"
    ports = (None, None) if every else (permission.get("FromPort"), permission.get("ToPort"))
    for _, member, key in _SOURCES:
        for source in permission.get(member) or []:
            yield (permission["IpProtocol"], *ports, member, source.get(key), source.get("Description") or "")


def _rules(permissions: list[Permission], group: str) -> list[Properties]:
    """Permissions as rules inside a group: one for each description."""
    rules: list[Properties] = []
    for permission in permissions:
        for description in sorted({part[5] for part in _parts(permission)}):
            every = permission["IpProtocol"] == "-1"
            rule: Properties = {
                "protocol": permission["IpProtocol"],
                "fromPort": 0 if every else permission.get("FromPort", 0),
                "toPort": 0 if every else permission.get("ToPort", 0),
                "description": description,
            }
            for name, member, key in _SOURCES:
                found = [
                    each[key] for each in permission.get(member) or [] if (each.get("Description") or "") == description
                ]
                rule[name] = [value for value in found if value != group]
                rule["self"] = rule.get("self", False) or (name == "securityGroups" and group in found)
            rules.append(rule)
    return rules


def _read_rules(direction: str) -> Any:  # noqa: ANN401 - a function for the table
    """The rules inside the group; None where the program has them as resources of their own.

    The real plugin lists those too, and shows drift in every refresh after them.
    """

    def read(s: Situation, item: dict[str, Any]) -> list[Properties] | None:
        said = s.p.get(direction)
        if said is None and "name" in s.p:
            return None
        found = item.get(_DIRECTIONS[direction][0]) or []
        asked = {part for rule in said or [] for part in _parts(_permission(rule, s.p["id"]))}
        if asked == {part for permission in found for part in _parts(permission)}:
            return list(said or [])
        return _rules(found, s.p["id"])

    return read


def _group(s: Situation) -> dict[str, Any]:
    found: dict[str, Any] = s.call("ec2", "DescribeSecurityGroups", GroupIds=[s.p["id"]])["SecurityGroups"][0]
    return found


def _write(s: Situation, direction: str) -> None:
    """Take away what is not asked for, then add what is missing."""
    member, authorize, revoke = _DIRECTIONS[direction]
    there = {part for each in _group(s).get(member) or [] for part in _parts(each)}
    asked = {part for rule in s.p.get(direction) or [] for part in _parts(_permission(rule, s.p["id"]))}
    for operation, parts in ((revoke, there - asked), (authorize, asked - there)):
        if parts:
            permissions = [_of_part(part) for part in sorted(parts, key=str)]
            s.call("ec2", operation, GroupId=s.p["id"], IpPermissions=permissions)


def _write_rules(direction: str) -> Update:
    return Update(direction, lambda s: _write(s, direction), on_create=True)


def _of_part(part: tuple[Any, ...]) -> Permission:
    """A permission that allows just this part."""
    protocol, first, last, member, source, description = part
    key = next(key for _, each, key in _SOURCES if each == member)
    ports = {} if protocol == "-1" else {"FromPort": first, "ToPort": last}
    described = {"Description": description} if description else {}
    return {"IpProtocol": protocol, **ports, member: [{key: source, **described}]}


def _create_group(s: Situation) -> dict[str, Any]:
    """Create the group without AWS's own rule that allows all egress: the program says what is allowed."""
    tags = s.p["tagsAll"]
    specification = [{"ResourceType": "security-group", "Tags": [{"Key": k, "Value": v} for k, v in tags.items()]}]
    answer = s.call(
        "ec2",
        "CreateSecurityGroup",
        GroupName=s.p["name"],
        Description=s.p["description"],
        VpcId=s.p.get("vpcId"),
        TagSpecifications=specification if tags else None,
    )
    s.p["id"] = answer["GroupId"]
    there = [_of_part(part) for permission in _group(s).get("IpPermissionsEgress") or [] for part in _parts(permission)]
    if there:
        s.call("ec2", "RevokeSecurityGroupEgress", GroupId=answer["GroupId"], IpPermissions=there)
    return answer


SECURITY_GROUP = ResourceType(
    token="aws:ec2/securityGroup:SecurityGroup",
    noun="Security Group",
    service="ec2",
    create=_create_group,
    id="GroupId",
    read=Call("DescribeSecurityGroups", also={"GroupIds": by_id}),
    item="SecurityGroups[0]",
    update=(_write_rules("ingress"), _write_rules("egress")),
    delete=Call("DeleteSecurityGroup", also={"GroupId": lambda p: p["id"]}),
    names={"name": "GroupName"},
    outputs={"arn": ec2_arn("security-group"), "ingress": _read_rules("ingress"), "egress": _read_rules("egress")},
    force_new="name description vpcId",
    computed="egress ingress vpcId ingress.self egress.self",
    defaults={"description": "Managed by Pulumi", "revokeRulesOnDelete": False},
    unread="revokeRulesOnDelete",
    naming=Naming(255),
    tags="security-group",
    tagged="id",
    not_imitated="namePrefix",
)


def _adopt(s: Situation) -> dict[str, Any]:
    """Every VPC has its default group: it is taken over, not made, and loses the rules that nobody asked for."""
    filters = [{"Name": "group-name", "Values": ["default"]}]
    if s.p.get("vpcId"):
        filters.append({"Name": "vpc-id", "Values": [s.p["vpcId"]]})
    found: dict[str, Any] = s.call("ec2", "DescribeSecurityGroups", Filters=filters)["SecurityGroups"][0]
    s.p.update({"id": found["GroupId"], "ingress": s.p.get("ingress") or [], "egress": s.p.get("egress") or []})
    for direction in _DIRECTIONS:
        _write(s, direction)
    return found


DEFAULT_SECURITY_GROUP = ResourceType(
    token="aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
    noun="EC2 Default Security Group",
    service="ec2",
    create=_adopt,
    id="GroupId",
    read=Call("DescribeSecurityGroups", also={"GroupIds": by_id}),
    item="SecurityGroups[0]",
    update=(_write_rules("ingress"), _write_rules("egress")),
    delete=None,
    names={"name": "GroupName"},
    outputs={"arn": ec2_arn("security-group"), "ingress": _read_rules("ingress"), "egress": _read_rules("egress")},
    force_new="vpcId",
    computed="vpcId",
    defaults={"revokeRulesOnDelete": False},
    unread="revokeRulesOnDelete",
    tags="after",
    tagged="id",
)


def _rule_permission(p: Properties) -> list[Permission]:
    """The one permission of a rule that is a resource of its own."""
    permission: Permission = {"IpProtocol": p["ipProtocol"], "FromPort": p.get("fromPort"), "ToPort": p.get("toPort")}
    described = {"Description": p["description"]} if p.get("description") else {}
    sources = {
        "IpRanges": ("cidrIpv4", "CidrIp"),
        "Ipv6Ranges": ("cidrIpv6", "CidrIpv6"),
        "PrefixListIds": ("prefixListId", "PrefixListId"),
        "UserIdGroupPairs": ("referencedSecurityGroupId", "GroupId"),
    }
    for member, (name, key) in sources.items():
        if p.get(name):
            permission[member] = [{key: p[name], **described}]
    return [{name: value for name, value in permission.items() if value is not None}]


def _check_rule(p: Properties) -> list[tuple[str, str]]:
    sources = ("cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId")
    if sum(name in p for name in sources) == 1:
        return []
    return [("cidrIpv4", f"exactly one of `{', '.join(sources)}` must be specified")]


def _modify_rule(s: Situation) -> None:
    rule = {
        "IpProtocol": s.p["ipProtocol"],
        "FromPort": s.p.get("fromPort"),
        "ToPort": s.p.get("toPort"),
        "CidrIpv4": s.p.get("cidrIpv4"),
        "CidrIpv6": s.p.get("cidrIpv6"),
        "PrefixListId": s.p.get("prefixListId"),
        "ReferencedGroupId": s.p.get("referencedSecurityGroupId"),
        "Description": s.p.get("description") or ("" if s.old.get("description") else None),  # "" takes it away
    }
    request = {"SecurityGroupRuleId": s.p["id"], "SecurityGroupRule": {k: v for k, v in rule.items() if v is not None}}
    s.call("ec2", "ModifySecurityGroupRules", GroupId=s.p["securityGroupId"], SecurityGroupRules=[request])


def _rule(direction: str) -> ResourceType:
    _, authorize, revoke = _DIRECTIONS[direction]
    return ResourceType(
        token=f"aws:vpc/securityGroup{direction.title()}Rule:SecurityGroup{direction.title()}Rule",
        noun=f"VPC Security Group {direction.title()} Rule",
        service="ec2",
        create=Call(authorize, also={"GroupId": lambda p: p["securityGroupId"], "IpPermissions": _rule_permission}),
        id="SecurityGroupRules[0].SecurityGroupRuleId",
        read=Call("DescribeSecurityGroupRules", also={"SecurityGroupRuleIds": by_id}),
        item="SecurityGroupRules[0]",
        update=(
            Update(
                "cidrIpv4 cidrIpv6 description fromPort ipProtocol prefixListId referencedSecurityGroupId toPort",
                _modify_rule,
            ),
        ),
        delete=Call(revoke, also={"GroupId": lambda p: p["securityGroupId"], "SecurityGroupRuleIds": by_id}),
        outputs={
            "arn": ec2_arn("security-group-rule"),
            "securityGroupId": "GroupId",
            "referencedSecurityGroupId": "ReferencedGroupInfo.GroupId",
            # AWS answers -1 where there are no ports.
            "fromPort": lambda _, item: None if item["IpProtocol"] == "-1" else item.get("FromPort"),
            "toPort": lambda _, item: None if item["IpProtocol"] == "-1" else item.get("ToPort"),
        },
        force_new="securityGroupId",
        tags="security-group-rule",
        tagged="id",
        check=_check_rule,
    )


TYPES: Final = (SECURITY_GROUP, DEFAULT_SECURITY_GROUP, _rule("ingress"), _rule("egress"))
