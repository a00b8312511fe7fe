"""How ECS is told to bring a release in: its deployment strategy as the `aws` provider takes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi
import pulumi_aws as aws

from release.lifecycle_hooks import FunctionHook, PauseHook
from rollout.strategy import Shifting, Strategy

MINUTE: Final = 60


def deployment_configuration(
    shifting: Shifting | None,
    hooks: Sequence[PauseHook | FunctionHook] = (),
    hook_role_arn: pulumi.Input[str] | None = None,
) -> aws.ecs.ServiceDeploymentConfigurationArgs:
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
        lifecycle_hooks=[_hook(one, hook_role_arn) for one in hooks] or None,
    )


def _hook(
    hook: PauseHook | FunctionHook, role_arn: pulumi.Input[str] | None
) -> aws.ecs.ServiceDeploymentConfigurationLifecycleHookArgs:
    """AWS: "DeploymentLifecycleHook" (ECS API reference)."""
    if isinstance(hook, FunctionHook):
        return aws.ecs.ServiceDeploymentConfigurationLifecycleHookArgs(
            target_type="AWS_LAMBDA",
            lifecycle_stages=list(hook.stages),
            hook_target_arn=hook.function_arn,
            role_arn=role_arn,
        )
    return aws.ecs.ServiceDeploymentConfigurationLifecycleHookArgs(
        target_type="PAUSE",
        lifecycle_stages=list(hook.stages),
        timeout_configuration=aws.ecs.ServiceDeploymentConfigurationLifecycleHookTimeoutConfigurationArgs(
            action=hook.on_timeout.value, timeout_in_minutes=str(hook.minutes)
        ),
    )


def _minutes(seconds: float) -> str:
    """The provider takes minutes as text."""
    return str(round(seconds / MINUTE))
