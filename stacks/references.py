"""What entries of the catalogue name and do not hold: secrets, parameters, rights."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class SecretReference:
    """A secret by name, never by value: ECS reads it when a task starts and gives it to the container."""

    variable: str
    """The environment variable that the container finds it in."""
    secret: str
    """Name of the secret in Secrets Manager, in the account of each environment."""
    json_key: str | None = None
    """The key, when the secret is a JSON object and only one value of it is meant."""


@dataclass(frozen=True, kw_only=True)
class ParameterReference:
    """A parameter of Systems Manager by name, never by value: ECS gives it to the container when a task starts."""

    variable: str
    """The environment variable that the container finds it in."""
    parameter: str
    """Its name in the account of each environment, such as `/auth/url`."""
    key: str = ""
    """Alias of the customer's KMS key that encrypts it, such as `alias/parameters`. Empty: it is in plain, or the key
    is the one that AWS manages."""


@dataclass(frozen=True, kw_only=True)
class Permission:
    """Something that the service's own code may do in AWS."""

    name: str
    """Lower case words joined by hyphens: `read-avatars`."""
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    """ARNs."""
