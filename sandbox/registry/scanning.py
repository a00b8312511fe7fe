"""Which repositories the rules of a registry scan on push.

ECR user guide: "Filters to choose which repositories are scanned in Amazon ECR": documented.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

SETTING: Final = "scanning"
"""The registry's setting that has the rules."""
NO_RULES: Final[Mapping[str, Any]] = {"scanType": "BASIC", "rules": []}


def scans_on_push(configuration: Mapping[str, Any] | None, repository: str) -> bool:
    """Whether a rule of the registry has an image of this repository scanned when it is pushed."""
    return any(
        _matches(one["filter"], repository)
        for rule in (configuration or NO_RULES)["rules"]
        if rule["scanFrequency"] == "SCAN_ON_PUSH"
        for one in rule["repositoryFilters"]
    )


def _matches(pattern: str, repository: str) -> bool:
    """A filter without a wildcard is for every name that contains it."""
    return fnmatchcase(repository, pattern) if "*" in pattern else pattern in repository
