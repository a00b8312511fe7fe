"""What a failed release leaves as it was: the permissions of the revision that runs, and the other services."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.conftest import Project

pytestmark = pytest.mark.integration

OTHER_CATALOGUE = '''
"""The program with another catalogue."""

import dataclasses
import runpy
from pathlib import Path

from stacks import catalogue
from stacks.service_definition import SecretReference, ServiceDefinition

[service] = catalogue.CATALOGUE
catalogue.CATALOGUE = (
    dataclasses.replace(service, secrets=(%s)),
    ServiceDefinition(name="billing", port=8081, paths=("/billing/*",), priority=10),
)
runpy.run_path(str(Path(__file__).with_name("program.py")), run_name="__main__")
'''
SECRET = 'SecretReference(variable="API_KEY", secret="auth-service/key"),'


def with_catalogue(project: Project, secrets: str) -> None:
    program = project.folder / "infra" / "__main__.py"
    if not program.with_name("program.py").exists():
        program.rename(program.with_name("program.py"))
    program.write_text(OTHER_CATALOGUE % secrets)


def live(project: Project, service: str) -> dict[str, Any]:
    found: dict[str, Any] = project.answer(
        "aws", "ecs", "describe-services", "--cluster", "microservices-cluster", "--services", service
    )["services"][0]
    return found


def policies(project: Project) -> set[str]:
    """Names of what the execution role of auth-service may do."""
    roles = project.answer("aws", "iam", "list-roles")["Roles"]
    [role] = [one["RoleName"] for one in roles if one["RoleName"].startswith("auth-service-execution")]
    names = project.answer("aws", "iam", "list-role-policies", "--role-name", role)["PolicyNames"]
    documents = [
        project.answer("aws", "iam", "get-role-policy", "--role-name", role, "--policy-name", name)["PolicyDocument"]
        for name in names
    ]
    return {action for one in documents for statement in one["Statement"] for action in _list(statement["Action"])}


def _list(value: str | list[str]) -> list[str]:
    return value if isinstance(value, list) else [value]


def test_permissions_and_other_services_outlive_a_release_that_ecs_takes_back(project: Project) -> None:
    project.run(
        "aws", "secretsmanager", "create-secret", "--name", "auth-service/key", "--secret-string", "x"
    ).succeeded()
    with_catalogue(project, SECRET)
    for service in ("auth-service", "billing"):
        project.image("1.0.0", service=service)
    project.image("1.1.0", service="billing")
    project.image("1.1.0", "--behave", "crash")
    section = project.config()["slipway:services"]["auth-service"]
    versions = {"auth-service": {**section, "version": "1.0.0"}, "billing": {"version": "1.0.0"}}
    project.configure("services", versions)
    project.up().succeeded()
    assert "secretsmanager:GetSecretValue" in policies(project)

    with_catalogue(project, "")
    project.configure("services", {**versions, "auth-service": {**section, "version": "1.1.0"}})
    failed = project.up().failed().output
    assert "auth-service 1.1.0 does not run" in failed
    assert live(project, "auth-service")["taskDefinition"].endswith("auth-service:1")
    assert "secretsmanager:GetSecretValue" in policies(project), "what runs can still start new tasks"

    versions["billing"] = {"version": "1.1.0"}
    project.configure("services", {**versions, "auth-service": {**section, "version": "1.1.0"}})
    once = project.up().failed().output
    assert "auth-service 1.1.0 failed before, and is in quarantine" in once
    again = project.up("test", "--continue-on-error").failed().output
    assert "auth-service 1.1.0 failed before, and is in quarantine" in again
    assert live(project, "billing")["taskDefinition"].endswith("billing:2"), "another service's release goes on"
    assert live(project, "auth-service")["taskDefinition"].endswith("auth-service:1")
    assert len(live(project, "auth-service")["deployments"]) == 1

    project.configure("services", {**versions, "auth-service": {**section, "version": "1.0.0"}})
    project.up().succeeded()
    assert project.outputs()["services"]["billing"]["version"] == "1.1.0"
    assert "secretsmanager:GetSecretValue" not in policies(project), "permissions shrink once the release runs"
