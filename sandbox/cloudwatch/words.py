"""Cutting the small languages of CloudWatch into words."""

from __future__ import annotations

import re
from collections.abc import Callable


class Words:
    """The words of a text, read one after the other. A word that the pattern does not know is refused."""

    def __init__(self, text: str, pattern: re.Pattern[str], refuse: Callable[[str], Exception]) -> None:
        """``pattern`` matches one word with the blanks before it; its groups are the kinds of word."""
        self.refuse = refuse
        self._words: list[tuple[str, str]] = []
        self._next = 0
        at = 0
        text = text.rstrip()
        while at < len(text):
            found = pattern.match(text, at)
            if found is None or found.end() == at:
                raise refuse(f"{text[at:].strip()[:40]!r} is not understood")
            self._words.append((str(found.lastgroup), found[str(found.lastgroup)]))
            at = found.end()

    def peek(self, ahead: int = 0) -> tuple[str, str]:
        """(kind, word) of the next word, ("end", "") after the last."""
        index = self._next + ahead
        return self._words[index] if index < len(self._words) else ("end", "")

    def take(self) -> tuple[str, str]:
        """The next word, which is then read."""
        word = self.peek()
        self._next += 1
        return word

    def take_if(self, *words: str) -> str:
        """The next word if it is one of ``words``, else ""."""
        return self.take()[1] if self.peek()[0] != "end" and self.peek()[1] in words else ""

    def expect(self, word: str) -> None:
        """Read ``word``, or refuse what stands there."""
        if self.peek()[0] == "end" or self.peek()[1] != word:
            found = repr(self.peek()[1]) if self.peek()[0] != "end" else "the end"
            raise self.refuse(f"{word!r} is expected, not {found}")
        self.take()

    def expect_end(self) -> None:
        """Refuse anything that is left."""
        if self.peek()[0] != "end":
            raise self.refuse(f"{self.peek()[1]!r} is not expected here")
