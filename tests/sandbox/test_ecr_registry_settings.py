"""What holds for a whole registry: kept, told, and refused as ECR refuses it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from sandbox.registry.registry import Shelf
from sandbox.registry.scanning import scans_on_push

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.lifecycle import Sandbox

REGION = "eu-west-1"


@pytest.fixture
def ecr(client: Callable[..., Any]) -> Any:
    return client("ecr")


def code(refused: pytest.ExceptionInfo[ClientError]) -> str:
    return str(refused.value.response["Error"]["Code"])


def test_a_registry_s_policy_is_kept_until_it_is_deleted(ecr: Any) -> None:
    text = json.dumps({"Version": "2012-10-17", "Statement": []})
    assert ecr.put_registry_policy(policyText=text)["policyText"] == text
    assert ecr.get_registry_policy()["policyText"] == text
    ecr.delete_registry_policy()
    with pytest.raises(ClientError) as refused:
        ecr.get_registry_policy()
    assert code(refused) == "RegistryPolicyNotFoundException"


def test_a_registry_replicates_to_others_and_never_to_itself(ecr: Any) -> None:
    def rules(region: str) -> dict[str, Any]:
        return {"rules": [{"destinations": [{"region": region, "registryId": "111111111111"}]}]}

    ecr.put_replication_configuration(replicationConfiguration=rules("eu-central-1"))
    assert ecr.describe_registry()["replicationConfiguration"] == rules("eu-central-1")
    with pytest.raises(ClientError, match="cannot be the same as the source"):
        ecr.put_replication_configuration(replicationConfiguration=rules(REGION))


def test_a_cache_has_a_prefix_of_its_own_and_credentials_where_its_upstream_wants_them(ecr: Any) -> None:
    public = {"ecrRepositoryPrefix": "public", "upstreamRegistryUrl": "public.ecr.aws"}
    ecr.create_pull_through_cache_rule(**public)
    [told] = ecr.describe_pull_through_cache_rules(ecrRepositoryPrefixes=["public"])["pullThroughCacheRules"]
    assert (told["upstreamRegistryUrl"], told["upstreamRepositoryPrefix"]) == ("public.ecr.aws", "ROOT")
    with pytest.raises(ClientError) as refused:
        ecr.create_pull_through_cache_rule(**public)
    assert code(refused) == "PullThroughCacheRuleAlreadyExistsException"
    with pytest.raises(ClientError) as refused:
        ecr.create_pull_through_cache_rule(ecrRepositoryPrefix="hub", upstreamRegistryUrl="registry-1.docker.io")
    assert code(refused) == "UnsupportedUpstreamRegistryException"
    ecr.delete_pull_through_cache_rule(ecrRepositoryPrefix="public")
    with pytest.raises(ClientError) as refused:
        ecr.describe_pull_through_cache_rules(ecrRepositoryPrefixes=["public"])
    assert code(refused) == "PullThroughCacheRuleNotFoundException"


def test_a_rule_of_the_registry_has_images_scanned_that_no_repository_asks_to_scan(
    client: Callable[..., Any], box: Sandbox
) -> None:
    ecr = client("ecr")
    rule = {
        "scanFrequency": "SCAN_ON_PUSH",
        "repositoryFilters": [{"filter": "by-rule/*", "filterType": "WILDCARD"}],
    }
    ecr.put_registry_scanning_configuration(scanType="BASIC", rules=[rule])
    try:
        for name in ("by-rule/web", "by-nobody/web"):
            ecr.create_repository(repositoryName=name)
            box.image(name, "1.0.0")
        image = {"imageTag": "1.0.0"}
        assert ecr.describe_image_scan_findings(repositoryName="by-rule/web", imageId=image)["imageScanStatus"]
        with pytest.raises(ClientError) as refused:
            ecr.describe_image_scan_findings(repositoryName="by-nobody/web", imageId=image)
        assert code(refused) == "ScanNotFoundException"
    finally:
        ecr.put_registry_scanning_configuration(scanType="BASIC", rules=[])


def test_a_template_is_kept_and_changed_until_it_is_deleted_and_there_is_one_of_a_prefix(ecr: Any) -> None:
    made = ecr.create_repository_creation_template(prefix="cached", appliedFor=["PULL_THROUGH_CACHE"])
    assert made["repositoryCreationTemplate"]["imageTagMutability"] == "MUTABLE"
    with pytest.raises(ClientError) as refused:
        ecr.create_repository_creation_template(prefix="cached", appliedFor=["REPLICATION"])
    assert code(refused) == "TemplateAlreadyExistsException"
    ecr.update_repository_creation_template(prefix="cached", description="other")
    [told] = ecr.describe_repository_creation_templates(prefixes=["cached"])["repositoryCreationTemplates"]
    assert (told["description"], told["appliedFor"]) == ("other", ["PULL_THROUGH_CACHE"])
    ecr.delete_repository_creation_template(prefix="cached")
    with pytest.raises(ClientError) as gone:
        ecr.describe_repository_creation_templates(prefixes=["cached"])
    assert code(gone) == "TemplateNotFoundException"


def test_enhanced_scanning_is_refused_by_name(ecr: Any) -> None:
    with pytest.raises(ClientError, match="enhanced scanning by Amazon Inspector"):
        ecr.put_registry_scanning_configuration(scanType="ENHANCED", rules=[])


@pytest.mark.parametrize(
    ("pattern", "repository", "scanned"),
    [("*", "web", True), ("web", "team/web-api", True), ("web*", "team/web", False), ("team/*", "team/web", True)],
)
def test_a_filter_matches_as_ecr_documents_it(pattern: str, repository: str, scanned: bool) -> None:  # noqa: FBT001
    rules = [{"scanFrequency": "SCAN_ON_PUSH", "repositoryFilters": [{"filter": pattern}]}]
    assert scans_on_push({"rules": rules}, repository) is scanned
    assert not scans_on_push(None, repository)


def test_what_an_older_sandbox_kept_of_a_registry_has_no_settings() -> None:
    old = Shelf.__new__(Shelf)
    old.__setstate__({"repositories": {}, "staged": {}})
    assert old.settings == {}
