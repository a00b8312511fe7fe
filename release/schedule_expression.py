"""When something is run by the clock, as EventBridge Scheduler writes it. Pure.

AWS: "Schedule types in EventBridge Scheduler": the forms, the six fields of `cron` with their values, and that one of
the two days is `?`: documented. That a rate's unit agrees with its number is documented of EventBridge's rules
("Creating a rule that runs on a schedule"), and asked here all the same.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import available_timezones

LONGEST: Final = 256
"""Characters (AWS: "CreateSchedule"): documented."""
HOW: Final = "write cron(0 3 * * ? *), rate(6 hours) or at(2026-12-24T18:00:00)"
_MONTHS: Final = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_DAYS: Final = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]


@dataclass(frozen=True, kw_only=True)
class _Field:
    """One of the six fields of a cron expression."""

    name: str
    least: int
    most: int
    names: Sequence[str] = ()
    """What the numbers are called too, from the least on."""
    special: str = ""
    """What it may be beside numbers, as a regular expression."""

    def number(self, text: str) -> int:
        """A value as a number. Raises `ValueError` where it is none of the field's."""
        word = text.upper()
        found = int(text) if text.isdecimal() else -1
        if word in self.names:
            found = self.least + self.names.index(word)
        if not self.least <= found <= self.most:
            words = f" or {self.names[0]} to {self.names[-1]}" if self.names else ""
            allowed = f"{self.least} to {self.most}{words}"
            raise ValueError(f"{self.name} is {text!r}; allowed are {allowed}")
        return found

    def check(self, text: str) -> None:
        """Raises `ValueError` for what the field does not take."""
        if self.special and re.fullmatch(self.special, text, re.IGNORECASE):
            for number in re.findall(r"\d+|[A-Za-z]{3}(?=#)", text.partition("#")[0]):
                self.number(number)
            return
        for part in text.split(","):
            values, step, every = part.partition("/")
            if step and not (every.isdecimal() and int(every)):
                raise ValueError(f"{self.name} is {text!r}; after '/' stands a whole number above 0")
            if values == "*":
                continue
            first, to, last = values.partition("-")
            if self.number(first) > (self.number(last) if to else self.most):
                raise ValueError(f"{self.name} is {text!r}; a range goes from the smaller to the larger")


_FIELDS: Final = (
    _Field(name="minute", least=0, most=59),
    _Field(name="hour", least=0, most=23),
    _Field(name="day of the month", least=1, most=31, special=r"\?|L(-\d+)?|LW|\d+W"),
    _Field(name="month", least=1, most=12, names=_MONTHS),
    _Field(
        name="day of the week",
        least=1,
        most=7,
        names=_DAYS,
        special=r"\?|L|[1-7]L|(MON|TUE|WED|THU|FRI|SAT|SUN)L|([1-7]|MON|TUE|WED|THU|FRI|SAT|SUN)#[1-5]",
    ),
    _Field(name="year", least=1970, most=2199),
)
_DAY_OF_MONTH: Final = 2
_DAY_OF_WEEK: Final = 4


def check_expression(expression: str) -> None:
    """Raises `ValueError`, with what to write, for an expression that EventBridge Scheduler would not take."""
    found = re.fullmatch(r"(cron|rate|at)\((.+)\)", expression)
    if found is None or len(expression) > LONGEST:
        raise ValueError(f"schedule is {expression[:LONGEST]!r}; {HOW}")
    kind, inner = found.groups()
    try:
        {"cron": _check_cron, "rate": _check_rate, "at": _check_moment}[kind](inner)
    except ValueError as error:
        raise ValueError(f"schedule is {expression!r}: {error}") from None


def check_time_zone(zone: str) -> None:
    """Raises `ValueError` for a zone that IANA does not name."""
    if zone not in available_timezones():
        raise ValueError(f"time_zone is {zone!r}; write the zone as IANA names it, such as Europe/Berlin or UTC")


def _check_cron(inner: str) -> None:
    given = inner.split()
    if len(given) != len(_FIELDS):
        names = ", ".join(one.name for one in _FIELDS)
        raise ValueError(f"there are {len(given)} fields; cron has {len(_FIELDS)}: {names}")
    for one, text in zip(_FIELDS, given, strict=True):
        one.check(text)
    if (given[_DAY_OF_MONTH] == "?") is (given[_DAY_OF_WEEK] == "?"):
        raise ValueError("one of the day of the month and the day of the week is '?', and the other says which days")


def _check_rate(inner: str) -> None:
    found = re.fullmatch(r"([1-9]\d*) (minute|hour|day)(s?)", inner)
    if found is None or (found[1] == "1") is bool(found[3]):
        raise ValueError("write a whole number above 0 and its unit: 1 minute, 6 hours, 2 days")


def _check_moment(inner: str) -> None:
    try:
        datetime.strptime(inner, "%Y-%m-%dT%H:%M:%S")  # noqa: DTZ007 - a wall-clock time, in the schedule's own zone
    except ValueError:
        raise ValueError("write the moment as 2026-12-24T18:00:00, in the schedule's time zone") from None
