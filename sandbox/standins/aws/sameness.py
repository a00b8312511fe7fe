"""When two values of a property mean the same to AWS.

What AWS answers is rarely what it was asked: lists come back in another order, documents reformatted, and what was left
out filled in. Where the meaning is the same, the words of the program stay in the state.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.standins.aws.values import UNKNOWN

Canonical = Callable[[str], object]
"""Gives equal results for texts of equal meaning."""


class Sameness:
    """Compares the values of one resource type.

    ``canonical`` holds the functions for properties that are documents in text; ``ordered`` the lists whose order
    counts; ``computed`` the nested properties that AWS fills in where the program says nothing. All by dotted path.
    """

    def __init__(
        self,
        canonical: Mapping[str, Canonical],
        ordered: frozenset[str],
        computed: frozenset[str],
        stated: Mapping[str, object],
    ) -> None:
        self._canonical = canonical
        self._ordered = ordered
        self._computed = computed
        self._stated = stated

    def same(self, asked: Any, found: Any, path: str) -> bool:  # noqa: ANN401 - any values
        """Whether ``found`` is what ``asked`` asks for."""
        if asked is UNKNOWN or found is UNKNOWN:
            return asked is found
        if isinstance(asked, Mapping) and isinstance(found, Mapping):
            names = {*asked, *found}
            return all(self.same_member(asked, found, name, f"{path}.{name}") for name in names)
        if isinstance(asked, list) and isinstance(found, list):
            return self._same_list(asked, found, path)
        if path in self._canonical and isinstance(asked, str) and isinstance(found, str):
            return self._canonical[path](asked) == self._canonical[path](found)
        if is_empty(asked) and is_empty(found):
            return True
        return bool(asked == found) or _text(asked) == _text(found)

    def same_member(self, asked: Mapping[str, Any], found: Mapping[str, Any], name: str, path: str) -> bool:
        """Whether the two agree in one member, which either may lack."""
        if name not in asked and (path in self._computed or found.get(name) == self._stated.get(path, UNKNOWN)):
            return True
        return self.same(asked.get(name), found.get(name), path)

    def _same_list(self, asked: list[Any], found: list[Any], path: str) -> bool:
        if len(asked) != len(found):
            return False
        if path in self._ordered:
            return all(self.same(*pair, path) for pair in zip(asked, found, strict=True))
        return self._paired(asked, found, path) is not None

    def _paired(self, asked: list[Any], found: list[Any], path: str) -> list[Any] | None:
        """The items of ``found`` in the order of the items of ``asked`` that they are the same as."""
        rest, paired = list(found), []
        for item in asked:
            match = next((other for other in rest if self.same(item, other, path)), None)
            if match is None:
                return None
            rest.remove(match)
            paired.append(match)
        return paired

    def settled(self, kept: Any, found: Any, path: str) -> Any:  # noqa: ANN401 - any values
        """``found`` in the words and the order of ``kept``, where the two mean the same."""
        if isinstance(kept, Mapping) and isinstance(found, Mapping):
            return {name: self.settled(kept.get(name), found[name], f"{path}.{name}") for name in found}
        if isinstance(kept, list) and isinstance(found, list) and kept:
            paired = self._paired(kept, found, path) if len(kept) == len(found) else None
            if paired is None:
                return found
            return [self.settled(*pair, path) for pair in zip(kept, paired, strict=True)]
        return kept if kept is not None and self.same(kept, found, path) else found


def is_empty(value: object) -> bool:
    """Whether a value says nothing: absent, "", 0, false, or without items that say something."""
    if isinstance(value, Mapping):
        return all(is_empty(item) for item in value.values())
    return value is None or value in ("", 0, []) or value is False


def _text(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else str(value) if isinstance(value, (int, float)) else value
