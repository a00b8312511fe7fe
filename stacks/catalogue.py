"""The services and what each one is. A new service is one entry in `CATALOGUE`; its dials stand in the stack files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from stacks.service_definition import ServiceDefinition

CATALOGUE: Final = (
    ServiceDefinition(
        name="auth-service",
        port=8080,
        # It is the front door: services with paths of their own come before it.
        paths=("/*",),
        priority=1000,
    ),
)


def by_name(catalogue: Sequence[ServiceDefinition] = CATALOGUE) -> dict[str, ServiceDefinition]:
    """The services by name."""
    return {service.name: service for service in catalogue}
