"""Reading moto's EC2 networks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.backends import get_backend

from sandbox.ecs.ports import SecurityGroupFacts, SubnetFacts

if TYPE_CHECKING:
    from sandbox.caller import Caller


class MotoNetworks:
    """Subnets and security groups of the caller's account."""

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


def _ec2(caller: Caller) -> Any:  # noqa: ANN401 - moto's backends have no useful common type
    return get_backend("ec2")[caller.account][caller.region]
