"""Reading moto's EC2 networks, and the interfaces of tasks in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.backends import get_backend

from sandbox.ecs.ports import SecurityGroupFacts, SubnetFacts

if TYPE_CHECKING:
    from sandbox.caller import Caller
    from sandbox.ecs.ports import InterfaceFacts


REQUESTER = "578734482556"
"""Who asked for the interfaces of Fargate's tasks (public outputs of describe-network-interfaces): observed."""


class MotoNetworks:
    """Subnets, security groups and interfaces of the caller's account. ``written`` is set by every change, and never
    reset here.
    """

    def __init__(self) -> None:
        self.written = False

    def subnet(self, caller: Caller, subnet_id: str) -> SubnetFacts | None:
        """The subnet, or None."""
        for zone in _ec2(caller).subnets.values():
            if found := zone.get(subnet_id):
                return SubnetFacts(found.id, found.vpc_id, found.availability_zone, found.cidr_block)
        return None

    def security_group(self, caller: Caller, group_id: str) -> SecurityGroupFacts | None:
        """The security group, or None."""
        found = _ec2(caller).get_security_group_from_id(group_id)
        return SecurityGroupFacts(found.id, found.vpc_id) if found else None

    def attach(self, caller: Caller, interface: InterfaceFacts) -> None:
        """Show a task's interface in EC2; nothing when it is shown already, or when its subnet has gone."""
        ec2 = _ec2(caller)
        if interface.id in ec2.enis or self.subnet(caller, interface.subnet_id) is None:
            return
        groups = [group for group in interface.security_groups if ec2.get_security_group_from_id(group)]
        made = _models().NetworkInterface(
            ec2,
            ec2.get_subnet(interface.subnet_id),
            interface.address,
            group_ids=groups,
            description=interface.description,
        )
        made.id, made.mac_address, made.status = interface.id, interface.mac, "in-use"
        made.requester_managed, made.requester_id = True, REQUESTER
        ec2.enis[made.id] = made
        self.written = True

    def detach(self, caller: Caller, interface_id: str) -> None:
        """Take a task's interface away; nothing when it is not there."""
        if _ec2(caller).enis.pop(interface_id, None):
            self.written = True


def task_interfaces(caller: Caller) -> list[Any]:
    """moto's records of the interfaces that belong to tasks."""
    return [interface for interface in _ec2(caller).enis.values() if interface.requester_id == REQUESTER]


def _ec2(caller: Caller) -> Any:  # noqa: ANN401 - moto's backends have no useful common type
    return get_backend("ec2")[caller.account][caller.region]


def _models() -> Any:  # noqa: ANN401 - imported late, with moto's first request for it
    from moto.ec2.models import elastic_network_interfaces  # noqa: PLC0415 - takes a while

    return elastic_network_interfaces
