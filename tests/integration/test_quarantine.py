"""A release that failed once stays out until it changes or a person asks for another try; the journal tells of each."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.conftest import Project

pytestmark = pytest.mark.integration

BUCKET = "slipway-journal-111111111111-eu-west-1"


def deployments(project: Project) -> list[str]:
    found = project.answer(
        "aws", "ecs", "list-service-deployments", "--cluster", "microservices-cluster", "--service", "auth-service"
    )["serviceDeployments"]
    return [one["status"] for one in reversed(found)]


def journal(project: Project) -> list[tuple[str, int, str, str]]:
    """(version, attempt, purpose, outcome) of each attempt, oldest first."""
    listed = project.answer("aws", "s3api", "list-objects-v2", "--bucket", BUCKET, "--prefix", "attempts/auth-service/")
    attempts: dict[str, dict[str, Any]] = {}
    for key in sorted(one["Key"] for one in listed["Contents"]):
        folder, _, kind = key.rpartition("/")
        text = project.run("aws", "s3", "cp", f"s3://{BUCKET}/{key}", "-").succeeded().output
        attempts.setdefault(folder, {})[kind] = json.loads(text)
    return [
        (
            both["begun.json"]["version"],
            both["begun.json"]["attempt"],
            both["begun.json"]["purpose"],
            both.get("ended.json", {}).get("outcome", ""),
        )
        for both in attempts.values()
    ]


def test_a_failed_release_is_never_started_again_by_itself_and_the_journal_has_every_attempt(project: Project) -> None:
    for version in ("1.0.0", "1.1.1"):
        project.image(version)
    project.image("1.1.0", "--behave", "crash")
    project.set_version("1.0.0")
    project.up().succeeded()
    project.set_version("1.1.0")
    first = project.up().failed().output
    assert "auth-service 1.1.0 does not run" in first
    for again in (project.up(), project.up("test", "--refresh")):
        said = again.failed().output
        assert "quarantine" in said
        assert "slipway retry" in said
        assert "exited with code 1" in said, "the recorded cause is told again"
        assert "Traceback" not in said
    assert deployments(project) == ["SUCCESSFUL", "ROLLBACK_SUCCESSFUL"]

    section = project.config()["slipway:services"]["auth-service"]
    project.configure("services", {"auth-service": {**section, "attempt": 2}})
    retried = project.up().failed().output
    assert "auth-service 1.1.0 does not run" in retried
    assert deployments(project) == ["SUCCESSFUL", "ROLLBACK_SUCCESSFUL", "ROLLBACK_SUCCESSFUL"], "one for each attempt"

    project.configure("services", {"auth-service": {**section, "version": "1.1.1"}})
    project.up().succeeded()
    assert project.outputs()["services"]["auth-service"]["version"] == "1.1.1", "a hotfix is no downgrade"
    attempts = journal(project)
    assert [attempt[:3] for attempt in attempts] == [
        ("1.0.0", 1, "release"),
        ("1.1.0", 1, "release"),
        ("1.1.0", 2, "retry"),
        ("1.1.1", 1, "release"),
    ]
    # A crash at start ends by the breaker, or by Slipway's own stop: whichever sees the third crash first.
    given_up = {"rolled back by the circuit breaker", "failed"}
    assert {attempt[3] for attempt in attempts[1:3]} <= given_up
    assert [attempts[0][3], attempts[3][3]] == ["succeeded", "succeeded"]
    assert project.steps() == {}


def test_outside_its_windows_a_preview_warns_and_up_is_refused_before_anything_changes(project: Project) -> None:
    for version in ("1.0.0", "1.1.0", "0.9.0"):
        project.image(version)
    project.set_version("1.0.0")
    project.up().succeeded()
    frozen = {"zone": "Europe/Berlin", "freezes": [{"name": "for ever", "from": "2020-01-01", "to": "2100-01-01"}]}
    project.configure("releases", frozen)
    assert project.steps() == {}, "what runs is not asked"
    project.set_version("1.1.0")
    seen = project.preview().succeeded().output
    assert "calendar: freeze: for ever" in seen
    refused = project.up().failed().output
    assert "auth-service 1.1.0 is refused in test" in refused
    assert "calendar: freeze: for ever" in refused
    assert "Traceback" not in refused
    assert deployments(project) == ["SUCCESSFUL"]
    assert [attempt[0] for attempt in journal(project)] == ["1.0.0"]
    project.set_version("0.9.0")
    assert "0.9.0 is older than 1.0.0" in project.preview().failed().output, "no waiting makes it pass"
    project.set_version("1.1.0")
    project.overriding("an outage").up().succeeded()
    assert project.outputs()["services"]["auth-service"]["version"] == "1.1.0"
