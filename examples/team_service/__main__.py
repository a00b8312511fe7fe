"""A team's service in a stack of its own, on the platform that the stack of the same name in `slipway` has made."""

from pathlib import Path

import pulumi

from environment.platform_reference import PlatformReference
from environment.program import aws_provider, deploy_services, options, settings_of_stack
from stacks.service_definition import ServiceDefinition

CATALOGUE = (ServiceDefinition(name="orders", port=8080, paths=("/orders/*",), priority=100),)

settings = settings_of_stack(CATALOGUE)
provider = aws_provider(settings)
platform = PlatformReference(
    settings,
    CATALOGUE,
    project=Path(__file__).parent,
    stack=f"{pulumi.get_organization()}/slipway/{pulumi.get_stack()}",
    opts=options(settings, provider),
)
deploy_services(platform, provider)
