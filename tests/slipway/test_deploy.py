"""`slipway deploy`: what it types for people, and what its exit code means."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from slipway.main import main
from slipway.pulumi_command import Pulumi
from tests.provider.fake_ecs import DIGESTS, task_definition
from tests.release.test_history import entry
from tests.slipway.conftest import STACK_FILE, at_a_terminal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.slipway.conftest import World

DEPLOY = ("deploy", "-e", "test", "-s", "auth-service", "-v", "1.1.0", "--yes")
LOCKED = (
    "error: the stack is currently locked by 1 lock(s). Either wait...\n"
    "  file:///x.json: created by ada@elsewhere (pid 7) at 2026-11-23T02:40:59Z\n"
)


def past(*tries: tuple[str, str]) -> dict[str, Any]:
    """An answer of `pulumi stack history`."""
    entries = [entry(minute, version, result) for minute, (version, result) in enumerate(tries)]
    return {"stdout": json.dumps(entries[::-1])}


def state(version: str, revision: int) -> dict[str, Any]:
    """An answer of `pulumi stack export` after `Rollout` verified that version."""
    outputs = {
        "service": "auth-service",
        "version": version,
        "digest": DIGESTS[revision],
        "taskDefinition": task_definition(revision),
    }
    resources = [{"type": "slipway:index:Rollout", "outputs": outputs}]
    return {"stdout": json.dumps({"deployment": {"resources": resources}})}


GOOD = past(("1.0.0", "succeeded"))
UP_WORKS: Mapping[str, Any] = {
    "then": {
        "stack history": past(("1.0.0", "succeeded"), ("1.1.0", "succeeded")),
        "stack export": state("1.1.0", 2),
    }
}
UP_FAILS: Mapping[str, Any] = {
    "code": 255,
    "stderr": "error: update failed\n",
    "then": {"stack history": past(("1.0.0", "succeeded"), ("1.1.0", "failed")), "stack export": state("1.0.0", 1)},
}


def edits(world: World) -> dict[str, Any]:
    """A `pulumi config set` that really changes the file."""
    return {"writes": {str(world.stack_file): "changed"}}


def real_edits(world: World) -> dict[str, dict[str, Any]]:
    """`pulumi config set` and `rm` as they are."""
    return {"config_set": {"edits": str(world.stack_file)}, "config_rm": {"edits": str(world.stack_file)}}


def section(world: World) -> dict[str, Any]:
    """What the stack file says of the service."""
    found: dict[str, Any] = yaml.safe_load(world.stack_file.read_text())["config"]["slipway:services"]["auth-service"]
    return found


def test_a_deploy_sets_one_value_and_runs_plain_pulumi_up(world: World) -> None:
    world.pulumi.answers(stack_history=GOOD, up=dict(UP_WORKS))
    done = world.run(*DEPLOY)
    assert done.code == 0
    changing = [asked for asked in world.pulumi.asked if " stack " not in asked]
    assert changing == [
        "--stack test config set --path --type string slipway:services.auth-service.version -- 1.1.0",
        "--stack test up --message deploy auth-service 1.1.0 --yes",
    ]


def test_a_good_release_ends_with_a_line_that_says_what_runs(world: World) -> None:
    world.pulumi.answers(stack_history=GOOD, up=dict(UP_WORKS))
    out = world.run(*DEPLOY).out
    assert out.startswith(f"auth-service 1.1.0 runs in test (auth-service:2, {DIGESTS[2]}), after ")


def test_what_is_typed_is_shown_so_that_anyone_can_do_without_slipway(world: World) -> None:
    world.pulumi.answers(stack_history=GOOD, up=dict(UP_WORKS))
    err = world.run(*DEPLOY).err
    assert "auth-service in test: 1.0.0 -> 1.1.0" in err
    assert "$ pulumi config set --path slipway:services.auth-service.version 1.1.0 -s test" in err
    assert "$ pulumi up --message 'deploy auth-service 1.1.0' --yes -s test" in err


def test_it_runs_from_any_folder_of_the_project(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(world.root / "deep" / "down")
    world.pulumi.answers(stack_history=GOOD, up=dict(UP_WORKS))
    assert world.run(*DEPLOY).code == 0


def test_a_release_that_does_not_run_is_1_and_says_what_runs_and_how_to_go_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.pulumi.answers(stack_history=GOOD, up=dict(UP_FAILS), config_set=edits(world))
    at_a_terminal(monkeypatch, answer=False)
    done = world.run(*DEPLOY[:-1])
    assert done.code == 1
    assert "error: auth-service 1.1.0 does not run in test as asked; the cause stands above" in done.err
    assert "now: 1.0.0, auth-service:1, 2 of 2 tasks, rollout COMPLETED" in done.err
    assert "slipway rollback -e test -s auth-service" in done.err
    assert (
        "pulumi config set --path slipway:services.auth-service.version 1.0.0 -s test && pulumi up -s test" in done.err
    )


def test_a_long_history_does_not_hide_that_an_update_has_begun(world: World) -> None:
    many = [("1.0.0", "succeeded")] * 150
    begun = dict(UP_FAILS) | {"then": {"stack history": past(*many, ("1.1.0", "failed"))}}
    world.pulumi.answers(stack_history=past(*many), up=begun, config_set=edits(world))
    world.run(*DEPLOY)
    assert world.stack_file.read_text() == "changed"


@pytest.mark.parametrize(
    "up",
    [{"signal": 9}, {"code": 1, "then": {"stack history": {"code": 1, "stderr": "error: gone"}}}],
    ids=["pulumi was killed", "pulumi's history cannot be read"],
)
def test_where_it_is_not_known_whether_the_update_has_begun_the_stack_file_stays(world: World, up: Any) -> None:
    world.pulumi.answers(stack_history=GOOD, up=up, config_set=edits(world))
    assert world.run(*DEPLOY).code == 1
    assert world.stack_file.read_text() == "changed"


@pytest.mark.parametrize(
    ("stderr", "code", "words"),
    [
        ("error: preview failed\n", 1, "Pulumi refused or was told no"),
        (LOCKED, 2, "locked by an update under way (ada@elsewhere, process 7)"),
        ("error: get stack secrets manager: incorrect passphrase\n", 2, "set PULUMI_CONFIG_PASSPHRASE_FILE"),
    ],
    ids=["refused in the preview", "locked", "passphrase"],
)
def test_when_pulumi_refuses_before_it_changes_anything_the_stack_file_is_put_back(
    world: World, stderr: str, code: int, words: str
) -> None:
    before = world.stack_file.read_bytes()
    world.pulumi.answers(stack_history=GOOD, up={"code": 255, "stderr": stderr}, config_set=edits(world))
    done = world.run(*DEPLOY)
    assert done.code == code
    assert words in done.err
    assert "Nothing was changed" in done.err
    assert world.stack_file.read_bytes() == before


def test_the_lock_of_a_dead_process_of_this_host_is_taken_away_and_the_update_tried_again(world: World) -> None:
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    dead = LOCKED.replace("elsewhere", socket.gethostname()).replace("pid 7", f"pid {done.pid}")
    world.pulumi.answers(stack_history=GOOD, up={"code": 1, "stderr": dead}, cancel={"then": {"up": dict(UP_WORKS)}})
    ran = world.run(*DEPLOY)
    assert ran.code == 0
    assert "taking its lock away" in ran.err
    assert world.pulumi.asked.count("--stack test cancel --yes") == 1


def test_a_failed_edit_puts_the_stack_file_back(world: World) -> None:
    before = world.stack_file.read_bytes()
    broken = edits(world) | {"code": 1, "stderr": "error: disk full\n"}
    world.pulumi.answers(stack_history=GOOD, config_set=broken)
    done = world.run(*DEPLOY)
    assert (done.code, world.went_up) == (2, False)
    assert "disk full" in done.err
    assert world.stack_file.read_bytes() == before


@pytest.mark.parametrize(("code", "exit_code"), [(0, 0), (1, 1)], ids=["pulumi would go on", "pulumi would refuse"])
def test_a_dry_run_previews_and_leaves_everything_as_it_was(world: World, code: int, exit_code: int) -> None:
    before = world.stack_file.read_bytes()
    world.pulumi.answers(stack_history=GOOD, config_set=edits(world), preview={"code": code})
    assert world.run(*DEPLOY, "--dry-run").code == exit_code
    assert world.pulumi.asked[-1] == "--stack test preview"
    assert not world.went_up
    assert world.stack_file.read_bytes() == before


def test_a_stack_that_does_not_exist_yet_is_made_and_told(world: World) -> None:
    missing = {"stderr": "error: no stack named 'test' found\n", "code": 6}
    world.pulumi.answers(
        stack_history=missing, stack_init={"then": {"stack history": {"stdout": "[]"}}}, up=dict(UP_WORKS)
    )
    done = world.run(*DEPLOY)
    assert done.code == 0
    assert "stack test does not exist yet: making it" in done.err
    assert "--stack test stack init --no-select" in world.pulumi.asked


def test_a_repository_that_does_not_exist_yet_is_left_to_the_first_up(world: World) -> None:
    world.aws.repository = False
    world.pulumi.answers(stack_history=GOOD, up=dict(UP_WORKS))
    done = world.run(*DEPLOY)
    assert done.code == 0
    assert "repository auth-service does not exist yet" in done.err


def test_when_nothing_was_ever_verified_the_failure_offers_no_way_back(world: World) -> None:
    failed = dict(UP_FAILS) | {"then": {"stack history": past(("1.1.0", "failed"))}}
    world.pulumi.answers(up=failed)
    world.aws.status = "MISSING"
    done = world.run(*DEPLOY)
    assert done.code == 1
    assert "now: auth-service does not run at all" in done.err
    assert "rollback" not in done.err


def test_a_second_deploy_of_the_environment_is_refused_while_the_first_is_under_way(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the one would run `pulumi up` on the other's version, and say that its own runs."""
    world.pulumi.answers(stack_history=GOOD, config_set=edits(world), up=dict(UP_WORKS))
    stream, seconds = Pulumi.stream, []

    def second_comes(pulumi: Pulumi, *arguments: str) -> tuple[int, str]:
        text = world.stack_file.read_text()
        world.write("test", STACK_FILE)
        seconds.append((main(DEPLOY), world.stack_file.read_text() == STACK_FILE))
        world.write("test", text)
        return stream(pulumi, *arguments)

    monkeypatch.setattr(Pulumi, "stream", second_comes)
    first = world.run(*DEPLOY)
    assert first.code == 0
    assert seconds == [(2, True)]
    assert "another slipway is at work in test" in first.err
    assert len([asked for asked in world.pulumi.asked if " up " in asked]) == 1


