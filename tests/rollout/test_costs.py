"""What each number costs in seconds of every deploy, as the model says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rollout.alarms import Alarms
from rollout.behaviour import parse
from rollout.costs import KNOBS, Cost, costs
from rollout.prediction import predict
from rollout.revision import TargetCheck
from rollout.settings import Settings
from rollout.strategy_text import parse as parse_strategy
from rollout.timing_lint import Setting
from tests.rollout.worlds import BREAKER, revision

SLOW = TargetCheck()
"""Elastic Load Balancing's own defaults: the ones that make deploys slow."""


def of(target: TargetCheck | None = SLOW, behave: str = "", **settings: Any) -> dict[Setting, Cost]:
    how = Settings(**({"desired_count": 2, "breaker": BREAKER} | settings))
    found = costs(how, revision("old", target=target), revision("new", behave, target=target))
    return {cost.setting: cost for cost in found}


def test_draining_costs_all_its_seconds() -> None:
    assert of()[Setting.DEREGISTRATION_DELAY].good == 300


def test_checks_cost_interval_times_threshold_less_the_least_that_aws_allows() -> None:
    assert of()[Setting.INTERVAL].good == (30 - 5) * 5
    assert of()[Setting.HEALTHY_THRESHOLD].good == (5 - 2) * 30


def test_batches_make_a_number_cost_once_a_batch() -> None:
    """With 150 % of 2 tasks one is replaced after the other."""
    assert of(maximum_percent=150)[Setting.HEALTHY_THRESHOLD].good == 2 * (5 - 2) * 30
    assert of(maximum_percent=150)[Setting.MAXIMUM_PERCENT].good > 0
    assert of()[Setting.MAXIMUM_PERCENT].good == 0


def test_a_cost_is_the_difference_of_two_predictions() -> None:
    how, old, new = Settings(desired_count=2, breaker=BREAKER), revision("old"), revision("new")
    quick = replace(new, stop_timeout=0)
    difference = predict(how, old, new).duration - predict(how, replace(old, stop_timeout=0), quick).duration
    assert {cost.setting: cost.good for cost in costs(how, old, new)}[Setting.STOP_TIMEOUT] == difference == 2


def test_grace_costs_a_good_deploy_nothing_and_keeps_a_bad_one_alive() -> None:
    cost = of(target=replace(SLOW, interval=5), grace_period=120)[Setting.GRACE_PERIOD]
    assert (cost.good, cost.bad) == (0, 2 * (120 - 2 * 5)), "of two tasks, three must fail: that takes two rounds"


def test_what_is_rehearsed_to_fail_does_not_hide_what_a_good_deploy_costs() -> None:
    assert of(behave="crash") == of()


def test_a_slow_start_is_part_of_every_deploy() -> None:
    slow = replace(revision("new"), behaviour=parse("slow:start=45"))
    how = Settings(desired_count=2, breaker=BREAKER, grace_period=90)
    assert {cost.setting: cost.good for cost in costs(how, None, slow)}[Setting.IMAGE] == 18


def test_a_setting_that_a_service_does_not_have_costs_nothing_and_is_not_named() -> None:
    assert Setting.BAKE_TIME not in of()
    assert Setting.DEREGISTRATION_DELAY not in of(target=None)
    baking = Alarms(names=frozenset({"5xx"}), enabled=True, bake_time=180)
    assert of(alarms=baking)[Setting.BAKE_TIME].good == 180
    assert set(of(alarms=baking)) == {knob.setting for knob in KNOBS} - {Setting.STEP_BAKE_TIME}


def test_a_strategy_s_bake_times_cost_what_they_last() -> None:
    found = of(shifting=parse_strategy("linear:25%,2m,bake=10m"))
    assert (found[Setting.STEP_BAKE_TIME].good, found[Setting.BAKE_TIME].good) == (3 * 120, 600)
    assert Setting.STEP_BAKE_TIME not in of(shifting=parse_strategy("blue_green:bake=5m"))
