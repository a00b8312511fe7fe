"""Windows and freezes of a stack file: what they come to, and what is said of those that are wrong."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from release.calendar import Calendar
from stacks.settings import SettingsError, parse
from stacks.stack_file import read
from tests.stacks.test_settings import GOOD, SOURCE, refusal, top

FILE = """
config:
  slipway:aws: {account: "111111111111", region: eu-west-1}
  slipway:services: {}
  slipway:releases:
    zone: Europe/Berlin
    windows:
      - {days: [mon, tue, wed, thu], from: "09:00", to: "16:00"}
    freezes:
      - {name: summer sale, from: "2026-07-01", to: "2026-07-02"}
      - {name: move, from: "2026-07-06T10:00", to: "2026-07-06T12:30"}
      - {name: new year, everyYear: true, from: "12-20", to: "01-06"}
"""
WINDOW = {"days": ["mon"], "from": "09:00", "to": "16:00"}
FREEZE = {"name": "sale", "from": "2026-07-01", "to": "2026-07-02"}


def calendar_of(file: Path, text: str) -> Calendar:
    file.write_text(text)
    calendar = parse("test", read(file), file.name).calendar
    assert calendar is not None
    return calendar


@pytest.mark.parametrize(
    ("moment", "reason"),
    [
        ("2026-07-07T06:59", "outside the release windows"),
        ("2026-07-07T07:00", ""),
        ("2026-07-07T13:59", ""),
        ("2026-07-07T14:00", "outside the release windows"),
        ("2026-07-10T10:00", "outside the release windows"),
        ("2026-07-01T10:00", "summer sale"),
        ("2026-07-02T13:00", "summer sale"),
        ("2026-07-06T07:30", ""),
        ("2026-07-06T08:30", "move"),
        ("2026-07-06T10:30", ""),
        ("2031-01-06T14:00", "new year"),
        ("2031-01-07T14:00", ""),
        ("2026-12-07T08:30", ""),
        ("2026-12-07T15:30", "outside the release windows"),
    ],
)
def test_windows_and_freezes_hold_by_the_wall_clock_of_their_zone(tmp_path: Path, moment: str, reason: str) -> None:
    """Moments are in UTC: Berlin is two hours ahead in summer, one in winter."""
    closed = calendar_of(tmp_path / SOURCE, FILE).closed(datetime.fromisoformat(moment).replace(tzinfo=UTC))
    if reason:
        assert closed is not None
        assert reason in closed.reason
    else:
        assert closed is None


def test_the_gates_ask_the_calendar_of_the_stack_file() -> None:
    settings = parse("test", releases(windows=[WINDOW]), SOURCE)
    assert settings.calendar is not None
    assert settings.demands.calendar == settings.calendar


def test_a_stack_file_without_releases_has_no_calendar() -> None:
    assert parse("test", GOOD, SOURCE).calendar is None


def test_a_zone_alone_closes_nothing() -> None:
    calendar = parse("test", top(releases={"zone": "Asia/Kolkata"}), SOURCE).calendar
    assert calendar is not None
    assert calendar.closed(datetime(2026, 12, 25, tzinfo=UTC)) is None


def test_a_window_from_midnight_to_midnight_is_the_whole_day() -> None:
    window = WINDOW | {"from": "00:00", "to": "00:00"}
    calendar = parse("test", releases(windows=[window]), SOURCE).calendar
    assert calendar is not None
    monday = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
    assert calendar.closed(monday) is None
    assert calendar.closed(monday + timedelta(hours=24, minutes=-1)) is None
    assert calendar.closed(monday + timedelta(hours=24)) is not None


def releases(**changed: object) -> dict[str, Any]:
    return top(releases={"zone": "Europe/Berlin", **changed})


def window(**changed: object) -> dict[str, Any]:
    return releases(windows=[WINDOW, WINDOW | changed])


def freeze(**changed: object) -> dict[str, Any]:
    return releases(freezes=[FREEZE | changed])


MISTAKES: tuple[tuple[str, dict[str, Any], tuple[str, ...]], ...] = (
    ("no zone", top(releases={"windows": [WINDOW]}), ("releases.zone", "missing")),
    ("an unknown zone", releases(zone="Europe/Berln"), ("releases.zone", "'Europe/Berln'", "'Europe/Berlin'")),
    ("a path for a zone", releases(zone="../etc/passwd"), ("releases.zone", "like Europe/Berlin")),
    ("a folder of zones", releases(zone="Europe"), ("releases.zone", "like Europe/Berlin")),
    ("the machine's own zone", releases(zone="localtime"), ("releases.zone", "like Europe/Berlin")),
    ("a number for a zone", releases(zone=1), ("releases.zone", "1", "quotes")),
    ("windows as a mapping", releases(windows=WINDOW), ("releases.windows", "must be a list")),
    ("a window as text", releases(windows=["mon"]), ("releases.windows.0", "'mon'", "mapping")),
    ("a misspelt key of a window", window(form="09:00"), ("windows.1.form", "did you mean 'from'", "days, from, to")),
    ("a window without its end", releases(windows=[{"days": ["mon"], "from": "09:00"}]), ("windows.0.to", "missing")),
    ("no days", window(days=[]), ("windows.1.days", "1 entries")),
    ("one day as text", window(days="mon"), ("windows.1.days", "'mon'", "must be a list")),
    ("a day in full", window(days=["monday"]), ("windows.1.days.0", "'monday'", "did you mean 'mon'", "mon, tue")),
    ("a day that YAML takes for yes", window(days=[True]), ("windows.1.days.0", "True", "quotes")),
    ("a day twice", window(days=["mon", "mon"]), ("windows.1.days", "twice")),
    ("a time that YAML takes for a number", window(to=960), ("windows.1.to", "960", "quotes")),
    ("an hour without its zero", window(**{"from": "9:00"}), ("windows.1.from", "'9:00'", '"09:00"', "quotes")),
    ("twenty-four o'clock", window(to="24:00"), ("windows.1.to", "'24:00'", 'midnight is "00:00"')),
    ("a time in Arabic digits", window(to="1\N{ARABIC-INDIC DIGIT ONE}:00"), ("windows.1.to", "quotes")),
    ("a freeze without a name", releases(freezes=[{"from": "2026-07-01", "to": "2026-07-02"}]), ("freezes.0.name",)),
    ("a freeze whose name is empty", freeze(name=""), ("freezes.0.name", "empty")),
    ("a freeze in snake case", freeze(every_year=True), ("freezes.0.every_year", "did you mean 'everyYear'")),
    ("yes in quotes", freeze(everyYear="true"), ("freezes.0.everyYear", "'true'", "without quotes")),
    (
        "a date without quotes, as PyYAML reads it",
        freeze(to=datetime(2026, 7, 2, tzinfo=UTC).date()),
        ("freezes.0.to", "2026, 7, 2", "quotes"),
    ),
    (
        "a date without quotes, as Pulumi reads it",
        freeze(to="2026-12-20 00:00:00 +0000 UTC"),
        ("freezes.0.to", "2026-12-20 00:00:00", "quotes"),
    ),
    ("a day that is not", freeze(to="2026-02-30"), ("freezes.0.to", "2026-02-30", "no such day")),
    ("an hour that is not", freeze(to="2026-07-02T24:01"), ("freezes.0.to", "no such day or time")),
    ("a moment with a zone of its own", freeze(to="2026-07-02T10:00Z"), ("freezes.0.to", "2026-12-20T18:00")),
    ("a freeze that ends before it begins", freeze(to="2026-06-30"), ("freezes.0.to", "2026-06-30", "2026-07-01")),
    ("an empty freeze", freeze(to="2026-07-01T00:00"), ("freezes.0.to", "must be later")),
    ("a yearly freeze with years", freeze(everyYear=True), ("freezes.0.from", "2026-07-01", '"12-20"')),
    ("a single freeze without its year", freeze(**{"from": "07-01"}), ("freezes.0.from", "07-01", "2026-12-20")),
    (
        "30 February of every year",
        freeze(everyYear=True, **{"from": "02-30", "to": "03-01"}),
        ("freezes.0.from", "02-30", "no such day"),
    ),
    ("a misspelt part of releases", releases(window=[]), ("releases.window", "did you mean 'windows'")),
)


@pytest.mark.parametrize(("config", "named"), [case[1:] for case in MISTAKES], ids=[case[0] for case in MISTAKES])
def test_a_mistake_names_file_key_value_and_what_is_allowed(config: dict[str, Any], named: tuple[str, ...]) -> None:
    said = refusal(config)
    for name in named:
        assert name in said
    for line in said.splitlines():
        assert line.startswith(f"{SOURCE}: slipway:releases"), line
        assert len(line) < 300


def test_times_and_dates_without_quotes_are_refused_as_pyyaml_reads_them(tmp_path: Path) -> None:
    file = tmp_path / SOURCE
    bare = FILE.replace('"16:00"', "16:00").replace('"2026-07-02"', "2026-07-02")
    file.write_text(bare)
    with pytest.raises(SettingsError) as refused:
        parse("test", read(file), file.name)
    assert [mistake.path for mistake in refused.value.mistakes] == [
        "slipway:releases.windows.0.to",
        "slipway:releases.freezes.0.to",
    ]
    assert all("in quotes" in mistake.problem for mistake in refused.value.mistakes)


def test_29_february_may_be_frozen_every_year() -> None:
    leap = {"name": "audit", "everyYear": True, "from": "02-29", "to": "02-29"}
    calendar = parse("test", releases(freezes=[leap]), SOURCE).calendar
    assert calendar is not None
    assert calendar.closed(datetime(2027, 2, 28, 12, tzinfo=UTC)) is not None
    assert calendar.closed(datetime(2028, 2, 28, 12, tzinfo=UTC)) is None
    assert calendar.closed(datetime(2028, 2, 29, 12, tzinfo=UTC)) is not None


@pytest.mark.parametrize("attempt", [0, 100, -1])
def test_an_attempt_outside_its_bounds_is_refused(attempt: int) -> None:
    config = copy.deepcopy(dict(GOOD))
    config["services"]["auth-service"]["attempt"] = attempt
    said = refusal(config)
    assert f"services.auth-service.attempt is {attempt}: allowed are 1 to 99" in said


def test_a_release_is_the_first_attempt_unless_the_stack_file_says_otherwise() -> None:
    config = copy.deepcopy(dict(GOOD))
    assert parse("test", config, SOURCE).services["auth-service"].attempt == 1
    config["services"]["auth-service"]["attempt"] = 2
    assert parse("test", config, SOURCE).services["auth-service"].attempt == 2


DAYS = st.sets(st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]), min_size=1).map(sorted)
HOURS = st.times().map("{:%H:%M}".format)
WINDOWS = st.fixed_dictionaries({"days": DAYS, "from": HOURS, "to": HOURS})
DATES = st.dates(min_value=datetime(2026, 1, 1, tzinfo=UTC).date(), max_value=datetime(2027, 12, 31, tzinfo=UTC).date())


@given(
    st.lists(WINDOWS, min_size=1, max_size=3),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis wants them naive
)
def test_a_moment_is_open_when_a_window_has_its_day_and_hour(windows: list[dict[str, Any]], moment: datetime) -> None:
    """Told anew by minutes of the week, in UTC, where no clock changes."""
    calendar = parse("test", top(releases={"zone": "UTC", "windows": windows}), SOURCE).calendar
    assert calendar is not None
    assert (calendar.closed(moment) is None) == any(_told_anew(window, moment) for window in windows)


def _told_anew(window: dict[str, Any], moment: datetime) -> bool:
    week = 7 * 24 * 60
    now = (moment.weekday() * 24 + moment.hour) * 60 + moment.minute
    start, end = (int(text[:2]) * 60 + int(text[3:]) for text in (window["from"], window["to"]))
    length = (end - start) % (24 * 60) or 24 * 60
    begins = (["mon", "tue", "wed", "thu", "fri", "sat", "sun"].index(day) * 24 * 60 + start for day in window["days"])
    return any((now - begin) % week < length for begin in begins)


@given(DATES, DATES, DATES)
def test_the_last_day_of_a_freeze_is_frozen_to_its_end(first: Any, last: Any, day: Any) -> None:
    first, last = sorted((first, last))
    frozen = {"name": "x", "from": f"{first}", "to": f"{last}"}
    calendar = parse("test", top(releases={"zone": "UTC", "freezes": [frozen]}), SOURCE).calendar
    assert calendar is not None
    for hour in ("00:00", "23:59"):
        moment = datetime.fromisoformat(f"{day}T{hour}").replace(tzinfo=UTC)
        assert (calendar.closed(moment) is not None) == (first <= day <= last)
