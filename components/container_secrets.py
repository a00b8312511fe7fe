"""What ECS reads from Secrets Manager and Systems Manager for a container when it starts. Values never come near it."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from components.permissions import Permission, decrypt, read_parameter, read_secret


@dataclass(frozen=True, kw_only=True)
class ContainerSecret:
    """A secret that ECS gives to the container when it starts."""

    variable: str
    """The environment variable that the container reads it from."""
    arn: pulumi.Input[str]
    """Of the secret in Secrets Manager."""
    json_key: str | None = None
    """The key of a secret that is JSON. None: all of it."""
    key_arn: str | None = None
    """ARN of the KMS key that encrypts it, where that is the customer's. None: it is the one that AWS manages."""

    @property
    def value_from(self) -> pulumi.Output[str]:
        """The reference in ECS's words (AWS: "Pass Secrets Manager secrets through ... environment variables")."""
        key = f":{self.json_key}::" if self.json_key else ""
        return pulumi.Output.concat(self.arn, key)

    def needs(self) -> tuple[Permission, ...]:
        """What ECS must be allowed to read it."""
        read = read_secret(self.variable, self.arn)
        return (read, decrypt(self.variable, self.key_arn, "secretsmanager")) if self.key_arn else (read,)


@dataclass(frozen=True, kw_only=True)
class ContainerParameter:
    """A parameter of Systems Manager that ECS gives to the container when it starts."""

    variable: str
    """The environment variable that the container reads it from."""
    arn: str
    """Of the parameter."""
    key_arn: str | None = None
    """ARN of the KMS key that encrypts it, where it is a `SecureString` and the key is the customer's."""

    @property
    def value_from(self) -> str:
        """The reference in ECS's words (AWS: "Pass Systems Manager parameters through ... environment variables")."""
        return self.arn

    def needs(self) -> tuple[Permission, ...]:
        """What ECS must be allowed to read it."""
        read = read_parameter(self.variable, self.arn)
        return (read, decrypt(self.variable, self.key_arn, "ssm")) if self.key_arn else (read,)
