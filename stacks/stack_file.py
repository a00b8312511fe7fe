"""Reads `Pulumi.<env>.yaml` without Pulumi, for those who want to look before they run it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from yaml.nodes import MappingNode, ScalarNode

from stacks.errors import Mistake, SettingsError, shown
from stacks.mistakes import NAMESPACE


class _Loader(yaml.SafeLoader):
    """YAML as Pulumi reads it: a key may stand in a mapping once only, where PyYAML would take the last."""

    def construct_mapping(self, node: MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - theirs
        if isinstance(node, MappingNode):
            _check_keys(node)
        return super().construct_mapping(node, deep)

    def construct_yaml_timestamp(self, node: ScalarNode) -> Any:  # noqa: ANN401 - theirs
        try:
            return super().construct_yaml_timestamp(node)
        except ValueError as error:
            problem = f"{shown(node.value)} is no date ({error})"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark) from None


_Loader.add_constructor("tag:yaml.org,2002:timestamp", _Loader.construct_yaml_timestamp)


def _check_keys(node: MappingNode) -> None:
    seen = set()
    for key in (key for key, _ in node.value if isinstance(key, ScalarNode)):
        if (key.tag, key.value) in seen:
            problem = f"the key {shown(key.value)} stands here twice"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=key.start_mark)
        seen.add((key.tag, key.value))


def read(path: Path) -> Mapping[str, Any]:
    """The `slipway:` keys of the stack file without their namespace, as `stacks.settings.parse` takes them.

    Raises `SettingsError` for a file that cannot be read or is not a stack file.
    """
    document = _document(path)
    config = document.get("config") or {}
    if not isinstance(config, Mapping):
        raise _wrong(path, "`config` must be a mapping of keys to values", key="config")
    return {
        key.removeprefix(NAMESPACE): value
        for key, value in config.items()
        if isinstance(key, str) and key.startswith(NAMESPACE)
    }


def _document(path: Path) -> Mapping[Any, Any]:
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a SafeLoader
    except FileNotFoundError:
        raise _wrong(path, "there is no such file; run this where Pulumi.yaml is") from None
    except RecursionError:
        raise _wrong(path, "is nested too deep to be read; mend the file") from None
    except OSError as error:
        raise _wrong(path, f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise _wrong(path, "is not text in UTF-8; save it as such") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise _wrong(path, f"is not YAML{where}: {error.problem or error.context}; mend the file") from None
    except yaml.YAMLError as error:
        raise _wrong(path, f"is not YAML: {' '.join(str(error).split())}; mend the file") from None
    if document is None:
        return {}
    try:
        json.dumps(document, default=str, skipkeys=True)
    except (ValueError, RecursionError):
        raise _wrong(path, "has an alias that stands inside what it names; mend the file") from None
    if not isinstance(document, Mapping):
        raise _wrong(path, "must be a mapping with the key `config`")
    return document


def _wrong(path: Path, problem: str, key: str = "") -> SettingsError:
    return SettingsError(Mistake(source=path.name, path=key, problem=problem))
