"""`kill -9` of the engine at twenty moments of releases: what the message says to type leads to the end, once."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from typing import Any

import boto3
import pytest

from account.journal_store import JournalStore
from account.session import AwsPlace, AwsSession, Patience
from release.journal import Outcome
from sandbox.lifecycle import Sandbox
from tests.integration.conftest import Project
from tests.integration.test_interrupted import up_until

pytestmark = pytest.mark.integration

PLACE = AwsPlace(account="111111111111", region="eu-west-1")
MOMENTS = ("Updating", "aws:ecs:TaskDefinition", "aws:ecs:Service", "slipway:index:Rollout")
KILLS = 5
"""For each of the four seeds."""
LATEST = 1.5
"""Seconds after the moment was seen."""


def killed(project: Project, chance: random.Random) -> None:
    """Starts an update and kills the engine at some moment of it, unless it has ended by then."""
    process = up_until(project, chance.choice(MOMENTS))
    time.sleep(chance.uniform(0, LATEST))
    os.kill(process.pid, signal.SIGKILL)
    process.wait(timeout=30)
    assert process.stdout is not None
    process.stdout.close()


def finished(project: Project) -> None:
    """What an engineer types: `pulumi up`, and what its message says."""
    done = project.up()
    if "failed to load checkpoint: EOF" in done.output:  # docs/operations.md says what to type
        backend = project.environment["PULUMI_BACKEND_URL"].removeprefix("file://")
        project.run("find", backend, "-name", "*.attrs", "-empty", "-delete").succeeded()
        done = project.up()
    if "pulumi cancel" in done.output:
        project.run("pulumi", "cancel", "-s", "test", "--yes").succeeded()
        done = project.up()
    done.succeeded()
    assert "Traceback" not in done.output


def service_deployments(project: Project) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = project.answer(
        "aws", "ecs", "list-service-deployments", "--cluster", "microservices-cluster", "--service", "auth-service"
    )["serviceDeployments"]
    return found


def journal(project: Project) -> JournalStore:
    signed = boto3.Session(profile_name="test", region_name=PLACE.region)
    del project
    session = AwsSession(PLACE, signed, Patience(connect=5, read=30, attempts=3).config())
    return JournalStore(session, "slipway-journal-111111111111-eu-west-1")


@pytest.mark.parametrize("seed", range(4))
def test_however_a_release_is_killed_it_ends_verified_with_one_deployment_and_every_attempt_in_the_journal(
    project: Project, sandbox: Sandbox, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions = [f"1.0.{number}" for number in range(KILLS + 1)]
    for name, value in project.environment.items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    for version in versions:
        sandbox.image("auth-service", version)
    section = project.config()["slipway:services"]["auth-service"]

    def ask_for(version: str) -> None:
        project.configure("services", {"auth-service": {**section, "version": version}})

    ask_for(versions[0])
    project.up().succeeded()
    chance = random.Random(seed)  # noqa: S311 - nothing is kept secret by it
    for version in versions[1:]:
        ask_for(version)
        killed(project, chance)
        finished(project)
        assert project.outputs()["services"]["auth-service"]["version"] == version
    assert [one["status"] for one in service_deployments(project)] == ["SUCCESSFUL"] * len(versions)
    attempts = journal(project).attempts("auth-service")
    assert Counter(one.begun.version for one in attempts) == Counter(versions), "one attempt for each version"
    assert {one.ended and one.ended.outcome for one in attempts} == {Outcome.SUCCEEDED}
