"""How ECS is told to bring a release in: its deployment strategy as the `aws` provider takes it."""

from __future__ import annotations

from typing import Final

import pulumi_aws as aws

from rollout.strategy import Shifting, Strategy

MINUTE: Final = 60


def deployment_configuration(shifting: Shifting | None) -> aws.ecs.ServiceDeploymentConfigurationArgs:
    """AWS: "DeploymentConfiguration" (ECS API reference). None: rolling, in which ECS bakes for alarms alone."""
    if shifting is None:
        return aws.ecs.ServiceDeploymentConfigurationArgs(strategy=Strategy.ROLLING.value)
    linear, canary = None, None
    if shifting.strategy is Strategy.LINEAR:
        linear = aws.ecs.ServiceDeploymentConfigurationLinearConfigurationArgs(
            step_percent=shifting.step, step_bake_time_in_minutes=_minutes(shifting.step_bake)
        )
    if shifting.strategy is Strategy.CANARY:
        canary = aws.ecs.ServiceDeploymentConfigurationCanaryConfigurationArgs(
            canary_percent=shifting.step, canary_bake_time_in_minutes=_minutes(shifting.step_bake)
        )
    return aws.ecs.ServiceDeploymentConfigurationArgs(
        strategy=shifting.strategy.value,
        bake_time_in_minutes=_minutes(shifting.bake),
        linear_configuration=linear,
        canary_configuration=canary,
    )


def _minutes(seconds: float) -> str:
    """The provider takes minutes as text."""
    return str(round(seconds / MINUTE))
