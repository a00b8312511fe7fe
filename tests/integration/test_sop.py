"""The runbook's own `aws` commands, word for word, still work beside Slipway."""

from __future__ import annotations

import json
import shlex

import pytest

from tests.integration.conftest import Project

pytestmark = pytest.mark.integration


@pytest.fixture
def deployed(project: Project) -> Project:
    project.image("1.0.0")
    project.set_version("1.0.0")
    project.up().succeeded()
    return project


def typed(project: Project, line: str) -> str:
    return project.run("bash", "-euo", "pipefail", "-c", line).succeeded().output


def test_the_commands_of_the_runbook_answer(deployed: Project) -> None:
    shown = json.loads(
        typed(deployed, "aws ecs describe-services --cluster microservices-cluster --services auth-service")
    )
    assert [service["serviceName"] for service in shown["services"]] == ["auth-service"]
    events = json.loads(
        typed(
            deployed,
            "aws ecs describe-services --cluster microservices-cluster --services auth-service "
            "--query 'services[].events[]'",
        )
    )
    assert any("has reached a steady state" in event["message"] for event in events)
    tasks = json.loads(
        typed(
            deployed,
            "aws ecs list-tasks --cluster microservices-cluster --service-name auth-service --desired-status RUNNING",
        )
    )
    assert len(tasks["taskArns"]) == 1
    task_id = tasks["taskArns"][0].rsplit("/", 1)[1]
    stream = f"ecs/auth-service/{task_id}"
    log = json.loads(
        typed(
            deployed,
            f"aws logs get-log-events --log-group-name /ecs/auth-service --log-stream-name {shlex.quote(stream)}",
        )
    )
    assert log["events"], "a task's lines are in its stream prefix/container/task-id"
    groups = json.loads(typed(deployed, "aws elbv2 describe-target-groups --query 'TargetGroups[].TargetGroupArn'"))
    answers = [typed(deployed, f"aws elbv2 describe-target-health --target-group-arn {group}") for group in groups]
    states = [
        target["TargetHealth"]["State"]
        for answer in answers
        for target in json.loads(answer)["TargetHealthDescriptions"]
    ]
    assert states == ["healthy"], "in one group of the pair"


def test_a_deployment_by_the_runbook_goes_through_and_pulumi_tells_of_the_drift(deployed: Project) -> None:
    typed(
        deployed,
        "aws ecs describe-task-definition --task-definition auth-service --query 'taskDefinition' > task-def.json",
    )
    document = json.loads((deployed.folder / "task-def.json").read_text())
    read_only = {
        "taskDefinitionArn",
        "revision",
        "status",
        "requiresAttributes",
        "compatibilities",
        "registeredAt",
        "registeredBy",
    }
    (deployed.folder / "task-def.json").write_text(
        json.dumps({key: value for key, value in document.items() if key not in read_only})
    )
    typed(deployed, "aws ecs register-task-definition --cli-input-json file://task-def.json")
    typed(
        deployed,
        "aws ecs update-service --cluster microservices-cluster --service auth-service "
        "--task-definition auth-service:2 --force-new-deployment",
    )
    typed(deployed, "aws ecs wait services-stable --cluster microservices-cluster --services auth-service")
    shown = json.loads(
        typed(deployed, "aws ecs describe-services --cluster microservices-cluster --services auth-service")
    )
    assert shown["services"][0]["taskDefinition"].endswith("auth-service:2")
    drift = deployed.run("pulumi", "preview", "-s", "test", "--refresh", "--expect-no-changes").failed()
    assert "auth-service" in drift.output
