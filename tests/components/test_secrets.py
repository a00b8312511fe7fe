"""Where a secret is, and what encrypts it."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from components.containers import ContainerParameter, ContainerSecret
from components.permissions import decrypt
from components.secrets import FoundSecret, find_secret
from tests.components.builders import SECRET_ARN
from tests.recording_engine import ACCOUNT, REGION, run

GET_SECRET = "aws:secretsmanager/getSecret:getSecret"
GET_KEY = "aws:kms/getKey:getKey"
KEY_ARN = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1a2b-3c4d"
NOBODY: dict[str, Any] = {GET_KEY: lambda _: ({}, [("", "NotFoundException")])}


def found(secret: str, key: str, calls: dict[str, Any] | None = None) -> FoundSecret:
    seen: list[FoundSecret] = []

    def program() -> None:
        provider = aws.Provider("aws", region=REGION)
        seen.append(find_secret(secret, pulumi.InvokeOptions(provider=provider)))

    run(program, calls={GET_SECRET: {"arn": SECRET_ARN, "kmsKeyId": key}, **(calls or {})})
    return seen[0]


def test_a_secret_is_found_by_its_name_and_by_its_arn() -> None:
    assert found("auth-service/key", "").arn == SECRET_ARN
    assert found(SECRET_ARN, "").arn == SECRET_ARN


@pytest.mark.parametrize(
    "key", ["", "alias/aws/secretsmanager", f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/aws/secretsmanager"]
)
def test_the_key_that_aws_manages_is_nothing_to_be_allowed(key: str) -> None:
    assert found("auth-service/key", key).key_arn is None


@pytest.mark.parametrize("key", ["1a2b-3c4d", KEY_ARN])
def test_a_key_of_the_customer_s_is_known_by_its_arn(key: str) -> None:
    assert found("auth-service/key", key).key_arn == KEY_ARN


@pytest.mark.parametrize("alias", ["alias/mine", f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/mine"])
def test_an_alias_is_looked_up_because_no_policy_works_by_it(alias: str) -> None:
    assert found("auth-service/key", alias, {GET_KEY: {"arn": KEY_ARN}}).key_arn == KEY_ARN


def test_a_key_that_is_gone_is_named() -> None:
    with pytest.raises(pulumi.RunError, match="KMS key 'alias/mine' could not be found"):
        found("auth-service/key", "alias/mine", NOBODY)


def test_a_secret_is_described_and_never_read() -> None:
    engine = run(
        lambda: find_secret("auth-service/key", pulumi.InvokeOptions(provider=aws.Provider("aws"))),
        calls={GET_SECRET: {"arn": SECRET_ARN, "kmsKeyId": ""}},
    )
    assert [(token, args["name"]) for token, args in engine.answers.asked] == [(GET_SECRET, "auth-service/key")]


def test_a_secret_that_is_missing_is_named_with_the_way_to_make_it() -> None:
    failing = {GET_SECRET: lambda _args: ({}, [("", "ResourceNotFoundException")])}
    with pytest.raises(pulumi.RunError, match=r"auth-service/key.*create-secret"):
        run(lambda: find_secret("auth-service/key", pulumi.InvokeOptions()), calls=failing)


def needs(one: ContainerSecret | ContainerParameter) -> dict[str, tuple[list[str], list[Any]]]:
    return {need.name: (list(need.actions), list(need.resources)) for need in one.needs()}


def test_each_key_is_a_need_of_its_own() -> None:
    assert needs(ContainerSecret(variable="API_KEY", arn=SECRET_ARN, key_arn=KEY_ARN)) == {
        "read-secret-api-key": (["secretsmanager:GetSecretValue"], [SECRET_ARN]),
        "decrypt-api-key": (["kms:Decrypt"], [KEY_ARN]),
    }
    assert set(needs(ContainerSecret(variable="API_KEY", arn=SECRET_ARN))) == {"read-secret-api-key"}


def test_a_parameter_is_a_reference_with_needs_of_its_own() -> None:
    arn = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/auth/url"
    one = ContainerParameter(variable="DATABASE_URL", arn=arn, key_arn=KEY_ARN)
    assert one.value_from == arn
    assert needs(one) == {
        "read-parameter-database-url": (["ssm:GetParameters"], [arn]),
        "decrypt-database-url": (["kms:Decrypt"], [KEY_ARN]),
    }


@pytest.mark.parametrize(
    ("key", "host"),
    [
        (KEY_ARN, f"ssm.{REGION}.amazonaws.com"),
        ("arn:aws-cn:kms:cn-north-1:111111111111:key/1", "ssm.cn-north-1.amazonaws.com.cn"),
    ],
)
def test_a_key_is_used_through_the_service_that_keeps_the_value_and_no_other(key: str, host: str) -> None:
    [statement] = decrypt("URL", key, "ssm").document()["Statement"]
    assert statement["Condition"] == {"StringEquals": {"kms:ViaService": host}}
