"""`slipway status` and `slipway history`: one truth for people and for machines."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from slipway.stop import Mistake
from tests.provider.fake_ecs import DIGESTS, task_definition
from tests.slipway.conftest import STACK_FILE
from tests.slipway.test_deploy import past, state

if TYPE_CHECKING:
    import pytest

    from stacks.settings import Settings
    from tests.slipway.conftest import World


def test_what_is_wanted_verified_and_well_runs(world: World) -> None:
    world.pulumi.answers(stack_export=state("1.0.0", 1))
    done = world.run("status", "-e", "test", "--json")
    assert done.code == 0
    assert json.loads(done.out) == [
        {
            "environment": "test",
            "service": "auth-service",
            "wanted": "1.0.0",
            "pinned": "",
            "verified": "1.0.0",
            "digest": DIGESTS[1],
            "task_definition": task_definition(1),
            "running": 2,
            "desired": 2,
            "healthy": 2,
            "targets": 2,
            "rollout": "COMPLETED",
            "runs": True,
            "problem": "",
        }
    ]


def test_another_version_than_wanted_does_not_run_and_is_1(world: World) -> None:
    world.pulumi.answers(stack_export=state("0.9.0", 1))
    done = world.run("status", "-e", "test")
    assert done.code == 1
    header, row = done.out.splitlines()
    cells = dict(zip(header.replace("task definition", "revision").split(), row.split(), strict=True))
    assert (cells["wanted"], cells["verified"], cells["runs"]) == ("1.0.0", "0.9.0", "no")


def test_a_service_moved_by_hand_does_not_run_though_it_was_verified(world: World) -> None:
    world.pulumi.answers(stack_export=state("1.0.0", 1))
    world.aws.current = 3
    assert json.loads(world.run("status", "-e", "test", "--json").out)[0]["runs"] is False


def test_a_service_that_runs_another_revision_than_its_pin_says_does_not_run(world: World) -> None:
    pin = f"version: 1.0.0, pin: {{version: 1.0.0, revision: %d, digest: 'sha256:{'0' * 64}'}}"
    told = {}
    for revision in (1, 999):
        world.write("test", STACK_FILE.replace("version: 1.0.0", pin % revision))
        world.pulumi.answers(stack_export=state("1.0.0", 1))
        done = world.run("status", "-e", "test", "--json")
        told[revision] = (json.loads(done.out)[0]["runs"], done.code)
    assert told == {1: (True, 0), 999: (False, 1)}


def test_without_an_environment_every_one_is_shown(world: World) -> None:
    world.pulumi.answers(stack_export=state("1.0.0", 1))
    rows = json.loads(world.run("status", "--json").out)
    assert [row["environment"] for row in rows] == ["test", "stage", "prod"]


def test_an_account_that_cannot_be_looked_at_is_a_gap_among_others_and_named(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.pulumi.answers(stack_export=state("1.0.0", 1))

    def open_aws(settings: Settings) -> object:
        if settings.environment == "stage":
            raise Mistake("stage: the role cannot be assumed")
        return world.aws

    monkeypatch.setattr("slipway.project.open_aws", open_aws)
    done = world.run("status")
    assert done.code == 2
    assert [row.split()[4] for row in done.out.splitlines()[1:]] == ["yes", "?", "yes"]
    assert done.err == "error: stage: the role cannot be assumed\n"


def test_an_environment_without_a_stack_shows_that_nothing_runs(world: World) -> None:
    world.pulumi.answers(stack_export={"stderr": "error: no stack named 'x' found\n", "code": 6})
    done = world.run("status")
    assert done.code == 1
    assert done.out.count(" no ") == 3
    assert world.run("status", "-e", "test").code == 2


def test_a_service_that_was_never_released_is_no_fault(world: World) -> None:
    world.write("test", world.stack_file.read_text().replace("version: 1.0.0, ", ""))
    world.aws.status = "MISSING"
    assert world.run("status", "-e", "test").code == 0


def test_history_is_a_table_of_times_results_versions_and_messages(world: World) -> None:
    world.pulumi.answers(stack_history=past(("1.0.0", "succeeded"), ("1.1.0", "failed")))
    done = world.run("history", "-e", "test")
    assert done.code == 0
    assert done.out.splitlines() == [
        "entry            time (UTC)           kind    result     took       auth-service  other  message",
        "20260101T000100  2026-01-01 00:01:00  update  failed     1 min 0 s  1.1.0         9.9.9  release 1.1.0",
        "20260101T000000  2026-01-01 00:00:00  update  succeeded  1 min 0 s  1.0.0         9.9.9  release 1.0.0",
    ]


def test_history_tells_machines_the_same(world: World) -> None:
    world.pulumi.answers(stack_history=past(("1.0.0", "succeeded"), ("1.1.0", "failed")))
    (newest,) = json.loads(world.run("history", "-e", "test", "--json", "-n", "1").out)
    assert newest["result"] == "failed"
    assert newest["started"] == "2026-01-01T00:01:00+00:00"
    assert newest["services"] == {"auth-service": "1.1.0", "other": "9.9.9"}


def test_a_stack_without_updates_says_so(world: World) -> None:
    assert world.run("history", "-e", "test").out == "test has no history yet\n"
