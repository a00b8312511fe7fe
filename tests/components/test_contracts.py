"""What every component keeps to."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
from typing import Any

import pulumi
import pytest

import components
from tests.components.builders import COMPONENTS, build

EACH = pytest.mark.parametrize("component", COMPONENTS, ids=lambda component: component.__name__)


def modules() -> list[Any]:
    return [importlib.import_module(f"components.{found.name}") for found in pkgutil.iter_modules(components.__path__)]


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
