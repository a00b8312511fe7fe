"""What a program registers, as far as a role that deploys it must know: types and names in AWS. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from access import containers, discovery, domains, files, network, protection, schedules, storage, traffic, watching
from access.need import EVERYTHING, Kind, Need

KINDS: Final[Mapping[str, Kind]] = {
    kind.of: kind
    for table in (network, containers, discovery, domains, traffic, watching, storage, protection, schedules, files)
    for kind in table.KINDS
}
"""Pulumi's type -> what its life takes."""
UNKNOWN: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What stands in a preview for a string that only the update tells (Pulumi's SDK)."""
ROLE: Final = "role"
ATTACHED: Final = "attached"
SERVICE: Final = "service"


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource of AWS that a program registers."""

    of: str
    """Pulumi's type."""
    name: str
    """Its name in AWS, with `*` for what nobody knows beforehand."""

    def __post_init__(self) -> None:
        if self.of not in KINDS:
            raise ValueError(
                f"resource type {self.of!r} ({self.name}): nobody has said what its life takes; add it to a table in "
                'access/, from AWS\'s page "Actions, resources, and condition keys" of its service'
            )


def registered(of: str, logical_name: str, inputs: Mapping[str, object]) -> Resource | None:
    """The resource as a program registers it; None for what is none of AWS's (components, providers, Slipway's own).

    Without a name Pulumi makes one of the logical name and seven characters (Pulumi: "Resource names", autonaming).
    """
    if of not in KINDS and not of.startswith("aws:"):
        return None
    named = inputs.get(KINDS[of].named_by) if of in KINDS else None
    if not isinstance(named, str) or named == UNKNOWN or _autonamed(named, logical_name):
        return Resource(of=of, name=f"{logical_name}-{EVERYTHING}")
    return Resource(of=of, name=named.rpartition(KINDS[of].arn_until)[2] if KINDS[of].arn_until else named)


def _autonamed(named: str, logical_name: str) -> bool:
    return bool(re.fullmatch(rf"{re.escape(logical_name)}-[0-9a-f]{{7}}", named))


def needs_of(resources: Iterable[Resource]) -> Sequence[Need]:
    """What the life of all these takes, each need once, in the order of the tables."""
    types = {resource.of for resource in resources}
    found = [need for of, kind in KINDS.items() if of in types for need in kind.needs]
    return tuple(dict.fromkeys(found))


def names_of(resources: Iterable[Resource]) -> Mapping[str, Sequence[str]]:
    """Placeholder of an ARN -> the names that stand there, as few as say it.

    What begins with a service's name is the service's: one pattern stands for it all. Only of roles each is named,
    since whoever can write a role can do what the role can.
    """
    found: dict[str, set[str]] = {}
    for resource in resources:
        if placeholder := KINDS[resource.of].placeholder:
            found.setdefault(placeholder, set()).add(resource.name)
    services = found.get(SERVICE, set())
    return {
        placeholder: sorted(names if placeholder in (ROLE, ATTACHED) else {_short(name, services) for name in names})
        for placeholder, names in found.items()
    }


def _short(name: str, services: Iterable[str]) -> str:
    return next((f"{one}-{EVERYTHING}" for one in sorted(services) if name.startswith(f"{one}-")), name)


def of_preview(preview: Mapping[str, Any]) -> Sequence[Resource]:
    """The resources of AWS that `pulumi preview --json` tells of, whatever it would do with them."""
    states = [step.get("newState") or step.get("oldState") or {} for step in preview.get("steps", ())]
    return _found((state.get("urn", ""), state.get("inputs") or {}) for state in states)


def of_state(resources: Iterable[Mapping[str, Any]]) -> Sequence[Resource]:
    """The resources of AWS in a stack's state, as `pulumi stack export` has them."""
    return _found((one["urn"], one.get("inputs") or {}) for one in resources)


def _found(urns: Iterable[tuple[str, Mapping[str, object]]]) -> Sequence[Resource]:
    found = {}
    for urn, inputs in urns:
        of, _, logical_name = urn.partition("::")[2].partition("::")[2].rpartition("::")
        one = registered(of.rpartition("$")[2], logical_name, inputs)
        if one is not None:
            found[one.of, one.name] = one
    return tuple(found[key] for key in sorted(found))
