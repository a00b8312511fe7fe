"""Whatever is wrong: exit code 2, one short error with the value and the remedy, no traceback, nothing changed."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint
from typing import TYPE_CHECKING

import pytest

from tests.release.test_history import entry
from tests.slipway.conftest import STACK_FILE, World, no_aws

if TYPE_CHECKING:
    from pathlib import Path

DEPLOY = ("deploy", "-e", "test", "-s", "auth-service", "-v", "1.1.0", "--yes")
ROLLBACK = ("rollback", "-e", "test", "-s", "auth-service", "--yes")

ABORT = ("abort", "-e", "test", "-s", "auth-service", "--yes")

Prepare = Callable[[World, pytest.MonkeyPatch], object]


def nothing(_world: World, _patch: pytest.MonkeyPatch) -> None:
    pass


def stack_file(old: str, new: str) -> Prepare:
    assert old in STACK_FILE
    return lambda world, _patch: world.write("test", STACK_FILE.replace(old, new))


def pulumi_says(stderr: str, code: int = 255) -> Prepare:
    return lambda world, _patch: world.pulumi.answers(stack_history={"stderr": stderr, "code": code})


def with_option(option: str, value: str) -> tuple[str, ...]:
    arguments = list(DEPLOY)
    arguments[arguments.index(option) + 1] = value
    return tuple(arguments)


def folder_for_stack_file(world: World, _patch: pytest.MonkeyPatch) -> None:
    world.stack_file.unlink()
    world.stack_file.mkdir()


def pipe_for_stack_file(world: World, _patch: pytest.MonkeyPatch) -> None:
    world.stack_file.unlink()
    os.mkfifo(world.stack_file)


CASES: dict[str, tuple[tuple[str, ...], Prepare, list[str]]] = {
    "no such verb": (("depoly",), nothing, ["depoly", "slipway --help"]),
    "no such option": ((*DEPLOY, "--force"), nothing, ["--force", "slipway deploy --help"]),
    "an option missing": (("deploy", "-e", "test"), nothing, ["--service"]),
    "no such environment": (with_option("-e", "staging"), nothing, ["staging", "test, stage, prod"]),
    "no such service": (with_option("-s", "auth"), nothing, ["auth", "auth-service"]),
    "latest": (with_option("-v", "latest"), nothing, ["'latest' is never allowed", "MAJOR.MINOR.PATCH"]),
    "no version at all": (with_option("-v", "banana"), nothing, ["'banana'", "MAJOR.MINOR.PATCH", "dev"]),
    "a candidate in prod": (
        ("deploy", "-e", "prod", "-s", "auth-service", "-v", "1.0.0-rc1", "--yes"),
        nothing,
        ["prod", "'1.0.0-rc1'", "MAJOR.MINOR.PATCH"],
    ),
    "a moving tag in stage": (
        ("deploy", "-e", "stage", "-s", "auth-service", "-v", "dev", "--yes"),
        nothing,
        ["stage", "'dev'", "a release candidate"],
    ),
    "a version that would scroll the error away": (with_option("-v", "1" * 5000), nothing, ["5000 characters"]),
    "a version with a control character": (with_option("-v", "1.0\n\x1b[31m0"), nothing, ["'1.0\\n\\x1b[31m0'"]),
    "an image that does not exist": (with_option("-v", "9.9.9"), nothing, ["9.9.9", "auth-service", "push it first"]),
    "nobody to ask": (DEPLOY[:-1], nothing, ["--yes"]),
    "nobody to ask for a rollback": (ROLLBACK[:-1], nothing, ["--yes"]),
    "nothing to go back to": (ROLLBACK, nothing, ["auth-service", "never released"]),
    "going back to what never was": ((*ROLLBACK, "--to", "0.9.0"), nothing, ["0.9.0", "never released"]),
    "going back to an empty version": ((*ROLLBACK, "--to", ""), nothing, ["--to is empty", "Nothing was changed"]),
    "a step of nothing gradual": ((*ROLLBACK, "--step", "50%"), nothing, ["--step", "--gradual"]),
    "a pace of nothing gradual": ((*ROLLBACK, "--every", "1m"), nothing, ["--every", "--gradual"]),
    "a watch of nothing gradual": ((*ROLLBACK, "--watch"), nothing, ["--watch", "--gradual"]),
    "nobody to ask for a stop": (ABORT[:-1], nothing, ["--yes"]),
    "a stop in no environment": (("abort", "-e", "live", *ABORT[3:]), nothing, ["live", "test, stage, prod"]),
    "a stop of no service": ((*ABORT[:4], "auth", "--yes"), nothing, ["-s auth", "auth-service"]),
    "a stop without a stack file": (
        ABORT,
        lambda world, _patch: world.stack_file.unlink(),
        ["Pulumi.test.yaml", "does not exist"],
    ),
    "a stop of nothing": (ABORT, nothing, ["no deployment of auth-service in flight in test", "Nothing was changed"]),
    "a stop with AWS out of reach": (
        ABORT,
        lambda _world, patch: patch.setattr("slipway.project.open_aws", no_aws("AWS cannot be reached (http://x)")),
        ["AWS cannot be reached (http://x)"],
    ),
    "no project": (
        DEPLOY,
        lambda world, _patch: (world.root / "Pulumi.yaml").unlink(),
        ["no Pulumi.yaml", "inside the project"],
    ),
    "no stack file": (
        DEPLOY,
        lambda world, _patch: world.stack_file.unlink(),
        ["Pulumi.test.yaml"],
    ),
    "a folder in place of the stack file": (DEPLOY, folder_for_stack_file, ["Pulumi.test.yaml", "Is a directory"]),
    "a stack file that is a pipe": (DEPLOY, pipe_for_stack_file, ["Pulumi.test.yaml", "not a file"]),
    "a key that is there twice": (
        DEPLOY,
        stack_file("cpu: 256", "cpu: 256, cpu: 512"),
        ["Pulumi.test.yaml", "line 6", "'cpu'", "twice"],
    ),
    "a stack file that Pulumi cannot use": (
        DEPLOY,
        pulumi_says(
            "error: could not read configuration: invalid YAML file: yaml: unmarshal errors:\n"
            '  line 17: mapping key "x" already defined\n'
        ),
        ["unmarshal errors", 'line 17: mapping key "x" already defined'],
    ),
    "broken YAML": (DEPLOY, stack_file("auth-service: {", "auth-service: {{"), ["Pulumi.test.yaml"]),
    "an unknown key": (DEPLOY, stack_file("cpu: 256", "cpus: 256"), ["Pulumi.test.yaml", "cpus"]),
    "a wrong type": (DEPLOY, stack_file("cpu: 256", "cpu: many"), ["Pulumi.test.yaml", "cpu", "many"]),
    "a version that breaks the rules": (
        DEPLOY,
        stack_file("version: 1.0.0", "version: latest"),
        ["auth-service.version"],
    ),
    "a version that is no text": (
        DEPLOY,
        stack_file("version: 1.0.0", "version: 1.5"),
        ["auth-service.version", "1.5"],
    ),
    "an illegal Fargate size": (DEPLOY, stack_file("memory: 512", "memory: 4096"), ["Pulumi.test.yaml", "4096"]),
    "no pulumi": (
        DEPLOY,
        lambda world, patch: patch.setenv("PATH", str(world.root)),
        ["`pulumi` is not on PATH", "make setup"],
    ),
    "logged out": (
        DEPLOY,
        pulumi_says("error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions", 3),
        ["pulumi login", "PULUMI_BACKEND_URL"],
    ),
    "a backend that is gone": (
        ("history", "-e", "test"),
        pulumi_says('error: unable to open state directory "file:///nope": stat /nope: no such file or directory', 1),
        ["/nope", "PULUMI_BACKEND_URL"],
    ),
    "no stack to show": (
        ("history", "-e", "test"),
        pulumi_says("error: no stack named 'test' found", 6),
        ["no stack test yet", "stack init"],
    ),
    "AWS out of reach": (
        DEPLOY,
        lambda _world, patch: patch.setattr("slipway.project.open_aws", no_aws("AWS cannot be reached (http://x)")),
        ["AWS cannot be reached (http://x)"],
    ),
    "status with AWS out of reach": (
        ("status", "-e", "test"),
        lambda _world, patch: patch.setattr("slipway.project.open_aws", no_aws("AWS cannot be reached (http://x)")),
        ["AWS cannot be reached (http://x)"],
    ),
    "status of no environment": (("status", "-e", "live"), nothing, ["live", "test, stage, prod"]),
    "history of no service": (("history", "-e", "test", "-s", "x"), nothing, ["-s x", "auth-service"]),
    "a config of no entry": (("config-of", "-e", "test"), nothing, ["ENTRY"]),
    "a config of nowhere": (("config-of", "-e", "live", "2026"), nothing, ["live", "test, stage, prod"]),
    "a config without history": (("config-of", "-e", "test", "2026"), nothing, ["2026", "no history yet"]),
    "a limit of nothing": (("history", "-e", "test", "-n", "0"), nothing, ["0"]),
}


@pytest.mark.parametrize(("arguments", "prepare", "words"), CASES.values(), ids=CASES)
def test_bad_input_ends_with_2_and_one_short_error_and_changes_nothing(
    arguments: tuple[str, ...], prepare: Prepare, words: list[str], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare(world, monkeypatch)
    before = world.stack_file.read_bytes() if world.stack_file.is_file() else b""
    done = world.run(*arguments)
    error = done.err[done.err.rindex("error: ") :]
    assert done.code == 2
    assert "Traceback" not in done.err + done.out
    assert error.count("\n") == 1
    assert len(error) < 400
    for word in words:
        assert word in error
    assert (world.stack_file.read_bytes() if world.stack_file.is_file() else b"") == before
    assert not world.went_up
    assert not any(" config " in asked for asked in world.pulumi.asked)


def test_missing_credentials_are_one_error_in_a_real_process(world: World) -> None:
    """No part of this is scripted but pulumi: the session itself refuses."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    nowhere = {"AWS_EC2_METADATA_DISABLED": "true", "HOME": str(world.root)}
    done = subprocess.run(
        [sys.executable, "-m", "slipway.main", *DEPLOY],
        cwd=world.root / "deep" / "down",
        env=kept | nowhere,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "no usable AWS credentials" in done.stderr
    assert "Traceback" not in done.stderr


def test_help_names_every_verb_and_imports_nothing_slow() -> None:
    code = (
        "import sys; from slipway.main import main; main(['--help']); "
        "sys.exit(' '.join({'pulumi', 'boto3', 'botocore', 'pydantic', 'rich', 'moto'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""
    for verb in ("deploy", "rollback", "abort", "status", "history", "sandbox"):
        assert f"\n  {verb} " in done.stdout


@pytest.mark.parametrize("words", [(), ("sandbox",)])
def test_without_a_verb_the_help_is_shown_as_it_is_and_2(world: World, words: tuple[str, ...]) -> None:
    done = world.run(*words)
    assert done.code == 2
    assert done.err.startswith("Usage: slipway")
    assert "See `" not in done.err
    assert done.out == ""


def test_a_command_of_another_room_that_cannot_be_loaded_spoils_nothing_else(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:

    broken = EntryPoint("sandbox", "no.such.module:group", "slipway.commands")
    monkeypatch.setattr("slipway.main.entry_points", lambda group: [broken] if group == "slipway.commands" else [])
    assert world.run("--help").code == 0
    done = world.run("sandbox", "up", "--speed", "60")
    assert done.code == 2
    assert "no.such.module" in done.err
    assert "Traceback" not in done.err


def test_a_fault_of_our_own_is_one_line_and_1(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_root: Path) -> None:
        raise RuntimeError("oops")

    monkeypatch.delenv("SLIPWAY_DEBUG", raising=False)
    monkeypatch.setattr("slipway.project.check_environment", fail)
    done = world.run(*DEPLOY)
    assert done.code == 1
    assert done.err.startswith("error: slipway has a fault: RuntimeError: oops")
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("redirection", "words", "code"),
    [
        ("<&-", "deploy -e test -s auth-service -v 1.1.0", 2),
        (">&-", "history -e test", 0),
        ("2>&-", "history -e test", 0),
        (">/dev/full", "history -e test", 2),
    ],
)
def test_a_closed_or_full_stream_is_no_fault_of_ours(world: World, redirection: str, words: str, code: int) -> None:
    world.pulumi.answers(stack_history={"stdout": json.dumps([entry(0, "1.0.0", "succeeded")])})
    command = f"exec {shlex.quote(sys.executable)} -m slipway.main {words} {redirection}"
    done = subprocess.run(
        ["sh", "-c", command], cwd=world.root, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == code, done.stderr
    assert "has a fault" not in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_that_cannot_be_written_is_named(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_environment: str) -> None:
        raise PermissionError(13, "Permission denied", "Pulumi.test.yaml")

    monkeypatch.setattr("slipway.project.check_environment", refuse)
    done = world.run(*DEPLOY)
    assert done.code == 2
    assert done.err.startswith("error: Pulumi.test.yaml: Permission denied: check the file")
