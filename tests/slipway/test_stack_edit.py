"""Edits that turn one section of a stack file into another."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slipway.stack_edit import Edit, differences, release_edits, section_edits, with_release

NOW = {"version": "1.1.0", "desiredCount": 4, "cpu": 256, "scale": {"min": 2, "max": 6}, "zones": ["a", "b"]}
P = "slipway:services.auth-service"

CHANGES: dict[str, tuple[dict[str, Any], set[tuple[str, object]]]] = {
    "nothing": (NOW, set()),
    "a version": (NOW | {"version": "1.0.0"}, {(f"{P}.version", "1.0.0")}),
    "a nested value": (NOW | {"scale": {"min": 3, "max": 6}}, {(f"{P}.scale.min", 3)}),
    "a new key": (NOW | {"memory": 512}, {(f"{P}.memory", 512)}),
    "a key gone": ({key: value for key, value in NOW.items() if key != "cpu"}, {(f"{P}.cpu", None)}),
    "a null is an absent key": (NOW | {"cpu": None}, {(f"{P}.cpu", None)}),
    "a list": (NOW | {"zones": ["c"]}, {(f"{P}.zones", None), (f"{P}.zones[0]", "c")}),
    "a map for a value": (NOW | {"cpu": {"a": 1}}, {(f"{P}.cpu", None), (f"{P}.cpu.a", 1)}),
}


@pytest.mark.parametrize(("then", "edits"), CHANGES.values(), ids=CHANGES)
def test_only_what_differs_is_edited(then: dict[str, Any], edits: set[tuple[str, object]]) -> None:
    assert {(edit.path, edit.value) for edit in section_edits("auth-service", NOW, then)} == edits


def test_a_type_is_told_to_pulumi_which_would_guess() -> None:
    assert Edit(path="p", value="007").arguments() == ("config", "set", "--path", "--type", "string", "p", "--", "007")
    assert Edit(path="p", value=True).arguments()[-1] == "true"
    assert Edit(path="p", value=-3).arguments()[4:] == ("int", "p", "--", "-3")
    assert Edit(path="p", value=None).arguments() == ("config", "rm", "--path", "p")


VERSION = Edit(path=f"{P}.version", value="1.5.0")


def test_a_deploy_is_one_edit() -> None:
    assert release_edits("auth-service", {"version": "1.0.0", "cpu": 256}, "1.5.0") == (VERSION,)
    assert release_edits("auth-service", {}, "1.5.0") == (VERSION,)


def test_another_version_begins_with_its_first_attempt() -> None:
    edits = release_edits("auth-service", {"version": "1.0.0", "attempt": 3}, "1.5.0")
    assert edits == (VERSION, Edit(path=f"{P}.attempt", value=None))


def test_the_same_version_keeps_its_attempt() -> None:
    assert release_edits("auth-service", {"version": "1.5.0", "attempt": 3}, "1.5.0") == (VERSION,)


@pytest.mark.parametrize("now", [{"version": "1.5.0", "attempt": 3}, {"version": "1.5.0"}, {"version": "1.0.0"}])
def test_a_further_attempt_is_named_beside_the_version(now: dict[str, Any]) -> None:
    edits = release_edits("auth-service", now, "1.5.0", 4)
    assert edits == (VERSION, Edit(path=f"{P}.attempt", value=4))
    assert with_release(now, "1.5.0", 4) == {"version": "1.5.0", "attempt": 4}


def test_differences_name_each_value_before_and_after() -> None:
    then = {"version": "1.0.0", "desiredCount": 4, "scale": {"min": 2}, "zones": ["a", "b"], "memory": 512}
    assert differences(NOW, then) == [
        ("cpu", "256", ""),
        ("memory", "", "512"),
        ("scale.max", "6", ""),
        ("version", "1.1.0", "1.0.0"),
    ]


keys = st.sampled_from("abc")
scalars = st.one_of(st.booleans(), st.integers(), st.text("xyz", min_size=1), st.floats(allow_nan=False))
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3), st.dictionaries(keys, inner, min_size=1, max_size=3)
    ),
    max_leaves=6,
)
sections = st.dictionaries(keys, values, max_size=3)


@given(sections, sections)
def test_the_edits_applied_one_after_the_other_give_the_section_asked_for(now: Any, then: Any) -> None:
    section = copy.deepcopy(now)
    for edit in section_edits("x", now, then):
        section = applied(section, edit)
    assert pruned(section) == pruned(then)


def applied(section: Any, edit: Edit) -> Any:
    """As Pulumi's `--path` does it: missing maps and lists on the way are made."""
    steps = [
        int(index) if index else key
        for key, index in re.findall(r"\.([^.\[\]]+)|\[(\d+)\]", edit.path.removeprefix("slipway:services.x"))
    ]
    root = section
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        last = following is None
        if last and edit.value is None:
            section.pop(step, None)
            break
        fresh: Any = edit.value if last else [] if isinstance(following, int) else {}
        if isinstance(step, int) and step == len(section):
            section.append(fresh)
        elif last or (isinstance(section, dict) and step not in section):
            section[step] = fresh
        section = section[step]
    return root


def pruned(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {key: pruned(inner) for key, inner in value.items()}
        return {key: inner for key, inner in kept.items() if inner != {}}
    return [pruned(inner) for inner in value] if isinstance(value, list) else value


def test_the_name_of_a_secret_is_no_secret_whatever_pulumi_thinks() -> None:
    edit = Edit(path="slipway:services.auth-service.pin.secrets[0]", value="arn:aws:secretsmanager:one")
    assert edit.arguments()[:4] == ("config", "set", "--path", "--plaintext")
    assert "--plaintext" in edit.shown()
    assert "--plaintext" not in Edit(path="slipway:services.auth-service.version", value="1.0.0").arguments()
