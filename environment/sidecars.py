"""What runs beside a service of an environment in each of its tasks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pulumi

from components.sidecars import LogRouting, Sidecar, collector, log_router, to_log_group
from environment.references import named, permissions_of, secrets_of
from environment.volumes import mounts_of
from release.container_order import Dependency
from stacks.service_definition import ServiceDefinition
from stacks.settings import Settings
from stacks.sidecar_definition import Beside, Collector, LogRouter, SidecarDefinition


def sidecars_of(definition: ServiceDefinition, settings: Settings, asking: pulumi.InvokeOptions) -> Sequence[Sidecar]:
    """The service's sidecars as the task definition takes them."""
    return [_sidecar(one, definition, settings, asking) for one in definition.sidecars]


def log_routing_of(
    definition: ServiceDefinition, settings: Settings, asking: pulumi.InvokeOptions
) -> LogRouting | None:
    """Where its log router sends its log: to its log group, unless it says otherwise. None without a router."""
    router = next((one for one in definition.sidecars if isinstance(one, LogRouter)), None)
    if router is None:
        return None
    if router.options:
        options = {name: named(value, settings) for name, value in router.options.items()}
        return LogRouting(
            options=options,
            permissions=permissions_of(router.permissions),
            secrets=list(secrets_of(router.secrets, asking)),
        )
    aws, group = settings.aws, settings.names.log_group(definition.name)
    arn = f"arn:{aws.partition}:logs:{aws.region}:{aws.account}:log-group:{group}"
    return to_log_group(group, arn, aws.region)


def _sidecar(one: Beside, definition: ServiceDefinition, settings: Settings, asking: pulumi.InvokeOptions) -> Sidecar:
    image, repository_arn = named(one.image, settings), _repository_arn(one.repository, settings)
    match one:
        case LogRouter():
            return log_router(image, repository_arn=repository_arn)
        case Collector():
            return collector(image, repository_arn=repository_arn, config=one.config)
        case SidecarDefinition():
            return Sidecar(
                name=one.name,
                image=image,
                repository_arn=repository_arn,
                user=one.user,
                essential=one.essential,
                command=one.command,
                environment=one.environment,
                secrets=list(secrets_of(one.secrets, asking)),
                permissions=permissions_of(one.permissions),
                limits=one.limits,
                depends_on=[_in_the_task(wanted, definition, settings) for wanted in one.depends_on],
                health_check=one.health_check,
                mounts=mounts_of(one.scratch),
                start_timeout=one.start_timeout,
                stop_timeout=one.stop_timeout,
            )


def _in_the_task(wanted: Dependency, definition: ServiceDefinition, settings: Settings) -> Dependency:
    """The service's own container has the name that the service has in the environment."""
    own = wanted.container == definition.name
    return replace(wanted, container=settings.names.service(definition.name)) if own else wanted


def _repository_arn(repository: str, settings: Settings) -> str | None:
    aws = settings.aws
    return f"arn:{aws.partition}:ecr:{aws.region}:{aws.account}:repository/{repository}" if repository else None
