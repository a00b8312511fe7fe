"""The JSON text of a task definition's containers, compared by meaning.

AWS adds defaults and empty lists to what it was told; the real plugin takes them for the same, and so does this.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

_UNORDERED: Final = {
    "environment": "name",
    "secrets": "name",
    "environmentFiles": "value",
    "mountPoints": "containerPath",
}


def canonical(text: str) -> object:
    """Equal for texts that mean the same to ECS; text that is no JSON stands for itself."""
    try:
        containers = json.loads(text)
    except ValueError:
        return text
    if not isinstance(containers, list) or not all(isinstance(each, dict) for each in containers):
        return text
    return sorted((_container(container) for container in containers), key=lambda found: str(found.get("name")))


def written(containers: list[dict[str, Any]]) -> str:
    """What AWS tells of the containers, as the text of a state that has no other."""
    return json.dumps([_container(container) for container in containers], sort_keys=True, separators=(",", ":"))


def _container(container: Mapping[str, Any]) -> dict[str, Any]:
    told = {name: value for name, value in container.items() if value not in (None, [], {}, "")}
    if told.get("cpu") == 0:
        del told["cpu"]
    told["essential"] = told.get("essential", True)
    if "portMappings" in told:
        told["portMappings"] = sorted((_port(port) for port in told["portMappings"]), key=json.dumps)
    for name, key in _UNORDERED.items():
        if isinstance(told.get(name), list):
            told[name] = _by(key, told[name])
    return {name: _whole_numbers(value) for name, value in sorted(told.items())}


def _by(key: str, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(items, key=lambda item: str(item.get(key)))


def _port(port: Mapping[str, Any]) -> dict[str, Any]:
    """TCP is the default, and in the network of a task the host's port is the container's."""
    told = {name: value for name, value in port.items() if value not in (None, "", 0)}
    told.setdefault("protocol", "tcp")
    if told.get("hostPort") == told.get("containerPort"):
        told.pop("hostPort", None)
    return dict(sorted(told.items()))


def _whole_numbers(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Numbers that went through Pulumi may have become 256.0 where AWS says 256."""
    if isinstance(value, dict):
        return {key: _whole_numbers(item) for key, item in sorted(value.items())}
    if isinstance(value, list):
        return [_whole_numbers(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
