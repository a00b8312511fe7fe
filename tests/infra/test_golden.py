"""Everything each environment registers, as it was when somebody last looked at it.

After a wanted change: `SLIPWAY_GOLDEN=write .venv/bin/python -m pytest tests/infra/test_golden.py`, and read the diff.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from stacks.profiles import PROFILES
from tests.infra.program import committed, deploy, released
from tests.recording_engine import Engine

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
WRITE = os.environ.get("SLIPWAY_GOLDEN") == "write"
DOCUMENTS = frozenset(
    {"containerDefinitions", "policy", "assumeRolePolicy", "defaultTags", "assumeRoles", "eventPattern"}
)
"""Inputs that are JSON: shown as what they say."""


def shown(key: str, value: Any) -> Any:
    """An input as people review it: documents as what they say, each metric and widget on one line."""
    if key == "metricQueries":
        return {query["id"]: query.get("expression") or metric(query["metric"]) for query in value}
    if key == "dashboardBody":
        return [f"{one['type']}: {one['properties'].get('title', '')}" for one in json.loads(value)["widgets"]]
    return json.loads(value) if key in DOCUMENTS else value


def metric(of: Mapping[str, Any]) -> str:
    dimensions = ", ".join(f"{name} {value}" for name, value in sorted(of.get("dimensions", {}).items()))
    return f"{of['stat']} of {of['namespace']} {of['metricName']} in {of['period']:g} s: {dimensions}"


def tree(engine: Engine) -> dict[str, Any]:
    return {
        f"{one.type} {one.name}": {
            "parent": one.parent.rsplit("$", 1)[-1].split("::", 2)[-1],
            "inputs": {key: shown(key, value) for key, value in sorted(one.inputs.items())},
        }
        for one in sorted(engine.registered, key=lambda one: (one.type, one.name))
    }


@pytest.mark.parametrize("environment", PROFILES)
def test_an_environment_registers_what_it_did_when_somebody_last_looked(environment: str) -> None:
    engine = deploy(environment, released(environment))
    actual = json.dumps({"resources": tree(engine), "outputs": engine.outputs}, indent=2, sort_keys=True) + "\n"
    file = GOLDEN / f"{environment}.json"
    if WRITE:
        file.write_text(actual)
    assert actual == file.read_text(), f"read the difference; if it is wanted: {(__doc__ or '').splitlines()[2]}"


def test_environments_differ_in_data_only() -> None:
    """The same kinds of resources everywhere; what differs stands in the stack files and the profiles."""

    def kinds(environment: str) -> set[str]:
        return {one.type for one in deploy(environment, released(environment)).registered}

    assert kinds("test") == kinds("stage") == kinds("prod")
    assert {frozenset(committed(environment)) for environment in PROFILES} == {
        frozenset({"aws", "network", "services"})
    }
