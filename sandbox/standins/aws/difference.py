"""The engine's Diff: what a program asks for against what the state says there is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.standins.aws import tags
from sandbox.standins.aws.check import DEFAULTS
from sandbox.standins.aws.resource_type import ResourceType
from sandbox.standins.aws.sameness import is_empty
from sandbox.standins.aws.settings import Settings
from sandbox.standins.aws.values import UNKNOWN, Properties


@dataclass(frozen=True)
class Change:
    """A difference in one property: "add", "update" or "delete", and whether the resource must be replaced for it."""

    action: str
    replaces: bool


def changes(kind: ResourceType, state: Properties, new: Properties, settings: Settings) -> dict[str, Change]:
    """All differences by property path."""
    found: dict[str, Change] = {}
    for name in sorted(kind.inputs):
        asked, there = new.get(name), state.get(name)
        if name not in new and (name in kind.decided or is_empty(there)):
            continue
        if not kind.sameness.same(asked, there, name):
            found.update((path, _change(kind, path, *pair)) for path, *pair in _leaves(kind, asked, there, name))
    if kind.tags:
        asked, there = tags.merged(settings, new.get("tags")), state.get("tagsAll") or {}
        found.update((path, _change(kind, path, *pair)) for path, *pair in _leaves(kind, asked, there, "tagsAll"))
    return found


def _leaves(kind: ResourceType, asked: Any, there: Any, path: str) -> Iterator[tuple[str, Any, Any]]:  # noqa: ANN401
    """The smallest parts in which the two differ."""
    if isinstance(asked, Mapping) and isinstance(there, Mapping):
        for name in sorted({*asked, *there}):
            inner = f"{path}.{name}"
            if not kind.sameness.same_member(asked, there, name, _without_places(inner)):
                yield from _leaves(kind, asked.get(name), there.get(name), inner)
    elif isinstance(asked, list) and isinstance(there, list) and len(asked) == len(there):
        for place, pair in enumerate(zip(asked, there, strict=True)):
            if not kind.sameness.same(*pair, _without_places(path)):
                yield from _leaves(kind, *pair, f"{path}[{place}]")
    elif not kind.sameness.same(asked, there, _without_places(path)):
        yield path, asked, there


def _without_places(path: str) -> str:
    return re.sub(r"\[\d+\]", "", path)


def _change(kind: ResourceType, path: str, asked: object, there: object) -> Change:
    parts = _without_places(path).split(".")
    replaces = any(".".join(parts[:count]) in kind.replacing for count in range(1, len(parts) + 1))
    if there is None:
        return Change("add", replaces)
    return Change("update" if asked is not None else "delete", replaces)


def deletes_first(kind: ResourceType, state: Properties, new: Properties) -> bool:
    """Whether a replacement must delete the old resource first: two cannot have the same fixed name."""
    if kind.delete_first:
        return True
    if kind.naming is None:
        return False
    key = kind.naming.property
    fixed = key not in (new.get(DEFAULTS) or [])
    return fixed and new.get(key) is not UNKNOWN and new.get(key) == state.get(key)
