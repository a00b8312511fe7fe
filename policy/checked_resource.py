"""A resource as the rules see it: its type, its name and its properties, some of which nobody knows yet."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final


class _Unknown:
    """The value of a property that AWS tells only during the update."""

    def __repr__(self) -> str:
        return "unknown"


UNKNOWN: Final = _Unknown()
"""Stands in a resource's properties wherever a preview does not know the value."""


class NotKnownYetError(Exception):
    """A rule came to a property whose value is told only during the update."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


@dataclass(frozen=True)
class Part:
    """A value inside a resource's properties, and where it stands."""

    value: Any
    path: str

    def at(self, path: str) -> Any:
        """The value at `path` (`logging.accessLogs.enabled`); None where it, or anything above it, is missing.

        Raises `NotKnownYetError` where it, or anything above it, is unknown.
        """
        return self._step(path).value

    def parts(self, path: str = "") -> Iterator[Part]:
        """The elements of the list at `path`, or of this part. A value that is no list is a list of itself."""
        here = self._step(path)
        found = here.value
        if found is None:
            return
        listed = found if isinstance(found, Sequence) and not isinstance(found, str) else [found]
        for index, element in enumerate(listed):
            yield Part(_known(element, f"{here.path}[{index}]"), f"{here.path}[{index}]")

    def document(self, path: str) -> Part:
        """The JSON document that the string at `path` is, such as a policy. Missing: no value."""
        here = self._step(path)
        value = json.loads(here.value) if isinstance(here.value, str) else here.value
        return Part(value, here.path)

    def named(self, key: str) -> str:
        """Where `key` of this part stands, for people."""
        return f"{self.path}.{key}" if self.path else key

    def _step(self, path: str) -> Part:
        value, here = self.value, self.path
        for key in path.split(".") if path else ():
            here = f"{here}.{key}" if here else key
            value = value.get(key) if isinstance(value, Mapping) else None
            value = _known(value, here)
        return Part(value, here)


def _known(value: Any, path: str) -> Any:
    if value is UNKNOWN:
        raise NotKnownYetError(path)
    return value


@dataclass(frozen=True, kw_only=True)
class CheckedResource:
    """One resource of a stack."""

    urn: str
    type: str
    """As Pulumi's tokens have it: `aws:ecs/service:Service`."""
    name: str
    properties: Mapping[str, Any]
    """In Pulumi's spelling; `UNKNOWN` where a preview does not know."""
    depends: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """Property -> URNs of the resources whose outputs it was made of."""
    default_tags: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """The tags that its provider puts on everything."""

    @property
    def root(self) -> Part:
        """All of its properties."""
        return Part(self.properties, "")

    @property
    def tags(self) -> dict[str, Any]:
        """The tags it carries, its provider's among them."""
        own = self.root.at("tags") or {}
        return {**self.default_tags, **own}


def refers_to(resource: CheckedResource, name: str, target: CheckedResource) -> bool:
    """Whether the property `name` of a resource is made of an output of `target`, or holds its id or ARN."""
    if target.urn in resource.depends.get(name, ()):
        return True
    value = resource.properties.get(name)
    held = value if isinstance(value, list | tuple) else [value]
    return any(isinstance(one, str) and one in _identities(target) for one in held)


def _identities(target: CheckedResource) -> set[str]:
    found = (target.properties.get(key) for key in ("id", "arn", "name"))
    return {one for one in found if isinstance(one, str) and one}
