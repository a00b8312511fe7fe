"""ECR's API: repositories with their settings, images by tag and digest, and immutable tags."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.lifecycle import Sandbox

MANIFEST = "application/vnd.oci.image.manifest.v1+json"


@pytest.fixture
def ecr(client: Callable[..., Any]) -> Any:
    return client("ecr")


def test_a_repository_is_described_as_it_was_made(ecr: Any, box: Sandbox) -> None:
    made = ecr.create_repository(
        repositoryName="team/described",
        imageTagMutability="IMMUTABLE_WITH_EXCLUSION",
        imageTagMutabilityExclusionFilters=[{"filterType": "WILDCARD", "filter": "dev*"}],
        imageScanningConfiguration={"scanOnPush": True},
        encryptionConfiguration={"encryptionType": "KMS"},
        tags=[{"Key": "a", "Value": "b"}],
    )["repository"]
    assert made["repositoryUri"] == f"127.0.0.1:{box.port}/111111111111/eu-west-1/team/described"
    assert made["repositoryArn"] == "arn:aws:ecr:eu-west-1:111111111111:repository/team/described"
    assert made["imageTagMutabilityExclusionFilters"] == [{"filterType": "WILDCARD", "filter": "dev*"}]
    assert made["encryptionConfiguration"]["kmsKey"] == "arn:aws:kms:eu-west-1:111111111111:alias/aws/ecr"
    assert ecr.describe_repositories(repositoryNames=["team/described"])["repositories"] == [made]
    assert ecr.list_tags_for_resource(resourceArn=made["repositoryArn"])["tags"] == [{"Key": "a", "Value": "b"}]


def test_settings_of_a_repository_change(ecr: Any) -> None:
    arn = ecr.create_repository(repositoryName="changing")["repository"]["repositoryArn"]
    ecr.put_image_tag_mutability(repositoryName="changing", imageTagMutability="IMMUTABLE")
    ecr.put_image_scanning_configuration(repositoryName="changing", imageScanningConfiguration={"scanOnPush": True})
    ecr.tag_resource(resourceArn=arn, tags=[{"Key": "a", "Value": "b"}, {"Key": "c", "Value": "d"}])
    ecr.untag_resource(resourceArn=arn, tagKeys=["a"])
    now = ecr.describe_repositories(repositoryNames=["changing"])["repositories"][0]
    assert (now["imageTagMutability"], now["imageScanningConfiguration"]) == ("IMMUTABLE", {"scanOnPush": True})
    assert ecr.list_tags_for_resource(resourceArn=arn)["tags"] == [{"Key": "c", "Value": "d"}]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"imageTagMutability": "IMMUTABLE_WITH_EXCLUSION"}, "requires exclusion filters"),
        (
            {"imageTagMutabilityExclusionFilters": [{"filterType": "WILDCARD", "filter": "dev*"}]},
            "does not allow exclusion filters",
        ),
        (
            {
                "imageTagMutability": "IMMUTABLE_WITH_EXCLUSION",
                "imageTagMutabilityExclusionFilters": [{"filterType": "WILDCARD", "filter": "*a*b*"}],
            },
            "at most 2 wildcards",
        ),
    ],
)
def test_contradicting_mutability_is_refused(ecr: Any, settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ClientError, match=f"InvalidParameterException.*{words}"):
        ecr.create_repository(repositoryName="contradiction", **settings)


@pytest.mark.parametrize(
    ("operation", "policy", "missing", "refusal"),
    [
        (
            "lifecycle_policy",
            "lifecyclePolicyText",
            "LifecyclePolicyNotFoundException",
            "Could not map policyString into LifecyclePolicy",
        ),
        ("repository_policy", "policyText", "RepositoryPolicyNotFoundException", "Invalid JSON"),
    ],
)
def test_policies_are_kept_and_forgotten(ecr: Any, operation: str, policy: str, missing: str, refusal: str) -> None:
    name = f"policies-{operation.partition('_')[0]}"
    ecr.create_repository(repositoryName=name)
    put = ecr.put_lifecycle_policy if operation == "lifecycle_policy" else ecr.set_repository_policy
    selection = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 9}
    rule = {"rulePriority": 1, "selection": selection, "action": {"type": "expire"}}
    get, delete = getattr(ecr, f"get_{operation}"), getattr(ecr, f"delete_{operation}")
    text = json.dumps({"rules": [rule], "Statement": [], "padding": "x" * 100})
    with pytest.raises(ClientError, match=missing):
        get(repositoryName=name)
    put(repositoryName=name, **{policy: text})
    assert get(repositoryName=name)[policy] == text
    with pytest.raises(ClientError, match=refusal):
        put(repositoryName=name, **{policy: "{" * 100})
    delete(repositoryName=name)
    with pytest.raises(ClientError, match=missing):
        delete(repositoryName=name)


def test_a_repository_with_images_is_deleted_only_by_force(ecr: Any, box: Sandbox) -> None:
    ecr.create_repository(repositoryName="full")
    box.image("full", "1.0.0")
    with pytest.raises(ClientError, match=r"RepositoryNotEmptyException.*still contains images"):
        ecr.delete_repository(repositoryName="full")
    ecr.delete_repository(repositoryName="full", force=True)
    with pytest.raises(ClientError, match=r"RepositoryNotFoundException.*name 'full' does not exist.*'111111111111'"):
        ecr.describe_images(repositoryName="full")


def test_a_name_is_taken_once(ecr: Any) -> None:
    ecr.create_repository(repositoryName="once")
    with pytest.raises(ClientError, match="RepositoryAlreadyExistsException"):
        ecr.create_repository(repositoryName="once")


def test_an_image_is_found_by_tag_by_digest_and_by_both_when_they_agree(ecr: Any, box: Sandbox) -> None:
    ecr.create_repository(repositoryName="found")
    digest = box.image("found", "1.0.0")["digest"]
    other = box.image("found", "1.1.0")["digest"]
    for image_id in ({"imageTag": "1.0.0"}, {"imageDigest": digest}, {"imageTag": "1.0.0", "imageDigest": digest}):
        (detail,) = ecr.describe_images(repositoryName="found", imageIds=[image_id])["imageDetails"]
        assert (detail["imageDigest"], detail["imageTags"]) == (digest, ["1.0.0"])
    answer = ecr.batch_get_image(
        repositoryName="found", imageIds=[{"imageTag": "1.0.0", "imageDigest": other}, {"imageTag": "2.0.0"}]
    )
    assert [failure["failureCode"] for failure in answer["failures"]] == ["ImageTagDoesNotMatchDigest", "ImageNotFound"]


def test_a_missing_image_is_named_in_the_error(ecr: Any) -> None:
    ecr.create_repository(repositoryName="empty")
    with pytest.raises(ClientError, match=r"ImageNotFoundException.*\{imageDigest:'null', imageTag:'9.9.9'\}"):
        ecr.describe_images(repositoryName="empty", imageIds=[{"imageTag": "9.9.9"}])


def test_the_manifest_is_the_one_whose_sha256_is_the_digest(ecr: Any, box: Sandbox) -> None:
    ecr.create_repository(repositoryName="hashed")
    digest = box.image("hashed", "1.0.0")["digest"]
    (image,) = ecr.batch_get_image(repositoryName="hashed", imageIds=[{"imageTag": "1.0.0"}])["images"]
    assert f"sha256:{hashlib.sha256(image['imageManifest'].encode()).hexdigest()}" == digest
    assert image["imageManifestMediaType"] == MANIFEST


def test_the_same_image_made_twice_has_the_same_digest_and_another_behaviour_another(ecr: Any, box: Sandbox) -> None:
    ecr.create_repository(repositoryName="same")
    first = box.image("same", "1.0.0")
    assert box.image("same", "1.0.0") == first
    assert box.image("same", "1.0.1", behaviour="crash")["digest"] != first["digest"]


def test_an_image_waits_for_its_repository_and_appears_when_that_is_created(ecr: Any, box: Sandbox) -> None:
    made = box.image("later", "1.0.0")
    assert made["staged"] is True
    with pytest.raises(ClientError, match="RepositoryNotFoundException"):
        ecr.list_images(repositoryName="later")
    ecr.create_repository(repositoryName="later", imageTagMutability="IMMUTABLE")
    assert ecr.list_images(repositoryName="later")["imageIds"] == [{"imageDigest": made["digest"], "imageTag": "1.0.0"}]


def test_put_image_adds_a_tag_and_says_when_nothing_changes(ecr: Any, box: Sandbox) -> None:
    ecr.create_repository(repositoryName="retagged")
    digest = box.image("retagged", "1.0.0-rc1")["digest"]
    (image,) = ecr.batch_get_image(repositoryName="retagged", imageIds=[{"imageDigest": digest}])["images"]
    again = {"repositoryName": "retagged", "imageManifest": image["imageManifest"], "imageTag": "1.0.0"}
    assert ecr.put_image(**again)["image"]["imageId"] == {"imageDigest": digest, "imageTag": "1.0.0"}
    with pytest.raises(ClientError, match="ImageAlreadyExistsException"):
        ecr.put_image(**again)
    with pytest.raises(ClientError, match="ImageDigestDoesNotMatchException"):
        ecr.put_image(**again, imageDigest="sha256:" + "0" * 64)


def test_put_image_needs_its_layers(ecr: Any, box: Sandbox) -> None:
    ecr.create_repository(repositoryName="from")
    ecr.create_repository(repositoryName="without-layers")
    digest = box.image("from", "1.0.0")["digest"]
    (image,) = ecr.batch_get_image(repositoryName="from", imageIds=[{"imageDigest": digest}])["images"]
    with pytest.raises(ClientError, match="LayersNotFoundException"):
        ecr.put_image(repositoryName="without-layers", imageManifest=image["imageManifest"], imageTag="1")
    layer = json.loads(image["imageManifest"])["layers"][0]["digest"]
    here = ecr.batch_check_layer_availability(repositoryName="from", layerDigests=[layer])["layers"][0]
    there = ecr.batch_check_layer_availability(repositoryName="without-layers", layerDigests=[layer])["layers"][0]
    assert (here["layerAvailability"], there["layerAvailability"]) == ("AVAILABLE", "UNAVAILABLE")


def test_deleting_the_last_tag_deletes_the_image_and_deleting_by_digest_all_its_tags(ecr: Any, box: Sandbox) -> None:
    ecr.create_repository(repositoryName="deleted")
    box.image("deleted", "1.0.0")
    second = box.image("deleted", "2.0.0")["digest"]
    answer = ecr.batch_delete_image(
        repositoryName="deleted",
        imageIds=[{"imageTag": "1.0.0"}, {"imageDigest": second}, {"imageTag": "3.0.0"}],
    )
    assert {image["imageTag"] for image in answer["imageIds"]} == {"1.0.0", "2.0.0"}
    assert answer["failures"][0]["failureCode"] == "ImageNotFound"
    assert ecr.describe_images(repositoryName="deleted")["imageDetails"] == []


def test_long_lists_come_in_pages(ecr: Any, box: Sandbox) -> None:
    ecr.create_repository(repositoryName="paged")
    for number in range(5):
        box.image("paged", f"1.0.{number}")
    pages = list(ecr.get_paginator("list_images").paginate(repositoryName="paged", PaginationConfig={"PageSize": 2}))
    assert [len(page["imageIds"]) for page in pages] == [2, 2, 1]
    assert {image["imageTag"] for page in pages for image in page["imageIds"]} == {f"1.0.{n}" for n in range(5)}


def test_a_token_for_docker_login_names_the_registry(ecr: Any, box: Sandbox) -> None:
    (data,) = ecr.get_authorization_token()["authorizationData"]
    assert data["proxyEndpoint"] == f"http://127.0.0.1:{box.port}"