def test_a_deploy_does_not_claim_a_version_that_somebody_elses_edit_put_in_its_place(world: World) -> None:
    other = {"stack history": GOOD, "stack export": state("1.2.0", 2)}
    world.pulumi.answers(stack_history=GOOD, up={"then": other})
    done = world.run(*DEPLOY)
    assert done.code == 1
    assert "1.2.0" in done.err
    assert "runs in test" not in done.out


def test_why_a_release_is_made_goes_to_the_program_and_is_shown(world: World) -> None:
    world.pulumi.answers(stack_history=GOOD, up=dict(UP_WORKS))
    done = world.run(*DEPLOY, "--reason", "Ada's\nfix; password=c4n4ry", "--override", "the shop is down")
    assert done.code == 0
    reason = "Ada's fix; password=[redacted]"
    assert world.pulumi.told("up") == {"SLIPWAY_REASON": reason, "SLIPWAY_OVERRIDE": "the shop is down"}
    assert "SLIPWAY_OVERRIDE='the shop is down' pulumi up --message" in done.err
    assert "c4n4ry" not in done.err + done.out


def test_nothing_is_said_for_people_who_said_nothing(world: World) -> None:
    world.pulumi.answers(stack_history=GOOD, up=dict(UP_WORKS))
    world.run(*DEPLOY)
    assert world.pulumi.told("up") == {}


