"""The SOP's road on three accounts: dev in test, a candidate in stage, the same image as a release in prod."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.conftest import Done, Project

pytestmark = pytest.mark.integration

SERVICE = ("-s", "auth-service")


def promote(project: Project, stack: str, version: str, *more: str) -> dict[str, Any]:
    promoted: dict[str, Any] = project.answer(
        "slipway", "promote", "-e", stack, *SERVICE, "-v", version, "--json", *more
    )
    return promoted


def approve(project: Project, stack: str, version: str, *more: str) -> Done:
    return project.run("slipway", "approve", "-e", stack, *SERVICE, "-v", version, "--yes", *more)


def gates(project: Project, stack: str, version: str) -> tuple[int, set[str], dict[str, bool]]:
    """Exit code of the check, the gates that refuse, and the checklist."""
    done = project.run("bash", "-c", f"slipway check -e {stack} -s auth-service -v {version} --json 2>/dev/null")
    said = json.loads(done.output)
    refusing = {gate["gate"] for gate in said["gates"] if gate["says"] == "refuses"}
    return done.code, refusing, {item["item"]: item["ticked"] for item in said["checklist"]}


def person(project: Project, name: str) -> Project:
    """The same project in the hands of somebody else, with a key of their own."""
    people = project.as_account("engineer")
    people.answer("aws", "iam", "create-user", "--user-name", name)
    key = people.answer("aws", "iam", "create-access-key", "--user-name", name)["AccessKey"]
    own = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    kept = {variable: value for variable, value in project.environment.items() if variable != "AWS_PROFILE"}
    return Project(project.folder, {**kept, **own})


def alarm(project: Project, stack: str) -> None:
    """An alarm that watches the service: the checklist of prod wants one."""
    project.as_account(stack).run(
        *("aws", "cloudwatch", "put-metric-alarm", "--alarm-name", "auth-service-cpu"),
        *("--namespace", "AWS/ECS", "--metric-name", "CPUUtilization", "--statistic", "Average", "--period", "60"),
        *("--evaluation-periods", "2", "--threshold", "90", "--comparison-operator", "GreaterThanThreshold"),
        *("--dimensions", "Name=ClusterName,Value=microservices-cluster", "Name=ServiceName,Value=auth-service"),
    ).succeeded()


def test_one_image_goes_from_dev_to_prod_and_no_other_gets_through(project: Project) -> None:
    for stack in ("stage", "prod"):
        project.up(stack).succeeded()
    project.image("dev")
    project.set_version("dev")
    project.up().succeeded()

    candidate = promote(project, "stage", "1.0.0-rc1", "--from-version", "dev")
    project.set_version("1.0.0-rc1", stack="stage")
    said = project.up("stage").failed().output
    assert "checklist: not ticked: Dependencies updated" in said
    assert "promotion" not in said, "test verified this very image"
    approve(project, "stage", "1.0.0-rc1", "--attest", "dependencies-updated").succeeded()
    project.up("stage").succeeded()

    release = promote(project, "prod", "1.0.0")
    assert release["digest"] == candidate["digest"]
    assert gates(project, "prod", "1.0.0") == (
        1,
        {"approval", "checklist"},
        {
            "staging-verified": True,
            "approvals": False,
            "task-definition-kept": True,
            "migrations-ready": True,
            "alarms-configured": False,
            "load-tested": False,
        },
    )
    project.set_version("1.0.0", stack="prod")
    refused = project.up("prod").failed().output
    assert "approval: 0 of 1 approvals of 1.0.0 at this digest, of others than the releaser" in refused
    assert "Traceback" not in refused
    project.preview("prod").succeeded()

    approve(project, "prod", "1.0.0", "--attest", "load-tested").succeeded()
    assert "approval" in gates(project, "prod", "1.0.0")[1], "nobody approves their own release"
    alarm(project, "prod")
    approve(person(project, "reviewer"), "prod", "1.0.0").succeeded()
    assert gates(project, "prod", "1.0.0")[:2] == (0, set())
    project.up("prod").succeeded()
    running = project.outputs("prod")["services"]["auth-service"]
    assert (running["version"], running["digest"]) == ("1.0.0", candidate["digest"])

    project.image("1.0.1", "--behave", "slow", stack="prod")
    project.set_version("1.0.1", stack="prod")
    foreign = project.preview("prod").failed().output
    assert "promotion: stage never verified the image" in foreign
