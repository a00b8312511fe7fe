"""The waivers of a stack, from its stack file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from policy.waiver import Waiver
from stacks.dial_rules import Dials
from stacks.errors import SettingsError
from stacks.mistakes import mistakes_of
from stacks.stack_file import read
from stacks.waivers import WaiverDials, Waivers


class _Section(Dials):
    waivers: Waivers


class WaiversError(Exception):
    """The waivers cannot be read; the message says where and why."""


def waivers_of(stack: str, folders: Sequence[Path]) -> tuple[Waiver, ...]:
    """The waivers in `Pulumi.STACK.yaml`, in the nearest folder upwards that has one. None without such a file."""
    name = f"Pulumi.{stack}.yaml"
    offered = (folder / name for start in folders for folder in (start, *start.parents))
    file = next((one for one in offered if one.is_file()), None)
    if file is None:
        return ()
    try:
        return in_config(read(file), file.name)
    except SettingsError as error:
        raise WaiversError(str(error)) from error


def in_config(config: Mapping[str, Any], source: str) -> tuple[Waiver, ...]:
    """The waivers among the `slipway:` keys of a stack file. Raises `SettingsError`."""
    try:
        section = _Section.model_validate({"waivers": config.get("waivers", [])})
    except ValidationError as error:
        raise SettingsError(*mistakes_of(error, source)) from None
    return tuple(waiver(dials) for dials in section.waivers)


def waiver(dials: WaiverDials) -> Waiver:
    """The waiver that a stack file describes."""
    return Waiver(
        rule=dials.rule,
        resource=dials.resource,
        reason=dials.reason,
        owner=dials.owner,
        expires=dials.last_day,
    )
