"""`slipway rollback`: what comes back, and from where."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.release.test_history import entry
from tests.slipway.test_deploy import past, real_edits, section, state

if TYPE_CHECKING:
    from tests.slipway.conftest import World

ROLLBACK = ("rollback", "-e", "test", "-s", "auth-service", "--yes")
SECTION = {"desiredCount": 2, "cpu": 256, "memory": 512}


def edits_asked(world: World) -> list[str]:
    return [asked for asked in world.pulumi.asked if " config " in asked]


def test_the_version_and_the_settings_of_the_last_good_release_come_back(world: World) -> None:
    entries = [entry(0, "1.1.0", **SECTION | {"memory": 1024, "cpu": 512}), entry(1, "1.0.0", **SECTION)]
    world.pulumi.answers(
        stack_history={"stdout": json.dumps(entries)},
        stack_export=state("1.0.0", 1),
        up={"then": {"stack export": state("1.1.0", 2)}},
    )
    done = world.run(*ROLLBACK)
    assert done.code == 0
    assert sorted(edits_asked(world)) == [
        "--stack test config set --path --type int slipway:services.auth-service.cpu -- 512",
        "--stack test config set --path --type int slipway:services.auth-service.memory -- 1024",
        "--stack test config set --path --type string slipway:services.auth-service.version -- 1.1.0",
    ]
    assert world.pulumi.asked[-2].startswith("--stack test up --message roll auth-service back to 1.1.0 --yes")


def test_what_is_traded_for_what_is_shown(world: World) -> None:
    entries = [entry(0, "1.1.0", **SECTION | {"desiredCount": 3}), entry(1, "1.0.0", **SECTION)]
    world.pulumi.answers(stack_history={"stdout": json.dumps(entries)})
    err = world.run(*ROLLBACK).err
    assert "auth-service in test: back to 1.1.0, under today's definition, released 2026-01-01 00:00 UTC" in err
    assert "desiredCount  2      3" in err
    assert "version       1.0.0  1.1.0" in err


def test_after_a_failed_release_what_was_verified_comes_back(world: World) -> None:
    world.write("test", world.stack_file.read_text().replace("version: 1.0.0", "version: 1.1.0"))
    world.pulumi.answers(
        stack_history=past(("1.0.0-rc1", "succeeded"), ("1.0.0", "succeeded"), ("1.1.0", "failed")),
        stack_export=state("1.0.0", 1),
    )
    assert world.run(*ROLLBACK).code == 0
    assert any(asked.endswith("auth-service.version -- 1.0.0") for asked in edits_asked(world))


def test_a_version_can_be_named(world: World) -> None:
    world.pulumi.answers(stack_history=past(("dev", "succeeded"), ("1.1.0", "succeeded"), ("1.0.0", "succeeded")))
    assert world.run(*ROLLBACK, "--to", "dev").code == 0
    assert any(asked.endswith("auth-service.version -- dev") for asked in edits_asked(world))


def test_an_image_that_ecr_no_longer_has_stops_a_rollback_before_it_begins(world: World) -> None:
    world.aws.images = {"1.0.0"}
    world.pulumi.answers(stack_history=past(("1.1.0", "succeeded"), ("1.0.0", "succeeded")))
    done = world.run(*ROLLBACK)
    assert done.code == 2
    assert "no image 1.1.0" in done.err
    assert edits_asked(world) == []


def test_the_attempt_of_that_time_does_not_come_back(world: World) -> None:
    """Else the gates would take the rollback for a retry, and hold it outside the windows."""
    entries = [entry(0, "1.1.0", **SECTION | {"attempt": 2}), entry(1, "1.0.0", **SECTION | {"attempt": 3})]
    world.write("test", world.stack_file.read_text().replace("cpu:", "attempt: 3, cpu:"))
    world.pulumi.answers(stack_history={"stdout": json.dumps(entries)}, **real_edits(world))
    assert world.run(*ROLLBACK).code == 0
    assert section(world) == {"version": "1.1.0", **SECTION}


def test_why_it_goes_back_goes_to_the_program(world: World) -> None:
    world.pulumi.answers(stack_history=past(("1.1.0", "succeeded"), ("1.0.0", "succeeded")))
    assert world.run(*ROLLBACK, "--reason", "errors after noon").code == 0
    assert world.pulumi.told("up") == {"SLIPWAY_REASON": "errors after noon"}


def test_a_failed_rollback_leaves_the_file_as_it_is(world: World) -> None:
    """It asks for what is wanted: whoever goes back does not want what runs now."""
    world.pulumi.answers(
        stack_history=past(("1.1.0", "succeeded"), ("1.0.0", "succeeded")),
        up={"code": 1, "then": {"stack history": past(("1.1.0", "failed")), "stack export": state("1.0.0", 1)}},
        **real_edits(world),
    )
    assert world.run(*ROLLBACK).code == 1
    assert section(world)["version"] == "1.1.0"
