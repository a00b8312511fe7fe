"""Filter patterns of CloudWatch Logs (AWS: "Filter pattern syntax for metric filters, subscription filters, ...").

Terms (``ERROR "not found" -timeout``, ``?ERROR ?WARN``) and JSON (``{ $.level = "ERROR" && $.status >= 500 }``):
documented. That a term matches inside a longer word is assumed. Space-delimited patterns (``[ip, user, ...]``) and
regular expressions (``%...%``) are not imitated.
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from sandbox.cloudwatch.words import Words

_TERM = re.compile(r'\s*(?P<term>[-?]?(?:"(?:[^"\\]|\\.)*"|[A-Za-z0-9_]+))(?=\s|$)')
_JSON_WORD = re.compile(
    r'\s*(?:"(?P<text>(?:[^"\\]|\\.)*)"|(?P<field>\$(?:\.\w[\w-]*|\[\d+\])+)|(?P<sign>&&|\|\||!=|<=|>=|[=<>()])'
    r"|(?P<bare>[\w.*:+/-]+))"
)
_NUMBERS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_NOTHING = object()

Test = Callable[[Any], bool]
"""Whether an event, its text or its JSON, matches."""


class PatternError(ValueError):
    """The pattern is none, or none that the sandbox knows; worded for people."""


@dataclass(frozen=True)
class Pattern:
    """A filter pattern; ``is_json`` tells whether fields of the event can be named."""

    is_json: bool
    _test: Test

    def matches(self, message: str) -> bool:
        """Whether the log event's message matches."""
        if not self.is_json:
            return self._test(message)
        event = parsed(message)
        return event is not None and self._test(event)


def parse(text: str) -> Pattern:
    """The pattern that the text stands for; raises PatternError."""
    text = text.strip()
    if text.startswith("{") and text.endswith("}"):
        return Pattern(True, _Json(Words(text[1:-1], _JSON_WORD, PatternError)).test)  # noqa: FBT003 - a field
    if text.startswith("["):
        raise PatternError("the sandbox does not imitate space-delimited patterns")
    return Pattern(False, _terms(text))  # noqa: FBT003 - a field


def parsed(message: str) -> dict[str, Any] | None:
    """The JSON object that the message is, or None."""
    try:
        event = json.loads(message)
    except ValueError:
        return None
    return event if isinstance(event, dict) else None


def field_of(event: Any, path: str) -> Any:  # noqa: ANN401 - JSON
    """What ``$.a.b[0]`` names in an event; None when there is no such thing, or a null."""
    found = _look_up(event, path)
    return None if found is _NOTHING else found


def is_field(text: str) -> bool:
    """Whether the text names a field of a JSON event."""
    return bool(re.fullmatch(r"\$(?:\.\w[\w-]*|\[\d+\])+", text))


def _terms(text: str) -> Test:
    """AWS: ``?`` counts only where all terms have it: documented."""
    words = Words(text, _TERM, PatternError)
    wanted: list[str] = []
    unwanted: list[str] = []
    optional: list[str] = []
    while words.peek()[0] != "end":
        term = words.take()[1]
        kind = {"-": unwanted, "?": optional}.get(term[0], wanted)
        kind.append(_unquoted(term.lstrip("-?") if kind is not wanted else term))
    if optional and not wanted and not unwanted:
        return lambda message: any(term in message for term in optional)
    return lambda message: all(term in message for term in wanted) and not any(term in message for term in unwanted)


def _unquoted(term: str) -> str:
    return re.sub(r"\\(.)", r"\1", term[1:-1]) if term.startswith('"') else term


def _look_up(event: Any, path: str) -> Any:  # noqa: ANN401 - JSON
    found = event
    for name, index in re.findall(r"\.(\w[\w-]*)|\[(\d+)\]", path):
        if name and isinstance(found, dict) and name in found:
            found = found[name]
        elif index and isinstance(found, list) and int(index) < len(found):
            found = found[int(index)]
        else:
            return _NOTHING
    return found


class _Json:
    def __init__(self, words: Words) -> None:
        self._words = words
        self.test = self._either()
        words.expect_end()

    def _either(self) -> Test:
        parts = [self._both()]
        while self._words.take_if("||"):
            parts.append(self._both())
        return lambda event: any(part(event) for part in parts)

    def _both(self) -> Test:
        parts = [self._one()]
        while self._words.take_if("&&"):
            parts.append(self._one())
        return lambda event: all(part(event) for part in parts)

    def _one(self) -> Test:
        kind, word = self._words.take()
        if (kind, word) == ("sign", "("):
            inner = self._either()
            self._words.expect(")")
            return inner
        if kind != "field":
            raise PatternError(f"a field such as $.level is expected, not {word or 'the end'!r}")
        kind, sign = self._words.take()
        if kind == "bare":
            return self._being(word, sign)
        value_kind, value = self._words.take()
        if sign in _NUMBERS and _is_number(value):
            compare, bound = _NUMBERS[sign], float(value)
            return lambda event: _is_number(_look_up(event, word)) and compare(float(_look_up(event, word)), bound)
        if sign not in {"=", "!="} or value_kind not in {"text", "bare"}:
            raise PatternError(f"a comparison of {word} is expected, not {sign!r} {value!r}")
        wanted = _unquoted(f'"{value}"') if value_kind == "text" else value
        if sign == "=":
            return lambda event: _equals(_look_up(event, word), wanted)
        return lambda event: _look_up(event, word) is not _NOTHING and not _equals(_look_up(event, word), wanted)

    def _being(self, field: str, verb: str) -> Test:
        """``$.field EXISTS``, ``NOT EXISTS``, ``IS TRUE``, ``IS FALSE``, ``IS NULL``."""
        if verb == "EXISTS":
            return lambda event: _look_up(event, field) is not _NOTHING
        other = self._words.take()[1]
        if (verb, other) == ("NOT", "EXISTS"):
            return lambda event: _look_up(event, field) is _NOTHING
        values = {"TRUE": True, "FALSE": False, "NULL": None}
        if verb != "IS" or other not in values:
            raise PatternError(f"{field} {verb} {other} is not understood")
        wanted = values[other]
        return lambda event: _look_up(event, field) is wanted


def _is_number(value: Any) -> bool:  # noqa: ANN401 - JSON
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return False
    try:
        float(value)
    except ValueError:
        return False
    return True


def _equals(found: Any, wanted: str) -> bool:  # noqa: ANN401 - JSON
    """A number equals its text; ``*`` stands for anything (documented for strings)."""
    if isinstance(found, bool) or found is _NOTHING or found is None:
        return False
    if isinstance(found, int | float):
        return _is_number(wanted) and float(found) == float(wanted)
    return isinstance(found, str) and fnmatchcase(found, re.sub(r"([?\[])", r"[\1]", wanted))
