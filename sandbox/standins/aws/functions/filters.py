"""Filters of EC2's describe calls."""

from __future__ import annotations

from typing import Any

from sandbox.standins.aws.faults import Fault
from sandbox.standins.aws.values import Properties


def filters_of(args: Properties, **named: str) -> list[dict[str, Any]]:
    """The API's filters for `filters`, `tags`, and single arguments (``named``: argument and name of the filter)."""
    filters = [{"Name": each["name"], "Values": each["values"]} for each in args.get("filters") or []]
    filters += [{"Name": f"tag:{key}", "Values": [value]} for key, value in (args.get("tags") or {}).items()]
    for argument, name in named.items():
        value = args.get(argument)
        if value is not None:
            text = str(value).lower() if isinstance(value, bool) else str(value)
            filters.append({"Name": name, "Values": [text]})
    return filters


def only(found: list[dict[str, Any]], noun: str) -> dict[str, Any]:
    """The one resource that was found; none or several are an error in the words of the real plugin."""
    if not found:
        raise Fault(f"no matching {noun} found")
    if len(found) > 1:
        raise Fault(f"multiple {noun}s matched; use additional constraints to reduce matches to a single {noun}")
    return found[0]


def tags_of(item: dict[str, Any]) -> dict[str, str]:
    """An EC2 resource's tags as a map."""
    return {tag["Key"]: tag["Value"] for tag in item.get("Tags") or [] if not tag["Key"].startswith("aws:")}
