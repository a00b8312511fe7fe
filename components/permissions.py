"""IAM documents of tasks: the least that each need asks for. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi

from account import former_release

VERSION: Final = "2012-10-17"

EVERYTHING: Final = "*"
NO_RESOURCE: Final = frozenset(
    {
        "ecr:GetAuthorizationToken",
        "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel",
    }
)
"""Actions that AWS lets nobody limit to a resource (AWS: "Actions, resources, and condition keys for Amazon ECR", and
"... for Amazon Message Gateway Service")."""


@dataclass(frozen=True, kw_only=True)
class Permission:
    """One need of a task. It becomes a role policy of its own, so that it can go when it is no longer declared."""

    name: str
    """Lower-case words joined by hyphens."""
    actions: Sequence[str]
    resources: Sequence[pulumi.Input[str]]
    """ARNs."""

    def __post_init__(self) -> None:
        for action in self.actions:
            if EVERYTHING in action:
                raise ValueError(f"permission {self.name!r}: action {action!r} has a wildcard; name each action")
        if EVERYTHING in [resource for resource in self.resources if isinstance(resource, str)]:
            wide = sorted(set(self.actions) - NO_RESOURCE)
            if wide:
                raise ValueError(f"permission {self.name!r}: {', '.join(wide)} on every resource; name the ARNs")

    def document(self) -> dict[str, Any]:
        """The policy document."""
        return {
            "Version": VERSION,
            "Statement": [
                {"Effect": "Allow", "Action": sorted(self.actions), "Resource": list(self.resources)},
            ],
        }


def log_in_to_ecr() -> Permission:
    """Fargate logs in to the registry to pull."""
    return Permission(name="log-in-to-ecr", actions=["ecr:GetAuthorizationToken"], resources=[EVERYTHING])


def pull_images(repository_arn: pulumi.Input[str]) -> Permission:
    """Fargate pulls the image, from this repository alone."""
    return Permission(
        name="pull-images",
        actions=["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
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
        name=f"read-secret-{variable.lower().replace('_', '-')}",
        actions=["secretsmanager:GetSecretValue"],
        resources=[secret_arn],
    )


def secret_name(arn: str) -> str:
    """A secret as the name of a permission has it."""
    return re.sub("[^a-z0-9]+", "-", former_release.secret_name(arn).lower())


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
