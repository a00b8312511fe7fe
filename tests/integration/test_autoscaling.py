"""Autoscaling owns the number of tasks: no update, preview or refresh takes it back."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.lifecycle import Sandbox
from tests.integration.conftest import Project
from tests.sandbox.conftest import session

pytestmark = pytest.mark.integration

SCALING = {
    "min": 2,
    "max": 6,
    "cpu": 60,
    "requestsPerTask": 600,
    "queue": {"name": "jobs", "messagesPerTask": 10},
    "steps": [{"cpuAbove": 80, "add": 2}],
    "schedules": [{"name": "day", "when": "cron(0 7 ? * MON-FRI *)", "timeZone": "Europe/Berlin", "min": 3, "max": 6}],
}
PLACE = {"cluster": "microservices-cluster"}


class Account:
    """What the account's autoscaling knows, and what it would do."""

    def __init__(self, sandbox: Sandbox) -> None:
        signed = session(sandbox)
        self.scaling: Any = signed.client("application-autoscaling", endpoint_url=sandbox.endpoint)
        self.ecs: Any = signed.client("ecs", endpoint_url=sandbox.endpoint)

    def scale(self, count: int) -> None:
        """As Application Auto Scaling does it (AWS: "UpdateService")."""
        self.ecs.update_service(**PLACE, service="auth-service", desiredCount=count)

    def desired(self) -> int:
        found = self.ecs.describe_services(**PLACE, services=["auth-service"])["services"][0]
        return int(found["desiredCount"])

    def known(self) -> tuple[int, int, int]:
        """Targets, policies and scheduled actions."""
        ecs = {"ServiceNamespace": "ecs"}
        return (
            len(self.scaling.describe_scalable_targets(**ecs)["ScalableTargets"]),
            len(self.scaling.describe_scaling_policies(**ecs)["ScalingPolicies"]),
            len(self.scaling.describe_scheduled_actions(**ecs)["ScheduledActions"]),
        )


def test_what_scales_a_service_owns_its_number_of_tasks_through_releases(project: Project, sandbox: Sandbox) -> None:
    account = Account(sandbox)
    project.image("1.0.0")
    project.image("1.1.0")
    section = {"cpu": 256, "memory": 512, "scaling": SCALING}
    project.configure("services", {"auth-service": {**section, "version": "1.0.0"}})
    project.up().succeeded()
    assert (account.desired(), account.known()) == (2, (1, 4, 1))
    project.preview("test", "--expect-no-changes").succeeded()
    project.run("pulumi", "refresh", "-s", "test", "--yes", "--expect-no-changes").succeeded()

    account.scale(5)
    project.preview("test", "--expect-no-changes").succeeded()
    project.configure("services", {"auth-service": {**section, "version": "1.1.0"}})
    project.up().succeeded()
    assert account.desired() == 5
    project.up("test", "--refresh").succeeded()
    assert account.desired() == 5, "a refresh that has seen the number does not make it the program's"
    project.preview("test", "--expect-no-changes").succeeded()

    project.run("pulumi", "destroy", "-s", "test", "--yes").succeeded()
    assert account.known() == (0, 0, 0)
