"""Who deploys and who audits: trusted by name, and allowed no more than was computed."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from components.auditor_role import NEVER, AuditorRole
from components.deployer_role import DeployerRole, GitHub
from tests.components.builders import AUDITOR_ROLE, DEPLOYER_ROLE, ENGINEERS, RIGHTS, build
from tests.recording_engine import ACCOUNT

ROLE = "aws:iam/role:Role"
POLICY = "aws:iam/policy:Policy"
PROVIDER = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"


def trust(args: Any = DEPLOYER_ROLE) -> dict[str, Any]:
    statements = json.loads(build(DeployerRole, args).one(ROLE).inputs["assumeRolePolicy"])["Statement"]
    return {one["Sid"]: one for one in statements}


def test_jobs_of_one_environment_of_one_repository_deploy_with_a_token_for_aws() -> None:
    job = trust()["JobsOfGitHub"]
    assert job["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert job["Condition"] == {
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": "repo:acme/shop:environment:test",
        }
    }


@pytest.mark.parametrize(
    ("repository", "environment"),
    [("acme/*", "prod"), ("*", "prod"), ("shop", "prod"), ("acme/shop", "*"), ("acme/shop", ""), ("a/b/c", "prod")],
)
def test_a_repository_or_an_environment_is_named_and_not_a_pattern(repository: str, environment: str) -> None:
    with pytest.raises(ValueError, match="without wildcards"):
        GitHub(repository=repository, environment=environment)


def test_the_role_may_take_itself_as_the_program_does_and_nobody_else_of_the_account() -> None:
    itself = trust()["Itself"]
    assert itself["Condition"] == {"ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/slipway-deployer"}}
    assert trust()["People"]["Principal"] == {"AWS": [ENGINEERS]}
    assert set(trust(replace(DEPLOYER_ROLE, people=()))) == {"Itself", "JobsOfGitHub"}
    assert set(trust(replace(DEPLOYER_ROLE, github=None))) == {"Itself", "People"}
    with pytest.raises(ValueError, match="nobody could take the role"):
        replace(DEPLOYER_ROLE, github=None, people=())


def test_the_accounts_provider_for_github_is_made_once_or_named() -> None:
    engine = build(DeployerRole, DEPLOYER_ROLE)
    assert engine.one(PROVIDER).inputs["clientIdLists"] == ["sts.amazonaws.com"]
    arn = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
    named = replace(DEPLOYER_ROLE, github=GitHub(repository="acme/shop", environment="test", provider_arn=arn))
    assert build(DeployerRole, named).all(PROVIDER) == []
    assert trust(named)["JobsOfGitHub"]["Principal"] == {"Federated": arn}


def test_each_document_is_a_policy_of_the_role() -> None:
    engine = build(DeployerRole, replace(DEPLOYER_ROLE, documents=RIGHTS * 3))
    assert [json.loads(one.inputs["policy"]) for one in engine.all(POLICY)] == RIGHTS * 3
    assert len(engine.all("aws:iam/rolePolicyAttachment:RolePolicyAttachment")) == 3


@pytest.mark.parametrize("number", [0, 11])
def test_a_role_takes_ten_policies(number: int) -> None:
    with pytest.raises(ValueError, match=f"there are {number} documents"):
        replace(DEPLOYER_ROLE, documents=RIGHTS * number)


def test_a_policy_that_aws_would_not_take_is_refused() -> None:
    long = [{"Version": "2012-10-17", "Statement": [{"Action": "x" * 6144}]}]
    with pytest.raises(ValueError, match="a policy takes 6144"):
        replace(DEPLOYER_ROLE, documents=long)


@pytest.mark.parametrize("seconds", [3599, 43_201])
def test_a_session_is_as_long_as_aws_takes(seconds: int) -> None:
    with pytest.raises(ValueError, match="session_seconds"):
        replace(DEPLOYER_ROLE, session_seconds=seconds)


def test_an_auditor_reads_and_is_denied_every_secret_whatever_else_allows_it() -> None:
    policies = sorted(build(AuditorRole, AUDITOR_ROLE).all(POLICY), key=lambda one: one.name)
    *read, denied = (json.loads(one.inputs["policy"]) for one in policies)
    assert read == RIGHTS
    assert denied["Statement"] == [{"Effect": "Deny", "Action": list(NEVER), "Resource": "*"}]
    assert "secretsmanager:GetSecretValue" in NEVER
    with pytest.raises(ValueError, match="people is empty"):
        replace(AUDITOR_ROLE, people=())
