"""When a schedule comes next. Pure.

AWS: "Schedule types in EventBridge Scheduler": an hour that the clocks leave out is left out, one that comes twice is
its first; a rate begins when the schedule is made: documented. What `L`, `W` and `#` mean is documented of rules
("Cron expressions reference", EventBridge user guide).
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

_MONTHS: Final = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_DAYS: Final = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
_HORIZON: Final = 366 * 9
"""Days that are searched: a 29th of February may be eight years away."""
_SATURDAY: Final = 7
_WEEKEND: Final = 5
"""Saturday, as `date.weekday` numbers it."""


def next_time(expression: str, zone: str, begun: datetime, after: datetime) -> datetime | None:
    """The first moment after `after`; None when there is none. `begun` is when the schedule was made."""
    kind, _, inner = expression.removesuffix(")").partition("(")
    if kind == "rate":
        number, unit = inner.split()
        period = timedelta(**{f"{unit.rstrip('s')}s": int(number)})
        return begun + period * max(0, (after - begun) // period + 1)
    place = ZoneInfo(zone)
    if kind == "at":
        moment = datetime.fromisoformat(inner).replace(tzinfo=place).astimezone(UTC)
        return moment if moment > after else None
    return next((moment for moment in _moments(inner, place, after) if moment > after), None)


def _moments(inner: str, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    minutes, hours, day_of_month, months, day_of_week, years = inner.split()
    times = [time(hour, minute) for hour in _values(hours, 0, 23) for minute in _values(minutes, 0, 59)]
    in_months, in_years = set(_values(months, 1, 12, _MONTHS)), set(_values(years, 1970, 2199))
    first = after.astimezone(zone).date()
    for offset in range(_HORIZON):
        day = first + timedelta(days=offset)
        if day.month not in in_months or day.year not in in_years or not _is_day(day, day_of_month, day_of_week):
            continue
        for at in times:
            local = datetime.combine(day, at, zone)
            moment = local.astimezone(UTC)
            if moment.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
                yield moment


def _values(text: str, least: int, most: int, names: list[str] | None = None) -> list[int]:
    found: set[int] = set()
    for part in text.split(","):
        values, _, step = part.partition("/")
        first, to, last = values.partition("-")
        begin = least if first == "*" else _number(first, least, names)
        end = _number(last, least, names) if to else most if step or first == "*" else begin
        found |= set(range(begin, end + 1, int(step or 1)))
    return sorted(found)


def _number(text: str, least: int, names: list[str] | None) -> int:
    return least + names.index(text.upper()) if names and text.upper() in names else int(text)


def _is_day(day: date, day_of_month: str, day_of_week: str) -> bool:
    return _of_month(day, day_of_month) if day_of_week == "?" else _of_week(day, day_of_week)


def _of_month(day: date, text: str) -> bool:
    last = calendar.monthrange(day.year, day.month)[1]
    if text == "LW":
        return day == _nearest_weekday(day.replace(day=last))
    if text.startswith("L"):
        return day.day == last - int(text[2:] or 0)
    if text.endswith("W"):
        return day == _nearest_weekday(day.replace(day=min(int(text[:-1]), last)))
    return day.day in _values(text, 1, 31)


def _nearest_weekday(day: date) -> date:
    """Itself, or the Friday before or Monday after, in the same month."""
    if day.weekday() < _WEEKEND:
        return day
    near = day + timedelta(days=-1 if day.weekday() == _WEEKEND else 1)
    if near.month == day.month:
        return near
    return day + timedelta(days=2 if near < day else -2)


def _of_week(day: date, text: str) -> bool:
    number = day.isoweekday() % 7 + 1  # Sunday is 1
    if text.upper() == "L":
        return number == _SATURDAY
    if found := re.fullmatch(r"(\w+)#(\d)", text):
        return number == _number(found[1], 1, _DAYS) and (day.day + 6) // 7 == int(found[2])
    if text.upper().endswith("L"):
        return number == _number(text[:-1], 1, _DAYS) and (day + timedelta(days=7)).month != day.month
    return number in _values(text, 1, 7, _DAYS)
