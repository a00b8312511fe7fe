"""Strategies on a command line."""

from __future__ import annotations

import pytest

from rollout.strategy import Shifting, Strategy
from rollout.strategy_text import parse


@pytest.mark.parametrize(
    ("text", "strategy", "step", "step_bake", "bake"),
    [
        ("canary:10%,5m", Strategy.CANARY, 10, 300, 0),
        ("canary", Strategy.CANARY, 5, 600, 0),
        ("canary:0.1%,0m", Strategy.CANARY, 0.1, 0, 0),
        ("linear:20%,5m,bake=1h", Strategy.LINEAR, 20, 300, 3600),
        ("linear", Strategy.LINEAR, 10, 360, 0),
        ("linear: 33.3% , 60s", Strategy.LINEAR, 33.3, 60, 0),
        ("blue_green:bake=10m", Strategy.BLUE_GREEN, 100, 0, 600),
        ("BLUE-GREEN", Strategy.BLUE_GREEN, 100, 0, 0),
    ],
)
def test_a_strategy_is_read_with_ecs_s_defaults_for_what_it_leaves_out(
    text: str, strategy: Strategy, step: float, step_bake: float, bake: float
) -> None:
    assert parse(text) == Shifting(strategy=strategy, step=step, step_bake=step_bake, bake=bake)


def test_rolling_shifts_no_traffic() -> None:
    assert parse("rolling") is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("purple", "strategy 'purple' is unknown; choose one of rolling, blue_green, linear, canary"),
        ("rolling:5m", "strategy rolling: '5m' is not understood; it takes nothing more"),
        ("blue_green:10%", "strategy blue_green: '10%' is not understood; write blue_green"),
        ("canary:x%", "strategy canary: 'x%' is not understood; write canary:10%,5m"),
        ("canary:10%,5", "strategy canary: '5' is not understood; write canary:10%,5m"),
        ("linear:2%", "strategy linear: ECS takes a step from 3% to 100% in tenths of a percent, got 2%"),
        ("canary:0.05%", "strategy canary: ECS takes a step from 0.1% to 100% in tenths of a percent, got 0.05%"),
        ("canary:nan%", "strategy canary: ECS takes a step from 0.1% to 100%"),
        ("canary:90s", "strategy canary: ECS takes bake times of whole minutes from 0m to 1440m, got 90s"),
        ("blue_green:bake=25h", "strategy blue_green: ECS takes bake times of whole minutes from 0m to 1440m"),
    ],
)
def test_what_ecs_would_refuse_is_refused_in_words_for_people(text: str, said: str) -> None:
    with pytest.raises(ValueError, match="strategy") as raised:
        parse(text)
    assert said in str(raised.value)
