"""What a task can be, on the real engine: changed in place, followed to the end, the same the second time."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from sandbox.lifecycle import Sandbox
from tests.integration.conftest import Project
from tests.sandbox.conftest import session

pytestmark = pytest.mark.integration

PLACE = {"cluster": "microservices-cluster"}


class Tasks:
    """What runs, as ECS tells it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.ecs: Any = session(sandbox).client("ecs", endpoint_url=sandbox.endpoint)

    def running(self) -> list[dict[str, Any]]:
        arns = self.ecs.list_tasks(**PLACE, serviceName="auth-service", desiredStatus="RUNNING")["taskArns"]
        return list(self.ecs.describe_tasks(**PLACE, tasks=arns)["tasks"])

    def providers(self) -> Counter[str | None]:
        return Counter(task.get("capacityProviderName") for task in self.running())

    def service(self) -> dict[str, Any]:
        return dict(self.ecs.describe_services(**PLACE, services=["auth-service"])["services"][0])


def test_a_service_moves_to_spot_and_gets_a_shell_in_place(project: Project, sandbox: Sandbox) -> None:
    tasks = Tasks(sandbox)
    project.image("1.0.0")
    section: dict[str, Any] = {"version": "1.0.0", "desiredCount": 4}
    project.configure("services", {"auth-service": section})
    project.up().succeeded()
    made = tasks.service()
    assert (made["launchType"], tasks.providers()) == ("FARGATE", {None: 4})

    mixed = {**section, "capacity": {"base": 1, "onDemand": 1, "spot": 2}, "exec": True, "ephemeralStorage": 30}
    project.configure("services", {"auth-service": mixed})
    assert project.steps()["aws:ecs/service:Service auth-service"] == "update", "no outage"
    project.up().succeeded()
    assert tasks.service()["createdAt"] == made["createdAt"]
    assert tasks.providers() == {"FARGATE": 2, "FARGATE_SPOT": 2}
    assert project.steps() == {}
    project.run("pulumi", "refresh", "-s", "test", "--yes", "--expect-no-changes").succeeded()

    task = tasks.running()[0]
    assert task["ephemeralStorage"] == {"sizeInGiB": 30}
    opened = tasks.ecs.execute_command(**PLACE, task=task["taskArn"], command="sh", interactive=True)
    assert opened["containerName"] == "auth-service"

    ran = project.run("slipway", "run", "-e", "test", "-s", "auth-service", "--yes", "--", "report", "--of", "today")
    assert "exiting with code 0" in ran.succeeded().output, "its log is printed"
    assert tasks.providers() == {"FARGATE": 2, "FARGATE_SPOT": 2}, "beside the service's own tasks"
    assert project.steps() == {}

    project.configure("services", {"auth-service": {**mixed, "capacity": {"onDemand": 1}}})
    project.up().succeeded()
    assert tasks.service()["createdAt"] == made["createdAt"], "back to Fargate in place, by a mix without Spot"
    assert tasks.providers() == {"FARGATE": 4}
    assert project.steps() == {}
