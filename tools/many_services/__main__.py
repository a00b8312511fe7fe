"""An environment with as many services as its stack file names."""

from pathlib import Path

from environment.platform import Platform
from environment.program import aws_provider, deploy_services, options, settings_of_stack
from stacks.program_config import read
from stacks.service_definition import ServiceDefinition

CATALOGUE = tuple(
    ServiceDefinition(name=name, port=8080, paths=(f"/{name}/*",), priority=number)
    for number, name in enumerate(read()["services"], start=1)
)

settings = settings_of_stack(CATALOGUE)
provider = aws_provider(settings)
platform = Platform(settings, CATALOGUE, Path(__file__).parent, provider, options(settings, provider))
deploy_services(platform, provider)
