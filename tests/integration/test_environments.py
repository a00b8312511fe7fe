"""Three environments side by side, in three accounts and in one."""

from __future__ import annotations

import pytest

from tests.integration.conftest import Project

pytestmark = pytest.mark.integration

ACCOUNTS = {"test": "111111111111", "stage": "222222222222", "prod": "333333333333"}


def arns(project: Project, stack: str) -> set[str]:
    found = set()
    for resource in project.resources(stack):
        arn = resource.get("outputs", {}).get("arn")
        if isinstance(arn, str):
            found.add(arn)
    return found


def test_three_stacks_live_side_by_side_each_in_its_account(project: Project) -> None:
    for stack in ACCOUNTS:
        project.image("1.0.0", stack=stack)
        project.set_version("1.0.0", stack=stack)
        project.overriding("a test of accounts, not of gates").up(stack).succeeded()
    for stack, account in ACCOUNTS.items():
        owned = {arn for arn in arns(project, stack) if arn.split(":")[4]}
        assert owned
        assert {arn.split(":")[4] for arn in owned} == {account}
        services = project.as_account(stack).answer("aws", "ecs", "list-services", "--cluster", "microservices-cluster")
        assert services["serviceArns"] == [
            f"arn:aws:ecs:eu-west-1:{account}:service/microservices-cluster/auth-service"
        ]

    project.run("pulumi", "destroy", "-s", "test", "--yes", "--skip-preview").succeeded()
    for stack in ("stage", "prod"):
        project.run("pulumi", "refresh", "-s", stack, "--yes", "--skip-preview", "--expect-no-changes").succeeded()


def test_a_prefix_keeps_environments_apart_in_one_account(project: Project) -> None:
    for stack in ("test", "stage"):
        project.configure(
            "aws", {"account": ACCOUNTS["test"], "region": "eu-west-1", "deployRole": "slipway-deployer"}, stack
        )
        project.configure("prefix", f"{stack}-", stack)
        project.image("1.0.0", stack="test", service=f"{stack}-auth-service")
        project.set_version("1.0.0", stack=stack)
        project.overriding("a test of names, not of gates").up(stack).succeeded()
    assert not arns(project, "test") & arns(project, "stage")
    clusters = project.answer("aws", "ecs", "list-clusters")["clusterArns"]
    assert sorted(arn.rsplit("/", 1)[1] for arn in clusters) == [
        "stage-microservices-cluster",
        "test-microservices-cluster",
    ]
    project.run("pulumi", "destroy", "-s", "stage", "--yes", "--skip-preview").succeeded()
    project.run("pulumi", "refresh", "-s", "test", "--yes", "--skip-preview", "--expect-no-changes").succeeded()


def test_an_account_other_than_the_pinned_one_is_refused_before_anything_changes(project: Project) -> None:
    project.configure(
        "aws",
        {
            "account": "444444444444",
            "region": "eu-west-1",
            "deployRole": "arn:aws:iam::111111111111:role/slipway-deployer",
        },
    )
    refused = project.up().failed()
    assert "444444444444" in refused.output
    assert "Traceback" not in refused.output
    vpcs = project.answer("aws", "ec2", "describe-vpcs", "--query", "Vpcs[?!IsDefault]")
    assert vpcs == []
