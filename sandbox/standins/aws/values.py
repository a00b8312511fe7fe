"""Property values as plain Python data: what the engine sends, without its wrapping."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from pulumi.provider.experimental.property_value import PropertyValue

Properties = dict[str, Any]
"""Properties by their Pulumi names. Unknown values are UNKNOWN; numbers without a fraction are integers."""


class Unknown:
    """A value that only `up` will know."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()

# How the engine writes an unknown value, one for each type of value; the SDK passes these on as strings.
_UNKNOWN_STRING: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_UNKNOWNS: Final = frozenset(
    {
        _UNKNOWN_STRING,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)


def plain(values: Mapping[str, PropertyValue]) -> Properties:
    """The values without nulls. Secrets arrive in the clear: the engine marks them again in what it gets back."""
    unwrapped = {name: _plain(value) for name, value in values.items()}
    return {name: value for name, value in unwrapped.items() if value is not None}


def _plain(value: PropertyValue) -> Any:  # noqa: ANN401 - any property value
    inner = value.value
    if isinstance(inner, str):
        return UNKNOWN if inner in _UNKNOWNS else inner
    if isinstance(inner, Mapping):
        return plain(inner)
    if isinstance(inner, (list, tuple)):
        return [_plain(item) for item in inner]
    if isinstance(inner, float) and inner.is_integer():
        return int(inner)
    if inner is None or isinstance(inner, (bool, float)):
        return inner
    raise TypeError(f"the AWS stand-in takes no {type(inner).__name__}")


def wrapped(values: Mapping[str, Any], secret: Iterable[str] = ()) -> dict[str, PropertyValue]:
    """The way back. Properties that are None are left out; those named in ``secret`` are marked so."""
    values = {name: value for name, value in values.items() if value is not None}
    return {name: _wrapped(value).with_secret(name in secret) for name, value in values.items()}


def _wrapped(value: Any) -> PropertyValue:  # noqa: ANN401 - any plain value
    if value is UNKNOWN:
        return PropertyValue(_UNKNOWN_STRING)
    if isinstance(value, Mapping):
        return PropertyValue(wrapped(value))
    if isinstance(value, (list, tuple)):
        return PropertyValue([_wrapped(item) for item in value])
    if isinstance(value, int) and not isinstance(value, bool):
        return PropertyValue(float(value))
    return PropertyValue(value)


def has_unknown(value: object) -> bool:
    """Whether the value or anything in it is unknown."""
    if isinstance(value, Mapping):
        return any(has_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(has_unknown(item) for item in value)
    return value is UNKNOWN
