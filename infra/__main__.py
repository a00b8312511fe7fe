"""The program of every environment: reads settings, composes components, exports what they made. No decisions."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pulumi_docker as docker

from components.repository import existing_repositories
from components.rollout_provider import RolloutProvider
from environment.platform import Platform
from environment.service import ServiceOfPlatform
from stacks.catalogue import CATALOGUE
from stacks.program_config import read
from stacks.settings import Settings, SettingsError, parse
from stacks.tags import default_tags

PROJECT: Final = Path(__file__).resolve().parents[1]
"""Folders in a stack file are written from here; Pulumi runs the program in the folder of `main`."""
GARBAGE_THRESHOLD: Final = 100_000
"""Objects made before Python looks for garbage (700 by default)."""


def settings_of_stack() -> Settings:
    """The settings, or an error in people's words."""
    stack = pulumi.get_stack()
    try:
        return parse(stack, read(), f"Pulumi.{stack}.yaml", CATALOGUE)
    except SettingsError as error:
        raise pulumi.RunError(str(error)) from None


def aws_provider(settings: Settings) -> aws.Provider:
    """The environment's account and region, pinned, and the tags everything carries."""
    role = settings.aws.role_arn
    return aws.Provider(
        "aws",
        region=settings.aws.region,
        allowed_account_ids=[settings.aws.account],
        assume_roles=[aws.ProviderAssumeRoleArgs(role_arn=role, session_name="slipway")] if role else None,
        default_tags=aws.ProviderDefaultTagsArgs(tags=default_tags(settings.environment)),
    )


def docker_providers(settings: Settings) -> list[pulumi.ProviderResource]:
    """A provider for builds, only where there are some: it wants a Docker engine, which most places lack."""
    builds = any(dials.build for dials in settings.services.values())
    return [docker.Provider("docker")] if builds else []


def main() -> None:
    """Composes the environment."""
    # The thousands of classes of pulumi_aws stay: looking through them for garbage is a twentieth of a preview.
    gc.set_threshold(GARBAGE_THRESHOLD)
    settings = settings_of_stack()
    provider = aws_provider(settings)
    opts = pulumi.ResourceOptions(providers=[provider, RolloutProvider("slipway"), *docker_providers(settings)])
    existing = existing_repositories(provider)
    platform = Platform(settings, CATALOGUE, PROJECT, provider, opts)
    repositories = {service.name: platform.repository(service, existing) for service in CATALOGUE}
    services: dict[str, dict[str, Any]] = {}
    for service in CATALOGUE:
        version = settings.services[service.name].version
        if version is not None:
            running = ServiceOfPlatform(platform, service, repositories[service.name]).deploy(version)
            services[service.name] = {
                "version": running.version,
                "digest": running.digest,
                "taskDefinition": running.task_definition,
                "repository": repositories[service.name].url,
            }
    pulumi.export("journal", platform.journal.bucket)
    pulumi.export("cluster", platform.cluster.cluster_name)
    pulumi.export("loadBalancer", platform.load_balancer.dns_name)
    pulumi.export("repositories", {name: repository.url for name, repository in repositories.items()})
    pulumi.export("services", services)


main()
