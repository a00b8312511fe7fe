"""Turns pydantic's errors into sentences for people: file, key, value, what is allowed, what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from stacks.adopted import AdoptedDials
from stacks.dials import (
    AdoptedNetwork,
    AlertDials,
    AwsDials,
    ImageDials,
    LogDials,
    NetworkDials,
    ServiceDials,
    StackConfig,
)
from stacks.errors import Mistake, shown
from stacks.load_balancer_dials import DomainDials, LoadBalancerDials, TestListenerDials
from stacks.releases import FreezeDials, ReleaseDials, WindowDials
from stacks.scaling import QueueDials, ScalingDials, ScheduleDials, StepDials
from stacks.task_dials import CapacityDials
from stacks.waivers import WaiverDials

NAMESPACE: Final = "slipway:"
"""In front of every key that is ours."""

SENTENCES: Final = {
    "string_type": "must be text; put it in quotes",
    "int_type": "must be a whole number, without quotes",
    "bool_type": "must be true or false, without quotes",
    "model_type": "must be a mapping of keys to values",
    "model_attributes_type": "must be a mapping of keys to values",
    "dict_type": "must be a mapping of keys to values",
    "tuple_type": "must be a list",
    "string_too_short": "must not be empty; write a value or remove the line",
    "too_short": "must have {min_length} entries at least",
}
"""Kind of error -> what to say. Errors of our own (`dial_rules.problem`) bring their sentence with them."""

MODELS: Final[Mapping[str, type[BaseModel]]] = {
    "": StackConfig,
    "aws": AwsDials,
    "network": NetworkDials,
    "network.adopt": AdoptedNetwork,
    "loadBalancer": LoadBalancerDials,
    "loadBalancer.domain": DomainDials,
    "loadBalancer.testListener": TestListenerDials,
    "adopted": AdoptedDials,
    "alerts": AlertDials,
    "logs": LogDials,
    "images": ImageDials,
    "services.*": ServiceDials,
    "services.*.capacity": CapacityDials,
    "services.*.scaling": ScalingDials,
    "services.*.scaling.queue": QueueDials,
    "services.*.scaling.steps.*": StepDials,
    "services.*.scaling.schedules.*": ScheduleDials,
    "waivers.*": WaiverDials,
    "releases": ReleaseDials,
    "releases.windows.*": WindowDials,
    "releases.freezes.*": FreezeDials,
}
"""Place in a stack file -> the model that stands there. `*` is any name, or the number of an entry."""


def unknown(name: str, known: Sequence[str]) -> str:
    """`'athu-service'; did you mean 'auth-service'? Known are ...`: the words for a name that nobody has."""
    near = get_close_matches(name, known, n=1)
    return f"{shown(name)};{f' did you mean {near[0]!r}?' if near else ''} known are {', '.join(known)}"


def readable(key: object) -> str:
    """A key on one line, whatever it is made of."""
    return str(key) if str(key).isprintable() else repr(key)


def mistakes_of(error: ValidationError, source: str) -> tuple[Mistake, ...]:
    """One mistake for each error, in the order of the file."""
    return tuple(_mistakes(error.errors(include_url=False), source))


def _mistakes(errors: Sequence[ErrorDetails], source: str) -> Iterator[Mistake]:
    for detail in errors:
        place = [readable(step) for step in detail["loc"]]
        yield Mistake(
            source=source,
            path=f"{NAMESPACE}{'.'.join(place)}",
            value=None if detail["type"] == "missing" else shown(detail["input"]),
            problem=_sentence(detail, place),
        )


def _sentence(detail: ErrorDetails, place: Sequence[str]) -> str:
    known = _keys(place[:-1])
    if detail["type"] == "extra_forbidden":
        return f"there is no key {unknown(place[-1], known)}"
    if detail["type"] == "missing":
        return "is missing; add it to the stack file"
    sentence = SENTENCES.get(detail["type"], "")
    context: dict[str, Any] = detail.get("ctx", {})
    return sentence.format(**context) if sentence else detail["msg"]


def _keys(place: Sequence[str]) -> tuple[str, ...]:
    model = next((model for where, model in MODELS.items() if _is_at(place, where)), None)
    return tuple(field.alias or name for name, field in model.model_fields.items()) if model else ()


def _is_at(place: Sequence[str], where: str) -> bool:
    steps = where.split(".") if where else []
    return len(place) == len(steps) and all(step in ("*", name) for step, name in zip(steps, place, strict=True))
