"""A service with a migration on the real engine: it runs once before the service gets a version, or it stops that."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from sandbox.lifecycle import Sandbox
from tests.integration.conftest import SPEED, Project
from tests.integration.test_interrupted import ended, up_until

pytestmark = pytest.mark.integration

CATALOGUE_WITH_A_MIGRATION = '''
"""The program, with a migration in the entry of auth-service."""

import dataclasses
import runpy
from pathlib import Path

from stacks import catalogue
from stacks.service_definition import MigrationDefinition

[service] = catalogue.CATALOGUE
migration = MigrationDefinition(command=("migrate", "up"), irreversible=True)
catalogue.CATALOGUE = (dataclasses.replace(service, migration=migration),)
runpy.run_path(str(Path(__file__).with_name("program.py")), run_name="__main__")
'''


@pytest.fixture
def migrating(project: Project) -> Project:
    """The project, whose auth-service has a migration."""
    program = project.folder / "infra" / "__main__.py"
    program.rename(program.with_name("program.py"))
    program.write_text(CATALOGUE_WITH_A_MIGRATION)
    return project


def journal(project: Project) -> dict[str, dict[str, Any]]:
    """The journal's objects by name."""
    bucket = project.outputs()["journal"]
    listed = project.answer("aws", "s3api", "list-objects-v2", "--bucket", bucket)
    found = {}
    for item in listed.get("Contents", ()):
        file = project.folder / "object.json"
        project.answer("aws", "s3api", "get-object", "--bucket", bucket, "--key", item["Key"], str(file))
        found[item["Key"]] = json.loads(Path(file).read_text())
    return found


def ended_migrations(objects: dict[str, dict[str, Any]]) -> list[tuple[str, bool]]:
    """Version and success of each run, from begin to end."""
    begun = {key.rpartition("/")[0]: one for key, one in objects.items() if key.startswith("migrations/")}
    return sorted((objects[f"{run}/begun.json"]["version"], objects[f"{run}/ended.json"]["succeeded"]) for run in begun)


def tasks_ever(project: Project) -> int:
    """How many tasks ever ran: each has a log stream of its own."""
    return len(
        project.answer("aws", "logs", "describe-log-streams", "--log-group-name", "/ecs/auth-service")["logStreams"]
    )


def tasks(project: Project) -> list[str]:
    """ARNs of the tasks in the cluster, which may not exist yet."""
    listed = project.run("aws", "ecs", "list-tasks", "--cluster", "microservices-cluster", "--query", "taskArns")
    return list(json.loads(listed.output)) if listed.code == 0 else []


def service(project: Project) -> tuple[str, int]:
    """The task definition that ECS means to run, and how many deployments there were."""
    where = ("--cluster", "microservices-cluster")
    described = project.answer("aws", "ecs", "describe-services", *where, "--services", "auth-service")
    deployments = project.answer("aws", "ecs", "list-service-deployments", *where, "--service", "auth-service")
    [found] = described["services"]
    return str(found["taskDefinition"]).rpartition("/")[2], len(deployments["serviceDeployments"])


def test_a_migration_runs_once_before_its_version_and_one_that_fails_keeps_the_service_as_it_is(
    migrating: Project,
) -> None:
    project = migrating
    for version in ("1.0.0", "1.2.0"):
        project.image(version)
    project.image("1.1.0", "--behave", "crash")

    project.set_version("1.0.0")
    first = project.up().succeeded()
    assert "the migration of auth-service 1.0.0 is marked irreversible" in first.output
    assert "the migration of auth-service 1.0.0 succeeded" in first.output
    assert "exiting with code 0" in first.output, "its last log lines are shown"
    assert ended_migrations(journal(project)) == [("1.0.0", True)]
    ran = tasks_ever(project)
    project.run("pulumi", "up", "-s", "test", "--yes", "--skip-preview", "--expect-no-changes").succeeded()
    assert tasks_ever(project) == ran

    project.set_version("1.1.0")
    failed = project.up().failed()
    assert "the migration of auth-service 1.1.0 failed: container auth-service exited with code 1" in failed.output
    assert "The service was not touched" in failed.output
    assert "Traceback" not in failed.output
    assert service(project) == ("auth-service:1", 1)
    assert project.outputs()["services"]["auth-service"]["version"] == "1.0.0"
    objects = journal(project)
    assert ended_migrations(objects) == [("1.0.0", True), ("1.1.0", False)]
    attempts = sorted(key for key in objects if key.startswith("attempts/") and key.endswith("/ended.json"))
    assert [(objects[key]["outcome"], objects[key]["cause"]) for key in attempts] == [
        ("succeeded", ""),
        ("failed", "migration"),
    ]
    ran = tasks_ever(project)
    again = project.up().failed()
    assert "the migration of auth-service 1.1.0 failed: container auth-service exited with code 1" in again.output
    assert tasks_ever(project) == ran, "what failed is not run again"

    project.set_version("1.2.0")
    project.up().succeeded()
    assert service(project)[1] == 2
    assert project.outputs()["services"]["auth-service"]["version"] == "1.2.0"

    project.set_version("1.0.0")
    ran = tasks_ever(project)
    back = project.up().succeeded()
    assert "goes back to 1.0.0, across the irreversible migration of 1.2.0" in back.output
    assert "the migration of auth-service 1.0.0 has succeeded before and is not run again" in back.output
    assert tasks_ever(project) == ran + 1, "the service's own task alone"


def test_another_attempt_runs_a_migration_that_failed_and_deploys_its_version_once(
    migrating: Project, sandbox: Sandbox
) -> None:
    project = migrating
    project.image("1.0.0")
    project.set_version("1.0.0")
    process = up_until(project, "aws:ecs:TaskDefinition auth-service creat")
    sandbox.clock.set_speed(10)
    while not (running := tasks(project)):
        assert process.poll() is None, "it ended before its migration began"
    project.answer("aws", "ecs", "stop-task", "--cluster", "microservices-cluster", "--task", running[0])
    sandbox.clock.set_speed(SPEED)
    output = ended(process)
    assert process.returncode != 0
    assert "the migration of auth-service 1.0.0 failed: Task stopped by user" in output
    assert "in quarantine" in project.up().failed().output

    project.run(
        "pulumi", "config", "set", "-s", "test", "--path", "slipway:services.auth-service.attempt", "2"
    ).succeeded()
    project.up().succeeded()
    assert ended_migrations(journal(project)) == [("1.0.0", False), ("1.0.0", True)]
    assert service(project) == ("auth-service:1", 1)


def test_killed_in_the_middle_of_its_migration_the_next_update_goes_on_and_runs_it_no_second_time(
    migrating: Project, sandbox: Sandbox
) -> None:
    project = migrating
    project.image("1.0.0")
    project.set_version("1.0.0")
    process = up_until(project, "aws:ecs:TaskDefinition auth-service creat")
    sandbox.clock.set_speed(10)  # the task is to run for a while, and ECS is not to forget it before the next update
    while not tasks(project):
        assert process.poll() is None, "it ended before its migration began"
    os.kill(process.pid, signal.SIGKILL)
    process.wait(timeout=30)
    pending = project.state()["deployment"]["pending_operations"]
    assert [one["resource"]["type"] for one in pending] == ["slipway:index:Migration"]
    time.sleep(1)  # the orphaned plugins notice that the engine is gone
    sandbox.clock.set_speed(60)
    project.run("slipway", "deploy", "-e", "test", "-s", "auth-service", "-v", "1.0.0", "--yes").succeeded()
    assert ended_migrations(journal(project)) == [("1.0.0", True)]
    assert tasks_ever(project) == 2, "the migration's and the service's"
