"""What the pulumi_aws SDK knows about the types and functions that are imitated (see read_sdk.py)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FACTS_FILE = Path(__file__).with_name("facts.json")

Kind = Any
"""The type of a property: "string", "boolean", "integer", "number", [element], {"*": value} or {property: kind}."""


@dataclass(frozen=True)
class TypeFacts:
    """A resource type: the kinds of all its properties, which of them are inputs, and which inputs it must have."""

    inputs: frozenset[str]
    required: frozenset[str]
    properties: Mapping[str, Kind]


@dataclass(frozen=True)
class FunctionFacts:
    """A function: the names of what it takes and of what it gives."""

    inputs: frozenset[str]
    outputs: frozenset[str]


@cache
def _facts() -> dict[str, dict[str, dict[str, Any]]]:
    facts: dict[str, dict[str, dict[str, Any]]] = json.loads(FACTS_FILE.read_text("utf-8"))
    return facts


@cache
def of_type(token: str) -> TypeFacts:
    """The facts of the resource type with that token, which must be an imitated one."""
    facts = _facts()["resources"][token]
    return TypeFacts(frozenset(facts["inputs"]), frozenset(facts["required"]), facts["properties"])


@cache
def of_function(token: str) -> FunctionFacts:
    """The facts of the function with that token, which must be an imitated one."""
    facts = _facts()["functions"][token]
    return FunctionFacts(frozenset(facts["inputs"]), frozenset(facts["outputs"]))


def tokens() -> frozenset[str]:
    """The tokens of all resource types that the facts tell about."""
    return frozenset(_facts()["resources"])


def function_tokens() -> frozenset[str]:
    """The tokens of all functions that the facts tell about."""
    return frozenset(_facts()["functions"])
