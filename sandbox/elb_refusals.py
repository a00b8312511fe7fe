"""What Elastic Load Balancing refuses and moto accepts: load balancers, listeners, rules and targets that cannot be.

AWS: the errors of each action in the "Elastic Load Balancing API Reference (2015-12-01)", and "Application Load
Balancers". The wording is observed in public reports where a rule does not say otherwise.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING, Any, Final

from moto.backends import get_backend

from sandbox.aws_error import AwsError
from sandbox.query_constraints import check_constraints

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sandbox.aws_request import AwsRequest
    from sandbox.caller import Caller

SERVICE: Final = "elasticloadbalancing"

_LONGEST_NAME: Final = 32
_MOST_WEIGHT: Final = 999


class Refuse:
    """Raises ``AwsError`` for what AWS would refuse; everything else goes on to moto."""

    def __call__(self, caller: Caller, request: AwsRequest) -> None:
        """Check one request."""
        check_constraints("elbv2", request)
        for rule in _RULES.get(request.action, ()):
            rule(_Place(caller), request)


class _Place:
    """moto's load balancers and networks of one account and region."""

    def __init__(self, caller: Caller) -> None:
        self.elb: Any = get_backend("elbv2")[caller.account][caller.region]
        self.ec2: Any = get_backend("ec2")[caller.account][caller.region]

    def listeners(self) -> Iterator[tuple[Any, Any]]:
        """(load balancer, listener) of all."""
        for balancer in self.elb.load_balancers.values():
            for listener in balancer.listeners.values():
                yield balancer, listener


def _members(request: AwsRequest, name: str, member: str = "") -> list[str]:
    """The values of a list of the query protocol: `Subnets.member.1`, or `SubnetMappings.member.1.SubnetId`."""
    pattern = re.compile(rf"{re.escape(name)}\.member\.(\d+){rf'.{member}' if member else ''}")
    found = {int(match[1]): values[0] for key, values in request.form.items() if (match := pattern.fullmatch(key))}
    return [found[number] for number in sorted(found)]


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationError", message)


def _name(_: _Place, request: AwsRequest) -> None:
    """AWS: "CreateLoadBalancer", ``Name``: the rules are documented, the wording is assumed."""
    name = request.parameter("Name")
    if len(name) > _LONGEST_NAME:
        raise _invalid(f"Load balancer name '{name}' cannot be longer than '{_LONGEST_NAME}' characters")
    if not re.fullmatch(r"[A-Za-z0-9-]+", name):
        raise _invalid(f"Load balancer name '{name}' can only contain characters that are alphanumeric characters "
                       "and hyphens(-)")  # fmt: skip
    if name.startswith("-") or name.endswith("-"):
        raise _invalid(f"Load balancer name '{name}' cannot begin or end with a hyphen(-)")
    if name.startswith("internal-"):
        raise _invalid(f"Load balancer name '{name}' cannot begin with 'internal-'")


def _one_name(place: _Place, request: AwsRequest) -> None:
    """AWS answers with what is there when all settings are the same too; the sandbox refuses then as well."""
    name = request.parameter("Name")
    if any(balancer.name == name for balancer in place.elb.load_balancers.values()):
        raise AwsError(
            "DuplicateLoadBalancerName",
            f"A load balancer with the same name '{name}' exists, but with different settings",
        )


def _subnets(place: _Place, request: AwsRequest) -> list[Any]:
    known = {name: subnet for zone in place.ec2.subnets.values() for name, subnet in zone.items()}
    found = []
    for name in _members(request, "Subnets") + _members(request, "SubnetMappings", "SubnetId"):
        if name not in known:
            raise AwsError("SubnetNotFound", f"The subnet ID '{name}' does not exist")
        found.append(known[name])
    return found


def _zones(place: _Place, request: AwsRequest) -> None:
    zones = [subnet.availability_zone for subnet in _subnets(place, request)]
    if request.parameter("Type") not in {"", "application"}:
        return
    if len(set(zones)) < len(zones):
        raise AwsError(
            "InvalidConfigurationRequest",
            "A load balancer cannot be attached to multiple subnets in the same Availability Zone",
        )
    if len(zones) == 1:
        raise _invalid("At least two subnets in two different Availability Zones must be specified")


def _way_in(place: _Place, request: AwsRequest) -> None:
    """AWS: "CreateLoadBalancer", InvalidSubnet."""
    if request.parameter("Scheme") == "internal":
        return
    networks = {subnet.vpc_id for subnet in _subnets(place, request)}
    attached = {gateway.vpc.id for gateway in place.ec2.internet_gateways.values() if gateway.vpc}
    for network in sorted(networks - attached):
        raise AwsError("InvalidSubnet", f"VPC {network} has no internet gateway")


def _security_groups(place: _Place, request: AwsRequest) -> None:
    wanted = _members(request, "SecurityGroups")
    networks = {subnet.vpc_id for subnet in _subnets(place, request)}
    for name in wanted:
        group = place.ec2.get_security_group_from_id(name)
        if group is None or (networks and group.vpc_id not in networks):
            raise AwsError("InvalidConfigurationRequest", "One or more security groups are invalid")


