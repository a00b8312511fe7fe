"""What every program does: reads its settings, says where things go, deploys the services of its catalogue."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pulumi_docker as docker

from components.repository import Repository, RepositoryArgs, existing_repositories
from components.rollout_provider import RolloutProvider
from components.secrets import find_key
from components.service import Service
from environment.boundary import bound_roles
from environment.callees import Callees
from environment.dashboards import show_all
from environment.platform import Platform
from environment.platform_reference import PlatformReference
from environment.service import ServiceOfPlatform
from stacks.call_order import call_order
from stacks.program_config import read
from stacks.service_definition import ServiceDefinition
from stacks.settings import Settings, SettingsError, parse
from stacks.tags import default_tags

GARBAGE_THRESHOLD: Final = 100_000
"""Objects made before Python looks for garbage (700 by default)."""


def settings_of_stack(catalogue: Sequence[ServiceDefinition]) -> Settings:
    """The settings, or an error in people's words."""
    # The thousands of classes of pulumi_aws stay: looking through them for garbage is a twentieth of a preview.
    gc.set_threshold(GARBAGE_THRESHOLD)
    stack = pulumi.get_stack()
    try:
        settings = parse(stack, read(), f"Pulumi.{stack}.yaml", catalogue)
    except SettingsError as error:
        raise pulumi.RunError(str(error)) from None
    bound_roles(settings)
    return settings


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


def options(settings: Settings, provider: aws.Provider) -> pulumi.ResourceOptions:
    """What every component is given: the providers."""
    return pulumi.ResourceOptions(providers=[provider, RolloutProvider("slipway"), *_docker(settings)])


def _docker(settings: Settings) -> list[pulumi.ProviderResource]:
    """A provider for builds, only where there are some: it wants a Docker engine, which most places lack."""
    builds = any(dials.build for dials in settings.services.values())
    return [docker.Provider("docker")] if builds else []


def deploy_services(platform: Platform | PlatformReference, provider: aws.Provider) -> None:
    """The services of the platform's catalogue and where their images are, exported as `services`, `repositories`.

    A service without a version is not released yet, and only its repository is made.
    """
    existing = existing_repositories(provider)
    settings = platform.settings
    alias, connected = settings.images.key, settings.discovery.service_connect
    key = find_key(alias, pulumi.InvokeOptions(provider=provider)) if alias else None
    repositories = {one.name: _repository(platform, one, existing, key) for one in platform.catalogue}
    services: dict[str, dict[str, Any]] = {}
    shown = []
    deployed: dict[str, Service] = {}
    with Callees(settings, platform.catalogue) as callees:
        for definition in _in_order(platform):
            version = settings.services[definition.name].version
            if version is None:
                continue
            repository = repositories[definition.name]
            first = [deployed[name] for name in definition.calls if name in deployed] if connected else []
            composed = ServiceOfPlatform(platform, definition, repository, callees.of(definition), first)
            running = deployed[definition.name] = composed.deploy(version)
            callees.made(definition.name, running.security_group_id)
            shown.append(composed.shown)
            services[definition.name] = {
                "version": running.version,
                "digest": running.digest,
                "taskDefinition": running.task_definition,
                "repository": repository.url,
            }
    show_all(settings, shown, platform.opts)
    pulumi.export("repositories", {name: repository.url for name, repository in repositories.items()})
    pulumi.export("services", services)


def _in_order(platform: Platform | PlatformReference) -> Sequence[ServiceDefinition]:
    """The catalogue; in Service Connect who is called before who calls: a task knows who was there when it started."""
    if not platform.settings.discovery.service_connect:
        return platform.catalogue
    by_name = {one.name: one for one in platform.catalogue}
    return [by_name[name] for name in call_order({one.name: one.calls for one in platform.catalogue})]


def _repository(
    platform: Platform | PlatformReference, service: ServiceDefinition, existing: frozenset[str], key_arn: str | None
) -> Repository:
    """Where the service's images are kept."""
    settings = platform.settings
    name = settings.names.repository(service.name)
    return Repository(
        settings.names.service(service.name),
        RepositoryArgs(
            repository_name=name,
            moving_tags=settings.profile.moving_tags,
            kept_images=settings.profile.kept_images,
            kms_key_arn=key_arn,
            readers=settings.images.readers,
            partition=settings.aws.partition,
            adopt=name in existing,
        ),
        platform.opts,
    )
