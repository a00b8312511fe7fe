"""What a target receives of an event (AWS: "Amazon EventBridge input transformation"): documented."""

from __future__ import annotations

import json
import re
from typing import Any

Json = dict[str, Any]

_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")
_VARIABLE = re.compile(r"<([A-Za-z0-9_.-]+)>")


def received(target: Json, rule: Json, event: Json) -> str:
    """The text that ``target`` receives: the whole event, its constant ``Input``, what ``InputPath`` names, or what
    the ``InputTransformer`` makes of it. ``rule`` has the rule's ``Arn`` and ``Name``.
    """
    if "Input" in target:
        return str(target["Input"])
    if "InputPath" in target:
        return json.dumps(part(event, target["InputPath"]))
    if "InputTransformer" in target:
        return _transformed(target["InputTransformer"], rule, event)
    return json.dumps(event)


def part(event: Json, path: str) -> Any:  # noqa: ANN401 - JSON
    """What a path like ``$.detail.containers[0].name`` names in the event; None when there is no such thing."""
    value: Any = event
    for name, index in _STEP.findall(path.removeprefix("$")):
        try:
            value = value[int(index)] if index else value[name]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _transformed(transformer: Json, rule: Json, event: Json) -> str:
    """The template with its variables replaced: as JSON where they stand for a value, as text inside of a string."""
    values = {name: part(event, path) for name, path in transformer.get("InputPathsMap", {}).items()} | {
        "aws.events.rule-arn": rule["Arn"],
        "aws.events.rule-name": rule["Name"],
        "aws.events.event.ingestion-time": event["time"],
        "aws.events.event": {name: value for name, value in event.items() if name != "detail"},
        "aws.events.event.json": event,
    }
    text, made, quoted, at = transformer["InputTemplate"], [], False, 0
    for variable in _VARIABLE.finditer(text):
        before = text[at : variable.start()]
        quoted ^= before.replace('\\"', "").count('"') % 2 == 1
        name = variable[1]
        replaced = _written(values[name], quoted=quoted) if name in values else variable[0]
        made += [before, replaced]
        at = variable.end()
    return "".join([*made, text[at:]])


def _written(value: Any, *, quoted: bool) -> str:  # noqa: ANN401 - JSON
    if not quoted:
        return json.dumps(value)
    text = value if isinstance(value, str) else "" if value is None else json.dumps(value)
    return json.dumps(text)[1:-1]
