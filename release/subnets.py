"""How a network is cut into subnets. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from types import MappingProxyType
from typing import Final

MOST_ZONES: Final = 3
SIZES: Final = range(16, 24)
"""Prefix lengths of a network that can be cut. AWS takes no VPC above /16 ("VPC CIDR blocks"); public subnets are a
sixteenth, and that of a load balancer must be /27 at least ("Application Load Balancers", subnets): documented."""

ZONE_LETTERS: Final[Mapping[str, str]] = MappingProxyType({"ap-northeast-1": "acd", "ca-central-1": "abd"})
"""Regions whose first three zones are not a, b and c (AWS: "Regions and Availability Zones").

Zones are named, not looked up: an answer of AWS in another order would move every subnet.
"""


@dataclass(frozen=True, kw_only=True)
class ZoneSubnets:
    """The subnets of one availability zone."""

    zone: str
    private_cidr: str
    public_cidr: str


def plan(region: str, cidr: str, zones: int) -> tuple[ZoneSubnets, ...]:
    """Cuts the network: a quarter of it private in each zone, a sixteenth public.

    The cut is the same for two zones and for three, so that a zone can be added without moving the others.
    Raises `ValueError` where the range cannot be cut so.
    """
    if not 1 <= zones <= MOST_ZONES:
        raise ValueError(f"zones is {zones}; allowed are 1 to {MOST_ZONES}")
    quarters = list(_network(cidr).subnets(prefixlen_diff=2))
    sixteenths = list(quarters[MOST_ZONES].subnets(prefixlen_diff=2))
    letters = ZONE_LETTERS.get(region, "abc")
    return tuple(
        ZoneSubnets(zone=f"{region}{letter}", private_cidr=str(private), public_cidr=str(public))
        for letter, private, public in zip(letters[:zones], quarters, sixteenths, strict=False)
    )


def _network(cidr: str) -> IPv4Network:
    try:
        whole = IPv4Network(cidr, strict=False)
    except ValueError as error:
        raise ValueError(f"cidr is {cidr!r}, no IPv4 network; write it like 10.0.0.0/16") from error
    if str(whole.network_address) != cidr.split("/", maxsplit=1)[0]:
        raise ValueError(f"cidr is {cidr!r}, which does not start a network and would overlap others; write {whole}")
    if whole.prefixlen not in SIZES:
        raise ValueError(f"cidr is {cidr!r}; allowed are /16 to /23, so that every subnet has room")
    return whole
