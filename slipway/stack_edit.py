"""What to change in a stack file so that a service's section becomes another one: edits that `pulumi config` can make.

Pure. Pulumi itself writes the file, for it keeps comments and order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVICES: Final = "slipway:services"
_TYPES: Final = {bool: "bool", int: "int", float: "float", str: "string"}


@dataclass(frozen=True, kw_only=True)
class Edit:
    """One value set, or one removed when `value` is None."""

    path: str
    value: bool | int | float | str | None

    def arguments(self) -> tuple[str, ...]:
        """The arguments of `pulumi` that make the edit. The type is told: Pulumi would take "007" for a number."""
        if self.value is None:
            return ("config", "rm", "--path", self.path)
        text = str(self.value).lower() if isinstance(self.value, bool) else str(self.value)
        how = self._plaintext or ("--type", _TYPES[type(self.value)])
        return ("config", "set", "--path", *how, self.path, "--", text)

    def shown(self) -> tuple[str, ...]:
        """The same as a person would type it: YAML reads most values as what they are."""
        if self.value is None:
            return self.arguments()
        return ("config", "set", "--path", *self._plaintext, self.path, str(self.value))

    @property
    def _plaintext(self) -> tuple[str, ...]:
        """Pulumi takes a key that speaks of secrets for one. Stack files here hold their names alone, never a value.

        It takes no type beside it; a name is a string without one.
        """
        return ("--plaintext",) if "secret" in self.path.lower() else ()


def section_path(service: str) -> str:
    """Path of the service's section in the stack's config."""
    return f"{SERVICES}.{service}"


def release_edits(service: str, now: Mapping[str, Any], version: str, attempt: int | None = None) -> tuple[Edit, ...]:
    """The edits that ask for a version, and for a further attempt of it where one is named.

    An attempt counts the tries of one release: another version begins anew.
    """
    then = with_release(now, version, attempt)
    return (
        Edit(path=f"{section_path(service)}.version", value=version),
        *section_edits(service, {**now, "version": version}, then),
    )


def with_release(now: Mapping[str, Any], version: str, attempt: int | None = None) -> dict[str, Any]:
    """The section with another version or attempt in it. Another version drops what belongs to the one before."""
    same = now.get("version") == version
    kept = now.get("attempt") if same else None
    dropped = ("attempt",) if same else ("attempt", "pin")
    then = {key: value for key, value in now.items() if key not in dropped} | {"version": version}
    asked = attempt or kept
    return then if asked is None else then | {"attempt": asked}


def section_edits(service: str, now: Mapping[str, Any], then: Mapping[str, Any]) -> tuple[Edit, ...]:
    """The edits that turn the section `now` into `then`. Empty lists and maps, and nulls, become absent keys."""
    return tuple(_edits(section_path(service), now, then))


def edits(path: str, now: Mapping[str, Any], then: Mapping[str, Any]) -> tuple[Edit, ...]:
    """The edits that turn the mapping at `path` from `now` into `then`."""
    return tuple(_edits(path, now, then))


def differences(now: Mapping[str, Any], then: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Key, value now, value then, for every value that differs; an absent value is empty."""
    before, after = (dict(_leaves("", section)) for section in (now, then))
    return [
        (path.lstrip("."), _shown(before.get(path)), _shown(after.get(path)))
        for path in sorted(before.keys() | after.keys())
        if before.get(path) != after.get(path)
    ]


def _edits(path: str, now: Any, then: Any) -> Iterator[Edit]:  # noqa: ANN401 - any value of YAML
    if now == then:
        return
    if isinstance(now, Mapping) and isinstance(then, Mapping):
        for key in now.keys() | then.keys():
            yield from _edits(f"{path}.{key}", now.get(key), then.get(key))
        return
    leaves = list(_leaves(path, then))
    nested = isinstance(now, Mapping | list) or isinstance(then, Mapping | list)
    if now is not None and (nested or not leaves):
        yield Edit(path=path, value=None)
    for leaf, value in leaves:
        yield Edit(path=leaf, value=value)


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - any value of YAML
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(f"{path}.{key}", inner)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _leaves(f"{path}[{index}]", inner)
    elif value is not None:
        yield path, value


def _shown(value: object) -> str:
    return "" if value is None else str(value)
