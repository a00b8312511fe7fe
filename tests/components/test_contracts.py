"""What every component keeps to."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
from collections.abc import Mapping
from typing import Any, Final

import pulumi
import pytest

import components
from sandbox.standins.aws.tables import TYPES
from tests.components.builders import COMPONENTS, build

EACH = pytest.mark.parametrize("component", COMPONENTS, ids=lambda component: component.__name__)

DELETION_PROTECTION: Final = ("enableDeletionProtection", "deletionProtection", "deletionProtectionEnabled")
KEPT: Final = ("aws:s3/bucket:Bucket", "aws:ecr/repository:Repository", "aws:efs/fileSystem:FileSystem")
"""Types that hold what nobody can make again."""


def modules() -> list[Any]:
    return [importlib.import_module(found.name) for found in pkgutil.walk_packages(components.__path__, "components.")]


def classes(base: type) -> set[type]:
    return {
        cls
        for module in modules()
        for cls in vars(module).values()
        if isinstance(cls, type) and issubclass(cls, base) and cls.__module__ == module.__name__
    }


def test_every_component_is_under_contract() -> None:
    assert classes(pulumi.ComponentResource) == set(COMPONENTS)


@EACH
def test_it_takes_a_name_arguments_and_options(component: type) -> None:
    assert list(inspect.signature(component).parameters) == ["name", "args", "opts"]


def test_every_argument_has_its_name_and_does_not_change() -> None:
    args = {cls for module in modules() for cls in vars(module).values() if isinstance(cls, type)}
    args = {cls for cls in args if cls.__name__.endswith("Args") and cls.__module__.startswith("components.")}
    assert {type(good) for good in COMPONENTS.values()} < args
    for cls in args:
        parameters = cls.__dataclass_params__  # type: ignore[attr-defined]
        assert parameters.frozen, cls
        assert all(field.kw_only for field in dataclasses.fields(cls)), cls


@EACH
def test_its_token_names_the_noun(component: type) -> None:
    engine = build(component, COMPONENTS[component])
    assert engine.all(f"slipway:components:{component.__name__}")


@EACH
def test_it_says_when_it_is_done_and_what_it_made(component: type) -> None:
    engine = build(component, COMPONENTS[component])
    made = engine.one(f"slipway:components:{component.__name__}")
    assert engine.completed[made.urn], "register_outputs was called with outputs"
    assert None not in engine.completed[made.urn].values()


@EACH
def test_everything_it_makes_hangs_from_it(component: type) -> None:
    engine = build(component, COMPONENTS[component])
    made = engine.one(f"slipway:components:{component.__name__}")
    others = [one for one in engine.registered if one is not made and not one.type.startswith("pulumi:providers:")]
    inside = {made.urn, *(one.urn for one in others if not one.custom)}
    assert {one.parent for one in others} <= inside, "or from a component that it makes"


@EACH
def test_everything_it_makes_is_named_after_it(component: type) -> None:
    engine = build(component, COMPONENTS[component], name="somename")
    for one in engine.registered:
        if not one.type.startswith("pulumi:providers:"):
            assert one.name == "somename" or one.name.startswith("somename-"), one


@EACH
def test_everything_it_makes_uses_the_provider_it_was_given(component: type) -> None:
    engine = build(component, COMPONENTS[component])
    for one in engine.registered:
        if one.custom and not one.type.startswith("pulumi:providers:"):
            package = one.type.split(":")[0]
            assert f"$pulumi:providers:{package}::" in one.provider, f"{one.type} would use a provider nobody chose"


@EACH
def test_it_exports_nothing(component: type) -> None:
    assert build(component, COMPONENTS[component]).outputs == {}


@EACH
def test_it_is_the_same_every_time(component: type) -> None:
    first, second = (
        {one.urn: one.inputs for one in build(component, COMPONENTS[component]).registered} for _ in range(2)
    )
    assert first == second


@EACH
def test_it_can_be_previewed_before_anything_exists(component: type) -> None:
    build(component, COMPONENTS[component], preview=True)


@EACH
def test_what_it_promises_it_has(component: type) -> None:
    """Every public annotation is an attribute."""
    made: list[Any] = []

    def make(*given: Any) -> None:
        made.append(component(*given))

    build(make, COMPONENTS[component])
    promised = [name for name in component.__annotations__ if not name.startswith("_")]
    assert promised, "nobody could do anything with it"
    assert [name for name in promised if not hasattr(made[0], name)] == []


@EACH
def test_tags_reach_everything_that_can_have_them(component: type) -> None:
    """The provider's default tags do, unless a resource sets the same key (test above: it uses that provider)."""
    for one in build(component, COMPONENTS[component]).registered:
        if one.type in TYPES and "tags" in TYPES[one.type].facts.inputs:
            assert set(one.inputs.get("tags", {})) <= {"Name", "backup"}, f"{one.type} overrides default tags"
            assert "tags" not in one.ignore_changes, one
        if one.type == "aws:ecs/service:Service":
            assert one.inputs["propagateTags"] == "SERVICE", "tasks get no default tags of their own"


