"""Fargate and Fargate Spot (AWS: "CapacityProviderStrategyItem")."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from release.capacity import CapacityError, CapacityMix

MIXES = st.builds(CapacityMix, base=st.integers(0, 20), on_demand=st.integers(1, 1000), spot=st.integers(0, 1000))


def test_a_mix_is_a_strategy_in_ecss_words() -> None:
    assert CapacityMix(base=2, on_demand=1, spot=3).strategy == (
        {"capacityProvider": "FARGATE", "base": 2, "weight": 1},
        {"capacityProvider": "FARGATE_SPOT", "base": 0, "weight": 3},
    )


def test_capacity_that_gets_no_task_is_not_named() -> None:
    assert CapacityMix(base=2).strategy == ({"capacityProvider": "FARGATE", "base": 2, "weight": 1},)
    assert CapacityMix(on_demand=0, spot=1).strategy == ({"capacityProvider": "FARGATE_SPOT", "base": 0, "weight": 1},)


@pytest.mark.parametrize(
    ("mix", "said"),
    [
        ({"spot": 1001}, "spot is 1001; a weight is 0 to 1000"),
        ({"on_demand": -1}, "on_demand is -1"),
        ({"base": 100_001}, "base is 100001; allowed are 0 to 100000"),
        ({"on_demand": 0}, "both 0"),
        ({"base": 1, "on_demand": 0, "spot": 1}, "base is 1 and on_demand 0"),
    ],
)
def test_a_mix_that_ecs_does_not_take_is_refused(mix: dict[str, int], said: str) -> None:
    with pytest.raises(CapacityError, match=said):
        CapacityMix(**mix)


@given(MIXES)
def test_only_fargate_has_a_base_and_something_has_a_weight(mix: CapacityMix) -> None:
    assert [one["capacityProvider"] for one in mix.strategy if one["base"]] in ([], ["FARGATE"])
    assert sum(one["weight"] for one in mix.strategy) > 0


@given(MIXES, st.integers(0, 50))
def test_the_base_is_on_fargate_before_spot_gets_any(mix: CapacityMix, tasks: int) -> None:
    kept = mix.on_fargate(tasks)
    assert min(mix.base, tasks) <= kept <= tasks
    if not mix.spot:
        assert kept == tasks
