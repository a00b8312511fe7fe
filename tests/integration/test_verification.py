"""A release that ECS calls a success, but that does worse than the one before: it fails, and prod goes back."""

from __future__ import annotations

import pytest

from tests.integration.conftest import Project
from tests.integration.test_sop_road import SERVICE

pytestmark = pytest.mark.integration


def live(project: Project) -> str:
    described = project.as_account("prod").answer(
        "aws", "ecs", "describe-services", "--cluster", "microservices-cluster", "--services", "auth-service"
    )
    return str(described["services"][0]["taskDefinition"]).rsplit("/", 1)[1]


def test_a_release_with_more_errors_than_before_is_put_back_in_prod_and_stays_out(project: Project) -> None:
    hasty = project.overriding("a test of verification, not of gates")
    project.image("1.0.0", stack="prod")
    project.image("1.1.0", "--behave", "errors:rate=4", stack="prod")
    project.set_version("1.0.0", stack="prod")
    hasty.up("prod").succeeded()
    project.run("slipway", "sandbox", "traffic", "-e", "prod", "auth-service", "20").succeeded()
    project.run("slipway", "sandbox", "clock", "--step", "20m").succeeded()

    project.set_version("1.1.0", stack="prod")
    failed = hasty.up("prod").failed().output
    assert "auth-service 1.1.0 runs, but its verification failed: error rate: " in failed
    assert "Slipway put 1.0.0 back: auth-service 1.0.0 runs" in failed
    assert "Traceback" not in failed
    assert live(project) == "auth-service:1"
    again = hasty.up("prod").failed().output
    assert "is in quarantine" in again
    assert live(project) == "auth-service:1"

    back = project.run("slipway", "rollback", "-e", "prod", *SERVICE, "--yes").succeeded().output
    assert "1.0.0 runs in prod" in back
