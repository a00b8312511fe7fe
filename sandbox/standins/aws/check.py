"""The engine's Check: are the inputs of a resource right, and what are those that the program left out?"""

from __future__ import annotations

import difflib
import hashlib
import secrets
from collections.abc import Mapping
from typing import Any, Final

from sandbox.standins.aws.facts import Kind
from sandbox.standins.aws.resource_type import Naming, ResourceType
from sandbox.standins.aws.values import UNKNOWN, Properties

DEFAULTS: Final = "__defaults"
"""The input in which Pulumi's bridged providers note which inputs the program did not set."""

SUFFIX_LENGTH: Final = 7

Failures = list[tuple[str, str]]
"""(property path, reason)"""


def checked(
    kind: ResourceType, name: str, new: Properties, old: Properties, seed: bytes
) -> tuple[Properties, Failures]:
    """The inputs with defaults, numbers and texts as the types ask for, and what is wrong with them."""
    failures: Failures = []
    inputs: Properties = {}
    for key, value in new.items():
        if key.startswith("__"):
            continue
        if key in kind.refused:
            failures.append(
                (key, f"{kind.token}: the AWS stand-in does not imitate `{key}`; remove it, or use the real plugin")
            )
        elif key not in kind.inputs:
            failures.append((key, f"{kind.token}: no such property{_nearest(key, kind.inputs)}"))
        else:
            inputs[key] = _coerced(value, kind.facts.properties[key], key, failures)
    failures += [
        (key, f'Missing required argument. The argument "{key}" is required, but no definition was found')
        for key in sorted(kind.facts.required - inputs.keys())
    ]
    left_out = _add_defaults(kind, name, inputs, old, seed)
    failures += _too_long(kind.naming, inputs, left_out) if kind.naming else []
    if kind.check and not failures:
        failures += kind.check(inputs)
    return {**inputs, DEFAULTS: sorted(left_out)}, failures


def _nearest(key: str, known: frozenset[str]) -> str:
    found = difflib.get_close_matches(key, known, 1)
    return f"; did you mean `{found[0]}`?" if found else ""


def _add_defaults(kind: ResourceType, name: str, inputs: Properties, old: Properties, seed: bytes) -> list[str]:
    """Put in what the program left out; the names of what was put in."""
    values = {key: value(inputs) if callable(value) else value for key, value in kind.defaults.items()}
    left_out = [key for key, value in values.items() if key not in inputs and value is not None]
    inputs.update({key: values[key] for key in left_out})
    if kind.naming and kind.naming.property not in inputs:
        key = kind.naming.property
        kept = old.get(key) if key in (old.get(DEFAULTS) or []) else None
        inputs[key] = kept or _autoname(kind.naming, name, seed)
        left_out.append(key)
    return left_out


def _too_long(naming: Naming, inputs: Properties, left_out: list[str]) -> Failures:
    key, limit = naming.property, naming.max_length
    if key not in left_out or len(inputs[key]) <= limit:
        return []
    reason = f"the generated name {inputs[key]!r} is longer than {limit}; set `{key}`, or a shorter resource name"
    return [(key, reason)]


def _autoname(naming: Naming, name: str, seed: bytes) -> str:
    """The resource's name and seven hexadecimal digits, the same for preview and `up`, which share the seed."""
    digits = hashlib.sha256(seed).hexdigest() if seed else secrets.token_hex()
    text = f"{naming.prefix}{name}-{digits[:SUFFIX_LENGTH]}"
    return text.lower() if naming.lower_case else text


def _coerced(value: Any, kind: Kind, path: str, failures: Failures) -> Any:  # noqa: ANN401 - any value
    if value is UNKNOWN or value is None:
        return value
    if isinstance(kind, list):
        if not isinstance(value, list):
            return _wrong(value, "a list", path, failures)
        return [_coerced(item, kind[0], f"{path}[{place}]", failures) for place, item in enumerate(value)]
    if isinstance(kind, dict):
        if not isinstance(value, Mapping):
            return _wrong(value, "a map", path, failures)
        return _coerced_object(value, kind, path, failures)
    return _coerced_scalar(value, kind, path, failures)


def _coerced_object(value: Mapping[str, Any], kind: Mapping[str, Kind], path: str, failures: Failures) -> Properties:
    answer = {}
    for key, item in value.items():
        if key.startswith("__"):
            continue
        inner = kind.get("*") or kind.get(key)
        if inner is None:
            failures.append((f"{path}.{key}", f"no such property{_nearest(key, frozenset(kind))}"))
        else:
            answer[key] = _coerced(item, inner, f"{path}.{key}", failures)
    return answer


def _coerced_scalar(value: Any, kind: str, path: str, failures: Failures) -> Any:  # noqa: ANN401 - any value
    if isinstance(value, (list, Mapping)):
        return _wrong(value, f"a {kind}", path, failures)
    if kind == "string":
        return str(value).lower() if isinstance(value, bool) else str(value)
    if kind == "boolean":
        known = {"true": True, "false": False}.get(str(value).lower())
        return _wrong(value, "true or false", path, failures) if known is None else known
    try:
        number = float(value)
    except ValueError:
        return _wrong(value, "a number", path, failures)
    if not number.is_integer():
        return _wrong(value, "a whole number", path, failures) if kind == "integer" else number
    return int(number)


def _wrong(value: object, wanted: str, path: str, failures: Failures) -> object:
    failures.append((path, f"is to be {wanted}, not {value!r}"))
    return value
