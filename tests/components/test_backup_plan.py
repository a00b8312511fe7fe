"""What is backed up, by whom, and for how long it is kept."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from components.backup_plan import BackupPlan
from tests.components.builders import BACKUP_PLAN, build
from tests.recording_engine import ACCOUNT, REGION

VAULT = "aws:backup/vault:Vault"
PLAN = "aws:backup/plan:Plan"
SELECTION = "aws:backup/selection:Selection"
FILE_SYSTEMS = f"arn:aws:elasticfilesystem:{REGION}:{ACCOUNT}:file-system/*"


def rule(**changed: Any) -> dict[str, Any]:
    [only] = build(BackupPlan, replace(BACKUP_PLAN, **changed)).one(PLAN).inputs["rules"]
    return dict(only)


def test_file_systems_that_carry_the_tag_are_backed_up_and_nothing_else_that_carries_it() -> None:
    said = build(BackupPlan, replace(BACKUP_PLAN, tag="keep", value="yes")).one(SELECTION).inputs
    assert said["resources"] == [FILE_SYSTEMS]
    assert said["conditions"] == [{"stringEquals": [{"key": "aws:ResourceTag/keep", "value": "yes"}]}]
    assert "selectionTags" not in said


def test_backups_are_in_a_vault_with_a_key_of_its_own() -> None:
    engine = build(BackupPlan, BACKUP_PLAN, name="files")
    assert engine.one(VAULT).inputs["kmsKeyArn"].endswith(":files")
    assert "forceDestroy" not in engine.one(VAULT).inputs, "backups go with nobody's stack"
    assert engine.one("aws:kms/key:Key").inputs["deletionWindowInDays"] == 30
    assert rule()["targetVaultName"] == BACKUP_PLAN.vault_name


def test_a_backup_is_kept_for_as_long_as_it_is_said_and_so_is_its_copy() -> None:
    other = f"arn:aws:backup:eu-central-1:{ACCOUNT}:backup-vault:files"
    said = rule(retention_days=120, cold_after_days=30, copies_to=[other])
    assert said["lifecycle"] == {"deleteAfter": 120, "coldStorageAfter": 30}
    assert said["copyActions"] == [{"destinationVaultArn": other, "lifecycle": said["lifecycle"]}]
    assert rule()["lifecycle"] == {"deleteAfter": 35}
    assert "copyActions" not in rule()


def test_only_aws_backup_takes_the_role_and_for_this_account_alone() -> None:
    role = build(BackupPlan, BACKUP_PLAN).one("aws:iam/role:Role")
    [trusted] = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
    assert trusted["Principal"] == {"Service": "backup.amazonaws.com"}
    assert trusted["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


def test_the_role_backs_up_what_is_tagged_and_fills_this_vault() -> None:
    made = build(BackupPlan, BACKUP_PLAN, name="files").all("aws:iam/rolePolicy:RolePolicy")
    allowed = {
        action: (statement["Resource"], statement.get("Condition"))
        for one in made
        for statement in json.loads(one.inputs["policy"])["Statement"]
        for action in statement["Action"]
    }
    tagged = {"StringEquals": {"aws:ResourceTag/backup": "daily"}}
    assert allowed["elasticfilesystem:Backup"] == ([FILE_SYSTEMS], tagged)
    assert allowed["kms:CreateGrant"][1] == {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    everywhere = [action for action, (resources, _) in allowed.items() if "*" in resources]
    assert everywhere == ["tag:GetResources"], "AWS lets nobody limit that one"


def test_nothing_is_backed_up_before_the_role_may() -> None:
    dependencies = build(BackupPlan, BACKUP_PLAN, name="files").one(SELECTION).dependencies
    assert sum("RolePolicy::files-" in urn for urn in dependencies) == 5


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"vault_name": "a"}, "vault_name is 'a'; allowed are 2 to 50"),
        ({"vault_name": "with space"}, "vault_name is 'with space'"),
        ({"tag": ""}, "AWS Backup takes all that there is"),
        ({"retention_days": 0}, "retention_days is 0"),
        ({"retention_days": 119, "cold_after_days": 30}, "is kept for 120 at least"),
        ({"start_window": 59}, "start_window is 59 minutes"),
        ({"completion_window": 60}, "completion_window is 60 minutes"),
    ],
)
def test_what_aws_backup_would_refuse_is_refused_before_it_is_asked(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        replace(BACKUP_PLAN, **changed)
