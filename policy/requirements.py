"""What rules ask of properties, ready to be put together. A property that is missing does not fulfil anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from policy.checked_resource import CheckedResource, Part
from policy.rule import Problems

Requirement = Callable[[Part], Problems]


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value) if isinstance(value, str) else str(value)


def said(part: Part, path: str, value: Any, wanted: str) -> str:
    """The sentence about a property that is not as it should be."""
    where = part.named(path)
    return (
        f"{where} is missing, wanted is {wanted}"
        if value is None
        else f"{where} is {_shown(value)}, wanted is {wanted}"
    )


def one_of(path: str, *wanted: Any) -> Requirement:
    """The property is there, and is one of these."""

    def check(part: Part) -> Iterator[str]:
        value = part.at(path)
        if not any(value == one and isinstance(value, bool) == isinstance(one, bool) for one in wanted):
            yield said(part, path, value, " or ".join(_shown(one) for one in wanted))

    return check


def at_least(path: str, least: float) -> Requirement:
    """The property is there, and is a number not below this."""

    def check(part: Part) -> Iterator[str]:
        value = part.at(path)
        if not isinstance(value, int | float) or isinstance(value, bool) or value < least:
            yield said(part, path, value, f"{least:g} at least")

    return check


def none_of(path: str, *refused: Any) -> Requirement:
    """The property is missing, or is none of these: its default is safe."""

    def check(part: Part) -> Iterator[str]:
        value = part.at(path)
        if value is not None and value in refused:
            yield said(part, path, value, "anything but " + " or ".join(_shown(one) for one in refused))

    return check


def present(path: str, what: str) -> Requirement:
    """The property is there, and is not empty."""

    def check(part: Part) -> Iterator[str]:
        value = part.at(path)
        if value is None or value in ("", [], {}):
            yield said(part, path, None if value is None else value, what)

    return check


def each(path: str, *requirements: Requirement, least: int = 0) -> Requirement:
    """Every element of the list fulfils all of these, and there are so many elements at least."""

    def check(part: Part) -> Iterator[str]:
        elements = list(part.parts(path))
        if len(elements) < least:
            yield f"{part.named(path) if path else part.path} has {len(elements)} elements, wanted are {least} at least"
        for element in elements:
            for requirement in requirements:
                yield from requirement(element)

    return check


def document(path: str, *requirements: Requirement) -> Requirement:
    """The JSON document in the string fulfils all of these."""

    def check(part: Part) -> Iterator[str]:
        if part.at(path) is None:
            yield f"{part.named(path)} is missing"
            return
        inside = part.document(path)
        for requirement in requirements:
            yield from requirement(inside)

    return check


def requires(*requirements: Requirement) -> Callable[[CheckedResource], Problems]:
    """A rule's check: the resource fulfils all of these."""

    def check(resource: CheckedResource) -> Iterator[str]:
        for requirement in requirements:
            yield from requirement(resource.root)

    return check


def tagged(resource: CheckedResource) -> Iterator[str]:
    """The resource carries tags, its own or its provider's. AWS's own (`aws:...`) do not count."""
    if not [key for key in resource.tags if not key.startswith("aws:")]:
        yield "tags is missing, wanted is one tag at least"
