"""When releases may go out, as `Pulumi.<env>.yaml` writes it: the models of `slipway:releases`.

Times and dates stand in quotes. Without them the readers of YAML differ: PyYAML (YAML 1.1) takes 16:00 for the number
960 and 2026-12-20 for a date, Pulumi's (Go, mostly YAML 1.2) hands the program `2026-12-20 00:00:00 +0000 UTC`.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from difflib import get_close_matches
from importlib.resources import files
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, ValidationInfo, field_validator

from release.calendar import Calendar, Freeze, Weekday, Window, YearlyFreeze
from stacks.dial_rules import Dials, as_tuple, matching, problem

DAYS: Final = tuple(day.name.lower() for day in Weekday)
LEAP_YEAR: Final = 2000
"""A year that has every day which a year can have."""

DATE: Final = r"2[0-9]{3}-[0-9]{2}-[0-9]{2}"
MOMENT: Final = DATE + r"T[0-9]{2}:[0-9]{2}"


def a_zone(value: str) -> str:
    """Checks against the list of the package tzdata, so that a zone is known on every machine or on none."""
    known = files("tzdata").joinpath("zones").read_text(encoding="utf-8").split()
    if value not in known:
        near = get_close_matches(value, known, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise problem(f"there is no such time zone; {hint}write it like Europe/Berlin")
    return value


def _a_day(value: str) -> str:
    if value not in DAYS:
        near = get_close_matches(value.lower(), DAYS, n=1, cutoff=0.4)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise problem(f"not a day; {hint}allowed are {', '.join(DAYS)}")
    return value


def _each_once(values: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(values)) < len(values):
        raise problem("a day stands here twice; remove one")
    return values


Day = Annotated[str, AfterValidator(_a_day)]
Hour = Annotated[
    str,
    matching(r"([01][0-9]|2[0-3]):[0-5][0-9]", 'write a time of day like "09:00", in quotes; midnight is "00:00"'),
]


class WindowDials(Dials):
    """Hours of the week in which releases may go out."""

    days: Annotated[tuple[Day, ...], BeforeValidator(as_tuple), Field(min_length=1), AfterValidator(_each_once)]
    """The days on which it begins."""
    start: Hour = Field(alias="from")
    end: Hour = Field(alias="to")
    """Not included. When it is not after `from` it is on the day after."""

    @property
    def window(self) -> Window:
        """As the calendar has it."""
        days = frozenset(Weekday[day.upper()] for day in self.days)
        return Window(days=days, start=time.fromisoformat(self.start), end=time.fromisoformat(self.end))


class FreezeDials(Dials):
    """A stretch of time in which nothing goes out, once or every year."""

    name: Annotated[str, StringConstraints(min_length=1)]
    """What a refusal calls it."""
    every_year: bool = False
    start: str = Field(alias="from")
    end: str = Field(alias="to")
    """A day is frozen to its end; a moment is where the freeze ends."""

    @field_validator("start", "end")
    @classmethod
    def _is_a_day(cls, value: str, info: ValidationInfo) -> str:
        if "every_year" in info.data:
            check = _month_and_day if info.data["every_year"] else _moment
            check(value)
        return value

    @field_validator("end")
    @classmethod
    def _is_after_the_start(cls, end: str, info: ValidationInfo) -> str:
        if info.data.get("every_year") is False and "start" in info.data and _end(end) <= _moment(info.data["start"]):
            raise problem(f"the freeze begins at {info.data['start']}, and its end must be later")
        return end

    @property
    def freeze(self) -> Freeze | YearlyFreeze:
        """As the calendar has it."""
        if self.every_year:
            return YearlyFreeze(name=self.name, first=_month_and_day(self.start), last=_month_and_day(self.end))
        return Freeze(name=self.name, start=_moment(self.start), end=_end(self.end))


class ReleaseDials(Dials):
    """When releases may go out."""

    zone: Annotated[str, AfterValidator(a_zone)]
    """The time zone of the people who look after the environment: all times here are its wall clock's."""
    windows: Annotated[tuple[WindowDials, ...], BeforeValidator(as_tuple)] = ()
    """Without any, every hour is one."""
    freezes: Annotated[tuple[FreezeDials, ...], BeforeValidator(as_tuple)] = ()

    @property
    def calendar(self) -> Calendar:
        """The same as the gates ask it."""
        return Calendar(
            zone=ZoneInfo(self.zone),
            windows=tuple(dials.window for dials in self.windows),
            freezes=tuple(dials.freeze for dials in self.freezes),
        )


def _moment(value: str) -> datetime:
    """A wall-clock time; a date is its midnight."""
    try:
        if re.fullmatch(f"{DATE}|{MOMENT}", value):
            return datetime.fromisoformat(value)
    except ValueError as error:
        raise problem(f"there is no such day or time ({error})") from error
    raise problem('write a day like "2026-12-20", or a moment like "2026-12-20T18:00", in quotes')


def _end(value: str) -> datetime:
    moment = _moment(value)
    return moment if "T" in value else moment + timedelta(days=1)


def _month_and_day(value: str) -> tuple[int, int]:
    try:
        if re.fullmatch(r"[0-9]{2}-[0-9]{2}", value):
            day = date.fromisoformat(f"{LEAP_YEAR}-{value}")
            return day.month, day.day
    except ValueError as error:
        raise problem(f"there is no such day ({error})") from error
    raise problem('with `everyYear` write a day as month and day, like "12-20"')
