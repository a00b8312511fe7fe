"""IAM documents of tasks: the least that each need asks for. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi

from account import former_release
from release.kms_service import host_of
from release.task_needs import LONGEST_NAME as LONGEST_NEED

VERSION: Final = "2012-10-17"

EVERYTHING: Final = "*"
PULL: Final = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
"""AWS: "Amazon ECS task execution IAM role"."""
NO_RESOURCE: Final = frozenset(
    {
        "ecr:GetAuthorizationToken",
        "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel",
        "tag:GetResources",
        "xray:GetSamplingRules",
        "xray:GetSamplingStatisticSummaries",
        "xray:GetSamplingTargets",
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
    }
)
"""Actions that AWS lets nobody limit to a resource (AWS: "Actions, resources, and condition keys for Amazon ECR", and
"... for Amazon Message Gateway Service", "... for Amazon Resource Group Tagging API", "... for AWS X-Ray")."""


@dataclass(frozen=True, kw_only=True)
class Permission:
    """One need of a task. It becomes a role policy of its own, so that it can go when it is no longer declared."""

    name: str
    """Lower-case words joined by hyphens, 80 characters at most."""
    actions: Sequence[str]
    """As IAM names them, `s3:GetObject`. No wildcards."""
    resources: Sequence[pulumi.Input[str]]
    """ARNs."""
    condition: Mapping[str, Mapping[str, pulumi.Input[str]]] | None = None
    """As IAM writes it. None: whenever it likes."""

    def __post_init__(self) -> None:
        if len(self.name) > LONGEST_NEED:
            raise ValueError(f"permission {self.name!r} has {len(self.name)} characters; allowed are {LONGEST_NEED}")
        for action in self.actions:
            if EVERYTHING in action:
                raise ValueError(f"permission {self.name!r}: action {action!r} has a wildcard; name each action")
        if EVERYTHING in [resource for resource in self.resources if isinstance(resource, str)]:
            wide = sorted(set(self.actions) - NO_RESOURCE)
            if wide:
                raise ValueError(f"permission {self.name!r}: {', '.join(wide)} on every resource; name the ARNs")

    def document(self) -> dict[str, Any]:
        """The policy document."""
        allowed = {"Effect": "Allow", "Action": sorted(self.actions), "Resource": list(self.resources)}
        return {
            "Version": VERSION,
            "Statement": [{**allowed, "Condition": self.condition} if self.condition else allowed],
        }


def log_in_to_ecr() -> Permission:
    """Fargate logs in to the registry to pull."""
    return Permission(name="log-in-to-ecr", actions=["ecr:GetAuthorizationToken"], resources=[EVERYTHING])


def pull_images(repository_arn: pulumi.Input[str]) -> Permission:
    """Fargate pulls the image, from this repository alone."""
    return Permission(
        name="pull-images",
        actions=PULL,
        resources=[repository_arn],
    )


def write_logs(log_group_arn: pulumi.Input[str]) -> Permission:
    """The log driver writes to streams of this group alone. Streams are named by task, hence the wildcard."""
    return Permission(
        name="write-logs",
        actions=["logs:CreateLogStream", "logs:PutLogEvents"],
        resources=[pulumi.Output.concat(log_group_arn, ":*")],
    )


def read_secret(variable: str, secret_arn: pulumi.Input[str]) -> Permission:
    """ECS reads one secret for the container."""
    return Permission(
        name=within_limits(f"read-secret-{variable.lower().replace('_', '-')}"),
        actions=["secretsmanager:GetSecretValue"],
        resources=[secret_arn],
    )


def read_parameter(variable: str, parameter_arn: str) -> Permission:
    """ECS reads one parameter for the container (AWS: "Amazon ECS task execution IAM role")."""
    return Permission(
        name=within_limits(f"read-parameter-{_words(variable)}"),
        actions=["ssm:GetParameters"],
        resources=[parameter_arn],
    )


def decrypt(variable: str, key_arn: str, service: str) -> Permission:
    """Whoever reads an encrypted value may use its key, through the service that keeps the value and no other.

    AWS: "Amazon ECS task execution IAM role" asks for it where the key is the customer's; "kms:ViaService" ties it to
    Secrets Manager or Systems Manager in the key's region: documented. The keys that AWS manages for them need none.
    """
    partition, region = key_arn.split(":")[1], key_arn.split(":")[3]
    host = host_of(service, region, partition)
    return Permission(
        name=within_limits(f"decrypt-{_words(variable)}"),
        actions=["kms:Decrypt"],
        resources=[key_arn],
        condition={"StringEquals": {"kms:ViaService": host}},
    )


def mount_files(
    volume: str, file_system_arn: pulumi.Input[str], access_point_arn: pulumi.Input[str], *, writes: bool
) -> Permission:
    """A task mounts a file system by one access point, and writes there where it may.

    AWS: "Using IAM to control access to file systems" (EFS), elasticfilesystem:AccessPointArn: documented.
    """
    write = ["elasticfilesystem:ClientWrite"] if writes else []
    return Permission(
        name=within_limits(f"mount-{_words(volume)}"),
        actions=["elasticfilesystem:ClientMount", *write],
        resources=[file_system_arn],
        condition={"StringEquals": {"elasticfilesystem:AccessPointArn": access_point_arn}},
    )


def _words(variable: str) -> str:
    """A variable, a key's id or the end of an ARN as the name of a permission has it."""
    return re.sub("[^a-z0-9]+", "-", variable.lower())


def within_limits(name: str) -> str:
    """The name, or as much of it as there is room for with a sum of the rest: variables and secrets have long ones."""
    if len(name) <= LONGEST_NEED:
        return name
    digits = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[: LONGEST_NEED - len(digits) - 1]}-{digits}"


def secret_name(arn: str) -> str:
    """A secret as the name of a permission has it."""
    return re.sub("[^a-z0-9]+", "-", former_release.secret_name(arn).lower())


def refused_in_plain(actions: str, resource: str) -> dict[str, Any]:
    """The statement of a resource's policy that refuses whoever does not come by TLS."""
    return {
        "Sid": "EncryptedOnTheWay",
        "Effect": "Deny",
        "Principal": EVERYTHING,
        "Action": actions,
        "Resource": resource,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def trust_in_ecs() -> dict[str, Any]:
    """Who may take an execution role: ECS, for tasks (AWS: "Amazon ECS task execution IAM role")."""
    return {"Version": VERSION, "Statement": [_ASSUMED_FOR_TASKS]}


def trust_in_tasks(account: str, region: str, partition: str) -> dict[str, Any]:
    """Who may take a task role: tasks of this account and region alone (AWS: "Amazon ECS task IAM role")."""
    condition = {
        "StringEquals": {"aws:SourceAccount": account},
        "ArnLike": {"aws:SourceArn": f"arn:{partition}:ecs:{region}:{account}:*"},
    }
    return {"Version": VERSION, "Statement": [{**_ASSUMED_FOR_TASKS, "Condition": condition}]}


def trust_in_ecs_itself() -> dict[str, Any]:
    """Who may take an infrastructure role: ECS (AWS: "Amazon ECS infrastructure IAM role for load balancers")."""
    assumed = {**_ASSUMED_FOR_TASKS, "Principal": {"Service": "ecs.amazonaws.com"}}
    return {"Version": VERSION, "Statement": [assumed]}


_ASSUMED_FOR_TASKS: Final = {
    "Effect": "Allow",
    "Principal": {"Service": "ecs-tasks.amazonaws.com"},
    "Action": "sts:AssumeRole",
}
