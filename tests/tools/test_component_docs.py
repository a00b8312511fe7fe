"""The page of components is what the components say, and they say all of it."""

from __future__ import annotations

import pulumi
import pytest

from tests.components.builders import COMPONENTS
from tools import component_docs
from tools.component_docs import args_of, components, example_of, made_in, resources, shapes
from tools.shapes import Shape, fields_of, find

EACH = pytest.mark.parametrize("component", components(), ids=lambda component: component.name)
EVERY = pytest.mark.parametrize("shape", [*components(), *resources(), *shapes()], ids=lambda shape: shape.name)
SETTABLE = pytest.mark.parametrize(
    "shape",
    [
        *map(args_of, components()),
        *map(args_of, resources()),
        *(one for one in shapes() if "dataclass" in one.decorators),
    ],
    ids=lambda shape: shape.name,
)


def test_the_page_is_what_the_components_say() -> None:
    told = "run `python -m tools.component_docs`"
    assert component_docs.PAGE.read_text(encoding="utf-8") == component_docs.page(), told


def test_every_component_is_on_the_page() -> None:
    assert {one.name for one in components()} == {component.__name__ for component in COMPONENTS}
    assert all(issubclass(component, pulumi.ComponentResource) for component in COMPONENTS)


@EACH
def test_every_component_has_an_example_that_makes_it(component: Shape) -> None:
    assert example_of(component), f"no examples/*/__main__.py calls {component.name}(...)"


@EVERY
def test_everything_says_what_it_is(shape: Shape) -> None:
    assert shape.meaning.endswith("."), f"{shape.module}.{shape.name} has no docstring that is a sentence"


@SETTABLE
def test_every_argument_says_what_it_means(shape: Shape) -> None:
    assert [one.name for one in fields_of(shape) if not one.meaning] == []


@pytest.mark.parametrize("component", [*components(), *resources()], ids=lambda component: component.name)
def test_every_output_says_what_it_is(component: Shape) -> None:
    assert component.fields, "a component tells something"
    assert [one.name for one in component.fields if not one.meaning] == []


def test_an_example_makes_what_it_calls_and_not_what_it_imports_alone() -> None:
    assert made_in("from components.network import Network\nnetwork.Other()\nCluster('c', ClusterArgs())") == {
        "Cluster",
        "ClusterArgs",
    }


def test_a_field_is_read_with_its_type_default_and_meaning() -> None:
    shape = find("release.service_alarms", "AlarmBounds")
    assert shape is not None
    least = next(one for one in fields_of(shape) if one.name == "least_requests")
    assert (least.type, least.default) == ("int", "20")
    assert least.meaning.startswith("Requests a minute below which")


def test_a_name_is_what_the_file_imports_by_it() -> None:
    shape = find("components.service_args", "Shifting")
    assert shape is not None
    assert shape.module == "rollout.strategy"
    assert find("components.service_args", "Sequence") is None
