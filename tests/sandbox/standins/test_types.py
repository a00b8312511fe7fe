"""Every imitated type, through its whole life, on the sandbox."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.standins.aws.tables import TYPES
from sandbox.standins.aws.values import UNKNOWN
from tests.sandbox.standins.cases import CASES, Case
from tests.sandbox.standins.world import World


def test_every_type_has_its_case() -> None:
    assert sorted(case.token for case in CASES) == sorted(TYPES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.token)
def test_a_type_lives_as_its_table_says(case: Case, world: World) -> None:
    """Create; no difference and no drift; every change in place; every replacement; import; delete, twice."""
    engine, kind, inputs = world.engine, TYPES[case.token], case.inputs(world)

    expected = engine.preview(case.token, case.name, inputs)
    resource = engine.create(case.token, case.name, inputs)
    unfulfilled = {
        name: (value, resource.outputs.get(name))
        for name, value in expected.items()
        if value is not UNKNOWN and not kind.sameness.same(value, resource.outputs.get(name), name)
    }
    assert not unfulfilled, "the preview promised something else"
    if kind.tags:
        assert resource.outputs["tagsAll"]["environment"] == "test"
        assert "environment" not in resource.outputs.get("tags", {})

    def at_rest() -> None:
        assert not engine.diff(resource, inputs).detailed_diff
        refreshed = engine.refresh(resource)
        assert refreshed is not None
        assert (refreshed.id, refreshed.outputs) == (resource.id, resource.outputs)
        assert refreshed.inputs == resource.inputs

    at_rest()
    for change in case.changes(world):
        inputs = _with(inputs, change)
        diff = engine.diff(resource, inputs)
        assert diff.changes, change
        assert {path.partition(".")[0].partition("[")[0] for path in diff.detailed_diff} <= {*change, "tagsAll"}
        assert not diff.replaces, change
        resource = engine.update(resource, inputs)
        at_rest()

    for change in case.replacements(world):
        assert engine.diff(resource, _with(inputs, change)).replaces, change

    if case.can_be_imported:
        found = engine.import_(case.token, case.name, case.import_id(world, resource))
        assert found is not None
        differing = {path.partition(".")[0] for path in engine.diff(found, inputs).detailed_diff}
        assert differing <= {*kind.unread.split(), *case.forgets.split()}, "it tells all but what only Pulumi knows"
        assert not set(found.inputs) - kind.inputs
    else:
        with pytest.raises(Exception, match="cannot be imported"):
            engine.import_(case.token, case.name, case.import_id(world, resource))

    engine.delete(resource)
    if not case.stays:
        assert engine.refresh(resource) is None
    engine.delete(resource)


def _with(inputs: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**inputs, **change}.items() if value is not None}
