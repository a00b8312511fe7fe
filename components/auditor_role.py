"""`AuditorRole`: who looks at an environment and at its history, and changes nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.permissions import VERSION
from components.role_policies import attach, check_documents

NEVER: Final = (
    "ecs:ExecuteCommand",
    "lambda:InvokeFunction",
    "secretsmanager:BatchGetSecretValue",
    "secretsmanager:GetSecretValue",
    "ssm:GetParameter",
    "ssm:GetParameterHistory",
    "ssm:GetParameters",
    "ssm:GetParametersByPath",
    "ssm:StartSession",
)
"""What an auditor is denied whatever else allows it: values of secrets, and a hand in anything that runs."""


@dataclass(frozen=True, kw_only=True)
class AuditorRoleArgs:
    """What the role may read, and who may take it."""

    role_name: str
    """How people find it."""
    documents: Sequence[Mapping[str, Any]]
    """Policy documents: what `slipway access` prints under `auditor`."""
    people: Sequence[str]
    """ARNs of roles or users that may take it."""

    def __post_init__(self) -> None:
        if not self.people:
            raise ValueError("people is empty: nobody could take the role")
        check_documents([*self.documents, _denied()])


class AuditorRole(pulumi.ComponentResource):
    """A role that reads how the environment is, its release journal and its roles' policies, and no secret's value."""

    arn: pulumi.Output[str]
    """ARN of the role."""

    def __init__(self, name: str, args: AuditorRoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:components:AuditorRole", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        trust = {"Effect": "Allow", "Principal": {"AWS": sorted(args.people)}, "Action": "sts:AssumeRole"}
        role = aws.iam.Role(
            name,
            name=args.role_name,
            description="Reads what Slipway deploys, and its history",
            assume_role_policy=json.dumps({"Version": VERSION, "Statement": [trust]}, sort_keys=True),
            opts=child,
        )
        attach(name, role, [*args.documents, _denied()], child)
        self.arn = role.arn
        self.register_outputs({"arn": self.arn})


def _denied() -> dict[str, Any]:
    return {"Version": VERSION, "Statement": [{"Effect": "Deny", "Action": list(NEVER), "Resource": "*"}]}
