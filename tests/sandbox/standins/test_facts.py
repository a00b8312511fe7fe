"""What the tables say, against the installed SDK."""

from __future__ import annotations

import json

import pytest

from sandbox.standins.aws import facts, read_sdk
from sandbox.standins.aws.resource_type import ResourceType
from sandbox.standins.aws.tables import FUNCTIONS, TYPES

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the SDK's own, of types that are not ours


def test_the_facts_are_those_of_the_installed_sdk() -> None:
    assert json.loads(facts.FACTS_FILE.read_text("utf-8")) == read_sdk.read(), (
        "run python -m sandbox.standins.aws.read_sdk"
    )


def test_every_type_and_function_of_the_facts_has_its_row() -> None:
    assert set(TYPES) == facts.tokens()
    assert set(FUNCTIONS) == facts.function_tokens()


@pytest.mark.parametrize("kind", TYPES.values(), ids=lambda kind: kind.token)
def test_a_row_names_only_properties_that_the_sdk_knows(kind: ResourceType) -> None:
    inputs = kind.facts.inputs
    told = {
        "not_imitated": kind.not_imitated,
        "unread": kind.unread,
        "defaults": " ".join(kind.defaults),
        "updates": " ".join(update.properties for update in kind.update),
    }
    for where, names in told.items():
        assert set(names.split()) <= inputs, where
    for where, paths in {
        "force_new": kind.force_new.split(),
        "computed": kind.computed.split(),
        "stated": kind.stated,
        "names": kind.names,
        "canonical": kind.canonical,
        "ordered": kind.ordered.split(),
        "outputs": kind.outputs,
        "secret": kind.secret.split(),
    }.items():
        for path in paths:
            assert _known(kind, path), f"{where}: {path}"


@pytest.mark.parametrize("kind", TYPES.values(), ids=lambda kind: kind.token)
def test_every_input_is_imitated_or_named_as_not_imitated(kind: ResourceType) -> None:
    """An input that can be set must do something: it is replaced for, updated, or kept as what only Pulumi knows."""
    done = {name for update in kind.update for name in update.properties.split()}
    done |= {path.partition(".")[0] for path in kind.force_new.split()}
    done |= {*kind.unread.split(), "region", "tags"}
    assert kind.inputs - done == set()
    assert kind.refused & done == set(), "a refused input is also imitated"


def _known(kind: ResourceType, path: str) -> bool:
    shape = kind.facts.properties
    for part in path.split("."):
        if isinstance(shape, list):
            shape = shape[0]
        if not isinstance(shape, dict) or part not in shape:
            return False
        shape = shape[part]
    return True
