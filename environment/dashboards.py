"""Which dashboards an environment has, and what they are called.

An account has each dashboard's name once, whatever the region; so the region is in it. No service's name has an
underscore, so that none is taken for a stack's.
"""

from __future__ import annotations

from collections.abc import Sequence

import pulumi

from components.stack_dashboard import ShownService, StackDashboard, StackDashboardArgs
from stacks.settings import Settings


def service_dashboard_name(settings: Settings, service_name: str) -> str:
    """That of one service."""
    return f"{service_name}_{settings.aws.region}"


def stack_dashboard_name(settings: Settings) -> str:
    """That of all services of this stack: of its project, for a team's services have a project of their own."""
    project = pulumi.get_project().replace(".", "-")
    return f"{settings.prefix}{project}_{settings.environment}_{settings.aws.region}"


def show_all(settings: Settings, services: Sequence[ShownService], opts: pulumi.ResourceOptions) -> None:
    """Makes the page of all services, where the environment has dashboards."""
    if not settings.profile.dashboards:
        return
    project = pulumi.get_project()
    StackDashboard(
        f"{settings.prefix}{project}",
        StackDashboardArgs(
            dashboard_name=stack_dashboard_name(settings),
            title=f"{project} in {settings.environment}",
            services=services,
            region=settings.aws.region,
            partition=settings.aws.partition,
        ),
        opts,
    )
