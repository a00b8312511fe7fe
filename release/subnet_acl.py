"""What the network ACL of private subnets lets through. Pure.

It knows nothing of connections: an answer comes in by the port that the question went out from, and needs its rule
(AWS: "Control subnet traffic with network access control lists"): documented. So that no answer is lost, it takes away
one thing alone: from outside of the network nobody logs in, by SSH or by RDP (Security Hub EC2.21).

Only private subnets have it. NAT gateways ask from any of the ports 1024 to 65535 (AWS: "Ephemeral ports": documented),
and port 3389 is one of them. In public subnets, where the internet's answers reach NAT gateways, an ACL that keeps
EC2.21 would lose one connection of 64,512. Tasks ask from Linux's ports, 32768 to 61000, and what load balancers ask of
tasks, from 1024 to 65535 as well, stays inside of the network.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

ANYWHERE: Final = "0.0.0.0/0"
ALL: Final = "-1"
ICMP: Final = "1"
TCP: Final = "6"
UDP: Final = "17"
"""Protocols by their number, as EC2 keeps them."""
ALL_BUT_LOGINS: Final = ((0, 21), (23, 3388), (3390, 65_535))
"""The ports of TCP and UDP, but for those of SSH and RDP."""
FIRST: Final = 100
STEP: Final = 10


@dataclass(frozen=True, kw_only=True)
class AclRule:
    """What one rule lets through. What no rule does is refused."""

    number: int
    """The lowest is asked first."""
    protocol: str
    """`ALL`, `ICMP`, `TCP` or `UDP`."""
    cidr: str
    """Where from, or where to."""
    ports: tuple[int, int] = (0, 0)
    """The first and the last, of `TCP` and `UDP`: others have none."""


def ways_in(network: str) -> tuple[AclRule, ...]:
    """From inside the network everything; from elsewhere everything but a login."""
    elsewhere = [(protocol, ANYWHERE, ports) for protocol in (TCP, UDP) for ports in ALL_BUT_LOGINS]
    rules = [(ALL, network, (0, 0)), (ICMP, ANYWHERE, (0, 0)), *elsewhere]
    return tuple(
        AclRule(number=FIRST + STEP * at, protocol=protocol, cidr=cidr, ports=ports)
        for at, (protocol, cidr, ports) in enumerate(rules)
    )


def ways_out() -> tuple[AclRule, ...]:
    """Everything: security groups say what tasks may ask."""
    return (AclRule(number=FIRST, protocol=ALL, cidr=ANYWHERE),)
