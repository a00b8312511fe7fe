"""The rules of composite alarms."""

from __future__ import annotations

import pytest

from sandbox.cloudwatch.alarm_rule import RuleError, parse
from sandbox.cloudwatch.evaluation import State

STATES = {"bad": State.ALARM, "good": State.OK, "new": State.INSUFFICIENT_DATA, "with space": State.ALARM}


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        ("ALARM(bad)", True),
        ('ALARM("bad")', True),
        ('ALARM("with space")', True),
        ("ALARM(good)", False),
        ("OK(good)", True),
        ("INSUFFICIENT_DATA(new)", True),
        ("NOT ALARM(bad)", False),
        ("ALARM(bad) AND OK(good)", True),
        ("ALARM(bad) AND ALARM(good)", False),
        ("ALARM(good) OR ALARM(bad)", True),
        ("ALARM(bad) OR ALARM(good) AND ALARM(good)", True),
        ("(ALARM(bad) OR ALARM(good)) AND ALARM(good)", False),
        ("ALARM(bad) AND NOT (OK(good) OR ALARM(bad))", False),
        ("TRUE", True),
        ("FALSE", False),
        ("ALARM(arn:aws:cloudwatch:eu-west-1:111111111111:alarm:bad)", True),
        ('ALARM("arn:aws:cloudwatch:eu-west-1:111111111111:alarm:bad")', True),
        ("ALARM(gone)", False),
    ],
)
def test_a_rule_holds_as_its_alarms_stand(rule: str, *, holds: bool) -> None:
    assert parse(rule).holds(STATES.get) is holds


def test_a_rule_names_each_of_its_alarms_once() -> None:
    assert parse('ALARM(b) AND (OK("a") OR ALARM(b))').names == ("b", "a")


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "bad",
        "ALARM()",
        "ALARM(bad",
        "ALARM(bad) AND",
        "ALARM(bad) OK(good)",
        "ALARM(AND)(",
        "AT_LEAST(1, ALARM, (a, b))",
    ],
)
def test_what_is_no_rule_is_refused(rule: str) -> None:
    with pytest.raises(RuleError):
        parse(rule)
