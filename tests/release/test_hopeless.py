"""Which causes stop a deployment at once, and which never do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from release.cause import RULES
from release.evidence import Evidence
from release.hopeless import Ended, hopeless
from tests.release.test_cause import TOLD, evidence

if TYPE_CHECKING:
    from release.cause import Cause

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
NEVER_HEALS = frozenset(
    {
        "image not found",
        "image for another platform",
        "image may not be pulled",
        "log group missing",
        "logs may not be written",
        "secret's key denied",
        "secret may not be read",
        "secret missing",
        "key missing in secret",
        "role cannot be assumed",
        "command not found",
        "user missing in image",
    }
)
EXITED = "Essential container in task exited"
CRASH = evidence(stopped_reason=EXITED, exit_code=1, ran_for=2.0)


def ended(*tasks: Evidence, apart: float = 90) -> list[Ended]:
    return [Ended(at=BEGIN + timedelta(seconds=apart * number), evidence=one) for number, one in enumerate(tasks)]


def judged(*tasks: Evidence, apart: float = 90, some_serve: bool = False) -> Cause | None:
    return hopeless(ended(*tasks, apart=apart), some_serve=some_serve)


@pytest.mark.parametrize(("name", "words"), [(name, words) for name, words, _ in TOLD])
def test_a_cause_that_repeats_ends_the_deployment_exactly_when_it_can_never_heal(name: str, words: str) -> None:
    told = evidence(stopped_reason=words)
    found = judged(told, told)
    assert (found.name if found else None) == (name if name in NEVER_HEALS else None)


def test_the_table_above_tries_every_rule_that_can_end_a_deployment() -> None:
    assert {rule.name for rule in RULES if rule.deterministic} == NEVER_HEALS
    assert {name for name, _, _ in TOLD} >= NEVER_HEALS


def test_one_task_alone_ends_nothing() -> None:
    assert judged(CRASH) is None
    assert judged() is None


@pytest.mark.parametrize("code", [0, 1, 2, 126, 127, 139])
def test_a_crash_at_start_with_the_same_code_again_is_hopeless(code: int) -> None:
    crash = replace(CRASH, exit_code=code)
    found = judged(crash, crash, apart=40)
    assert found is not None
    assert f"exited with code {code}" in found.sentence


@pytest.mark.parametrize(
    ("tasks", "apart"),
    [
        ((CRASH, replace(CRASH, exit_code=2)), 40.0),
        ((CRASH, replace(CRASH, ran_for=31.0)), 40.0),
        ((CRASH, replace(CRASH, exit_code=None)), 40.0),
        ((CRASH, CRASH), 3.0),
        ((replace(CRASH, exit_code=137),) * 2, 40.0),
        ((replace(CRASH, exit_code=143),) * 2, 40.0),
        ((CRASH, evidence(stopped_reason="Task failed ELB health checks in (target-group x)")), 40.0),
    ],
    ids=["other codes", "one ran for long", "no code yet", "twins", "killed", "asked to end", "another cause"],
)
def test_a_crash_that_may_be_chance_is_left_to_the_circuit_breaker(tasks: tuple[Evidence, ...], apart: float) -> None:
    assert judged(*tasks, apart=apart) is None


def test_a_deployment_some_of_whose_tasks_serve_is_not_hopeless() -> None:
    assert judged(CRASH, CRASH, some_serve=True) is None


def test_a_new_policy_is_given_a_minute_to_be_known_everywhere() -> None:
    denied = evidence(stopped_reason="ECS was unable to assume the role 'arn:aws:iam::1:role/x' that was provided")
    assert judged(denied, denied, apart=59) is None
    assert judged(denied, denied, apart=60) is not None


def test_a_missing_image_is_named_as_soon_as_two_tasks_met_it() -> None:
    missing = evidence(stopped_reason=next(words for name, words, _ in TOLD if name == "image not found"))
    assert judged(missing, missing, apart=0) is not None
