"""AWS's tables on "Configuring how CloudWatch alarms treat missing data", and what they leave out."""

from __future__ import annotations

import pytest

from sandbox.cloudwatch.evaluation import COMPARISONS, Condition, Missing, State, evaluate, evaluation_range

OK, ALARM, NO_DATA, KEPT = State.OK, State.ALARM, State.INSUFFICIENT_DATA, None
TREATMENTS = (Missing.MISSING, Missing.IGNORE, Missing.BREACHING, Missing.NOT_BREACHING)

# Data points oldest first, how many are filled in, and the state for each treatment in the order above.
THREE_OUT_OF_THREE = [
    ("0 - X - X", 0, (OK, OK, OK, OK)),
    ("0 - - - -", 2, (OK, OK, OK, OK)),
    ("- - - - -", 3, (NO_DATA, KEPT, ALARM, OK)),
    ("0 X X - X", 0, (ALARM, ALARM, ALARM, ALARM)),
    ("- - X - -", 2, (ALARM, KEPT, ALARM, OK)),
]
TWO_OUT_OF_THREE = [
    ("0 - X - X", 0, (ALARM, ALARM, ALARM, ALARM)),
    ("0 0 X 0 X", 0, (ALARM, ALARM, ALARM, ALARM)),
    ("0 - X - -", 1, (OK, OK, ALARM, OK)),
    ("- - - - 0", 2, (OK, OK, ALARM, OK)),
    ("- - - X -", 2, (ALARM, KEPT, ALARM, OK)),
]


def points(row: str) -> list[float | None]:
    """Newest first; the threshold of the tests is 1."""
    return [{"0": 0.0, "X": 2.0, "-": None}[sign] for sign in reversed(row.split())]


def make(needed: int, missing: Missing = Missing.MISSING, periods: int = 3) -> Condition:
    return Condition("GreaterThanThreshold", 1, periods, needed, missing)


@pytest.mark.parametrize(
    ("needed", "row", "filled", "states"),
    [(3, *row) for row in THREE_OUT_OF_THREE] + [(2, *row) for row in TWO_OUT_OF_THREE],
)
def test_every_row_of_awss_tables_gives_awss_states(
    needed: int, row: str, filled: int, states: tuple[State | None, ...]
) -> None:
    for missing, state in zip(TREATMENTS, states, strict=True):
        verdict = evaluate(make(needed, missing), points(row))
        assert (verdict.state, verdict.filled) == (state, filled), missing


@pytest.mark.parametrize("row", ["- - - - X", "- - - X -"])
def test_a_breach_that_is_younger_than_the_datapoints_to_alarm_is_not_yet_an_alarm(row: str) -> None:
    assert evaluate(make(3), points(row)).state is OK
    assert evaluate(make(3, Missing.IGNORE), points(row)).state is KEPT


def test_data_that_is_whole_is_judged_by_the_latest_periods_alone() -> None:
    assert evaluate(make(3), points("X X 0 0 0")).state is OK
    assert evaluate(make(3), points("0 0 X X X")).looked_at == (0, 1, 2)


def test_older_data_points_make_up_for_missing_ones() -> None:
    assert evaluate(make(3), points("0 X X - X")).looked_at == (0, 2, 3)


def test_the_evaluation_range_is_that_of_awss_example() -> None:
    assert evaluation_range(3) == 5


@pytest.mark.parametrize(
    ("comparison", "breaching"),
    [
        ("GreaterThanOrEqualToThreshold", [1, 2]),
        ("GreaterThanThreshold", [2]),
        ("LessThanThreshold", [0]),
        ("LessThanOrEqualToThreshold", [0, 1]),
    ],
)
def test_the_statistic_is_the_first_operand_of_the_comparison(comparison: str, breaching: list[float]) -> None:
    condition = Condition(comparison, 1, 1, 1)
    assert [value for value in (0, 1, 2) if condition.breaches(value)] == breaching
    assert comparison in COMPARISONS
