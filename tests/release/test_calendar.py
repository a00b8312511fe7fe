"""When releases may go out: windows and freezes, through daylight saving, new year and leap days."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from release.calendar import Calendar, Freeze, Weekday, Window, YearlyFreeze

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
WORKDAYS = frozenset({Weekday.MON, Weekday.TUE, Weekday.WED, Weekday.THU, Weekday.FRI})
EVERY_DAY = frozenset(Weekday)


def at(text: str, zone: ZoneInfo = BERLIN, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def window(start: str, end: str, days: frozenset[Weekday] = EVERY_DAY) -> Window:
    return Window(days=days, start=time.fromisoformat(start), end=time.fromisoformat(end))


def opens(calendar: Calendar, moment: datetime) -> datetime | None:
    closed = calendar.closed(moment)
    assert closed is not None
    return closed.opens_at and closed.opens_at.astimezone(UTC)  # times that come twice equal none of another zone


def test_without_windows_and_freezes_every_moment_is_open() -> None:
    assert Calendar(zone=BERLIN).closed(utc("2026-11-23T03:00")) is None


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [("2026-11-23T08:59", False), ("2026-11-23T09:00", True), ("2026-11-23T15:59", True), ("2026-11-23T16:00", False),
     ("2026-11-22T10:00", False)],
)  # fmt: skip
def test_a_window_is_open_from_its_start_to_just_before_its_end_on_its_days(moment: str, is_open: bool) -> None:  # noqa: FBT001
    calendar = Calendar(zone=BERLIN, windows=(window("09:00", "16:00", WORKDAYS),))
    assert (calendar.closed(at(moment)) is None) is is_open


def test_a_closed_window_says_which_windows_there_are_and_when_the_next_one_opens() -> None:
    calendar = Calendar(zone=BERLIN, windows=(window("09:00", "16:00", WORKDAYS),))
    closed = calendar.closed(at("2026-11-20T17:00"))  # a Friday
    assert closed is not None
    assert closed.reason == ("outside the release windows: Mon, Tue, Wed, Thu, Fri 09:00 to 16:00 (Europe/Berlin)")
    assert closed.opens_at == at("2026-11-23T09:00")


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [("2026-11-20T21:59", False), ("2026-11-20T22:00", True), ("2026-11-21T01:59", True), ("2026-11-21T02:00", False),
     ("2026-11-21T22:30", False)],
)  # fmt: skip
def test_a_window_past_midnight_belongs_to_the_day_it_begins_on(moment: str, is_open: bool) -> None:  # noqa: FBT001
    calendar = Calendar(zone=BERLIN, windows=(window("22:00", "02:00", frozenset({Weekday.FRI})),))
    assert (calendar.closed(at(moment)) is None) is is_open


@pytest.mark.parametrize(
    ("zone", "winter", "summer"),
    [(BERLIN, "2026-03-27T08:00", "2026-03-30T07:00"), (NEW_YORK, "2026-03-06T14:00", "2026-03-09T13:00")],
)
def test_a_window_opens_at_the_same_wall_clock_time_before_and_after_clocks_go_forward(
    zone: ZoneInfo, winter: str, summer: str
) -> None:
    calendar = Calendar(zone=zone, windows=(window("09:00", "10:00", WORKDAYS),))
    for opening in (utc(winter), utc(summer)):
        assert calendar.closed(opening) is None
        assert opens(calendar, opening.replace(minute=59, hour=opening.hour - 1)) == opening


@pytest.mark.parametrize(("zone", "day"), [(BERLIN, "2026-03-29"), (NEW_YORK, "2026-03-08")])
def test_a_window_in_the_hour_that_clocks_skip_does_not_open_that_day(zone: ZoneInfo, day: str) -> None:
    calendar = Calendar(zone=zone, windows=(window("02:00", "03:00"),))
    opening = opens(calendar, at(f"{day}T00:30", zone))
    assert opening is not None
    assert opening == at(f"{day[:-2]}{int(day[-2:]) + 1:02}T02:00", zone)


@pytest.mark.parametrize(("zone", "day"), [(BERLIN, "2026-03-29"), (NEW_YORK, "2026-03-08")])
def test_a_window_that_begins_in_the_hour_that_clocks_skip_opens_when_they_go_forward(zone: ZoneInfo, day: str) -> None:
    calendar = Calendar(zone=zone, windows=(window("02:30", "04:00"),))
    assert opens(calendar, at(f"{day}T00:30", zone)) == at(f"{day}T03:00", zone)


@pytest.mark.parametrize(("zone", "moment"), [(BERLIN, "2026-10-25T02:30"), (NEW_YORK, "2026-11-01T01:30")])
def test_the_hour_that_comes_twice_is_in_its_window_both_times(zone: ZoneInfo, moment: str) -> None:
    start = moment[-5:-2] + "00"
    calendar = Calendar(zone=zone, windows=(window(start, f"{int(start[:2]) + 1:02}:00"),))
    first, second = at(moment, zone), at(moment, zone, fold=1)
    assert second.astimezone(UTC) > first.astimezone(UTC)
    assert calendar.closed(first.astimezone(UTC)) is None
    assert calendar.closed(second.astimezone(UTC)) is None


def test_a_window_opens_a_second_time_when_clocks_go_back_into_it() -> None:
    calendar = Calendar(zone=BERLIN, windows=(window("01:00", "02:30"),))
    assert opens(calendar, utc("2026-10-25T00:45")) == utc("2026-10-25T01:00")
    calendar = Calendar(zone=BERLIN, windows=(window("02:30", "02:45"),))
    assert opens(calendar, utc("2026-10-25T00:50")) == utc("2026-10-25T01:30")


def test_a_freeze_holds_from_its_start_to_just_before_its_end_and_not_before() -> None:
    freeze = Freeze(name="move", start=datetime(2026, 11, 27, 18), end=datetime(2026, 11, 30, 8))  # noqa: DTZ001
    calendar = Calendar(zone=BERLIN, freezes=(freeze,))
    assert calendar.closed(at("2026-11-27T17:59")) is None
    closed = calendar.closed(at("2026-11-27T18:00"))
    assert closed is not None
    assert closed.reason == "freeze: move, 2026-11-27 18:00 to 2026-11-30 08:00 (Europe/Berlin)"
    assert closed.opens_at == at("2026-11-30T08:00")
    assert calendar.closed(at("2026-11-30T08:00")) is None


def test_a_freeze_over_new_year_comes_back_every_year() -> None:
    calendar = Calendar(zone=NEW_YORK, freezes=(YearlyFreeze(name="new year", first=(12, 20), last=(1, 5)),))
    for year in (2025, 2026):
        assert calendar.closed(at(f"{year}-12-19T23:59", NEW_YORK)) is None
        assert opens(calendar, at(f"{year}-12-20T00:00", NEW_YORK)) == at(f"{year + 1}-01-06T00:00", NEW_YORK)
        assert opens(calendar, at(f"{year + 1}-01-05T23:59", NEW_YORK)) == at(f"{year + 1}-01-06T00:00", NEW_YORK)


@pytest.mark.parametrize(("moment", "frozen"), [("2028-02-29T12:00", True), ("2027-02-28T12:00", True),
                                                 ("2028-02-28T12:00", False), ("2027-03-01T00:00", False)])  # fmt: skip
def test_a_freeze_of_the_leap_day_is_on_the_last_day_of_february(moment: str, frozen: bool) -> None:  # noqa: FBT001
    calendar = Calendar(zone=BERLIN, freezes=(YearlyFreeze(name="leap day", first=(2, 29), last=(2, 29)),))
    assert (calendar.closed(at(moment)) is not None) is frozen


def test_after_a_freeze_the_next_window_is_the_opening() -> None:
    calendar = Calendar(
        zone=BERLIN,
        windows=(window("09:00", "16:00", WORKDAYS),),
        freezes=(YearlyFreeze(name="new year", first=(12, 20), last=(1, 1)),),
    )
    assert opens(calendar, at("2026-12-24T10:00")) == at("2027-01-04T09:00")  # 2 January is a Saturday


def test_what_never_opens_again_says_so() -> None:
    calendar = Calendar(zone=BERLIN, freezes=(YearlyFreeze(name="end of life", first=(1, 1), last=(12, 31)),))
    assert opens(calendar, at("2026-12-24T10:00")) is None


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31)),  # noqa: DTZ001
    st.sampled_from([BERLIN, NEW_YORK]),
    st.times(), st.times(), st.sets(st.sampled_from(list(Weekday)), min_size=1),
)  # fmt: skip
def test_the_calendar_is_closed_until_the_moment_it_names_and_open_then(
    naive: datetime, zone: ZoneInfo, start: time, end: time, days: set[Weekday]
) -> None:
    calendar = Calendar(
        zone=zone,
        windows=(Window(days=frozenset(days), start=start.replace(second=0, microsecond=0),
                        end=end.replace(second=0, microsecond=0)),),
        freezes=(YearlyFreeze(name="new year", first=(12, 20), last=(1, 5)),),
    )  # fmt: skip
    moment = naive.replace(tzinfo=UTC, second=0, microsecond=0)
    closed = calendar.closed(moment)
    if closed is None or closed.opens_at is None:
        return
    opening = closed.opens_at.astimezone(UTC)
    assert opening > moment
    assert calendar.closed(opening) is None
    halfway = moment + (opening - moment) / 2
    assert calendar.closed(halfway) is not None
    assert calendar.closed(opening - timedelta(minutes=1)) is not None
