"""Service Connect in a service's configuration: what AWS refuses.

AWS: "ServiceConnectConfiguration", "ServiceConnectService", "ServiceConnectClientAlias" (ECS API reference):
documented. A message marked *observed* is from public reports, the others are assumed. That names are unique in the
namespace beyond one service is not checked.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sandbox.ecs import refusals

if TYPE_CHECKING:
    from sandbox.caller import Caller
    from sandbox.ecs.records import ClusterRecord
    from sandbox.ecs.world import World

    Json = dict[str, Any]

_DISCOVERY_NAME = re.compile(r"[a-z0-9_][a-z0-9_-]{0,63}")
_DNS_NAME = re.compile(r"[a-z0-9_.][a-z0-9_.-]{0,126}")
_MOST_ALIASES = 1
_PORTS = range(1, 65536)


def with_namespace(connect: Json, cluster: ClusterRecord) -> Json:
    """``connect`` with the cluster's default namespace, if it is on and names none."""
    default = cluster.body.get("serviceConnectDefaults", {}).get("namespace")
    if connect["enabled"] and default and not connect.get("namespace"):
        return connect | {"namespace": default}
    return connect


def namespace_of(config: Json) -> str:
    """The namespace that a service is in by name or ARN; "" if it does not use Service Connect."""
    connect = config.get("serviceConnectConfiguration") or {}
    return connect.get("namespace", "") if connect.get("enabled") else ""


def check(world: World, caller: Caller, config: Json, definition: Json) -> None:
    """Refuse a configuration that AWS refuses."""
    connect = config.get("serviceConnectConfiguration") or {}
    if not connect.get("enabled"):
        return
    namespace = connect.get("namespace")
    if not namespace:
        raise refusals.invalid(
            "Service Connect needs a namespace: neither serviceConnectConfiguration nor the cluster's "
            "serviceConnectDefaults name one."
        )
    if world.registries.namespace(caller, namespace) is None:
        raise refusals.namespace_not_found(namespace)
    if connect.get("accessLogConfiguration") and not connect.get("logConfiguration"):
        raise refusals.invalid("accessLogConfiguration needs a logConfiguration in serviceConnectConfiguration.")
    _check_services(connect.get("services") or [], _named_ports(definition))


def port_of(definition: Json, name: str) -> Json | None:
    """The port mapping of that name in a task definition, or None."""
    return _named_ports(definition).get(name)


def _named_ports(definition: Json) -> dict[str, Json]:
    return {
        port["name"]: port
        for container in definition["containerDefinitions"]
        for port in container.get("portMappings", [])
        if port.get("name")
    }


def _check_services(services: list[Json], ports: dict[str, Json]) -> None:
    seen: set[object] = set()
    for service in services:
        name = service["portName"]
        if name not in ports:
            raise refusals.invalid(
                f"The portName {name} of serviceConnectConfiguration does not refer to a named port mapping of the "
                "task definition."
            )
        discovery = service.get("discoveryName") or name
        if not _DISCOVERY_NAME.fullmatch(discovery):
            raise refusals.invalid(
                f"Invalid discoveryName {discovery!r}: up to 64 lowercase letters, numbers, underscores and hyphens "
                "are allowed, the first one no hyphen."
            )
        aliases = service.get("clientAliases") or []
        if len(aliases) > _MOST_ALIASES:
            raise refusals.invalid(f"{len(aliases)} clientAliases exceeds the max limit of {_MOST_ALIASES}")  # observed
        if (service.get("timeout") or {}).get("perRequestTimeoutSeconds") and "appProtocol" not in ports[name]:
            raise refusals.invalid("perRequestTimeoutSeconds can't be set for tcp application")
        taken = [discovery, *(_checked_alias(alias, discovery) for alias in aliases)]
        if twice := [one for one in taken if one in seen]:
            raise refusals.invalid(f"serviceConnectConfiguration has {twice[0]} twice.")
        seen.update(taken)


def _checked_alias(alias: Json, discovery: str) -> tuple[str, int]:
    name, port = alias.get("dnsName"), alias["port"]
    if port not in _PORTS:
        raise refusals.invalid(f"Invalid port {port} of a client alias: it must be from 1 to 65535.")
    if name is not None and not _DNS_NAME.fullmatch(name):
        raise refusals.invalid(
            f"Invalid dnsName {name!r}: up to 127 lowercase letters, numbers, underscores, hyphens and periods are "
            "allowed, the first one no hyphen."
        )
    return name or discovery, port
