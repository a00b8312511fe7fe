"""People sign in to one account and assume a role in another, as in real life."""

from __future__ import annotations

import http.client
import subprocess
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.sandbox.conftest import session

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.lifecycle import Sandbox

ROLE = "arn:aws:iam::{}:role/slipway-deployer"


@pytest.mark.parametrize(("name", "account"), [("test", "1" * 12), ("stage", "2" * 12), ("prod", "3" * 12)])
def test_each_profile_assumes_the_deploy_role_of_its_account(
    client: Callable[..., Any], name: str, account: str
) -> None:
    identity = client("sts", name).get_caller_identity()
    assert identity["Account"] == account
    assert identity["Arn"] == f"arn:aws:sts::{account}:assumed-role/slipway-deployer/engineer"


def test_one_environments_shell_assumes_the_role_of_another_stack(client: Callable[..., Any]) -> None:
    role = {"RoleArn": ROLE.format("333333333333"), "RoleSessionName": "pulumi"}
    assumed = client("sts", "test").assume_role(**role)["AssumedRoleUser"]["Arn"]
    assert assumed == "arn:aws:sts::333333333333:assumed-role/slipway-deployer/pulumi"


def test_people_are_users_of_the_identity_account(client: Callable[..., Any]) -> None:
    assert client("sts", "engineer").get_caller_identity()["Arn"] == "arn:aws:iam::999999999999:user/engineer"


def test_accounts_do_not_see_each_other(client: Callable[..., Any]) -> None:
    for name in ("test", "stage"):
        client("logs", name).create_log_group(logGroupName=f"/only/{name}")
        client("ecr", name).create_repository(repositoryName=f"only-{name}")
    groups = client("logs").describe_log_groups(logGroupNamePrefix="/only/")["logGroups"]
    repositories = client("ecr").describe_repositories()["repositories"]
    assert [group["logGroupName"] for group in groups] == ["/only/test"]
    assert "only-stage" not in {repository["repositoryName"] for repository in repositories}


@pytest.mark.parametrize("role", [ROLE.format("111111111111") + "s", ROLE.format("123456789012")])
def test_a_role_that_does_not_exist_cannot_be_assumed(client: Callable[..., Any], role: str) -> None:
    with pytest.raises(ClientError, match=r"AccessDenied.*is not authorized to perform: sts:AssumeRole"):
        client("sts", "engineer").assume_role(RoleArn=role, RoleSessionName="xyz")


def test_a_role_that_does_not_trust_the_caller_cannot_be_assumed(client: Callable[..., Any]) -> None:
    document = '{"Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}}]}'
    role = client("iam").create_role(RoleName="for-tasks", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    with pytest.raises(ClientError, match="AccessDenied"):
        client("sts", "engineer").assume_role(RoleArn=role, RoleSessionName="xyz")


@pytest.mark.parametrize("service", ["ec2", "ecs", "ecr", "iam", "s3"])
def test_a_key_that_the_sandbox_has_not_issued_is_refused_with_the_remedy(box: Sandbox, service: str) -> None:
    stranger = boto3.Session("AKIAIOSFODNN7EXAMPLE", "x", region_name="eu-west-1")
    calls = {
        "ec2": "describe_vpcs",
        "ecs": "list_clusters",
        "ecr": "describe_repositories",
        "iam": "list_roles",
        "s3": "list_buckets",
    }
    with pytest.raises(ClientError, match=r"security token included in the request is invalid.*slipway sandbox env"):
        getattr(stranger.client(service, endpoint_url=box.endpoint), calls[service])()


def test_aws_managed_policies_can_be_attached(client: Callable[..., Any]) -> None:
    iam = client("iam")
    arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
    iam.create_role(RoleName="execution", AssumeRolePolicyDocument='{"Statement": []}')
    iam.attach_role_policy(RoleName="execution", PolicyArn=arn)
    assert iam.list_attached_role_policies(RoleName="execution")["AttachedPolicies"][0]["PolicyArn"] == arn
    assert iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    with pytest.raises(ClientError, match="NoSuchEntity"):
        iam.attach_role_policy(RoleName="execution", PolicyArn="arn:aws:iam::aws:policy/NoSuchPolicy")


def test_the_aws_cli_works_in_the_shell_of_the_sandbox(box: Sandbox) -> None:
    words = ["aws", "sts", "get-caller-identity", "--query", "Account", "--output", "text"]
    done = subprocess.run(words, env=box.environment("stage"), capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout.strip(), done.stderr) == ("222222222222", "")


def test_the_credentials_are_readable_by_their_owner_only(box: Sandbox) -> None:
    for name in ("aws/credentials", "aws/config", "state.sqlite"):
        assert (box.directory / name).stat().st_mode & 0o077 == 0, name


def test_what_moto_does_not_imitate_is_said_and_nothing_crashes(box: Sandbox) -> None:
    client = session(box).client("ce", endpoint_url=box.endpoint)
    with pytest.raises(ClientError):
        client.list_savings_plans_purchase_recommendation_generation()


def test_motos_own_switches_are_out_of_reach(box: Sandbox, client: Callable[..., Any]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", box.port, timeout=20)
    connection.request("POST", "/moto-api/reset")
    with connection.getresponse() as response:
        assert response.status == 404
    assert client("sts").get_caller_identity()["Account"] == "111111111111"
