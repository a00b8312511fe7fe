"""All tables: the resource types and the functions that are imitated, by token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sandbox.standins.aws.functions import account, images, policy_document
from sandbox.standins.aws.functions import buckets as existing_buckets
from sandbox.standins.aws.functions import keys as existing_keys
from sandbox.standins.aws.functions import network as places
from sandbox.standins.aws.functions import secrets as secret_names
from sandbox.standins.aws.functions.function import Function
from sandbox.standins.aws.resource_type import ResourceType
from sandbox.standins.aws.types import (
    alarms,
    autoscaling,
    backups,
    buckets,
    certificates,
    containers,
    discovery,
    dns,
    events,
    file_systems,
    firewalls,
    flow_logs,
    functions,
    gateways,
    identity,
    keys,
    listeners,
    load_balancers,
    logs,
    network,
    network_acls,
    queues,
    registries,
    registry_settings,
    routes,
    schedules,
    secrets,
    security_groups,
    services,
    topics,
)

_TABLES: Final = (
    alarms.TYPES,
    autoscaling.TYPES,
    backups.TYPES,
    buckets.TYPES,
    certificates.TYPES,
    containers.TYPES,
    discovery.TYPES,
    dns.TYPES,
    events.TYPES,
    file_systems.TYPES,
    firewalls.TYPES,
    flow_logs.TYPES,
    functions.TYPES,
    gateways.TYPES,
    identity.TYPES,
    keys.TYPES,
    listeners.TYPES,
    load_balancers.TYPES,
    logs.TYPES,
    network.TYPES,
    network_acls.TYPES,
    queues.TYPES,
    registries.TYPES,
    registry_settings.TYPES,
    routes.TYPES,
    schedules.TYPES,
    secrets.TYPES,
    security_groups.TYPES,
    services.TYPES,
    topics.TYPES,
)

TYPES: Final[Mapping[str, ResourceType]] = {kind.token: kind for table in _TABLES for kind in table}

_FUNCTION_TABLES: Final = (
    account.FUNCTIONS,
    existing_buckets.FUNCTIONS,
    existing_keys.FUNCTIONS,
    images.FUNCTIONS,
    places.FUNCTIONS,
    policy_document.FUNCTIONS,
    secret_names.FUNCTIONS,
)

FUNCTIONS: Final[Mapping[str, Function]] = {
    function.token: function for table in _FUNCTION_TABLES for function in table
}
