"""A deployment in flight that somebody else stops: who waits for it is told at once, and the stack is free again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time

import pytest

from release.approval import person
from sandbox.lifecycle import Sandbox
from tests.integration.conftest import Project
from tests.integration.test_interrupted import ended, up_until
from tests.integration.test_quarantine import BUCKET, deployments, journal

pytestmark = pytest.mark.integration

ABORT = ("slipway", "abort", "-e", "test", "-s", "auth-service", "--reason", "the wrong config", "--yes")
PATIENCE = 120
"""Seconds after which an update that still waits has failed the test."""


def told_within(process: subprocess.Popen[str], seconds: float) -> str:
    """What the update prints until its end; one that does not end in time is killed."""
    end = threading.Timer(seconds, os.killpg, (process.pid, signal.SIGKILL))
    end.start()
    try:
        return ended(process)
    finally:
        end.cancel()


def in_another_process(project: Project, *command: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command,
        cwd=project.folder,
        env=dict(project.environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def aborted(project: Project) -> dict[str, str]:
    """The one word to stop that the journal has."""
    listed = project.answer("aws", "s3api", "list-objects-v2", "--bucket", BUCKET, "--prefix", "attempts/")["Contents"]
    [key] = [one["Key"] for one in listed if one["Key"].endswith("/aborted.json")]
    found: dict[str, str] = json.loads(project.run("aws", "s3", "cp", f"s3://{BUCKET}/{key}", "-").succeeded().output)
    return found


def test_an_update_ends_at_once_when_somebody_stops_its_deployment_and_ecs_goes_back_behind_it(
    project: Project, sandbox: Sandbox
) -> None:
    for version in ("1.0.0", "1.1.0"):
        project.image(version)
    section = {**project.config()["slipway:services"]["auth-service"], "strategy": "linear:20%,30m,bake=5m"}
    project.configure("services", {"auth-service": {**section, "version": "1.0.0"}})
    project.up().succeeded()
    nothing = project.run(*ABORT)
    assert nothing.code == 2
    assert "there is nothing to stop" in nothing.output

    project.configure("services", {"auth-service": {**section, "version": "1.1.0"}})
    up = up_until(project, "slipway:index:Rollout")
    deadline = time.monotonic() + PATIENCE
    while deployments(project)[-1] != "IN_PROGRESS" and time.monotonic() < deadline:
        time.sleep(0.1)
    sandbox.clock.pause()
    abort = in_another_process(project, *ABORT)
    said = told_within(up, PATIENCE)
    assert up.returncode == 1, said
    caller = project.answer("aws", "sts", "get-caller-identity")["Arn"]
    assert (
        f"its deployment was stopped, as {person(caller)} asked: the wrong config. ECS goes back to auth-service:1"
        in said
    )
    assert "Traceback" not in said
    assert deployments(project) == ["SUCCESSFUL", "ROLLBACK_IN_PROGRESS"], "nobody waited for ECS"
    assert abort.poll() is None, "but for those who stopped it"

    again = project.up().failed().output
    assert "quarantine" in again, "the lock is free"
    assert "asked: the wrong config" in again
    assert "slipway retry" in again

    sandbox.clock.resume()
    told, _ = abort.communicate(timeout=PATIENCE)
    assert abort.returncode == 0, told
    assert told.endswith("auth-service 1.1.0 is stopped in test: 1.0.0 runs (auth-service:1), 1 of 1 tasks\n")
    assert deployments(project) == ["SUCCESSFUL", "ROLLBACK_SUCCESSFUL"]
    assert journal(project) == [
        ("1.0.0", 1, "release", "succeeded"),
        ("1.1.0", 1, "release", "stopped by a person"),
    ]
    word = aborted(project)
    assert (word["who"], word["reason"]) == (caller, "the wrong config")

    project.configure("services", {"auth-service": {**section, "version": "1.0.0", "strategy": "rolling"}})
    project.up().succeeded()
    assert project.outputs()["services"]["auth-service"]["version"] == "1.0.0"
