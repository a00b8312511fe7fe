"""The rule of a composite alarm (AWS: "PutCompositeAlarm", CloudWatch API reference): documented.

``ALARM("a") AND NOT (OK("b") OR INSUFFICIENT_DATA(c))``, ``TRUE``, ``FALSE``. That AND binds closer than OR is assumed.
``AT_LEAST`` is not imitated.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.cloudwatch.evaluation import State
from sandbox.cloudwatch.words import Words

_WORD = re.compile(r'\s*(?:"(?P<quoted>[^"]+)"|(?P<sign>[()])|(?P<word>[^\s()"]+))')
_STATES = {state.value: state for state in State}

StateOf = Callable[[str], State | None]
"""The state of the alarm of a name, None when there is none."""
Holds = Callable[[StateOf], bool]


class RuleError(ValueError):
    """The text is no rule; worded for people."""


@dataclass(frozen=True)
class AlarmRule:
    """A rule: the names of the alarms it looks at, in order, and whether it holds."""

    names: tuple[str, ...]
    holds: Holds


def parse(text: str) -> AlarmRule:
    """The rule that the text stands for; raises RuleError."""
    reader = _Reader(Words(text, _WORD, RuleError))
    return AlarmRule(tuple(dict.fromkeys(reader.names)), reader.holds)


class _Reader:
    def __init__(self, words: Words) -> None:
        self._words = words
        self.names: list[str] = []
        self.holds = self._either()
        words.expect_end()

    def _either(self) -> Holds:
        parts = [self._both()]
        while self._words.take_if("OR"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else lambda state_of: any(part(state_of) for part in parts)

    def _both(self) -> Holds:
        parts = [self._one()]
        while self._words.take_if("AND"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else lambda state_of: all(part(state_of) for part in parts)

    def _one(self) -> Holds:
        kind, word = self._words.take()
        if (kind, word) == ("sign", "("):
            inner = self._either()
            self._words.expect(")")
            return inner
        if kind == "word" and word == "NOT":
            negated = self._one()
            return lambda state_of: not negated(state_of)
        if kind == "word" and word in {"TRUE", "FALSE"}:
            return lambda _: word == "TRUE"
        if kind == "word" and word in _STATES:
            return self._state(_STATES[word])
        known = ", ".join((*_STATES, "AND", "OR", "NOT", "TRUE", "FALSE"))
        raise RuleError(f"{word or 'the end'!r} stands where one of {known} is expected")

    def _state(self, wanted: State) -> Holds:
        self._words.expect("(")
        kind, name = self._words.take()
        if kind not in {"word", "quoted"}:
            raise RuleError(f"the name of an alarm is expected, not {name or 'the end'!r}")
        self._words.expect(")")
        name = name.rpartition(":alarm:")[2]
        self.names.append(name)
        return lambda state_of: state_of(name) is wanted
