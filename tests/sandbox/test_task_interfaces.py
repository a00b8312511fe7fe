"""The network interfaces of tasks, seen through EC2."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.lifecycle import Sandbox

CLUSTER = "interfaces"
ACCOUNT = "111111111111/eu-west-1"
TRUST = '{"Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}}]}'


def attached(ecs: Any, task: str) -> dict[str, Any]:
    """The task, as soon as its interface is there."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        shown = dict(ecs.describe_tasks(cluster=CLUSTER, tasks=[task])["tasks"][0])
        if shown["attachments"][0]["status"] == "ATTACHED":
            return shown
        time.sleep(0.05)
    raise AssertionError(f"no interface of {task} in 30 seconds")


@pytest.fixture
def running(client: Callable[..., Any], box: Sandbox) -> dict[str, Any]:
    """A task of no service in a subnet and a security group of its own."""
    ec2, ecs = client("ec2"), client("ecs")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24", AvailabilityZone="eu-west-1b")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(VpcId=vpc, GroupName="tasks", Description="tasks")["GroupId"]
    ecs.create_cluster(clusterName=CLUSTER)
    client("ecr").create_repository(repositoryName="interfaces")
    box.image("interfaces", "1.0.0")
    role = client("iam").create_role(RoleName="interfaces", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    ecs.register_task_definition(
        family="interfaces",
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        executionRoleArn=role,
        containerDefinitions=[{"name": "main", "image": f"127.0.0.1:{box.port}/{ACCOUNT}/interfaces:1.0.0"}],
    )
    network = {"awsvpcConfiguration": {"subnets": [subnet], "securityGroups": [group]}}
    task = ecs.run_task(cluster=CLUSTER, taskDefinition="interfaces", networkConfiguration=network)["tasks"][0]
    task = attached(ecs, task["taskArn"])
    details = {one["name"]: one["value"] for one in task["attachments"][0]["details"]}
    return {"vpc": vpc, "subnet": subnet, "group": group, "task": task, "details": details}


def interfaces(ec2: Any, subnet: str) -> list[dict[str, Any]]:
    answer = ec2.describe_network_interfaces(Filters=[{"Name": "subnet-id", "Values": [subnet]}])
    return list(answer["NetworkInterfaces"])


def free(ec2: Any, subnet: str) -> int:
    return int(ec2.describe_subnets(SubnetIds=[subnet])["Subnets"][0]["AvailableIpAddressCount"])


def refusal(call: Callable[..., Any], **params: str) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        call(**params)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_tasks_interface_is_in_ec2_while_the_task_lives_and_keeps_its_network(
    client: Callable[..., Any], running: dict[str, Any]
) -> None:
    ec2, ecs = client("ec2"), client("ecs")
    subnet, group, task, details = (running[name] for name in ("subnet", "group", "task", "details"))
    (shown,) = interfaces(ec2, subnet)
    attachment = task["attachments"][0]["id"]
    assert shown["NetworkInterfaceId"] == details["networkInterfaceId"]
    assert shown["PrivateIpAddress"] == details["privateIPv4Address"]
    assert shown["MacAddress"] == details["macAddress"]
    assert shown["Description"] == f"arn:aws:ecs:eu-west-1:{task['taskArn'].split(':')[4]}:attachment/{attachment}"
    assert (shown["RequesterManaged"], shown["Status"]) == (True, "in-use")
    assert (shown["VpcId"], shown["AvailabilityZone"]) == (running["vpc"], task["availabilityZone"])
    assert [one["GroupId"] for one in shown["Groups"]] == [group]
    assert free(ec2, subnet) == 256 - 5 - 1

    dependency = f"The subnet '{subnet}' has dependencies and cannot be deleted."
    assert refusal(ec2.delete_subnet, SubnetId=subnet) == ("DependencyViolation", dependency)
    dependent = ("DependencyViolation", f"resource {group} has a dependent object")
    assert refusal(ec2.delete_security_group, GroupId=group) == dependent
    name = shown["NetworkInterfaceId"]
    in_use = ("InvalidParameterValue", f"Network interface '{name}' is currently in use.")
    assert refusal(ec2.delete_network_interface, NetworkInterfaceId=name) == in_use

    ecs.stop_task(cluster=CLUSTER, task=task["taskArn"])
    deadline = time.monotonic() + 30
    while interfaces(ec2, subnet) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert free(ec2, subnet) == 256 - 5
    ec2.delete_security_group(GroupId=group)
    ec2.delete_subnet(SubnetId=subnet)
