"""What the catalogue names, in one environment: ARNs, and the keys that encrypt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pulumi

from components import permissions
from components.containers import ContainerParameter, ContainerSecret
from components.secrets import find_key, find_secret
from release.task_needs import AwsResource
from stacks.references import ParameterReference, Permission, SecretReference
from stacks.settings import Settings


def named(text: str, settings: Settings) -> str:
    """The text with the account, the region and the environment of the stack in it."""
    return text.format(account=settings.aws.account, region=settings.aws.region, environment=settings.environment)


def secrets_of(references: Sequence[SecretReference], asking: pulumi.InvokeOptions) -> Iterator[ContainerSecret]:
    """Where the secrets are, and what encrypts them."""
    for secret in references:
        found = find_secret(secret.secret, asking)
        yield ContainerSecret(variable=secret.variable, arn=found.arn, json_key=secret.json_key, key_arn=found.key_arn)


def parameters_of(
    references: Sequence[ParameterReference], settings: Settings, asking: pulumi.InvokeOptions
) -> Iterator[ContainerParameter]:
    """Where the parameters are, and what encrypts them."""
    aws = settings.aws
    for one in references:
        yield ContainerParameter(
            variable=one.variable,
            arn=f"arn:{aws.partition}:ssm:{aws.region}:{aws.account}:parameter/{one.parameter.removeprefix('/')}",
            key_arn=find_key(one.key, asking) if one.key else None,
        )


def permissions_of(needs: Sequence[Permission]) -> list[permissions.Permission]:
    """The same as the components take it."""
    return [permissions.Permission(name=need.name, actions=need.actions, resources=need.resources) for need in needs]


def resources_of(
    declared: Sequence[AwsResource], settings: Settings, asking: pulumi.InvokeOptions
) -> Sequence[AwsResource]:
    """What code works with."""
    return [
        replace(one, name=named(one.name, settings), key=find_key(one.key, asking) if one.key else "")
        for one in declared
    ]