@EACH
def test_protection_is_for_all_that_it_makes(component: type) -> None:
    engine = build(component, COMPONENTS[component], options=pulumi.ResourceOptions(protect=True))
    assert [one.name for one in engine.registered if not one.protect and not one.type.startswith("pulumi:")] == []


@pytest.mark.parametrize(
    "component", [one for one, args in COMPONENTS.items() if hasattr(args, "deletion_protection")], ids=str
)
def test_deletion_protection_is_the_environment_s_to_say(component: type) -> None:
    said = [
        [
            value
            for one in build(
                component, dataclasses.replace(COMPONENTS[component], deletion_protection=protected)
            ).registered
            for key, value in one.inputs.items()
            if key in DELETION_PROTECTION
        ]
        for protected in (True, False)
    ]
    assert said[0]
    assert set(said[0]) == {True}
    assert set(said[1]) == {False}


@EACH
def test_what_cannot_be_made_again_outlives_its_stack_or_can_be_had_back(component: type) -> None:
    for one in build(component, COMPONENTS[component]).registered:
        if one.type in KEPT:
            kept = one.retain_on_delete or one.inputs.get("forceDestroy") is False
            assert kept, f"{one.type} {one.name} would go with its stack, and what is in it"
        if one.type == "aws:kms/key:Key":
            assert one.inputs["deletionWindowInDays"] >= 7


@EACH
def test_a_preview_registers_what_the_update_does(component: type) -> None:
    """The same resources, with the same inputs as far as they are known."""
    previewed, updated = (
        {one.urn: one.inputs for one in build(component, COMPONENTS[component], preview=preview).registered}
        for preview in (True, False)
    )
    assert set(previewed) == set(updated)
    for urn, inputs in previewed.items():
        for key, value in inputs.items():
            assert agrees(value, updated[urn].get(key)), f"{urn}: {key} is {value}, then {updated[urn].get(key)}"


def agrees(previewed: Any, updated: Any) -> bool:
    """Whether they are the same but for what the update alone tells, which the recording engine leaves out."""
    if isinstance(previewed, Mapping) and isinstance(updated, Mapping):
        return all(agrees(value, updated.get(key)) for key, value in previewed.items())
    if isinstance(previewed, list) and isinstance(updated, list):
        return len(previewed) == len(updated) and all(map(agrees, previewed, updated))
    return previewed is None or previewed == updated


def test_a_preview_that_says_something_else_is_seen() -> None:
    assert agrees({"a": [None, 1]}, {"a": [2, 1], "b": 3})
    assert not agrees({"a": [1]}, {"a": [2]})
    assert not agrees({"a": 1}, {})
    assert not agrees([1], [1, 2])


@EACH
def test_nobody_is_warned_of_what_it_asks(component: type, monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK warns in every update of each argument that is deprecated: real warnings would drown in it."""
    told: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text, *_, **__: told.append(text))
    build(component, COMPONENTS[component])
    assert told == []
