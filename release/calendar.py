"""When releases may go out: weekly windows, and freezes, in the time zone of the people who look after the environment.

Windows and yearly freezes are wall-clock times. On the day that clocks go forward the hour that does not exist belongs
to no window; on the day they go back the hour that comes twice belongs to its window both times.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import IntEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

_MIDNIGHT: Final = time(0)
_MINUTE: Final = timedelta(minutes=1)
_HORIZON: Final = 800
"""Days that are searched for the next opening: two years, and the longest freeze that makes sense."""


class Weekday(IntEnum):
    """A day of the week, as ``date.weekday`` numbers it."""

    MON = 0
    TUE = 1
    WED = 2
    THU = 3
    FRI = 4
    SAT = 5
    SUN = 6


@dataclass(frozen=True, kw_only=True)
class Window:
    """Hours of the week in which releases may go out: from ``start`` on, up to but not including ``end``.

    An ``end`` that is not after ``start`` is on the day after; ``days`` are those it begins on.
    """

    days: frozenset[Weekday]
    start: time
    end: time

    def is_open(self, wall: datetime) -> bool:
        """Whether a wall-clock time (naive) is inside."""
        if self.start < self.end:
            return wall.weekday() in self.days and self.start <= wall.time() < self.end
        yesterday = (wall.weekday() - 1) % 7
        begun_today = wall.weekday() in self.days and wall.time() >= self.start
        return begun_today or (yesterday in self.days and wall.time() < self.end)

    def __str__(self) -> str:
        days = ", ".join(day.name.title() for day in sorted(self.days))
        return f"{days} {self.start:%H:%M} to {self.end:%H:%M}"


@dataclass(frozen=True, kw_only=True)
class Freeze:
    """One stretch of wall-clock time in which nothing goes out: from ``start`` on, up to but not including ``end``."""

    name: str
    start: datetime
    end: datetime

    def holds(self, wall: datetime) -> bool:
        """Whether a wall-clock time (naive) is inside."""
        return self.start <= wall < self.end

    def __str__(self) -> str:
        return f"{self.name}, {self.start:%Y-%m-%d %H:%M} to {self.end:%Y-%m-%d %H:%M}"


@dataclass(frozen=True, kw_only=True)
class YearlyFreeze:
    """Days that are frozen every year, the first and the last included, as (month, day); it may cross the new year.

    29 February stands for the last day of February in a year that has none.
    """

    name: str
    first: tuple[int, int]
    last: tuple[int, int]

    def holds(self, wall: datetime) -> bool:
        """Whether a wall-clock time (naive) is inside."""
        return any(first <= wall.date() <= last for first, last in self._around(wall))

    def _around(self, wall: datetime) -> Iterator[tuple[date, date]]:
        crosses = self.last < self.first
        for year in (wall.year - 1, wall.year):
            yield _day(year, self.first), _day(year + crosses, self.last)

    def __str__(self) -> str:
        return "{}, every year {:02}-{:02} to {:02}-{:02}".format(self.name, *self.first, *self.last)


@dataclass(frozen=True, kw_only=True)
class Closed:
    """Why nothing may go out now, and when that ends."""

    reason: str
    opens_at: datetime | None
    """The next moment at which a release may go out, in the calendar's zone; None: not within two years."""


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """The windows and freezes of one environment. Without windows every hour is one."""

    zone: ZoneInfo
    windows: tuple[Window, ...] = ()
    freezes: tuple[Freeze | YearlyFreeze, ...] = ()

    def closed(self, moment: datetime) -> Closed | None:
        """Why no release may go out at ``moment`` (aware); None when one may."""
        if moment.tzinfo is None:
            raise ValueError(f"the moment {moment} has no time zone")
        wall = self._wall(moment)
        reason = self._reason(wall)
        return None if reason is None else Closed(reason=reason, opens_at=self._opening_after(moment))

    def _reason(self, wall: datetime) -> str | None:
        frozen = [freeze for freeze in self.freezes if freeze.holds(wall)]
        if frozen:
            return f"freeze: {'; '.join(map(str, frozen))} ({self.zone.key})"
        if self.windows and not any(window.is_open(wall) for window in self.windows):
            return f"outside the release windows: {'; '.join(map(str, self.windows))} ({self.zone.key})"
        return None

    def _opening_after(self, moment: datetime) -> datetime | None:
        """The earliest moment after ``moment`` at which nothing stands in the way.

        Only the begin of a window, the end of a freeze, and a change of the clocks can open the calendar, so those
        moments alone are tried, from day to day.
        """
        day = self._wall(moment).date()
        for _ in range(_HORIZON):
            for at in sorted(self._edges(day)):
                if at > moment and self._reason(self._wall(at)) is None:
                    return at.astimezone(self.zone)
            day += timedelta(days=1)
        return None

    def _edges(self, day: date) -> set[datetime]:
        """The moments of a day at which the calendar may open, in UTC."""
        walls = {datetime.combine(day, start) for start in (_MIDNIGHT, *(window.start for window in self.windows))}
        walls |= {freeze.end for freeze in self.freezes if isinstance(freeze, Freeze) and freeze.end.date() == day}
        twice = {wall.replace(tzinfo=self.zone, fold=fold).astimezone(UTC) for wall in walls for fold in (0, 1)}
        return twice | self._changes_of_clocks(day)

    def _changes_of_clocks(self, day: date) -> set[datetime]:
        begin, end = (
            datetime.combine(at, _MIDNIGHT, self.zone).astimezone(UTC) for at in (day, day + timedelta(days=1))
        )
        offset = begin.astimezone(self.zone).utcoffset()
        if end.astimezone(self.zone).utcoffset() == offset:
            return set()
        while end - begin > _MINUTE:
            middle = begin + ((end - begin) // 2 // _MINUTE) * _MINUTE
            if middle.astimezone(self.zone).utcoffset() == offset:
                begin = middle
            else:
                end = middle
        return {end}

    def _wall(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone).replace(tzinfo=None, fold=0)


def _day(year: int, month_and_day: tuple[int, int]) -> date:
    try:
        return date(year, *month_and_day)
    except ValueError:
        return date(year, 2, 28)
