"""Metric math as alarms on services use it."""

from __future__ import annotations

import pytest

from sandbox.cloudwatch.metric_math import Grid, MathError, Series, parse

GRID = Grid(
    (0, 60, 120),
    60,
    {"m1": {0: 5.0, 60: 0.0, 120: 30.0}, "m2": {0: 10.0, 60: 0.0, 120: 60.0}, "gap": {0: 1.0, 120: 3.0}, "none": {}},
)


@pytest.mark.parametrize(
    ("text", "series"),
    [
        ("m1", {0: 5, 60: 0, 120: 30}),
        ("m1 / m2 * 100", {0: 50, 120: 50}),  # at 60 there is nothing to divide by
        ("m1/m2*100", {0: 50, 120: 50}),
        ("m1 + m2", {0: 15, 60: 0, 120: 90}),
        ("m1 + gap", {0: 6, 120: 33}),
        ("2 + 3 * 4", {0: 14, 60: 14, 120: 14}),
        ("(2 + 3) * -4", {0: -20, 60: -20, 120: -20}),
        ("2 ^ 3", {0: 8, 60: 8, 120: 8}),
        ("m1 - 5", {0: 0, 60: -5, 120: 25}),
        ("FILL(gap, 0)", {0: 1, 60: 0, 120: 3}),
        ("FILL(gap, REPEAT)", {0: 1, 60: 1, 120: 3}),
        ("FILL(gap, LINEAR)", {0: 1, 60: 2, 120: 3}),
        ("FILL(none, 7)", {0: 7, 60: 7, 120: 7}),
        ("SUM([m1, gap])", {0: 6, 60: 0, 120: 33}),
        ("SUM([m1, none])", {0: 5, 60: 0, 120: 30}),
        ("MAX([none, none])", {}),
        ("SUM([2, 3])", {0: 5, 60: 5, 120: 5}),
        ("AVG([m1, m2])", {0: 7.5, 60: 0, 120: 45}),
        ("MIN([m1, m2])", {0: 5, 60: 0, 120: 30}),
        ("MAX([m1, 8])", {0: 8, 60: 8, 120: 30}),
        ("SUM(m1)", {0: 35, 60: 35, 120: 35}),
        ("m1 / SUM(m1) * 0 + MAX(m2)", {0: 60, 60: 60, 120: 60}),
        ("IF(m2 > 0, m1 / m2, 0)", {0: 0.5, 60: 0, 120: 0.5}),
        ("IF(m2 > 5, 1)", {0: 1, 120: 1}),
        ("IF(m1 > 1 AND m2 < 20, 1, 0)", {0: 1, 60: 0, 120: 0}),
        ("IF(m1 == 0 || m2 >= 60, 1, 0)", {0: 0, 60: 1, 120: 1}),
        ("m1 / PERIOD(m1)", {0: 5 / 60, 60: 0, 120: 0.5}),
        ("ABS(m1 - 10)", {0: 5, 60: 10, 120: 20}),
        ("CEIL(m1 / 4) - FLOOR(m1 / 4)", {0: 1, 60: 0, 120: 1}),
        ("none + m1", {}),
    ],
)
def test_an_expression_has_the_value_that_it_says(text: str, series: Series) -> None:
    assert parse(text).series(GRID) == pytest.approx(series)


def test_an_expression_names_each_of_the_ids_that_it_needs_once() -> None:
    assert parse("FILL(m1, 0) / (m1 + m2)").ids == ("m1", "m2")


@pytest.mark.parametrize("name", ["SEARCH", "ANOMALY_DETECTION_BAND", "METRICS", "RATE"])
def test_a_function_that_is_not_imitated_is_refused_by_name(name: str) -> None:
    with pytest.raises(MathError, match=f"does not imitate {name}"):
        parse(f"{name}(m1)")


@pytest.mark.parametrize("text", ["", "m1 +", "(m1", "m1 m2", "IF(m1)", "M1", "m1 & m2", "FILL(m1)", "SELECT AVG(x)"])
def test_what_is_no_expression_is_refused(text: str) -> None:
    with pytest.raises(MathError):
        parse(text)


def test_an_unknown_id_and_an_array_for_one_series_are_refused() -> None:
    with pytest.raises(MathError, match="no metric or expression 'm9'"):
        parse("m9").series(GRID)
    with pytest.raises(MathError, match="array"):
        parse("[m1, m2]").series(GRID)
