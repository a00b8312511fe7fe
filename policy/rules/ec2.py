"""Amazon EC2 and VPC (AWS Security Hub: "Security Hub controls for Amazon EC2")."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from policy.checked_resource import CheckedResource, Part, refers_to
from policy.requirements import none_of, requires
from policy.rule import TOLD, ResourceRule, Rule, Severity, StackRule

VPC: Final = "aws:ec2/vpc:Vpc"
DEFAULT_GROUP: Final = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
FLOW_LOG: Final = "aws:ec2/flowLog:FlowLog"
SUBNET: Final = "aws:ec2/subnet:Subnet"
GROUP: Final = "aws:ec2/securityGroup:SecurityGroup"
GROUP_RULE: Final = "aws:ec2/securityGroupRule:SecurityGroupRule"
INGRESS_RULE: Final = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
ACL: Final = "aws:ec2/networkAcl:NetworkAcl"
ACL_RULE: Final = "aws:ec2/networkAclRule:NetworkAclRule"
ACL_ASSOCIATION: Final = "aws:ec2/networkAclAssociation:NetworkAclAssociation"
ENDPOINT: Final = "aws:ec2/vpcEndpoint:VpcEndpoint"

ANYWHERE: Final = ("0.0.0.0/0", "::/0")
AUTHORIZED: Final = (80, 443)
"""TCP ports that may be open to everybody: the parameter of EC2.18 with its default."""
HIGH_RISK: Final = (
    *(20, 21, 22, 23, 25, 110, 135, 143, 445, 1433, 1434, 3000, 3306, 3389, 4333, 5000, 5432, 5500, 5601, 8080, 8088),
    *(8888, 9200, 9300),
)
"""The ports that EC2.19 looks for."""
REMOTE_LOGIN: Final = (22, 3389)
TCP: Final = ("tcp", "6")
ANY_PROTOCOL: Final = ("-1", "all")


def _from_anywhere(rule: Part) -> bool:
    listed = [
        one.value
        for key in ("cidrIpv4", "cidrIpv6", "cidrBlock", "ipv6CidrBlock", "cidrBlocks", "ipv6CidrBlocks")
        for one in rule.parts(key)
    ]
    return any(one in ANYWHERE for one in listed)


def _ways_in(resource: CheckedResource) -> Iterator[Part]:
    """The rules by which the resource lets somebody in."""
    root = resource.root
    match resource.type:
        case "aws:ec2/securityGroup:SecurityGroup":
            yield from root.parts("ingress")
        case "aws:ec2/securityGroupRule:SecurityGroupRule":
            if root.at("type") == "ingress":
                yield root
        case _:
            yield root


def _holds(rule: Part, port: int) -> bool:
    low, high = rule.at("fromPort"), rule.at("toPort")
    protocol = str(rule.at("ipProtocol") or rule.at("protocol") or "").lower()
    if protocol in ANY_PROTOCOL:
        return True
    return protocol in TCP and low is not None and int(low) <= port <= int(high if high is not None else low)


def _only_authorized(resource: CheckedResource) -> Iterator[str]:
    for rule in _ways_in(resource):
        if not _from_anywhere(rule):
            continue
        protocol = str(rule.at("ipProtocol") or rule.at("protocol") or "")
        low, high = rule.at("fromPort"), rule.at("toPort")
        if protocol in ANY_PROTOCOL or low != high or low not in AUTHORIZED:
            yield f"{rule.named('fromPort')} to toPort is {low} to {high} ({protocol}), open to everybody"


def _no_high_risk(resource: CheckedResource) -> Iterator[str]:
    for rule in _ways_in(resource):
        risky = [port for port in HIGH_RISK if _from_anywhere(rule) and _holds(rule, port)]
        if risky:
            shown = ", ".join(str(port) for port in risky[:3]) + (", ..." if len(risky) > 3 else "")  # noqa: PLR2004
            yield f"{rule.named('fromPort')} to toPort opens port {shown} to everybody"


def _no_remote_login(resource: CheckedResource) -> Iterator[str]:
    root = resource.root
    rules = root.parts("ingress") if resource.type == ACL else iter(() if root.at("egress") else (root,))
    for rule in rules:
        allowed = str(rule.at("action") or rule.at("ruleAction") or "").lower() == "allow"
        found = [port for port in REMOTE_LOGIN if allowed and _from_anywhere(rule) and _holds(rule, port)]
        if found:
            yield f"{rule.named('fromPort')} to toPort opens port {found[0]} to everybody"


def _locked_default_group(vpc: CheckedResource, stack: Sequence[CheckedResource]) -> Iterator[str]:
    groups = [one for one in stack if one.type == DEFAULT_GROUP and refers_to(one, "vpcId", vpc)]
    if not groups:
        yield "its default security group is not taken over"
    for group in groups:
        for key in ("ingress", "egress"):
            if group.root.at(key):
                yield f"{group.name} has {key} rules, wanted are none"


def _has_flow_log(vpc: CheckedResource, stack: Sequence[CheckedResource]) -> Iterator[str]:
    if not any(one.type == FLOW_LOG and refers_to(one, "vpcId", vpc) for one in stack):
        yield "no flow log belongs to it"


def _is_used(acl: CheckedResource, stack: Sequence[CheckedResource]) -> Iterator[str]:
    associated = any(one.type == ACL_ASSOCIATION and refers_to(one, "networkAclId", acl) for one in stack)
    if not associated and not acl.depends.get("subnetIds") and not acl.root.at("subnetIds"):
        yield "no subnet uses it"


def _endpoint(service: str, vpc: CheckedResource, stack: Sequence[CheckedResource]) -> Iterator[str]:
    found = (
        one
        for one in stack
        if one.type == ENDPOINT
        and refers_to(one, "vpcId", vpc)
        and str(one.root.at("serviceName")).endswith(f".{service}")
    )
    if next(found, None) is None:
        yield f"it has no interface endpoint of {service}"


def _endpoint_rule(control: str, service: str, noun: str) -> StackRule:
    return StackRule(
        id=control,
        sentence=f"Networks reach {noun} by an endpoint of their own",
        severity=Severity.MEDIUM,
        types=(VPC,),
        check=lambda vpc, stack: _endpoint(service, vpc, stack),
        fix=f"Add {service} to endpoints of slipway:network in the stack file: it costs by the hour and zone",
        levels=TOLD,
    )


RULES: Final[tuple[Rule, ...]] = (
    StackRule(
        id="EC2.2",
        sentence="Default security groups let nothing in or out",
        severity=Severity.HIGH,
        types=(VPC,),
        check=_locked_default_group,
        fix="Add an aws.ec2.DefaultSecurityGroup without rules",
    ),
    StackRule(
        id="EC2.6",
        sentence="Networks log their flows",
        severity=Severity.MEDIUM,
        types=(VPC,),
        check=_has_flow_log,
        fix="Add an aws.ec2.FlowLog",
    ),
    ResourceRule(
        id="EC2.15",
        sentence="Subnets give no public IP address by themselves",
        severity=Severity.MEDIUM,
        types=(SUBNET,),
        check=requires(none_of("mapPublicIpOnLaunch", True)),
        fix="Set mapPublicIpOnLaunch to false",
    ),
    StackRule(
        id="EC2.16",
        sentence="Every network ACL is used",
        severity=Severity.LOW,
        types=(ACL,),
        check=_is_used,
        fix="Associate it with subnets, or remove it",
    ),
    ResourceRule(
        id="EC2.18",
        sentence="Only ports 80 and 443 are open to everybody",
        severity=Severity.HIGH,
        types=(GROUP, GROUP_RULE, INGRESS_RULE),
        check=_only_authorized,
        fix="Name the security group or the network that may come in",
    ),
    ResourceRule(
        id="EC2.19",
        sentence="No port of high risk is open to everybody",
        severity=Severity.CRITICAL,
        types=(GROUP, GROUP_RULE, INGRESS_RULE),
        check=_no_high_risk,
        fix="Name the security group or the network that may come in",
        waivable=False,
    ),
    ResourceRule(
        id="EC2.21",
        sentence="Network ACLs let nobody log in from everywhere",
        severity=Severity.MEDIUM,
        types=(ACL, ACL_RULE),
        check=_no_remote_login,
        fix="Leave out ports 22 and 3389, or deny them before",
    ),
    _endpoint_rule("EC2.55", "ecr.api", "the API of ECR"),
    _endpoint_rule("EC2.56", "ecr.dkr", "the registry of ECR"),
    _endpoint_rule("EC2.57", "ssm", "Systems Manager"),
)
