"""The program of every environment: reads settings, composes components, exports what they made. No decisions."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pulumi

from environment import adopted
from environment.platform import Platform
from environment.program import aws_provider, deploy_services, options, settings_of_stack
from stacks.catalogue import CATALOGUE

PROJECT: Final = Path(__file__).resolve().parents[1]
"""Folders in a stack file are written from here; Pulumi runs the program in the folder of `main`."""


def main() -> None:
    """Composes the environment."""
    settings = settings_of_stack(CATALOGUE)
    adopted.keep(settings)
    provider = aws_provider(settings)
    platform = Platform(settings, CATALOGUE, PROJECT, provider, options(settings, provider))
    deploy_services(platform, provider)
    pulumi.export("journal", platform.journal.bucket)
    pulumi.export("cluster", platform.cluster.cluster_name)
    pulumi.export("loadBalancer", platform.load_balancer.dns_name)
    pulumi.export("platform", platform.outputs())


main()