def _certificate(_: _Place, request: AwsRequest) -> None:
    if request.parameter("Protocol") in {"HTTPS", "TLS"} and not _members(request, "Certificates", "CertificateArn"):
        raise _invalid(f"A certificate must be specified for {request.parameter('Protocol')} listeners")


def _one_listener(place: _Place, request: AwsRequest) -> None:
    arn, port = request.parameter("LoadBalancerArn"), request.parameter("Port")
    if any(balancer.arn == arn and str(listener.port) == port for balancer, listener in place.listeners()):
        raise AwsError("DuplicateListener", f"A listener already exists on this port for this load balancer '{arn}'")


def _conditions(_: _Place, request: AwsRequest) -> None:
    """The wording is assumed."""
    if not any(key.startswith("Conditions.member.") for key in request.form):
        raise _invalid("A condition must be specified")


def _weights(_: _Place, request: AwsRequest) -> None:
    """AWS: "TargetGroupTuple", ``Weight``: documented; the wording is assumed."""
    for key, values in request.form.items():
        if re.fullmatch(r".*ForwardConfig\.TargetGroups\.member\.\d+\.Weight", key) and not _is_weight(values[0]):
            raise _invalid(f"Weight '{values[0]}' must be between '0' and '{_MOST_WEIGHT}' inclusive")


def _is_weight(text: str) -> bool:
    return text.isdigit() and int(text) <= _MOST_WEIGHT


def _protected(place: _Place, request: AwsRequest) -> None:
    arn = request.parameter("LoadBalancerArn")
    balancer = place.elb.load_balancers.get(arn)
    if balancer and balancer.attrs.get("deletion_protection.enabled") == "true":
        raise AwsError(
            "OperationNotPermitted",
            f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled",
        )


def _rule_to_delete(place: _Place, request: AwsRequest) -> None:
    arn = request.parameter("RuleArn")
    rules = [rule for _, listener in place.listeners() for rule in listener.rules.values() if rule.arn == arn]
    if not rules:
        raise AwsError("RuleNotFound", f"Rule '{arn}' not found")
    if rules[0].is_default:
        raise AwsError("OperationNotPermitted", f"Default rule '{arn}' cannot be deleted")


def _priority(place: _Place, request: AwsRequest) -> None:
    wanted = request.parameter("Priority")
    for _, listener in place.listeners():
        taken = {str(rule.priority) for rule in listener.rules.values()}
        if listener.arn == request.parameter("ListenerArn") and wanted in taken:
            raise AwsError("PriorityInUse", f"Priority '{wanted}' is currently in use")


def _group_in_use(place: _Place, request: AwsRequest) -> None:
    arn = request.parameter("TargetGroupArn")
    for _, listener in place.listeners():
        actions = [*listener.default_actions, *(action for rule in listener.rules.values() for action in rule.actions)]
        if any(arn in str(action.data) for action in actions):
            raise AwsError("ResourceInUse", f"Target group '{arn}' is currently in use by a listener or a rule")


def _path(_: _Place, request: AwsRequest) -> None:
    """AWS: "CreateTargetGroup", ``HealthCheckPath``: the wording is assumed."""
    path = request.parameter("HealthCheckPath")
    if path and not path.startswith("/") and request.parameter("ProtocolVersion") != "GRPC":
        raise _invalid(f"Health check path '{path}' must begin with a '/' character")


def _targets(place: _Place, request: AwsRequest) -> None:
    """AWS: "RegisterTargets" and "Target groups for your Application Load Balancers", target type: the wording is
    assumed.
    """
    group = place.elb.target_groups.get(request.parameter("TargetGroupArn"))
    if group is None or group.target_type not in {"ip", "instance"}:
        return
    for target in _members(request, "Targets", "Id"):
        is_address = re.fullmatch(r"\d+\.\d+\.\d+\.\d+", target) is not None
        if group.target_type == "instance" and is_address:
            raise AwsError("InvalidTarget", f"The IP address '{target}' is not a valid instance ID")
        if group.target_type == "ip" and not (is_address and _may_be_reached(place, group, target)):
            raise AwsError("InvalidTarget", f"The IP address '{target}' is not within a valid range")


_PRIVATE: Final = tuple(
    IPv4Network(text) for text in ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16")
)
"""AWS: "RegisterTargets": addresses of the VPC, or of these ranges."""


def _may_be_reached(place: _Place, group: Any, address: str) -> bool:  # noqa: ANN401 - moto's target group
    try:
        wanted = IPv4Address(address)
    except ValueError:
        return False
    network = place.ec2.vpcs.get(group.vpc_id)
    own = (IPv4Network(network.cidr_block),) if network else ()
    return any(wanted in one for one in (*_PRIVATE, *own))


_RULES: Final[dict[str, tuple[Callable[[_Place, AwsRequest], None], ...]]] = {
    "CreateLoadBalancer": (_name, _zones, _way_in, _security_groups, _one_name),
    "DeleteLoadBalancer": (_protected,),
    "CreateListener": (_certificate, _one_listener, _weights),
    "ModifyListener": (_weights,),
    "CreateRule": (_conditions, _weights, _priority),
    "ModifyRule": (_weights,),
    "DeleteRule": (_rule_to_delete,),
    "CreateTargetGroup": (_path,),
    "DeleteTargetGroup": (_group_in_use,),
    "ModifyTargetGroup": (_path,),
    "RegisterTargets": (_targets,),
}
