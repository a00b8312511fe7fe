"""Running `pulumi`, with a scripted one on PATH."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING

import pytest

from slipway.pulumi_command import Pulumi, PulumiFailed, Verified
from slipway.stop import Mistake
from tests.release.test_history import entry
from tests.slipway.fake_pulumi import FakePulumi

if TYPE_CHECKING:
    from pathlib import Path

STATE = {
    "deployment": {
        "resources": [
            {"type": "aws:ecs/service:Service", "outputs": {"name": "x"}},
            {
                "type": "slipway:index:Rollout",
                "outputs": {
                    "service": "arn:aws:ecs:eu-west-1:1:service/microservices-cluster/auth-service",
                    "version": "1.0.0",
                    "digest": "sha256:1",
                    "taskDefinition": "arn:td/auth-service:1",
                },
            },
        ]
    }
}


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakePulumi:
    return FakePulumi(tmp_path / "bin", monkeypatch)


def test_what_was_verified_is_read_from_the_state(fake: FakePulumi, tmp_path: Path) -> None:
    fake.answers(stack_export={"stdout": json.dumps(STATE)})
    assert Pulumi(tmp_path, "test").verified() == {
        "auth-service": Verified(version="1.0.0", digest="sha256:1", task_definition="arn:td/auth-service:1")
    }


@pytest.mark.parametrize("state", [{}, {"deployment": None}, {"deployment": {}}], ids=str)
def test_a_new_stack_has_verified_nothing(fake: FakePulumi, tmp_path: Path, state: object) -> None:
    fake.answers(stack_export={"stdout": json.dumps(state)})
    assert Pulumi(tmp_path, "test").verified() == {}


def test_every_command_names_its_stack_and_asks_nothing(fake: FakePulumi, tmp_path: Path) -> None:
    Pulumi(tmp_path, "prod").history()
    assert fake.asked == ["--stack prod stack history --json --page-size 100 --page 1"]


@pytest.mark.parametrize(("limit", "seen"), [(None, 250), (1, 1), (30, 30), (120, 120), (999, 250)])
def test_the_whole_history_is_read_though_pulumi_shows_it_in_pages(
    fake: FakePulumi, tmp_path: Path, limit: int | None, seen: int
) -> None:
    entries = [entry(minute, f"1.{minute}.0") for minute in range(250)][::-1]
    fake.answers(stack_history={"stdout": json.dumps(entries)})
    history = Pulumi(tmp_path, "test").history(limit)
    assert [update.version("auth-service") for update in history] == [f"1.{249 - n}.0" for n in range(seen)]


def test_a_stack_that_does_not_exist_is_no_error_where_it_is_asked_for(fake: FakePulumi, tmp_path: Path) -> None:
    fake.answers(stack_history={"stderr": "error: no stack named 'test' found\n", "code": 6})
    assert not Pulumi(tmp_path, "test").exists()
    with pytest.raises(PulumiFailed, match="there is no stack test yet"):
        Pulumi(tmp_path, "test").history()


def test_a_watched_command_passes_its_errors_on_and_returns_them(
    fake: FakePulumi, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    fake.answers(up={"stdout": "updating\n", "stderr": "error: update failed\n", "code": 255})
    assert Pulumi(tmp_path, "test").stream("up", "--yes") == (255, "error: update failed\n")
    captured = capfd.readouterr()
    assert captured.out == "updating\n"
    assert captured.err == "error: update failed\n"


def test_a_missing_pulumi_is_a_mistake_with_a_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Mistake, match="`pulumi` is not on PATH"):
        Pulumi(tmp_path, "test").history()


def test_commands_are_shown_as_people_type_them(tmp_path: Path) -> None:
    shown = Pulumi(tmp_path, "test").shown("up", "--message", "deploy auth-service 1.0.0")
    assert shown == "pulumi up --message 'deploy auth-service 1.0.0' -s test"


PULUMI_WITH_A_PARENT_THAT_IS_TERMINATED = """#!/bin/sh
trap 'echo told to end >&2; exit 3' TERM
kill -TERM $PPID
i=0; while [ $i -lt 200 ]; do sleep 0.05; i=$((i+1)); done
"""


def test_a_request_to_end_is_passed_on_to_pulumi_and_its_end_awaited(fake: FakePulumi, tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGTERM)
    (fake.home / "pulumi").write_text(PULUMI_WITH_A_PARENT_THAT_IS_TERMINATED)
    assert Pulumi(tmp_path, "test").stream("up") == (3, "told to end\n")
    assert signal.getsignal(signal.SIGTERM) is before
