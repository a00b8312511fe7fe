"""What the life of registries' settings, backups and rotations takes.

AWS: "Actions, resources, and condition keys for Amazon Elastic Container Registry", "... AWS Backup", "... Secrets
Manager", "... Lambda". ECR limits what holds for a whole registry to nothing smaller: documented.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from access.containers import REPOSITORIES, linked, passed
from access.need import EVERYTHING, TAGGED, Kind, Need, When, regional
from access.watching import KEYS

VAULTS: Final = regional("backup", "backup-vault:{vault}")
PLANS: Final = regional("backup", "backup-plan:*")
FUNCTIONS: Final = regional("lambda", "function:{function}")
ROTATED: Final = regional("secretsmanager", "secret:{rotated}")

KINDS: Final[Sequence[Kind]] = (
    Kind(
        of="aws:ecr/repositoryPolicy:RepositoryPolicy",
        needs=(
            Need(
                actions="ecr:SetRepositoryPolicy ecr:GetRepositoryPolicy ecr:DeleteRepositoryPolicy",
                on=REPOSITORIES,
            ),
        ),
    ),
    Kind(
        of="aws:ecr/registryPolicy:RegistryPolicy",
        needs=(Need(actions="ecr:PutRegistryPolicy ecr:GetRegistryPolicy ecr:DeleteRegistryPolicy"),),
    ),
    Kind(
        of="aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration",
        needs=(Need(actions="ecr:PutRegistryScanningConfiguration ecr:GetRegistryScanningConfiguration"),),
    ),
    Kind(
        of="aws:ecr/replicationConfiguration:ReplicationConfiguration",
        needs=(
            Need(actions="ecr:PutReplicationConfiguration ecr:DescribeRegistry"),
            linked("replication.ecr.amazonaws.com", "AWSServiceRoleForECRReplication", "the role that replicates"),
        ),
    ),
    Kind(
        of="aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate",
        needs=(
            Need(
                actions="ecr:CreateRepositoryCreationTemplate ecr:DescribeRepositoryCreationTemplates "
                "ecr:DeleteRepositoryCreationTemplate"
            ),
            Need(actions="ecr:UpdateRepositoryCreationTemplate", why="AWS plugin: when a template changes"),
        ),
    ),
    Kind(
        of="aws:ecr/pullThroughCacheRule:PullThroughCacheRule",
        needs=(
            Need(
                actions="ecr:CreatePullThroughCacheRule ecr:DescribePullThroughCacheRules "
                "ecr:DeletePullThroughCacheRule"
            ),
            Need(actions="ecr:UpdatePullThroughCacheRule", why="AWS plugin: when the credentials of a rule change"),
            linked(
                "pullthroughcache.ecr.amazonaws.com",
                "AWSServiceRoleForECRPullThroughCache",
                "the role that reads an upstream's credentials",
            ),
        ),
    ),
    Kind(
        of="aws:backup/vault:Vault",
        placeholder="vault",
        needs=(
            Need(
                actions="backup:CreateBackupVault backup:DescribeBackupVault backup:ListTags backup:DeleteBackupVault",
                on=VAULTS,
            ),
            Need(actions="backup:TagResource backup:UntagResource", on=VAULTS, why=TAGGED),
            # AWS: "Access control" of AWS Backup, CreateBackupVault.
            Need(
                actions="backup-storage:MountCapsule",
                on=(EVERYTHING,),
                why="no call of its own: AWS asks for it when a vault is made",
            ),
            Need(
                actions="kms:CreateGrant kms:Decrypt kms:DescribeKey kms:GenerateDataKey kms:RetireGrant",
                on=KEYS,
                when=When.OWNED,
                why="no call of its own: AWS asks for them when a vault is made with a key",
            ),
        ),
    ),
    Kind(
        of="aws:backup/plan:Plan",
        needs=(
            Need(actions="backup:CreateBackupPlan", on=PLANS, when=When.MADE),
            Need(actions="backup:GetBackupPlan backup:ListTags backup:DeleteBackupPlan", on=PLANS, when=When.OWNED),
            Need(
                actions="backup:UpdateBackupPlan",
                on=PLANS,
                when=When.OWNED,
                why="AWS plugin: when the rules of a plan change",
            ),
            Need(actions="backup:TagResource", on=PLANS, when=When.MADE, why=TAGGED),
            Need(actions="backup:UntagResource", on=PLANS, when=When.OWNED, why=TAGGED),
        ),
    ),
    Kind(
        of="aws:backup/selection:Selection",
        needs=(
            Need(
                actions="backup:CreateBackupSelection backup:GetBackupSelection backup:DeleteBackupSelection",
                on=PLANS,
                when=When.OWNED,
            ),
            passed("backup.amazonaws.com", "CreateBackupSelection for the role that backs up"),
        ),
    ),
    Kind(
        of="aws:lambda/permission:Permission",
        placeholder="function",
        named_by="function",
        arn_until=":function:",
        needs=(Need(actions="lambda:AddPermission lambda:GetPolicy lambda:RemovePermission", on=FUNCTIONS),),
    ),
    Kind(
        of="aws:secretsmanager/secretRotation:SecretRotation",
        placeholder="rotated",
        named_by="secretId",
        arn_until=":secret:",
        needs=(
            Need(
                actions="secretsmanager:RotateSecret secretsmanager:DescribeSecret secretsmanager:CancelRotateSecret",
                on=ROTATED,
            ),
            Need(
                actions="lambda:InvokeFunction",
                on=FUNCTIONS,
                why="no call of its own: AWS asks for it in RotateSecret",
            ),
        ),
    ),
)
