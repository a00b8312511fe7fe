"""`slipway check`: what every gate says, and the checklist, ticked, without a change."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from account.gathering import Gathered
from release.gates import GATES, Candidate
from release.journal import Purpose
from slipway import check as verb
from slipway.stop import Mistake
from tests.slipway.conftest import World

CHECK = ("check", "-e", "prod", "-s", "auth-service", "-v", "1.1.0")


def candidate(**known: Any) -> Candidate:
    given: dict[str, Any] = {
        "environment": "prod",
        "service": "auth-service",
        "version": "1.1.0",
        "digest": "sha256:1",
        "purpose": Purpose.RELEASE,
        "now": datetime(2026, 11, 23, 12, tzinfo=UTC),
        "releaser": "arn:ada",
        "findings": (),
        **known,
    }
    return Candidate(**given)


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What is known of the candidate; tests may change it."""
    found: dict[str, Any] = {}

    def gathered(*_: object) -> Gathered:
        return Gathered(candidate=candidate(**found), attempts=(), newest_deployment="", session=None)  # type: ignore[arg-type]

    monkeypatch.setattr(verb, "gather_for", gathered)
    return found


def test_every_gate_has_its_line_and_every_item_its_box(world: World, known: dict[str, Any]) -> None:
    known["attested"] = ("load-tested",)
    done = world.run(*CHECK)
    assert done.code == 1
    lines = done.out.splitlines()
    assert [line.split()[0] for line in lines[1 : len(GATES) + 1]] == [name for name, _, _ in GATES]
    assert any(line.startswith("approval") and "refuses" in line and "slipway approve" in line for line in lines)
    assert "[x] Load testing (load-tested)" in lines
    assert "[ ] Required approvals obtained (approvals)" in lines
    assert not world.went_up


def test_a_release_that_all_gates_let_pass_is_0(world: World, known: dict[str, Any]) -> None:
    known["purpose"] = Purpose.ROLLBACK
    done = world.run(*CHECK)
    assert done.code == 0, done.out
    assert "warns" in done.out, "a rescue is never blocked by what it rescues from"
    assert "refuses" not in done.out


def test_json_says_the_same(world: World, known: dict[str, Any]) -> None:
    del known
    said = json.loads(world.run(*CHECK, "--json").out)
    assert [one["gate"] for one in said["gates"]] == [name for name, _, _ in GATES]
    assert {one["says"] for one in said["gates"]} == {"passes", "refuses"}
    assert {one["item"]: one["ticked"] for one in said["checklist"]}["load-tested"] is False
    assert (said["purpose"], said["digest"]) == ("release", "sha256:1")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("-e", "prod", "-s", "auth-service", "-v", "1.1.0-rc1"), "prod does not take it"),
        (("-e", "production", "-s", "auth-service", "-v", "1.1.0"), "production"),
        (("-e", "prod", "-s", "auth", "-v", "1.1.0"), "auth"),
    ],
)
def test_a_mistake_is_2_in_one_sentence(world: World, arguments: tuple[str, ...], words: str) -> None:
    done = world.run("check", *arguments)
    assert done.code == 2
    assert words in done.err
    assert "Traceback" not in done.err


def test_aws_that_does_not_answer_is_2_in_words(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> Gathered:
        raise Mistake("AWS does not answer: no route")

    monkeypatch.setattr(verb, "gather_for", refuse)
    done = world.run(*CHECK)
    assert (done.code, done.err) == (2, "error: AWS does not answer: no route\n")
