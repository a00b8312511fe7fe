"""A waiver holds for its rule, its resource and its time, and for nothing else."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.checked_resource import UNKNOWN
from policy.inspection import inspect
from policy.inspection_text import advice, waiting, waivers_in_use
from policy.rule import Level
from policy.rules import BY_ID
from policy.waiver import Waiver
from policy.waivers_file import WaiversError, waivers_of
from tests.policy.parts import task
from tests.policy.programs import PROGRAMS

TODAY = date(2026, 11, 23)
BROKEN = PROGRAMS["ELB.5"].breaks["off"]


def waiver(rule: str = "ELB.5", resource: str = "it", expires: date = TODAY) -> Waiver:
    return Waiver(rule=rule, resource=resource, reason="no bucket before January", owner="platform", expires=expires)


def test_without_a_waiver_a_broken_rule_stops_prod_and_is_advised_in_test() -> None:
    assert not inspect(BROKEN, "prod", [], TODAY).passed
    in_test = inspect(BROKEN, "test", [], TODAY)
    assert in_test.passed
    assert [one.violation.rule.id for one in in_test.judged if one.level is Level.ADVISORY] == ["ELB.5", "ELB.16"]


@pytest.mark.parametrize("resource", ["it", "i*", "*"])
def test_a_waiver_of_the_resource_lets_it_pass_to_the_last_day(resource: str) -> None:
    found = inspect(BROKEN, "prod", [waiver(resource=resource)], TODAY)
    assert found.passed
    assert [one.violation.rule.id for one in found.waived] == ["ELB.5"]
    [said] = waivers_in_use(found)
    assert "accessLogs.enabled is false" in said
    assert "platform, until 2026-11-23: no bucket before January" in said


@pytest.mark.parametrize("other", [waiver(rule="ELB.6"), waiver(resource="another")])
def test_a_waiver_of_something_else_does_not(other: Waiver) -> None:
    assert not inspect(BROKEN, "prod", [other], TODAY).passed


@given(st.integers(min_value=1, max_value=4000), st.sampled_from(["test", "stage", "prod"]))
def test_an_expired_waiver_fails_in_every_environment_and_says_since_when(days: int, environment: str) -> None:
    late = waiver(expires=TODAY - timedelta(days=days))
    found = inspect(BROKEN, environment, [late], TODAY)
    assert not found.passed
    [judged] = [one for one in found.mandatory if one.violation.rule.id == "ELB.5"]
    assert f"until {late.expires}" in str(judged)
    assert "has expired" in str(judged)


def test_the_waiver_that_counts_longest_counts() -> None:
    late = waiver(expires=TODAY - timedelta(days=1))
    assert inspect(BROKEN, "prod", [late, waiver()], TODAY).passed
    assert inspect(BROKEN, "prod", [waiver(), late], TODAY).passed


def test_a_waiver_of_no_rule_is_a_mistake() -> None:
    found = inspect([], "prod", [waiver(rule="ELB.99")], TODAY)
    assert not found.passed
    assert "there is no rule 'ELB.99'" in found.mistakes[0]


def test_what_cannot_be_waived_is_not() -> None:
    broken = PROGRAMS["ECS.8"].breaks["AWS_ACCESS_KEY_ID"]
    found = inspect(broken, "prod", [waiver(rule="ECS.8", resource="*")], TODAY)
    assert "ECS.8 cannot be waived" in found.mistakes[0]
    assert [one.violation.rule.id for one in found.mandatory] == ["ECS.8"]


def test_a_stack_of_another_name_is_as_strict_as_can_be() -> None:
    assert not inspect(PROGRAMS["ELB.6"].breaks["off"], "production-eu", [], TODAY).passed


def test_advice_is_a_line_a_rule() -> None:
    two = [*BROKEN, *PROGRAMS["ELB.5"].breaks["nothing said"]]
    lines = [line for line in advice(inspect(two, "test", [], TODAY)) if line.startswith("ELB.5")]
    assert len(lines) == 1
    assert BY_ID["ELB.5"].fix in lines[0]


def test_what_is_not_known_yet_is_a_line_a_property() -> None:
    lines = list(waiting(inspect([task(containerDefinitions=UNKNOWN)], "prod", [], TODAY)))
    assert lines == [
        "not checked before the update, which tells containerDefinitions of it: ECS.4, ECS.5, ECS.8, ECS.9, ECS.20"
    ]


STACK_FILE = """
config:
  slipway:waivers:
    - {rule: ELB.1, resource: http, reason: it comes in January, owner: platform team, expires: "2027-01-31"}
"""


def test_waivers_stand_in_the_nearest_stack_file(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.prod.yaml").write_text(STACK_FILE)
    inner = tmp_path / "infra"
    inner.mkdir()
    [found] = waivers_of("prod", [inner])
    assert found == Waiver(
        rule="ELB.1",
        resource="http",
        reason="it comes in January",
        owner="platform team",
        expires=date(2027, 1, 31),
    )
    assert waivers_of("nowhere", [inner]) == ()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ('"2027-02-30"', "there is no such day"),
        ("2027-01-31", "expires"),
        ('"tomorrow"', "write a date like"),
    ],
)
def test_a_date_that_is_none_is_refused(tmp_path: Path, wrong: str, said: str) -> None:
    (tmp_path / "Pulumi.prod.yaml").write_text(STACK_FILE.replace('"2027-01-31"', wrong))
    with pytest.raises(WaiversError, match=said) as refused:
        waivers_of("prod", [tmp_path])
    assert "Pulumi.prod.yaml" in str(refused.value)


@pytest.mark.parametrize(
    ("good", "wrong", "said"),
    [
        ("reason: it comes in January", "reason: because", "say why in 10 characters"),
        ("rule: ELB.1", "rule: http redirect", "write the id of a rule"),
        ("owner: platform team, ", "", "is missing"),
        ("owner: platform team", "team: platform", "did you mean|there is no key"),
        ("resource: http", 'resource: " "', "resource"),
    ],
)
def test_a_waiver_nobody_could_check_is_refused(tmp_path: Path, good: str, wrong: str, said: str) -> None:
    (tmp_path / "Pulumi.prod.yaml").write_text(STACK_FILE.replace(good, wrong))
    with pytest.raises(WaiversError, match=said):
        waivers_of("prod", [tmp_path])
