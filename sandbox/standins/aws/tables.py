"""All tables: the resource types and the functions that are imitated, by token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sandbox.standins.aws.functions import account, images, policy_document
from sandbox.standins.aws.functions import buckets as existing_buckets
from sandbox.standins.aws.functions import network as places
from sandbox.standins.aws.functions import secrets as secret_names
from sandbox.standins.aws.functions.function import Function
from sandbox.standins.aws.resource_type import ResourceType
from sandbox.standins.aws.types import (
    alarms,
    autoscaling,
    buckets,
    containers,
    discovery,
    events,
    flow_logs,
    gateways,
    identity,
    keys,
    listeners,
    load_balancers,
    logs,
    network,
    network_acls,
    registries,
    routes,
    secrets,
    security_groups,
    services,
    topics,
)

_TABLES: Final = (
    alarms.TYPES,
    autoscaling.TYPES,
    buckets.TYPES,
    containers.TYPES,
    discovery.TYPES,
    events.TYPES,
    flow_logs.TYPES,
    gateways.TYPES,
    identity.TYPES,
    keys.TYPES,
    listeners.TYPES,
    load_balancers.TYPES,
    logs.TYPES,
    network.TYPES,
    network_acls.TYPES,
    registries.TYPES,
    routes.TYPES,
    secrets.TYPES,
    security_groups.TYPES,
    services.TYPES,
    topics.TYPES,
)

TYPES: Final[Mapping[str, ResourceType]] = {kind.token: kind for table in _TABLES for kind in table}

_FUNCTION_TABLES: Final = (
    account.FUNCTIONS,
    existing_buckets.FUNCTIONS,
    images.FUNCTIONS,
    places.FUNCTIONS,
    policy_document.FUNCTIONS,
    secret_names.FUNCTIONS,
)

FUNCTIONS: Final[Mapping[str, Function]] = {
    function.token: function for table in _FUNCTION_TABLES for function in table
}
