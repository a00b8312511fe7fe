"""`BackupPlan`: backups of file systems that carry a tag, in a vault with a key of its own."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.encryption_key import DELETION_WINDOWS, EncryptionKey, EncryptionKeyArgs, alias_of
from components.permissions import EVERYTHING, VERSION, Permission

LONGEST_NAME: Final = 50
"""Characters of a vault's name (AWS: "CreateBackupVault"): documented."""
COLD_DAYS: Final = 90
"""Days that a backup stays in cold storage at least (AWS: "Lifecycle", AWS Backup API reference): documented."""
LEAST_WINDOW: Final = 60
"""Minutes (AWS: "BackupRuleInput", StartWindowMinutes): documented."""


@dataclass(frozen=True, kw_only=True)
class BackupPlanArgs:
    """What is backed up, when, and for how long it is kept."""

    vault_name: str
    """Where the backups are: 2 to 50 letters, digits and hyphens. The plan has its name, too."""
    account: str
    """The AWS account, twelve digits."""
    region: str
    """Its region, such as `eu-west-1`."""
    partition: str = "aws"
    """`aws`, or AWS's name for another part of it: `aws-cn`, `aws-us-gov`."""
    tag: str = "backup"
    """The tag of the EFS file systems that are backed up, of this account and region."""
    value: str = "daily"
    """The tag's value."""
    schedule: str = "cron(0 3 * * ? *)"
    """When backups begin, as EventBridge writes it. Every day at three by default."""
    time_zone: str = "Etc/UTC"
    """The zone of `schedule`, as IANA names it."""
    retention_days: int = 35
    """Days for which a backup is kept."""
    cold_after_days: int | None = None
    """Days after which a backup moves to cold storage, where it then stays for 90 at least. None: it never does."""
    start_window: int = LEAST_WINDOW
    """Minutes in which a backup must have begun, 60 at least, or it is given up."""
    completion_window: int = 720
    """Minutes in which a backup that has begun must be done, or it is given up."""
    copies_to: Sequence[str] = ()
    """ARNs of vaults, in other regions or accounts, that get a copy of each backup, kept as long."""
    deletion_window_days: int = DELETION_WINDOWS[-1]
    """Days in which the key can be had back, and with it the backups: 7 to 30."""

    def __post_init__(self) -> None:
        if not re.fullmatch(rf"[A-Za-z0-9_-]{{2,{LONGEST_NAME}}}", self.vault_name):
            raise ValueError(
                f"vault_name is {self.vault_name!r}; allowed are 2 to {LONGEST_NAME} letters, digits, hyphens"
            )
        if not self.tag or not self.value:
            raise ValueError("tag and value say what is backed up; without them AWS Backup takes all that there is")
        if self.retention_days < 1:
            raise ValueError(f"retention_days is {self.retention_days}; a backup is kept for 1 day at least")
        if self.cold_after_days is not None and self.retention_days < self.cold_after_days + COLD_DAYS:
            raise ValueError(
                f"retention_days is {self.retention_days}; a backup that moves to cold storage after "
                f"{self.cold_after_days} days is kept for {self.cold_after_days + COLD_DAYS} at least"
            )
        if self.start_window < LEAST_WINDOW:
            raise ValueError(f"start_window is {self.start_window} minutes; AWS Backup wants {LEAST_WINDOW} at least")
        if self.completion_window <= self.start_window:
            raise ValueError(
                f"completion_window is {self.completion_window} minutes; it begins with the start window, which has "
                f"{self.start_window}"
            )

    @property
    def file_systems(self) -> str:
        """All file systems of the account and region."""
        return f"arn:{self.partition}:elasticfilesystem:{self.region}:{self.account}:file-system/*"


