"""Where images are kept."""

from __future__ import annotations

import json
from dataclasses import replace

import pulumi
import pulumi_aws as aws
import pytest

from components.repository import Repository, existing_repositories
from tests.components.builders import REPOSITORY, build
from tests.recording_engine import run

REPO = "aws:ecr/repository:Repository"
LIST = "aws:ecr/getRepositories:getRepositories"


def test_no_tag_moves() -> None:
    """Security Hub ECR.2."""
    made = build(Repository, replace(REPOSITORY, moving_tags=())).one(REPO)
    assert made.inputs["imageTagMutability"] == "IMMUTABLE"
    assert "imageTagMutabilityExclusionFilters" not in made.inputs


def test_only_the_named_tags_move_where_the_environment_allows_it() -> None:
    made = build(Repository, REPOSITORY).one(REPO)
    assert made.inputs["imageTagMutability"] == "IMMUTABLE_WITH_EXCLUSION"
    assert made.inputs["imageTagMutabilityExclusionFilters"] == [{"filter": "dev*", "filterType": "WILDCARD"}]


def test_images_are_scanned_when_pushed_and_encrypted() -> None:
    """Security Hub ECR.1."""
    made = build(Repository, REPOSITORY).one(REPO)
    assert made.inputs["imageScanningConfiguration"] == {"scanOnPush": True}
    assert made.inputs["encryptionConfigurations"] == [{"encryptionType": "AES256"}]


def test_it_keeps_many_images_and_no_more() -> None:
    """Security Hub ECR.3."""
    policy = json.loads(build(Repository, REPOSITORY).one("aws:ecr/lifecyclePolicy:LifecyclePolicy").inputs["policy"])
    marked, rule = policy["rules"]
    assert marked["selection"]["tagPrefixList"] == ["verified-"]
    assert rule["selection"] == {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 100}
    assert rule["action"] == {"type": "expire"}


def test_images_outlive_the_stack() -> None:
    made = build(Repository, REPOSITORY).one(REPO)
    assert made.retain_on_delete
    assert "forceDelete" not in made.inputs or made.inputs["forceDelete"] is False


def test_a_repository_that_outlived_its_stack_is_taken_over() -> None:
    assert build(Repository, replace(REPOSITORY, adopt=True)).one(REPO).import_id == "auth-service"
    assert build(Repository, REPOSITORY).one(REPO).import_id == ""


def test_the_account_is_asked_which_repositories_there_are() -> None:
    found: list[frozenset[str]] = []
    engine = run(
        lambda: found.append(existing_repositories(aws.Provider("aws"))),
        calls={LIST: {"names": ["auth-service", "other"], "id": "x", "region": "eu-west-1"}},
    )
    assert found == [frozenset({"auth-service", "other"})]
    assert [token for token, _ in engine.answers.asked] == [LIST]


def test_an_account_that_does_not_answer_is_named_in_a_sentence() -> None:
    failing = {LIST: lambda _args: ({}, [("", "AWS account ID not allowed: 444444444444")])}
    with pytest.raises(pulumi.RunError, match=r"did not say which image repositories.*444444444444"):
        run(lambda: existing_repositories(aws.Provider("aws")), calls=failing)


def test_images_are_encrypted_by_the_key_that_is_named_and_by_aws_s_own_without_one() -> None:
    plain = build(Repository, REPOSITORY).one("aws:ecr/repository:Repository").inputs["encryptionConfigurations"]
    assert plain == [{"encryptionType": "AES256"}]
    keyed = build(Repository, replace(REPOSITORY, kms_key_arn="arn:key")).one("aws:ecr/repository:Repository")
    assert keyed.inputs["encryptionConfigurations"] == [{"encryptionType": "KMS", "kmsKey": "arn:key"}]


def test_other_accounts_pull_where_they_are_named_and_never_push() -> None:
    kind = "aws:ecr/repositoryPolicy:RepositoryPolicy"
    assert build(Repository, REPOSITORY).all(kind) == []
    made = build(Repository, replace(REPOSITORY, readers=["333333333333", "222222222222"], partition="aws-cn")).one(
        kind
    )
    [allowed] = json.loads(made.inputs["policy"])["Statement"]
    assert allowed["Principal"] == {"AWS": ["arn:aws-cn:iam::222222222222:root", "arn:aws-cn:iam::333333333333:root"]}
    assert allowed["Action"] == ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]


def test_what_there_is_stays_encrypted_as_it_is() -> None:
    """ECR changes it never, and the AWS plugin would replace the repository."""
    assert build(Repository, REPOSITORY).one(REPO).ignore_changes == ("encryptionConfigurations",)
