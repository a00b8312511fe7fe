"""The spine: a release, the next one, one that is refused, one that fails, and the way back."""

from __future__ import annotations

import json

import pytest
import yaml

from tests.integration.conftest import Project

pytestmark = pytest.mark.integration


def running_versions(project: Project) -> dict[str, str]:
    return {name: service["version"] for name, service in project.outputs()["services"].items()}


def live_task_definition(project: Project) -> str:
    described = project.answer(
        "aws", "ecs", "describe-services", "--cluster", "microservices-cluster", "--services", "auth-service"
    )
    return str(described["services"][0]["taskDefinition"]).rsplit("/", 1)[1]


def test_a_release_is_replaced_refused_failed_and_restored(project: Project) -> None:
    for version in ("1.0.0", "1.1.0"):
        project.image(version)
    project.image("1.2.0", "--behave", "crash")

    project.set_version("1.0.0")
    project.up().succeeded()
    assert running_versions(project) == {"auth-service": "1.0.0"}
    assert live_task_definition(project) == "auth-service:1"

    assert project.steps() == {}, "a second preview finds nothing to do"
    project.run("pulumi", "up", "-s", "test", "--yes", "--expect-no-changes").succeeded()
    project.run("pulumi", "refresh", "-s", "test", "--yes", "--expect-no-changes").succeeded()

    before = project.stack_file().read_text().splitlines()
    project.set_version("1.1.0")
    after = project.stack_file().read_text().splitlines()
    assert len(before) == len(after)
    assert sum(old != new for old, new in zip(before, after, strict=True)) == 1, (
        "a deploy changes one line of the stack file"
    )
    assert sorted(project.steps().items()) == [
        ("aws:ecs/service:Service auth-service", "update"),
        ("aws:ecs/taskDefinition:TaskDefinition auth-service", "replace"),
        ("slipway:index:Rollout auth-service", "update"),
    ]
    project.up().succeeded()
    assert running_versions(project) == {"auth-service": "1.1.0"}
    assert live_task_definition(project) == "auth-service:2"

    project.set_version("9.9.9")
    refused = project.preview().failed()
    assert "9.9.9" in refused.output
    assert "Traceback" not in refused.output

    project.set_version("1.2.0")
    failed = project.up().failed()
    assert "Traceback" not in failed.output
    assert "auth-service:2" in failed.output, "the failure names what runs now"
    assert live_task_definition(project) == "auth-service:2", "ECS went back to what ran"
    assert running_versions(project) == {"auth-service": "1.1.0"}, (
        "the outputs name what was verified, not what was wished"
    )
    again = project.up().failed()
    assert "Traceback" not in again.output
    deployments = project.answer(
        "aws",
        "ecs",
        "list-service-deployments",
        "--cluster",
        "microservices-cluster",
        "--service",
        "auth-service",
    )["serviceDeployments"]
    assert len(deployments) == 3, "the failed release was not started a second time"

    project.set_version("1.0.0")
    project.up().succeeded()
    assert running_versions(project) == {"auth-service": "1.0.0"}
    the_record_tells_all_of_it(project)


def the_record_tells_all_of_it(project: Project) -> None:
    told = project.run("slipway", "history", "-e", "test", "-s", "auth-service", "--json").succeeded()
    releases = json.loads(told.output)[::-1]
    assert [(one["version"], one["verified"], one["source"]) for one in releases] == [
        ("1.0.0", True, "both"),
        ("1.1.0", True, "both"),
        ("1.2.0", False, "both"),
        ("1.0.0", True, "both"),
    ], "neither what a preview refused, nor what changed nothing, nor what quarantine held is a release"
    second = next(one for one in releases if one["version"] == "1.1.0")
    assert second["revision"] == "auth-service:2"
    assert "1.2.0" in project.run("slipway", "history", "-e", "test", "-s", "auth-service").succeeded().output
    past = project.run("slipway", "config-of", "-e", "test", second["entry"]).succeeded().output
    today = project.stack_file().read_text()
    document = yaml.safe_load(past)
    assert document["config"]["slipway:services"]["auth-service"]["version"] == "1.1.0"
    document["config"]["slipway:services"]["auth-service"]["version"] = "1.0.0"
    assert document == yaml.safe_load(today), "all else is as it was, and nothing has lost its type"


def test_destroy_leaves_only_what_is_kept_on_purpose_and_says_so(project: Project) -> None:
    project.image("1.0.0")
    project.set_version("1.0.0")
    project.up().succeeded()
    gone = project.run("pulumi", "destroy", "-s", "test", "--yes").succeeded()
    assert "kept" in gone.output.lower(), "destroy says what it leaves behind"
    assert "auth-service:1" in gone.output
    assert project.resources() == []

    def listed(*command: str) -> object:
        return project.answer("aws", *command, "--output", "json")

    assert listed("ecs", "list-task-definitions", "--query", "taskDefinitionArns[*]") == [
        "arn:aws:ecs:eu-west-1:111111111111:task-definition/auth-service:1"
    ]
    assert (
        listed(
            "ecs", "describe-clusters", "--clusters", "microservices-cluster", "--query", "clusters[?status=='ACTIVE']"
        )
        == []
    )
    assert listed("elbv2", "describe-load-balancers", "--query", "LoadBalancers") == []
    assert listed("elbv2", "describe-target-groups", "--query", "TargetGroups") == []
    assert listed("ec2", "describe-vpcs", "--query", "Vpcs[?!IsDefault]") == []
    assert listed("ec2", "describe-nat-gateways", "--query", "NatGateways[?State!='deleted']") == []
    assert listed("ec2", "describe-addresses", "--query", "Addresses") == []
    assert listed("iam", "list-roles", "--query", "Roles[?RoleName!='slipway-deployer'].RoleName") == []
    assert listed("logs", "describe-log-groups", "--query", "logGroups") == []
    images = listed(
        "ecr", "describe-images", "--repository-name", "auth-service", "--query", "imageDetails[].imageTags[]"
    )
    assert [tag for tag in images if not tag.startswith("verified-")] == ["1.0.0"], "images are kept"

    project.up().succeeded()
    assert running_versions(project) == {"auth-service": "1.0.0"}, "a destroyed environment comes back"


def test_history_and_status_are_tables_of_what_happened(project: Project) -> None:
    project.image("1.0.0")
    project.run("slipway", "deploy", "-e", "test", "-s", "auth-service", "-v", "1.0.0", "--yes").succeeded()
    entries = json.loads(project.run("slipway", "history", "-e", "test", "--json").succeeded().output)
    assert [entry["result"] for entry in entries][:1] == ["succeeded"]
    assert "1.0.0" in project.run("slipway", "history", "-e", "test").succeeded().output
    assert "1.0.0" in project.run("slipway", "status", "-e", "test").succeeded().output
