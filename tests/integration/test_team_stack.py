"""A team's service in a stack of its own is released on the platform that another stack has made."""

from __future__ import annotations

import pytest

from tests.integration.conftest import Project

pytestmark = pytest.mark.integration

RULE = "aws:lb/listenerRule:ListenerRule"


def test_a_teams_stack_runs_on_the_platforms_and_leaves_it_as_it_was(project: Project) -> None:
    team = Project(project.folder / "examples" / "team_service", project.environment)
    team.run("pulumi", "stack", "init", "test").succeeded()
    early = team.up().failed()
    assert "stack organization/slipway/test has no output `platform`" in early.output
    assert "Traceback" not in early.output

    project.up().succeeded()
    project.image("1.0.0", service="orders")
    up = team.up().succeeded()
    assert "orders" in up.output
    assert team.outputs()["services"]["orders"]["version"] == "1.0.0"
    kinds = {one["type"] for one in team.resources()}
    assert RULE in kinds
    assert not kinds & {"aws:ec2/vpc:Vpc", "aws:ecs/cluster:Cluster", "aws:lb/loadBalancer:LoadBalancer"}
    team.up("test", "--refresh", "--expect-no-changes").succeeded()

    team.image("9.9.9", "--behave", "crash", service="orders")
    team.set_version("9.9.9", service="orders")
    assert "9.9.9 does not run" in team.up().failed().output
    team.set_version("1.0.0", service="orders")
    team.up().succeeded()

    team.configure("prefix", "other-")
    elsewhere = team.preview().failed()
    assert "prefix of the platform in stack organization/slipway/test is ''" in elsewhere.output
    team.configure("prefix", "")
    team.configure("network", {"zones": 3})
    assert "slipway:network is the platform's" in team.preview().failed().output
    team.run("pulumi", "config", "rm", "-s", "test", "slipway:network").succeeded()
    team.run("pulumi", "destroy", "-s", "test", "--yes", "--skip-preview").succeeded()
    project.up("test", "--refresh", "--expect-no-changes").succeeded()
