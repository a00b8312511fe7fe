"""What EventBridge Scheduler takes as a schedule, and what is refused before it is asked."""

from __future__ import annotations

import pytest

from release.schedule_expression import check_expression, check_time_zone


@pytest.mark.parametrize(
    "expression",
    [
        "cron(0 3 * * ? *)",
        "cron(0/15 8-17 ? * MON-FRI *)",
        "cron(15,45 0 1,15 JAN,JUL ? 2026-2030)",
        "cron(0 5 L * ? *)",
        "cron(0 5 LW * ? *)",
        "cron(0 5 3W * ? *)",
        "cron(0 5 ? * 6L *)",
        "cron(0 5 ? * FRIL *)",
        "cron(0 5 ? * tue#1 *)",
        "cron(0 5 ? * 2#5 2026/2)",
        "rate(1 minute)",
        "rate(1 day)",
        "rate(6 hours)",
        "at(2026-12-24T18:00:00)",
    ],
)
def test_what_scheduler_takes_is_taken(expression: str) -> None:
    check_expression(expression)


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("0 3 * * ? *", "write cron"),
        ("cron(0 3 * * *)", "there are 5 fields; cron has 6"),
        ("cron(60 3 * * ? *)", "minute is '60'; allowed are 0 to 59"),
        ("cron(0 24 * * ? *)", "hour is '24'"),
        ("cron(0 3 32 * ? *)", "day of the month is '32'"),
        ("cron(0 3 0W * ? *)", "day of the month is '0'"),
        ("cron(0 3 * FOO ? *)", "month is 'FOO'; allowed are 1 to 12 or JAN to DEC"),
        ("cron(0 3 ? * 8 *)", "day of the week is '8'"),
        ("cron(0 3 ? * MON#6 *)", "day of the week is 'MON#6'"),
        ("cron(0 3 * * ? 1969)", "year is '1969'"),
        ("cron(0 3 * * * *)", "one of the day of the month and the day of the week is"),
        ("cron(0 3 ? * ? *)", "one of the day of the month and the day of the week is"),
        ("cron(0 17-8 * * ? *)", "from the smaller to the larger"),
        ("cron(0/0 3 * * ? *)", "after '/' stands a whole number"),
        ("cron(L 3 * * ? *)", "minute is 'L'"),
        ("rate(0 days)", "a whole number above 0"),
        ("rate(1 days)", "a whole number above 0"),
        ("rate(2 day)", "a whole number above 0"),
        ("rate(1 week)", "a whole number above 0"),
        ("at(2026-02-30T00:00:00)", "write the moment as"),
        ("at(tomorrow)", "write the moment as"),
        (f"cron({'0,' * 200}0 3 * * ? *)", "write cron"),
    ],
)
def test_what_scheduler_would_refuse_is_refused_with_what_to_write(expression: str, words: str) -> None:
    with pytest.raises(ValueError, match="schedule is ") as refused:
        check_expression(expression)
    assert words in str(refused.value)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"])
def test_a_time_zone_is_one_that_iana_names(zone: str) -> None:
    check_time_zone(zone)


@pytest.mark.parametrize("zone", ["", "Berlin", "CEST", "UTC+1", "../UTC"])
def test_any_other_time_zone_is_refused(zone: str) -> None:
    with pytest.raises(ValueError, match="as IANA names it"):
        check_time_zone(zone)
