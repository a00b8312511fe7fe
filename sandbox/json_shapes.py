"""Values of an AWS JSON protocol, checked and converted by botocore's own service model.

``read`` turns the JSON of a request into Python values and collects what AWS would refuse; ``write`` turns a handler's
answer into JSON. AWS protocol page: "AWS JSON 1.1 protocol" (Smithy).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sandbox.aws_error import AwsError

if TYPE_CHECKING:
    from botocore.model import ListShape, MapShape, Shape, StructureShape

# How AWS names the kinds of JSON value in a SerializationException.
_JSON_KIND = {
    bool: "TRUE_VALUE",
    int: "NUMBER_VALUE",
    float: "DECIMAL_VALUE",
    str: "STRING_VALUE",
    list: "START_ARRAY",
    dict: "START_OBJECT",
}
_AWS_TYPE = {
    "string": "String",
    "integer": "Integer",
    "long": "Long",
    "double": "Double",
    "float": "Float",
    "boolean": "Boolean",
    "timestamp": "Date",
    "blob": "ByteBuffer",
    "list": "List",
    "map": "Map",
    "structure": "Object",
}
_ACCEPTED: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "double": (int, float),
    "float": (int, float),
    "boolean": (bool,),
    "timestamp": (int, float),
    "blob": (str,),
    "list": (list,),
    "map": (dict,),
    "structure": (dict,),
}


def read_request(shape: StructureShape | None, value: object) -> dict[str, Any]:
    """The parameters in a request's JSON: blobs as bytes, timestamps as aware datetimes, nulls as if not sent.

    Raises ``AwsError`` with SerializationException for a wrong type, and with InvalidParameterException, in AWS's words
    ("2 validation errors detected: ..."), for what breaks the model's constraints.
    """
    if not isinstance(value, dict):
        raise _wrong_type(value, "Object")
    if shape is None:
        return {}
    problems: list[str] = []
    params: dict[str, Any] = _read(shape, value, "", problems)
    if problems:
        count = f"{len(problems)} validation error{'s' if len(problems) > 1 else ''} detected"
        raise AwsError("InvalidParameterException", f"{count}: {'; '.join(problems)}")
    return params


def _wrong_type(value: object, wanted: str) -> AwsError:
    return AwsError(
        "SerializationException",
        f"{_JSON_KIND.get(type(value), 'VALUE')} can not be converted to {_article(wanted)} {wanted}",
    )


def _article(word: str) -> str:
    return "an" if word[0] in "AEIO" else "a"


def _read(shape: Shape, value: Any, path: str, problems: list[str]) -> Any:  # noqa: ANN401 - JSON in, values out
    kind = shape.type_name
    _check_type(kind, value)
    problems.extend(
        f"Value {_quoted(value)} at '{path}' failed to satisfy constraint: {rule}"
        for rule in broken_rules(shape, value)
    )
    if kind == "structure":
        return _read_structure(shape, value, path, problems)
    if kind == "list":
        member = shape.member
        return [_read(member, item, f"{path}.{index}.member", problems) for index, item in enumerate(value, start=1)]
    if kind == "map":
        member = shape.value
        return {
            key: _read(member, item, f"{path}.{key}.member", problems)
            for key, item in value.items()
            if item is not None
        }
    if kind == "timestamp":
        return _moment(value)
    return _bytes(value) if kind == "blob" else value


def _check_type(kind: str, value: object) -> None:
    if not isinstance(value, _ACCEPTED[kind]) or (isinstance(value, bool) and kind != "boolean"):
        raise _wrong_type(value, _AWS_TYPE[kind])


def _read_structure(shape: StructureShape, value: dict[str, Any], path: str, problems: list[str]) -> dict[str, Any]:
    prefix = f"{path}." if path else ""
    problems.extend(
        f"Value null at '{prefix}{name}' failed to satisfy constraint: Member must not be null"
        for name in shape.required_members
        if value.get(name) is None
    )
    # AWS ignores members that it does not know. The sandbox must not: a newer client could send a setting that AWS
    # would honour and the sandbox would silently drop.
    problems.extend(
        f"Member '{prefix}{name}' is not known to the Slipway sandbox's model of this API"
        for name in value
        if name not in shape.members
    )
    return {
        name: _read(shape.members[name], item, f"{prefix}{name}", problems)
        for name, item in value.items()
        if item is not None and name in shape.members
    }


def broken_rules(shape: Shape, value: Any) -> list[str]:  # noqa: ANN401 - any JSON value
    """The constraints of the model that a value breaks, in AWS's words."""
    rules = []
    bounds = shape.metadata
    allowed = getattr(shape, "enum", None)
    if allowed and value not in allowed:
        rules.append(f"Member must satisfy enum value set: [{', '.join(allowed)}]")
    measured, noun = (len(value), "length ") if hasattr(value, "__len__") else (value, "value ")
    if "min" in bounds and measured < bounds["min"]:
        rules.append(f"Member must have {noun}greater than or equal to {bounds['min']}")
    if "max" in bounds and measured > bounds["max"]:
        rules.append(f"Member must have {noun}less than or equal to {bounds['max']}")
    if "pattern" in bounds and isinstance(value, str) and not _matches(bounds["pattern"], value):
        rules.append(f"Member must satisfy regular expression pattern: {bounds['pattern']}")
    return rules


