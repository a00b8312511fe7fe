"""What the models of all dials have in common: strictness, and errors that go to people as they are."""

from __future__ import annotations

import re
from typing import Any

from pydantic import AfterValidator, BaseModel, ConfigDict
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from rollout.strategy_text import parse as parse_strategy


def problem(text: str) -> PydanticCustomError:
    """An error whose text goes to people as it is (braces would be read as placeholders)."""
    return PydanticCustomError("slipway", "{text}", {"text": text})


def matching(pattern: str, allowed: str) -> Any:  # noqa: ANN401 - metadata of pydantic
    """A string of one form. `allowed` says which, and what to do."""

    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise problem(allowed)
        return value

    return AfterValidator(check)


def between(least: int, most: int) -> Any:  # noqa: ANN401 - metadata of pydantic
    """A whole number from `least` to `most`."""

    def check(value: int) -> int:
        if not least <= value <= most:
            raise problem(f"allowed are {least} to {most}")
        return value

    return AfterValidator(check)


def a_strategy(value: str) -> str:
    """Checks that the value names a deployment strategy as ECS takes it."""
    try:
        parse_strategy(value)
    except ValueError as error:
        raise problem(str(error)) from error
    return value


def as_tuple(value: object) -> object:
    """A list as a tuple, anything else as it is: for a `BeforeValidator` of a field that must not change."""
    return tuple(value) if isinstance(value, list) else value


class Dials(BaseModel):
    """What all models here have in common."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", alias_generator=to_camel)
