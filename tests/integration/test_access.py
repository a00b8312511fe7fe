"""The deployer's role: all that deploying, rolling back and destroying call is within it, and it has nothing beside."""

from __future__ import annotations

from typing import Any

import pytest

from access.need import RECORDED, Need
from access.own_calls import READS, WRITES
from access.program import KINDS
from sandbox.lifecycle import Sandbox
from tests.access.evaluation import action_of, actions, allowed
from tests.integration.conftest import Project

pytestmark = pytest.mark.integration

ROLE = ":assumed-role/slipway-deployer/"
VERB = ("-e", "test", "-s", "auth-service")


def needs_with_a_reason() -> set[str]:
    """Actions that a run on the sandbox need not call, each with its reason."""
    needs: list[Need] = [need for kind in KINDS.values() for need in kind.needs]
    return {action for need in (*needs, *READS, *WRITES) if need.why != RECORDED for action in need.each}


def a_life(project: Project) -> None:
    """From nothing to a release, another, a failed one, a rollback, and back to nothing."""
    project.up().succeeded()
    project.set_version("1.1.0")
    project.up("test", "--refresh").succeeded()
    project.set_version("1.2.0")
    project.up().failed()
    assert "1.1.0" in project.run("slipway", "status", "-e", "test").failed().output
    project.run("slipway", "history", "-e", "test", "-s", "auth-service").succeeded()
    project.run("slipway", "rollback", *VERB, "--reason", "a crash", "--yes").succeeded()
    project.run("pulumi", "destroy", "-s", "test", "--yes", "--skip-preview").succeeded()


def test_the_deployers_role_has_what_a_life_calls_and_what_it_does_not_call_has_a_reason(
    project: Project, sandbox: Sandbox
) -> None:
    for version in ("1.0.0", "1.1.0"):
        project.image(version)
    project.image("1.2.0", "--behave", "crash")
    project.configure("alerts", {"emails": ["on-call@example.com"]})
    section = project.config()["slipway:services"]["auth-service"]
    scaling = {
        "min": 1,
        "max": 4,
        "cpu": 60,
        "steps": [{"cpuAbove": 90, "add": 2}],
        "schedules": [{"name": "mornings", "when": "cron(0 7 * * ? *)", "timeZone": "Etc/UTC", "min": 1, "max": 4}],
    }
    section = {key: value for key, value in section.items() if key != "desiredCount"}
    project.configure("services", {"auth-service": {**section, "version": "1.0.0", "scaling": scaling, "exec": True}})
    rights = project.answer("slipway", "access", "-e", "test")
    sandbox.forget_calls()
    a_life(project)
    calls = [call for call in sandbox.calls() if ROLE in call["caller"]]
    recorded = {action_of(call) for call in calls}
    assert {"ecs:CreateService", "ecs:DeleteService", "s3:PutObject", "iam:PutRolePolicy"} <= recorded

    assert told([call for call in calls if not allowed(call, rights["deployer"])]) == []
    assert sorted(actions(rights["deployer"]) - recorded - needs_with_a_reason()) == []

    auditor = actions(rights["auditor"])
    assert {action.split(":")[1][:3] for action in auditor} <= {"Des", "Get", "Lis", "Bat", "Fil"}
    assert not auditor & {"secretsmanager:GetSecretValue", "logs:GetLogEvents"}


def told(calls: list[dict[str, Any]]) -> list[str]:
    return [f"{action_of(call)} {call['names']}" for call in calls]
