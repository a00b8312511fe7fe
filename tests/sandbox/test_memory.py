"""How much memory the sandbox's process takes with a large team's services in it."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sandbox import process
from tests.sandbox.conftest import free_port, session

if TYPE_CHECKING:
    from sandbox.lifecycle import Sandbox

MOST = 400
"""MiB."""
SERVICES, TASKS = 50, 10


def resident(box: Sandbox) -> int:
    """MiB of the process that serves the sandbox."""
    server = process.find(box.directory)
    assert server is not None
    fields = dict(line.split(":", 1) for line in Path(f"/proc/{server.pid}/status").read_text().splitlines())
    return int(fields["VmHWM"].split()[0]) // 1024


def fill(box: Sandbox) -> Any:
    signed = session(box)
    ec2, ecs = (signed.client(name, endpoint_url=box.endpoint) for name in ("ec2", "ecs"))
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/18")["Subnet"]["SubnetId"]
    ecs.create_cluster(clusterName="large")
    signed.client("ecr", endpoint_url=box.endpoint).create_repository(repositoryName="app")
    box.image("app", "1.0.0")
    trust = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = signed.client("iam", endpoint_url=box.endpoint).create_role(
        RoleName="execution", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )["Role"]["Arn"]
    image = f"127.0.0.1:{box.port}/111111111111/eu-west-1/app:1.0.0"
    ecs.register_task_definition(
        family="app",
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        executionRoleArn=role,
        containerDefinitions=[{"name": "app", "image": image}],
    )
    for number in range(SERVICES):
        ecs.create_service(
            cluster="large", serviceName=f"app-{number}", taskDefinition="app", desiredCount=TASKS,
            launchType="FARGATE", networkConfiguration={"awsvpcConfiguration": {"subnets": [subnet]}},
        )  # fmt: skip
    return ecs


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells it in /proc")
def test_the_process_stays_under_400_mib_with_50_services_500_tasks_and_a_rollout_of_each(own_box: Sandbox) -> None:
    own_box.up(port=free_port(), stacks=False)
    own_box.clock.pause()
    ecs = fill(own_box)
    own_box.clock.step(timedelta(minutes=5))
    names = [f"app-{number}" for number in range(SERVICES)]
    for name in names:
        ecs.update_service(cluster="large", service=name, forceNewDeployment=True)
    own_box.clock.step(timedelta(minutes=5))
    tens = [names[start : start + 10] for start in range(0, SERVICES, 10)]
    services = [one for ten in tens for one in ecs.describe_services(cluster="large", services=ten)["services"]]
    assert [one["runningCount"] for one in services] == [TASKS] * SERVICES
    assert all(one["deployments"][0]["rolloutState"] == "COMPLETED" for one in services)
    assert resident(own_box) < MOST
