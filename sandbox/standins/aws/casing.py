"""Properties by Pulumi's names to API parameters and back, by rule.

Both sides are known: botocore's service model names the members of every request and answer, and the SDK's facts name
the properties. A name is the same when its letters are, whatever their case, and whether it stands in the singular or
the plural. Lists of one that Pulumi flattens are wrapped and unwrapped. Names that differ otherwise are given as
exceptions, by the dotted path of the property.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from sandbox.standins.aws.facts import Kind
from sandbox.standins.aws.values import Properties

Names = Mapping[str, str]
"""Exceptions: the dotted path of a property, and the API's name of its last part."""


def member_of(members: Iterable[str], name: str) -> str | None:
    """The member that stands for the property, or the other way round."""
    by_letters = {_letters(member): member for member in members}
    for form in _forms(_letters(name)):
        if form in by_letters:
            return by_letters[form]
    return None


def _letters(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


def _forms(name: str) -> list[str]:
    forms = [name, name + "s", name + "es", name.removesuffix("s"), name.removesuffix("es")]
    if name.endswith("y"):
        forms.append(name[:-1] + "ies")
    if name.endswith("ies"):
        forms.append(name[:-3] + "y")
    return forms


def to_api(value: Any, shape: Shape, names: Names, path: str) -> Any:  # noqa: ANN401 - any value
    """The value of the property at ``path`` as the API takes it."""
    if isinstance(shape, StructureShape):
        return structure_to_api(value[0] if isinstance(value, list) else value, shape, names, path)
    if isinstance(shape, ListShape):
        items = value if isinstance(value, list) else [value]
        return [to_api(item, shape.member, names, path) for item in items]
    if isinstance(shape, MapShape):
        return {key: to_api(item, shape.value, names, path) for key, item in value.items()}
    return _scalar_to_api(value, shape.type_name)


def structure_to_api(properties: Properties, shape: StructureShape, names: Names, path: str) -> dict[str, Any]:
    """The members of the structure that the properties tell about."""
    answer = {}
    for name, value in properties.items():
        here = f"{path}.{name}" if path else name
        member = names.get(here) or member_of(shape.members, name)
        if member is None or member not in shape.members:
            raise LookupError(f"{here} has no member in {shape.name}")
        if value is not None and value != "":
            answer[member] = to_api(value, shape.members[member], names, here)
    return answer


def _scalar_to_api(value: Any, type_name: str) -> Any:  # noqa: ANN401 - any scalar
    if type_name in {"integer", "long"}:
        return int(value)
    if type_name in {"double", "float"}:
        return float(value)
    if type_name == "boolean" and isinstance(value, str):
        return value == "true"
    if type_name == "string" and isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if type_name == "string" else value


def from_api(value: Any, kind: Kind, names: Names, path: str) -> Any:  # noqa: ANN401 - any value
    """What the API answered, as a property of that kind at ``path``; None where it says nothing."""
    if value is None:
        return None
    if isinstance(kind, list):
        items = value if isinstance(value, list) else [value]
        return [from_api(item, kind[0], names, path) for item in items]
    if isinstance(kind, dict):
        if isinstance(value, list):
            return from_api(value[0], kind, names, path) if value else None
        if "*" in kind:
            return {key: from_api(item, kind["*"], names, path) for key, item in value.items()}
        return object_from_api(value, kind, names, path)
    return _scalar_from_api(value, kind)


def object_from_api(value: Mapping[str, Any], kind: Mapping[str, Kind], names: Names, path: str) -> Properties:
    """The properties of an object, as far as the API's structure has members for them."""
    answer = {}
    for name, inner in kind.items():
        here = f"{path}.{name}" if path else name
        member = names.get(here) or member_of(value, name)
        found = from_api(value.get(member), inner, names, here) if member else None
        if found is not None:
            answer[name] = found
    return answer


def _scalar_from_api(value: Any, kind: str) -> Any:  # noqa: ANN401 - any scalar
    if isinstance(value, list):
        return _scalar_from_api(value[0], kind) if value else None
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if kind == "string":
        return str(value).lower() if isinstance(value, bool) else str(value)
    if kind == "boolean":
        return value if isinstance(value, bool) else str(value).lower() in {"true", "enabled"}
    number = float(value)
    return int(number) if number.is_integer() else number