def test_a_dry_run_asks_the_gates_with_the_same_reasons(world: World) -> None:
    world.pulumi.answers(stack_history=GOOD)
    world.run(*DEPLOY, "--dry-run", "--override", "the shop is down")
    assert world.pulumi.told("preview") == {"SLIPWAY_OVERRIDE": "the shop is down"}


@pytest.mark.parametrize("option", ["--reason", "--override"])
def test_an_empty_reason_is_none(world: World, option: str) -> None:
    done = world.run(*DEPLOY, option, " ")
    assert done.code == 2
    assert f"{option} is empty" in done.err
    assert world.pulumi.asked == []


def test_another_version_drops_the_attempt_of_the_one_before(world: World) -> None:
    world.write("test", STACK_FILE.replace("cpu:", "attempt: 3, cpu:"))
    world.pulumi.answers(stack_history=GOOD, up=dict(UP_WORKS), **real_edits(world))
    done = world.run(*DEPLOY)
    assert done.code == 0
    assert section(world) == {"version": "1.1.0", "desiredCount": 2, "cpu": 256, "memory": 512}
    assert "$ pulumi config rm --path slipway:services.auth-service.attempt -s test" in done.err


def test_the_same_version_keeps_its_attempt(world: World) -> None:
    world.write("test", STACK_FILE.replace("version: 1.0.0", "version: 1.1.0, attempt: 3"))
    world.pulumi.answers(stack_history=GOOD, up=dict(UP_WORKS), **real_edits(world))
    assert world.run(*DEPLOY).code == 0
    assert section(world)["attempt"] == 3
