"""Statistics of what was measured."""

from __future__ import annotations

import pytest

from sandbox.cloudwatch.samples import Samples, is_statistic, statistic


def measured(*values: float) -> Samples:
    samples = Samples()
    for value in values:
        samples.add(value)
    return samples


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SampleCount", 4),
        ("Sum", 16),
        ("Average", 4),
        ("Minimum", 1),
        ("Maximum", 9),
        ("p50", 2),
        ("p75", 4),
        ("p99", 9),
        ("p100", 9),
    ],
)
def test_statistics_are_those_of_all_values(name: str, value: float) -> None:
    assert statistic(name, measured(1, 2, 4, 9)) == value


def test_nothing_measured_has_no_statistics_not_even_a_count_of_zero() -> None:
    assert [statistic(name, Samples()) for name in ("SampleCount", "Sum", "p99")] == [None, None, None]


def test_values_weigh_as_often_as_they_were_measured() -> None:
    samples = Samples()
    samples.add(0.05, 99)
    samples.add(3.0, 1)
    assert statistic("p99", samples) == 0.05
    assert statistic("p99.9", samples) == 3.0
    assert statistic("Average", samples) == pytest.approx(0.0795)


def test_a_statistic_set_gives_all_but_percentiles() -> None:
    samples = measured(5)
    samples.add_set(count=3, total=6, least=1, greatest=3)
    found = {name: statistic(name, samples) for name in ("SampleCount", "Sum", "Minimum", "Maximum", "p50")}
    assert found == {"SampleCount": 4, "Sum": 11, "Minimum": 1, "Maximum": 5, "p50": None}


def test_a_statistic_set_of_equal_values_gives_percentiles_too() -> None:
    samples = Samples()
    samples.add_set(count=3, total=6, least=2, greatest=2)
    assert statistic("p50", samples) == 2


@pytest.mark.parametrize("name", ["tm90", "IQM", "average", "p101", "p", ""])
def test_other_statistics_are_refused_by_name(name: str) -> None:
    assert not is_statistic(name)
    with pytest.raises(ValueError, match="is not one of SampleCount"):
        statistic(name, measured(1))
