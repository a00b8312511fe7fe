"""What Elastic Load Balancing refuses and moto accepts.

Every function here is an override of an operation (sandbox/machine.py): it raises AWS's refusal, or leaves the request
to moto. That AWS refuses it is documented on the operation's page of the "Elastic Load Balancing API Reference"; the
wordings are observed (public reports of terraform, CDK and pulumi).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.backends import get_backend

from sandbox.aws_error import AwsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.aws_request import AwsRequest
    from sandbox.caller import Caller

_FEWEST_ZONES = 2
_ENCRYPTED = frozenset({"HTTPS", "TLS"})


def create_load_balancer(caller: Caller, request: AwsRequest) -> None:
    """Subnets of two zones for an Application Load Balancer, one per zone; a name of its own."""
    _check_name(caller, request)
    if (request.parameter("Type") or "application") != "application":
        return
    asked = [*_members(request, "Subnets.member.{}"), *_members(request, "SubnetMappings.member.{}.SubnetId")]
    zones = [zone for subnet in asked if (zone := _zone(caller, subnet))]
    if len(zones) < len(asked):
        return  # moto says which one does not exist
    if len(set(zones)) < len(zones):
        raise AwsError(
            "InvalidConfigurationRequest",
            "A load balancer cannot be attached to multiple subnets in the same Availability Zone",
        )
    if len(zones) < _FEWEST_ZONES:
        raise AwsError("ValidationError", "At least two subnets in two different Availability Zones must be specified")


def create_listener(caller: Caller, request: AwsRequest) -> None:
    """One listener per port, and a certificate for an encrypted one."""
    balancer = _elb(caller).load_balancers.get(request.parameter("LoadBalancerArn"))
    protocol, port = request.parameter("Protocol"), request.parameter("Port")
    if balancer is None:
        return
    if protocol in _ENCRYPTED and not request.parameter("Certificates.member.1.CertificateArn"):
        raise AwsError("ValidationError", f"A certificate must be specified for {protocol} listeners")
    if any(str(listener.port) == port for listener in balancer.listeners.values()):
        raise AwsError(
            "DuplicateListener", f"A listener already exists on this port for this load balancer '{balancer.arn}'"
        )


def create_rule(caller: Caller, request: AwsRequest) -> None:
    """A priority of its own."""
    _check_priority(caller, request.parameter("ListenerArn"), request.parameter("Priority"))


def delete_load_balancer(caller: Caller, request: AwsRequest) -> None:
    """Not while its deletion protection is on."""
    balancer = _elb(caller).load_balancers.get(request.parameter("LoadBalancerArn"))
    if balancer and balancer.attrs.get("deletion_protection.enabled") == "true":
        raise AwsError(
            "OperationNotPermitted",
            f"Load balancer '{balancer.arn}' cannot be deleted because deletion protection is enabled",
        )


def delete_target_group(caller: Caller, request: AwsRequest) -> None:
    """Not while a listener or a rule forwards to it."""
    group = request.parameter("TargetGroupArn")
    for listener in _listeners(caller):
        actions = [*listener.default_actions, *(action for rule in listener.rules.values() for action in rule.actions)]
        if any(group in str(action.data) for action in actions):
            raise AwsError("ResourceInUse", f"Target group '{group}' is currently in use by a listener or a rule")


OVERRIDES = {
    ("elasticloadbalancing", "CreateLoadBalancer"): create_load_balancer,
    ("elasticloadbalancing", "CreateListener"): create_listener,
    ("elasticloadbalancing", "CreateRule"): create_rule,
    ("elasticloadbalancing", "DeleteLoadBalancer"): delete_load_balancer,
    ("elasticloadbalancing", "DeleteTargetGroup"): delete_target_group,
}
"""By signing name and operation."""


def _check_name(caller: Caller, request: AwsRequest) -> None:
    name = request.parameter("Name")
    if any(balancer.name == name for balancer in _elb(caller).load_balancers.values()):
        raise AwsError(
            "DuplicateLoadBalancerName",
            f"A load balancer with the same name '{name}' exists, but with different settings",
        )


def _check_priority(caller: Caller, listener_arn: str, priority: str) -> None:
    for listener in _listeners(caller):
        if listener.arn == listener_arn and any(str(rule.priority) == priority for rule in listener.rules.values()):
            raise AwsError("PriorityInUse", f"Priority '{priority}' is currently in use")


def _listeners(caller: Caller) -> Iterator[Any]:
    for balancer in _elb(caller).load_balancers.values():
        yield from balancer.listeners.values()


def _members(request: AwsRequest, name: str) -> list[str]:
    found: list[str] = []
    while value := request.parameter(name.format(len(found) + 1)):
        found.append(value)
    return found


def _zone(caller: Caller, subnet_id: str) -> str | None:
    zones: Any = get_backend("ec2")[caller.account][caller.region].subnets
    return next((zone for zone, subnets in zones.items() if subnet_id in subnets), None)


def _elb(caller: Caller) -> Any:  # noqa: ANN401 - moto's backends have no useful common type
    return get_backend("elbv2")[caller.account][caller.region]
