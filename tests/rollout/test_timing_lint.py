"""Timings that do not fit each other: every rule broken once, and kept at the bound."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rollout.alarms import Alarms
from rollout.behaviour import parse
from rollout.revision import TargetCheck, Timings
from rollout.settings import Breaker, Settings
from rollout.timing_lint import RULES, Severity, Timing, check
from tests.rollout.worlds import BREAKER, QUICK, revision

ALARMS = Alarms(names=frozenset({"5xx"}), enabled=True, rollback=True)


def timing(
    *,
    behave: str = "",
    grace: float = 30,
    target: dict[str, Any] | None = None,
    stop: float = 30,
    exits: float = 2,
    settings: dict[str, Any] | None = None,
    **more: Any,
) -> Timing:
    """A service whose timings fit, but for what is said."""
    check_of_it: TargetCheck = replace(QUICK, unhealthy_threshold=3, **(target or {}))
    new = revision("new", target=check_of_it, stop_timeout=stop, timings=Timings(stop=exits))
    how: dict[str, Any] = {"desired_count": 3, "breaker": BREAKER, "grace_period": grace, **(settings or {})}
    whole: dict[str, Any] = {"predicted": 94, "wait_limit": 3600, **more}
    return Timing(settings=Settings(**how), revision=replace(new, behaviour=parse(behave)), **whole)


def broken(**asked: Any) -> list[str]:
    return [finding.rule for finding in check(timing(**asked))]


def test_timings_that_fit_are_left_alone() -> None:
    assert broken() == []
    assert broken(longest_request=30) == []


BROKEN_AND_KEPT = [
    ("never-healthy", {"behave": "slow:start=60", "grace": 70}, {"behave": "slow:start=60", "grace": 71}),
    ("grace-under-start", {"behave": "slow:start=20", "grace": 15}, {"behave": "slow:start=20", "grace": 20}),
    ("grace-hides-failure", {"grace": 64}, {"grace": 63}),
    (
        "slow-to-healthy",
        {"target": {"interval": 30, "healthy_threshold": 2}, "grace": 60},
        {"target": {"interval": 29, "healthy_threshold": 2}, "grace": 60},
    ),
    ("hasty-to-unhealthy", {"target": {"interval": 3}}, {"target": {"interval": 4}}),
    ("requests-cut", {"longest_request": 61}, {"longest_request": 60}),
    ("requests-at-risk", {"longest_request": 31}, {"longest_request": 30}),
    ("no-draining", {"target": {"deregistration_delay": 0}}, {"target": {"deregistration_delay": 1}}),
    ("long-draining", {"target": {"deregistration_delay": 60}}, {"target": {"deregistration_delay": 59}}),
    (
        "long-draining",
        {"target": {"deregistration_delay": 100}, "longest_request": 50},
        {"target": {"deregistration_delay": 99}, "longest_request": 50},
    ),
    ("stop-over-fargate", {"stop": 121}, {"stop": 120}),
    ("stop-under-exit", {"exits": 30}, {"exits": 29}),
    (
        "bake-under-alarm",
        {"alarm_period": 60, "settings": {"alarms": replace(ALARMS, bake_time=59)}},
        {"alarm_period": 60, "settings": {"alarms": replace(ALARMS, bake_time=60)}},
    ),
    ("wait-under-duration", {"predicted": 3601}, {"predicted": 3600}),
    ("wait-close-to-duration", {"predicted": 2401}, {"predicted": 2400}),
    ("no-breaker", {"settings": {"breaker": Breaker()}}, {"settings": {"breaker": Breaker(), "alarms": ALARMS}}),
    ("no-rollback", {"settings": {"breaker": Breaker(enabled=True)}}, {}),
]


@pytest.mark.parametrize(("rule", "wrong", "right"), BROKEN_AND_KEPT)
def test_a_rule_is_broken_on_one_side_of_its_bound_and_kept_on_the_other(
    rule: str, wrong: dict[str, Any], right: dict[str, Any]
) -> None:
    assert rule in broken(**wrong)
    assert rule not in broken(**right)


def test_every_rule_is_tried_has_a_name_of_its_own_and_names_its_source() -> None:
    assert {rule.name for rule in RULES} == {rule for rule, _, _ in BROKEN_AND_KEPT}
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert all(rule.source == "judged" or "AWS: " in rule.source for rule in RULES)


def test_a_message_has_the_numbers_and_what_to_change_them_to() -> None:
    (finding,) = check(timing(longest_request=90))
    assert (finding.rule, finding.severity) == ("requests-cut", Severity.ERROR)
    assert finding.message == (
        "a request may take 90 s, but a task that leaves is killed after 30 s of draining and 30 s of stop timeout; "
        "make the delay 90 s"
    )


def test_the_worst_stands_first() -> None:
    found = check(timing(behave="slow:start=60", target={"deregistration_delay": 300}, settings={"breaker": Breaker()}))
    assert [finding.severity for finding in found] == [Severity.ERROR, Severity.WARNING, Severity.ADVICE]
    assert [finding.rule for finding in found] == ["never-healthy", "no-breaker", "long-draining"]


def test_a_service_without_a_load_balancer_has_nothing_to_drain_or_to_be_checked_by() -> None:
    bare = timing(longest_request=999)
    assert check(replace(bare, revision=replace(bare.revision, target=None))) == ()