class BackupPlan(pulumi.ComponentResource):
    """A plan of AWS Backup for the EFS file systems that carry a tag, with vault, key and role.

    A vault that holds backups is not deleted: AWS refuses it, and the key stays with it. AWS: "Working with backup
    plans", "Encryption for backups in AWS Backup". EFS must be opted in once in the account and region (AWS: "Getting
    started 1: Service opt-in").
    """

    vault_arn: pulumi.Output[str]
    """Of the vault that the backups are in."""
    plan_id: pulumi.Output[str]
    """Of the plan: other selections may join it."""

    def __init__(self, name: str, args: BackupPlanArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:components:BackupPlan", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        key = EncryptionKey(
            name,
            EncryptionKeyArgs(
                alias_name=alias_of("backup", args.vault_name),
                description=f"Backups in {args.vault_name}",
                account=args.account,
                partition=args.partition,
                deletion_window_days=args.deletion_window_days,
            ),
            child,
        )
        vault = aws.backup.Vault(name, name=args.vault_name, kms_key_arn=key.arn, opts=child)
        plan = aws.backup.Plan(name, name=args.vault_name, rules=[_rule(args, vault)], opts=child)
        role = aws.iam.Role(
            name,
            description=f"AWS Backup fills {args.vault_name}",
            assume_role_policy=json.dumps(trust(args), sort_keys=True),
            opts=child,
        )
        policies = [
            aws.iam.RolePolicy(
                f"{name}-{need.name}",
                role=role.name,
                policy=pulumi.Output.json_dumps(need.document(), sort_keys=True),
                opts=child,
            )
            for need in needs(args, vault.arn, key.arn)
        ]
        tagged = aws.backup.SelectionConditionStringEqualArgs(key=f"aws:ResourceTag/{args.tag}", value=args.value)
        aws.backup.Selection(
            name,
            name=args.vault_name,
            plan_id=plan.id,
            iam_role_arn=role.arn,
            # Both must hold: of a list of tags one would be enough, whatever else carries it.
            resources=[args.file_systems],
            conditions=[aws.backup.SelectionConditionArgs(string_equals=[tagged])],
            opts=pulumi.ResourceOptions(parent=self, depends_on=policies),
        )
        self.vault_arn = vault.arn
        self.plan_id = plan.id
        self.register_outputs({"vaultArn": self.vault_arn, "planId": self.plan_id})


def _rule(args: BackupPlanArgs, vault: aws.backup.Vault) -> aws.backup.PlanRuleArgs:
    lifecycle = {"delete_after": args.retention_days, "cold_storage_after": args.cold_after_days}
    return aws.backup.PlanRuleArgs(
        rule_name=args.vault_name,
        target_vault_name=vault.name,
        schedule=args.schedule,
        schedule_expression_timezone=args.time_zone,
        start_window=args.start_window,
        completion_window=args.completion_window,
        lifecycle=aws.backup.PlanRuleLifecycleArgs(**lifecycle),
        copy_actions=[
            aws.backup.PlanRuleCopyActionArgs(
                destination_vault_arn=arn, lifecycle=aws.backup.PlanRuleCopyActionLifecycleArgs(**lifecycle)
            )
            for arn in args.copies_to
        ]
        or None,
    )


def trust(args: BackupPlanArgs) -> dict[str, Any]:
    """Who may take the role: AWS Backup, for this account (AWS: "Cross-service confused deputy prevention")."""
    return {
        "Version": VERSION,
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "backup.amazonaws.com"},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"aws:SourceAccount": args.account}},
            }
        ],
    }


def needs(args: BackupPlanArgs, vault_arn: pulumi.Input[str], key_arn: pulumi.Input[str]) -> tuple[Permission, ...]:
    """What the role may do: of AWS's own `AWSBackupServiceRolePolicyForBackup` what speaks of EFS, vaults and keys.

    AWS: "AWS managed policies for AWS Backup": documented. That nothing else of it is needed for EFS: assumed.
    """
    tagged = {"StringEquals": {f"aws:ResourceTag/{args.tag}": args.value}}
    return (
        Permission(
            name="back-up-file-systems",
            actions=["elasticfilesystem:Backup", "elasticfilesystem:DescribeTags"],
            resources=[args.file_systems],
            condition=tagged,
        ),
        Permission(
            name="fill-vault",
            actions=["backup:CopyIntoBackupVault", "backup:DescribeBackupVault"],
            resources=[vault_arn, *args.copies_to],
        ),
        Permission(name="find-tagged", actions=["tag:GetResources"], resources=[EVERYTHING]),
        Permission(
            name="use-key",
            actions=["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"],
            resources=[key_arn],
        ),
        Permission(
            name="lend-key",
            actions=["kms:CreateGrant"],
            resources=[key_arn],
            condition={"Bool": {"kms:GrantIsForAWSResource": "true"}},
        ),
    )
