"""What people made before Slipway becomes a stack's by one command, and nothing of it is made anew."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.conftest import ROOT, Project

pytestmark = pytest.mark.integration

OLD_PRIORITY = 2000
"""Behind the catalogue's."""
ADOPT = ("slipway", "adopt", "-e", "test", "--cluster", "legacy", "--service", "auth-service=auth-svc")
SERVICE = ("aws", "ecs", "describe-services", "--cluster", "legacy", "--services", "auth-svc")
BALANCERS = ("aws", "elbv2", "describe-load-balancers")


@pytest.fixture
def legacy(project: Project) -> Project:
    """A project in whose account a service runs that nobody deployed with Pulumi; its network is the stack's."""
    registry = "111111111111.dkr.ecr.eu-west-1.amazonaws.com"
    script = ROOT / "tests" / "integration" / "legacy_service.sh"
    project.run("slipway", "sandbox", "image", "team/auth:1.0.0").succeeded()
    network = project.answer("bash", str(script), f"{registry}/team/auth:1.0.0", str(OLD_PRIORITY))
    project.configure("network", {"adopt": network})
    project.configure("services", {"auth-service": {"version": "1.0.0", "desiredCount": 2}})
    return project


def standing(project: Project) -> tuple[Any, ...]:
    """What would be another one if it were made anew."""
    service = project.answer(*SERVICE)["services"][0]
    balancers = project.answer(*BALANCERS)["LoadBalancers"]
    return service["serviceArn"], service["createdAt"], [one["LoadBalancerArn"] for one in balancers]


def priorities(project: Project) -> set[int]:
    """Those of the listener rules."""
    [balancer] = project.answer(*BALANCERS)["LoadBalancers"]
    listeners = project.answer(
        "aws", "elbv2", "describe-listeners", "--load-balancer-arn", balancer["LoadBalancerArn"]
    )["Listeners"]
    asked = [("aws", "elbv2", "describe-rules", "--listener-arn", one["ListenerArn"]) for one in listeners]
    rules = [rule for one in asked for rule in project.answer(*one)["Rules"]]
    return {int(rule["Priority"]) for rule in rules if not rule["IsDefault"]}


def test_a_service_of_before_is_taken_over_with_its_load_balancer_cluster_and_repository(legacy: Project) -> None:
    before, file = standing(legacy), legacy.stack_file().read_text()
    adopt = (*ADOPT, "--repository", "auth-service=team/auth")
    shown = legacy.run(*adopt, "--dry-run").succeeded()
    assert "legacy/auth-svc" in shown.output
    assert legacy.stack_file().read_text() == file
    assert legacy.resources() == []

    taken = legacy.run(*adopt, "--yes").succeeded()
    assert "replaces none" in taken.output
    assert set(legacy.steps().values()) <= {"create", "update", "import"}
    assert "all of it is in the stack already" in legacy.run(*adopt, "--yes").succeeded().output

    legacy.up().succeeded()
    assert standing(legacy) == before, "nothing was made anew"
    assert OLD_PRIORITY in priorities(legacy), "the old rule is there until somebody says so"
    assert "all of it is in the stack already" in legacy.run(*adopt, "--yes").succeeded().output
    service = legacy.answer(*SERVICE)["services"][0]
    assert service["runningCount"] == 2
    assert legacy.answer("slipway", "status", "-e", "test", "--json")[0]["runs"] is True
    legacy.up("test", "--refresh", "--expect-no-changes").succeeded()

    remove = next(line for line in taken.output.splitlines() if "pulumi config rm" in line)
    legacy.run(*remove[remove.index("pulumi config rm") :].split()).succeeded()
    legacy.run("slipway", "sandbox", "image", "team/auth:1.1.0").succeeded()
    legacy.set_version("1.1.0")
    assert [op for op in legacy.steps().values() if op.startswith("delete")] == ["delete"], "the old rule, and no more"
    legacy.up().succeeded()
    assert OLD_PRIORITY not in priorities(legacy)
