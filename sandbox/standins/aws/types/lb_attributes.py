"""Attributes of load balancers and target groups: settings that ELB keeps as a list of texts by key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.standins.aws.casing import from_api
from sandbox.standins.aws.resource_type import Situation, Update
from sandbox.standins.aws.values import Properties

Keys = Mapping[str, str]
"""Dotted path of a property, and the key of its attribute."""


def written(keys: Keys, operation: str, parameter: str) -> Update:
    """The step that sends the attributes that differ from those before."""

    def write(s: Situation) -> None:
        attributes = [
            {"Key": key, "Value": _text(value)}
            for path, key in keys.items()
            if (value := _at(s.p, path)) is not None and value != _at(s.old, path)
        ]
        if attributes:
            s.call("elbv2", operation, **{parameter: s.p["id"], "Attributes": attributes})

    return Update(" ".join(dict.fromkeys(path.partition(".")[0] for path in keys)), write, on_create=True)


def read(keys: Keys, operation: str, parameter: str, kinds: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
    """The table's outputs for these properties, read with one call for all of them."""

    def ask(s: Situation) -> Properties:
        if operation not in s.seen:
            answer = s.call("elbv2", operation, **{parameter: s.p["id"]})["Attributes"]
            s.seen[operation] = {each["Key"]: each.get("Value") for each in answer}
        found: Properties = s.seen[operation]
        return found

    def property_of(name: str) -> Callable[[Situation, dict[str, Any]], Any]:
        paths = {path: key for path, key in keys.items() if path.partition(".")[0] == name}

        def get(s: Situation, _: dict[str, Any]) -> Any:  # noqa: ANN401 - any value
            found = ask(s)
            kind = kinds()[name]
            if name in paths:
                return from_api(found.get(paths[name]), kind, {}, name) if paths[name] in found else s.p.get(name)
            told = {
                path.partition(".")[2]: from_api(found[key], kind[path.partition(".")[2]], {}, path)
                for path, key in paths.items()
                if found.get(key) not in (None, "")
            }
            return {**(s.p.get(name) or {}), **told} if told else s.p.get(name)

        return get

    return {name: property_of(name) for name in dict.fromkeys(path.partition(".")[0] for path in keys)}


def _at(properties: Properties, path: str) -> Any:  # noqa: ANN401 - any value
    name, _, inner = path.partition(".")
    value = properties.get(name)
    return value.get(inner) if inner and isinstance(value, dict) else value


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
