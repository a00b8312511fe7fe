"""When a schedule comes next."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from release.schedule_expression import check_expression
from sandbox.eventbridge.schedule_times import next_time

NOW = datetime(2026, 11, 24, 10, 30, tzinfo=UTC)  # a Tuesday


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("rate(1 hour)", "2026-11-24T11:00"),
        ("rate(2 days)", "2026-11-25T10:00"),
        ("at(2026-12-24T18:00:00)", "2026-12-24T18:00"),
        ("cron(0 3 * * ? *)", "2026-11-25T03:00"),
        ("cron(45 10 * * ? *)", "2026-11-24T10:45"),
        ("cron(30 10 * * ? *)", "2026-11-25T10:30"),
        ("cron(0/20 * * * ? *)", "2026-11-24T10:40"),
        ("cron(*/7 * * * ? *)", "2026-11-24T10:35"),
        ("cron(0 8-17/4 ? * MON-FRI *)", "2026-11-24T12:00"),
        ("cron(0 9 ? * MON *)", "2026-11-30T09:00"),
        ("cron(0 9 ? * 1 *)", "2026-11-29T09:00"),
        ("cron(0 9 ? * L *)", "2026-11-28T09:00"),
        ("cron(0 9 ? * FRIL *)", "2026-11-27T09:00"),
        ("cron(0 9 ? * 2#1 *)", "2026-12-07T09:00"),
        ("cron(0 9 L * ? *)", "2026-11-30T09:00"),
        ("cron(0 9 L-3 * ? *)", "2026-11-27T09:00"),
        ("cron(0 9 LW JAN ? *)", "2027-01-29T09:00"),
        ("cron(0 9 1W AUG ? *)", "2027-08-02T09:00"),
        ("cron(0 9 31W MAY ? 2026-2030)", "2027-05-31T09:00"),
        ("cron(0 9 15,20 DEC ? *)", "2026-12-15T09:00"),
        ("cron(0 0 29 2 ? *)", "2028-02-29T00:00"),
    ],
)
def test_the_first_moment_after_now(expression: str, expected: str) -> None:
    check_expression(expression)
    begun = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
    assert next_time(expression, "UTC", begun, NOW) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_a_rate_begins_when_the_schedule_is_made() -> None:
    assert next_time("rate(5 minutes)", "UTC", NOW, NOW.replace(minute=29)) == NOW


@pytest.mark.parametrize("expression", ["at(2026-11-24T10:30:00)", "cron(0 3 * * ? 2025)"])
def test_what_is_over_never_comes(expression: str) -> None:
    assert next_time(expression, "UTC", NOW, NOW) is None


def test_it_is_the_hour_of_the_schedules_time_zone() -> None:
    assert next_time("cron(0 3 * * ? *)", "Europe/Berlin", NOW, NOW) == datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
    summer = datetime(2027, 7, 1, tzinfo=UTC)
    assert next_time("cron(0 3 * * ? *)", "Europe/Berlin", NOW, summer) == summer.replace(hour=1)


def test_an_hour_that_the_clocks_leave_out_is_left_out_and_one_that_comes_twice_is_its_first() -> None:
    before_spring = datetime(2027, 3, 27, 12, tzinfo=UTC)  # Berlin goes from 02:00 to 03:00 on the 28th
    assert next_time("cron(30 2 * * ? *)", "Europe/Berlin", NOW, before_spring) == datetime(
        2027, 3, 29, 0, 30, tzinfo=UTC
    )
    before_autumn = datetime(2027, 10, 30, 12, tzinfo=UTC)  # and from 03:00 to 02:00 on the 31st
    first = next_time("cron(30 2 * * ? *)", "Europe/Berlin", NOW, before_autumn)
    assert first == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    assert next_time("cron(30 2 * * ? *)", "Europe/Berlin", NOW, first) == datetime(2027, 11, 1, 1, 30, tzinfo=UTC)
