"""`HookRole`: lets ECS ask the functions that decide over a service's releases."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.permissions import VERSION, trust_in_ecs_itself


@dataclass(frozen=True, kw_only=True)
class HookRoleArgs:
    """Which functions ECS may ask."""

    function_arns: Sequence[str]
    """ARNs of Lambda functions, without a version: ECS may call all versions and aliases of each."""

    def __post_init__(self) -> None:
        if not self.function_arns:
            raise ValueError("function_arns is empty; a role that may call no function is of no use: leave it out")


class HookRole(pulumi.ComponentResource):
    """The role in which ECS calls a service's lifecycle hooks, and nothing else.

    AWS: "Permissions required for Lambda functions in Amazon ECS blue/green deployments".
    """

    arn: pulumi.Output[str]
    """ARN of the role, for `FunctionHook`s of a `Service`."""
    policy: aws.iam.RolePolicy
    """Must be there before a release asks."""

    def __init__(self, name: str, args: HookRoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:components:HookRole", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        role = aws.iam.Role(
            f"{name}-hooks",
            description=f"ECS asks functions about releases of {name}",
            assume_role_policy=json.dumps(trust_in_ecs_itself(), sort_keys=True),
            opts=child,
        )
        functions = sorted(set(args.function_arns))
        statement = {
            "Effect": "Allow",
            "Action": "lambda:InvokeFunction",
            "Resource": [arn for one in functions for arn in (one, f"{one}:*")],
        }
        self.policy = aws.iam.RolePolicy(
            f"{name}-hooks-ask-functions",
            role=role.name,
            policy=json.dumps({"Version": VERSION, "Statement": [statement]}, sort_keys=True),
            opts=child,
        )
        self.arn = role.arn
        self.register_outputs({"arn": self.arn})
