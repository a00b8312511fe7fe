"""The file systems of a service of an environment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.calls import Callee
from components.file_system import FileSystem, FileSystemArgs
from components.volumes import Mount, Volume
from environment.platform import Platform
from environment.platform_reference import PlatformReference
from stacks.service_definition import ServiceDefinition


@dataclass(frozen=True, kw_only=True)
class FilesOfService:
    """What the task definition and the service need to know of them."""

    volumes: Sequence[Volume]
    mounts: Sequence[Mount]
    callees: Sequence[Callee]
    ready: Sequence[pulumi.Resource]
    """What must be there before a task starts."""


def files_of(platform: Platform | PlatformReference, definition: ServiceDefinition) -> FilesOfService:
    """Makes them. What is in them outlives the stack wherever the load balancer is protected."""
    settings = platform.settings
    name = settings.names.service(definition.name)
    made = {
        one: FileSystem(
            f"{name}-{one.name}",
            FileSystemArgs(
                file_system_name=f"{name}-{one.name}",
                vpc_id=platform.network.vpc_id,
                subnet_ids=_subnets(platform, definition),
                user=definition.user,
                deleted_with_its_files=not settings.profile.deletion_protection,
            ),
            platform.opts,
        )
        for one in definition.files
    }
    return FilesOfService(
        volumes=[Volume(name=f"files-{one.name}", efs=files.access) for one, files in made.items()],
        mounts=[Mount(volume=f"files-{one.name}", path=one.path) for one in made],
        callees=[files.callee for files in made.values()],
        ready=[resource for files in made.values() for resource in files.ready],
    )


def _subnets(platform: Platform | PlatformReference, definition: ServiceDefinition) -> Sequence[pulumi.Output[str]]:
    """A mount target for each: their number must be known before they are."""
    if isinstance(platform, PlatformReference):
        raise ValueError(  # noqa: TRY004 - it is the stack that is wrong
            f"{definition.name} has `files`, and how many subnets there are is known to the platform's own stack; "
            "make a FileSystem in your program, or put the service into the platform's catalogue"
        )
    return platform.network.private_subnet_ids
