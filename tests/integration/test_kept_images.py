"""Images stay encrypted by the key that they were pushed under, whatever becomes of the stack and its settings."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.conftest import Project

pytestmark = pytest.mark.integration


def repository(project: Project) -> Any:
    [one] = project.answer("aws", "ecr", "describe-repositories")["repositories"]
    return one["encryptionConfiguration"], one["createdAt"]


def test_a_repository_keeps_its_key_when_the_setting_goes_and_when_its_stack_goes_and_comes_back(
    project: Project,
) -> None:
    key = project.answer("aws", "kms", "create-key")["KeyMetadata"]
    alias = ("--alias-name", "alias/images", "--target-key-id", key["KeyId"])
    project.run("aws", "kms", "create-alias", *alias).succeeded()
    section = project.config()["slipway:services"]["auth-service"]
    project.configure("services", {"auth-service": {name: section[name] for name in section if name != "version"}})
    project.configure("images", {"key": "alias/images"})
    project.up().succeeded()
    made = repository(project)
    assert made[0] == {"encryptionType": "KMS", "kmsKey": key["Arn"]}

    project.configure("images", {})
    project.up("test", "--expect-no-changes").succeeded()
    project.run("pulumi", "destroy", "-s", "test", "--yes", "--skip-preview").succeeded()
    project.up().succeeded()
    assert repository(project) == made
    project.up("test", "--expect-no-changes").succeeded()
