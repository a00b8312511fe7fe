"""What Slipway itself calls, beside the AWS plugin: its program, its provider, its gates and its verbs.

A test reads these rooms' sources and finds each operation of AWS that they name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from access.containers import CLUSTERS, REPOSITORIES, ROLES, SERVICES, TASK_DEFINITIONS
from access.need import Need, When, buckets, regional, worldwide
from access.watching import KEYS, LOG_GROUPS

TASKS: Final = regional("ecs", "task/{cluster}/*")
DEPLOYMENTS: Final = regional("ecs", "service/{cluster}/*", "service-deployment/{cluster}/*")
REVISIONS: Final = regional("ecs", "service/{cluster}/*", "service-revision/{cluster}/*")
SECRETS: Final = regional("secretsmanager", "secret:{secret}-*")
ALARMS: Final = regional("cloudwatch", "alarm:*")

JOURNAL: Final = (
    Need(actions="s3:ListBucket", on=buckets("{journal}", "{journal_before}")),
    Need(actions="s3:GetObject", on=buckets("{journal}/*", "{journal_before}/*")),
)
"""Also of the environment before: what was verified there may run here."""

READS: Final[Sequence[Need]] = (
    Need(actions="ecs:DescribeServices ecs:ListServiceDeployments", on=SERVICES),
    Need(actions="ecs:DescribeServiceDeployments", on=DEPLOYMENTS),
    Need(actions="ecs:DescribeServiceRevisions", on=REVISIONS),
    Need(actions="ecs:ListTasks", when=When.IN_CLUSTER),
    Need(actions="ecs:DescribeTasks", on=TASKS),
    Need(actions="ecs:DescribeTaskDefinition"),
    Need(actions="ecr:DescribeRepositories", on=regional("ecr", "repository/*")),
    Need(actions="ecr:DescribeImages ecr:ListImages ecr:BatchGetImage", on=REPOSITORIES),
    Need(
        actions="ecr:DescribeImageScanFindings",
        on=REPOSITORIES,
        why="the gate on an image's scan, where the environment has it (prod)",
    ),
    Need(
        actions="elasticloadbalancing:DescribeRules elasticloadbalancing:DescribeTargetHealth "
        "elasticloadbalancing:DescribeTargetGroups",
    ),
    Need(actions="ec2:DescribeSubnets"),
    Need(actions="iam:GetRole", on=ROLES),
    Need(
        actions="secretsmanager:DescribeSecret secretsmanager:GetResourcePolicy",
        on=SECRETS,
        why="a service's secrets, by their names and never their values: where the catalogue has some",
    ),
    # AWS: "Use aliases to control access to KMS keys".
    Need(
        actions="kms:DescribeKey",
        on=KEYS,
        when=When.NAMED,
        why="the key of images or parameters, by its alias: where the stack file or the catalogue names one",
    ),
    Need(actions="cloudwatch:DescribeAlarms", on=ALARMS),
    Need(actions="cloudwatch:GetMetricData", why="verification and alarms' numbers, where the environment has them"),
    *JOURNAL,
)
"""What tells how the environment is. Names, states and numbers: no value of a secret, no line of a log."""

WRITES: Final[Sequence[Need]] = (
    Need(
        actions="sts:AssumeRole",
        on=worldwide("iam", "role/{deployer}"),
        why="the program takes the stack's role, also where it already has it",
    ),
    Need(actions="s3:PutObject", on=buckets("{journal}/*")),
    # The marks of images that rollbacks need are tags.
    Need(actions="ecr:PutImage", on=REPOSITORIES),
    Need(
        actions="ecr:BatchDeleteImage",
        on=REPOSITORIES,
        why="a mark is taken from an image when there are more than are kept",
    ),
    Need(
        actions="ecr:GetAuthorizationToken",
        why="`slipway push` logs Docker in",
    ),
    Need(
        actions="ecr:BatchCheckLayerAvailability ecr:GetDownloadUrlForLayer ecr:InitiateLayerUpload "
        "ecr:UploadLayerPart ecr:CompleteLayerUpload",
        on=REPOSITORIES,
        why="`slipway push` and `slipway promote` bring an image here",
    ),
    Need(
        actions="ecs:UpdateService",
        on=SERVICES,
        why="puts the last verified revision back, where the environment does so (prod)",
    ),
    Need(
        actions="ecs:StopServiceDeployment ecs:ContinueServiceDeployment",
        on=DEPLOYMENTS,
        why="`slipway abort`, `slipway continue`, and a release that cannot succeed, where ECS's breaker is not first",
    ),
    Need(
        actions="ecs:RunTask",
        on=TASK_DEFINITIONS,
        when=When.IN_CLUSTER,
        why="a migration's task, where a service has one, and `slipway run`",
    ),
    Need(actions="ecs:StopTask", on=TASKS, why="a migration's task, or one of `slipway run`, that takes too long"),
    Need(
        actions="logs:GetLogEvents logs:FilterLogEvents",
        on=LOG_GROUPS,
        why="last words of a task that failed, and error lines in a verification",
    ),
)

AUDITS: Final[Sequence[Need]] = (
    *READS,
    Need(actions="ecs:DescribeClusters", on=CLUSTERS, why="how the cluster is set"),
    Need(
        actions="iam:GetRolePolicy iam:ListRolePolicies iam:ListAttachedRolePolicies",
        on=ROLES,
        why="what the program's roles may do",
    ),
    Need(
        actions="cloudwatch:DescribeAlarmHistory",
        on=ALARMS,
        why="when an alarm went off",
    ),
)
"""What an auditor reads."""
