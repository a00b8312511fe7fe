"""The resources of a stack's state, as `pulumi stack export` writes it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from policy.checked_resource import CheckedResource

PROVIDERS: Final = "pulumi:providers:"
SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
"""The key by which Pulumi marks values that are no plain ones."""


def resources_of(export: Mapping[str, Any]) -> tuple[CheckedResource, ...]:
    """Every resource that the stack manages: neither those that it only reads, nor those about to be deleted."""
    listed = export.get("deployment", {}).get("resources") or []
    tags = {f"{one['urn']}::{one.get('id', '')}": _default_tags(one) for one in listed if _is_provider(one)}
    return tuple(
        CheckedResource(
            urn=one["urn"],
            type=one["type"],
            name=one["urn"].rpartition("::")[2],
            properties={**_plain(one.get("outputs") or {}), **_plain(one.get("inputs") or {}), "id": one.get("id")},
            depends={key: tuple(urns) for key, urns in (one.get("propertyDependencies") or {}).items() if urns},
            default_tags=tags.get(one.get("provider", ""), {}),
        )
        for one in listed
        if one.get("custom") and not one.get("external") and not one.get("delete") and not _is_provider(one)
    )


def _is_provider(resource: Mapping[str, Any]) -> bool:
    return str(resource["type"]).startswith(PROVIDERS)


def _default_tags(provider: Mapping[str, Any]) -> Mapping[str, str]:
    return default_tags(_plain(provider.get("inputs") or {}))


def default_tags(properties: Mapping[str, Any]) -> Mapping[str, str]:
    """The tags that a provider with these properties puts on everything. Pulumi writes nested ones as JSON."""
    found = properties.get("defaultTags") or {}
    found = json.loads(found) if isinstance(found, str) else found
    tags = found.get("tags") or {}
    return tags if isinstance(tags, Mapping) else {}


def _plain(value: Any) -> Any:
    """Without Pulumi's marks: a secret that is encrypted is some text, which no rule reads."""
    if isinstance(value, Mapping):
        if SIGNATURE in value:
            return value.get("plaintext", value.get("value", ""))
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value
