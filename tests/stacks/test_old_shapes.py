"""A stack file of any time can still be read: a rollback restores the config of the past."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from stacks.dials import StackConfig
from stacks.settings import parse

SHAPES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "old_shapes.yaml").read_text())

MAPPINGS = {"services", "adopted.services", "adopted.repositories", "adopted.rules"}
"""Whose keys people choose."""


def keys(value: object, path: str = "") -> Iterator[str]:
    """The paths in a config; services and the items of lists have no names of their own."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            name = "*" if path in MAPPINGS else key
            yield from keys(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list) and value and isinstance(value[0], Mapping):
        for item in value:
            yield from keys(item, path)
    else:
        yield path


def keys_of(schema: Mapping[str, Any], parts: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """The paths that a model takes."""
    if "$ref" in schema:
        yield from keys_of(parts[schema["$ref"].rpartition("/")[2]], parts, path)
    elif "anyOf" in schema:
        for one in schema["anyOf"]:
            yield from keys_of(one, parts, path)
    elif "properties" in schema:
        for key, inner in schema["properties"].items():
            yield from keys_of(inner, parts, f"{path}.{key}" if path else key)
    elif isinstance(schema.get("additionalProperties"), dict):
        yield from keys_of(schema["additionalProperties"], parts, f"{path}.*")
    elif "$ref" in schema.get("items", {}):
        yield from keys_of(schema["items"], parts, path)
    elif schema.get("type") != "null":
        yield path


@pytest.mark.parametrize("number", range(len(SHAPES)))
def test_a_stack_config_of_any_time_is_still_read(number: int) -> None:
    assert parse("test", SHAPES[number], "Pulumi.test.yaml").environment == "test"


def test_every_key_that_is_read_today_is_on_the_list_and_so_cannot_go_without_a_reader() -> None:
    schema = StackConfig.model_json_schema()
    read = set(keys_of(schema, schema.get("$defs", {})))
    listed = {key for shape in SHAPES for key in keys(shape)}
    assert read <= listed, f"add them to old_shapes.yaml: {sorted(read - listed)}"
    assert len(read) > 30