# AWS's patterns are Java's. Of its Unicode classes only these occur; Python's come close: \w also takes "_".
_UNICODE_CLASSES = {r"\p{L}": r"\w", r"\p{N}": r"\d", r"\p{Z}": r"\s"}


def _matches(pattern: str, value: str) -> bool:
    for java, python in _UNICODE_CLASSES.items():
        pattern = pattern.replace(java, python)
    return re.fullmatch(pattern, value) is not None


def _quoted(value: object) -> str:
    return f"'{value}'"


def _moment(value: float) -> datetime:
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        raise AwsError("SerializationException", f"{value} is not a time") from None


def _bytes(value: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise AwsError("SerializationException", "Blob is not valid base64") from None


def write(shape: Shape, value: object, path: str = "answer") -> Any:  # noqa: ANN401 - JSON out
    """``value`` as JSON by ``shape``; absent for None. Raises TypeError or KeyError when it does not fit the model."""
    kind = shape.type_name
    if kind == "structure" and isinstance(value, Mapping):
        return _write_structure(shape, value, path)
    if kind == "list" and isinstance(value, Sequence) and not isinstance(value, str):
        return _write_list(shape, value, path)
    if kind == "map" and isinstance(value, Mapping):
        return _write_map(shape, value, path)
    if kind == "timestamp" and isinstance(value, datetime) and value.tzinfo:
        return round(value.timestamp(), 3)
    if kind == "blob" and isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if kind in {"string", "integer", "long", "double", "float", "boolean"} and isinstance(value, _ACCEPTED[kind]):
        return value
    raise TypeError(f"{path} must be {_AWS_TYPE[kind]} by AWS's model, got {type(value).__name__}")


def _write_structure(shape: StructureShape, value: Mapping[str, object], path: str) -> dict[str, Any]:
    unknown = sorted(set(value) - set(shape.members))
    if unknown:
        raise KeyError(f"{path} has no member {', '.join(unknown)} in AWS's model")
    return {
        name: write(shape.members[name], item, f"{path}.{name}") for name, item in value.items() if item is not None
    }


def _write_list(shape: ListShape, value: Sequence[object], path: str) -> list[Any]:
    return [write(shape.member, item, f"{path}[{index}]") for index, item in enumerate(value)]


def _write_map(shape: MapShape, value: Mapping[str, object], path: str) -> dict[str, Any]:
    return {key: write(shape.value, item, f"{path}.{key}") for key, item in value.items()}
