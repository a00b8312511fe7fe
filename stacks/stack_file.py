"""Reads `Pulumi.<env>.yaml` without Pulumi, for those who want to look before they run it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from stacks.errors import Mistake, SettingsError
from stacks.mistakes import NAMESPACE


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
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise _wrong(path, "there is no such file; run this where Pulumi.yaml is") from None
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
