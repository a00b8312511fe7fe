"""Secrets of tasks, made and missed through boto3."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.lifecycle import Sandbox

TRUST = '{"Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}}]}'


@pytest.fixture
def ended(client: Callable[..., Any], box: Sandbox) -> Callable[[str], dict[str, Any]]:
    """Runs a task that needs a secret, and waits until it runs or has stopped."""
    ec2, ecs = client("ec2"), client("ecs")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24", AvailabilityZone="eu-west-1b")["Subnet"]["SubnetId"]
    ecs.create_cluster(clusterName="secrets")
    client("ecr").create_repository(repositoryName="secrets")
    box.image("secrets", "1.0.0")
    role = client("iam").create_role(RoleName="secrets", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]

    def run(reference: str) -> dict[str, Any]:
        image = f"127.0.0.1:{box.port}/111111111111/eu-west-1/secrets:1.0.0"
        definition = ecs.register_task_definition(
            family="secrets",
            requiresCompatibilities=["FARGATE"],
            cpu="256",
            memory="512",
            executionRoleArn=role,
            containerDefinitions=[
                {"name": "main", "image": image, "secrets": [{"name": "KEY", "valueFrom": reference}]}
            ],
        )["taskDefinition"]["taskDefinitionArn"]
        network = {"awsvpcConfiguration": {"subnets": [subnet]}}
        task = ecs.run_task(cluster="secrets", taskDefinition=definition, networkConfiguration=network)["tasks"][0]
        until = time.monotonic() + 60
        while task["lastStatus"] not in {"RUNNING", "STOPPED"} and time.monotonic() < until:
            time.sleep(0.05)
            task = ecs.describe_tasks(cluster="secrets", tasks=[task["taskArn"]])["tasks"][0]
        return dict(task)

    return run


def test_a_task_runs_only_when_its_secret_and_its_parameter_are_there(
    client: Callable[..., Any], ended: Callable[[str], dict[str, Any]]
) -> None:
    assert ended("/auth/key")["stoppedReason"].endswith("invalid ssm parameters: /auth/key")
    client("ssm").put_parameter(Name="/auth/key", Value="x", Type="SecureString")
    assert ended("/auth/key")["lastStatus"] == "RUNNING"

    manager = client("secretsmanager")
    arn = manager.create_secret(Name="auth", SecretString='{"key": "x"}')["ARN"]
    assert ended(f"{arn}:key::")["lastStatus"] == "RUNNING"
    assert ended(f"{arn}:other::")["stoppedReason"].endswith("did not contain json key other")
    manager.delete_secret(SecretId="auth", ForceDeleteWithoutRecovery=True)
    reason = ended(arn)["stoppedReason"]
    assert reason.endswith("ResourceNotFoundException: Secrets Manager can't find the specified secret.")
