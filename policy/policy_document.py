"""The statements of IAM policies, wherever a resource holds them (AWS: "IAM JSON policy elements reference")."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Final

from policy.checked_resource import CheckedResource, Part

WHO: Final = frozenset(
    f"aws:{key}"
    for key in (
        *("principalaccount", "principalarn", "principalorgid", "sourceaccount", "sourcearn", "sourceip"),
        *("sourceorgid", "sourceowner", "sourcevpc", "sourcevpce", "userid"),
    )
)
"""Condition keys that tell who asks, as IAM compares them: without case (AWS: "AWS global condition context keys")."""
ALIKE: Final = ("string", "arn", "ipaddress", "foranyvalue:string", "foranyvalue:arn")
"""How the operators begin that compare such keys."""
OPEN: Final = ("not", "ifexists")
"""In an operator: it also lets in whoever does not have the value, or the key."""
ANY_ADDRESS: Final = ("0.0.0.0/0", "::/0")


def statements(resource: CheckedResource) -> Iterator[Part]:
    """What the resource's policies allow, statement by statement."""
    root = resource.root
    if root.at("policy") is not None:
        yield from _allowing(root.document("policy"))
    for inline in root.parts("inlinePolicies"):
        if inline.at("policy") is not None:
            yield from _allowing(inline.document("policy"))


def _allowing(policy: Part) -> Iterator[Part]:
    for statement in policy.parts("Statement"):
        if statement.at("Effect") == "Allow":
            yield statement


def listed(statement: Part, key: str) -> list[str]:
    """The element's values; a single one is a list of one."""
    return [str(one.value) for one in statement.parts(key)]


def allows(statement: Part, action: str) -> bool:
    """Whether the statement allows the action: IAM compares it without case, and `*` and `?` stand for anything."""
    if statement.at("NotAction") is not None:
        return not any(_matches(action, one) for one in listed(statement, "NotAction"))
    return any(_matches(action, one) for one in listed(statement, "Action"))


def anybody(statement: Part) -> bool:
    """Whether it speaks of everybody: of `*`, or of every principal of AWS."""
    principal = statement.at("Principal")
    if isinstance(principal, Mapping):
        return any(one.value == "*" for one in statement.parts("Principal.AWS"))
    return principal == "*" or statement.at("NotPrincipal") is not None


def limited_to_somebody(statement: Part) -> bool:
    """Whether a condition fixes who asks: by values without a wildcard, or a variable of IAM's."""
    conditions = statement.at("Condition") or {}
    return any(
        key.lower() in WHO and all(map(_is_fixed, [values] if isinstance(values, str) else values))
        for operator, keys in conditions.items()
        if operator.lower().startswith(ALIKE) and not any(word in operator.lower() for word in OPEN)
        for key, values in keys.items()
    )


def _is_fixed(value: str) -> bool:
    return value not in ANY_ADDRESS and not any(mark in value for mark in ("*", "?", "${"))


def _matches(action: str, pattern: str) -> bool:
    return fnmatchcase(action.lower(), pattern.lower().replace("[", "[[]"))
