"""`SecretRotation`: a secret that a function changes again and again, by reference: its value is never seen here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

PERIODS: Final = range(1, 1001)
"""Days (AWS: "RotationRulesType", AutomaticallyAfterDays): documented."""
LONGEST_WINDOW: Final = 24
"""Hours: a window ends with its day (same page, Duration): documented."""


@dataclass(frozen=True, kw_only=True)
class SecretRotationArgs:
    """Which secret is rotated, by whom, and how often."""

    secret_arn: pulumi.Input[str]
    """The secret. It has a value already: whoever keeps it has put it there."""
    function_arn: pulumi.Input[str]
    """The Lambda function that makes the next value in four steps (AWS: "Lambda rotation functions"): your own, or one
    that AWS offers ready for a database."""
    every_days: int = 30
    """Days between two rotations, 1 to 1000. Security Hub's SecretsManager.4 wants 90 at most."""
    window_hours: int | None = None
    """Hours of the day, from midnight in UTC, in which it is rotated. None: all of the day."""
    at_once: bool = False
    """Whether it is rotated now, too. False: when its time has come. Tasks that run read the old value until they are
    replaced."""

    def __post_init__(self) -> None:
        if self.every_days not in PERIODS:
            raise ValueError(f"every_days is {self.every_days}; allowed are 1 to 1000")
        if self.window_hours is not None and not 1 <= self.window_hours <= LONGEST_WINDOW:
            raise ValueError(f"window_hours is {self.window_hours}; allowed are 1 to {LONGEST_WINDOW}")


class SecretRotation(pulumi.ComponentResource):
    """The rotation of a secret in Secrets Manager, and the permission to invoke its function for this secret alone.

    AWS: "Rotate AWS Secrets Manager secrets", "Permissions for rotation" (the function's own role must be allowed to
    read and write the secret, and to use its key: that is its owner's to say). ECS reads a secret when a
    task starts: after a rotation tasks have the old value until they are replaced, so the function keeps the old one
    valid until then ("alternating users").
    """

    secret_arn: pulumi.Output[str]
    """Of the secret, known once it is rotated."""

    def __init__(self, name: str, args: SecretRotationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:components:SecretRotation", name, None, opts)
        permission = aws.lambda_.Permission(
            name,
            action="lambda:InvokeFunction",
            function=args.function_arn,
            principal="secretsmanager.amazonaws.com",
            source_arn=args.secret_arn,
            opts=pulumi.ResourceOptions(parent=self),
        )
        window = {"duration": f"{args.window_hours}h"} if args.window_hours else {}
        rotation = aws.secretsmanager.SecretRotation(
            name,
            secret_id=args.secret_arn,
            rotation_lambda_arn=args.function_arn,
            rotate_immediately=args.at_once,
            rotation_rules=aws.secretsmanager.SecretRotationRotationRulesArgs(
                automatically_after_days=args.every_days, **window
            ),
            # Secrets Manager invokes the function to try it out before it answers.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[permission]),
        )
        self.secret_arn = rotation.secret_id
        self.register_outputs({"secretArn": self.secret_arn})
