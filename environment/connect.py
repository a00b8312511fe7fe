"""A service's place in the environment's Service Connect."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pulumi

from components.service_connect import Endpoint, NamedPort, ServiceConnect
from environment.platform import Platform
from environment.platform_reference import PlatformReference
from release.target_traffic import GRPC, HTTP1, HTTP2
from stacks.service_definition import ServiceDefinition

SPOKEN: Final[Mapping[str, str]] = {HTTP1: "http", HTTP2: "http2", GRPC: "grpc"}
"""What the proxy calls what the load balancer's target group calls so."""


def named_port_of(platform: Platform | PlatformReference, definition: ServiceDefinition) -> NamedPort | None:
    """What Service Connect knows the service's port by: its name. None: it is not called there."""
    if platform.connect_namespace_arn is None or platform.settings.services[definition.name].port is None:
        return None
    # A proxy sees nothing of what is encrypted before it gets there: that is TCP for it.
    plain = definition.protocol == "HTTP"
    return NamedPort(name=definition.name, protocol=SPOKEN[definition.traffic.protocol_version] if plain else None)


def connect_of(
    platform: Platform | PlatformReference, definition: ServiceDefinition, log_group: pulumi.Input[str]
) -> ServiceConnect | None:
    """Others call it by its name and its own port; a service without a port calls them alone. None: there is none."""
    if platform.connect_namespace_arn is None:
        return None
    settings = platform.settings
    port, number = named_port_of(platform, definition), settings.services[definition.name].port
    return ServiceConnect(
        namespace_arn=platform.connect_namespace_arn,
        log_group=log_group,
        region=settings.aws.region,
        endpoint=Endpoint(port=port, dns_name=definition.name, client_port=number)
        if port is not None and number is not None
        else None,
    )
