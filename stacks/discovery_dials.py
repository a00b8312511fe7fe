"""The dials of how services find each other."""

from __future__ import annotations

from stacks.dial_rules import Dials


class DiscoveryDials(Dials):
    """How services of the environment find each other."""

    service_connect: bool = False
    """Whether each service with a port is called by its name through the proxies of ECS Service Connect
    (docs/service-discovery.md). A service that was in it stays in it until it is made anew."""
