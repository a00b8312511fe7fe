"""The deployment strategy in a service's ``deploymentConfiguration``: defaults, and what AWS refuses.

AWS: "DeploymentConfiguration", "LinearConfiguration", "CanaryConfiguration", "DeploymentLifecycleHook" (ECS API
reference) and "Troubleshooting Amazon ECS blue/green deployments": documented. Where no page has the words of a
refusal, they are assumed.
"""

from __future__ import annotations

from typing import Any

from sandbox.ecs import refusals

Json = dict[str, Any]

SHIFTING = ("BLUE_GREEN", "LINEAR", "CANARY")
"""The strategies that shift traffic between two revisions."""

_MOST_MINUTES = 1440
_STEPS: dict[str, tuple[str, Json]] = {
    "linearConfiguration": ("LINEAR", {"stepPercent": 10.0, "stepBakeTimeInMinutes": 6}),
    "canaryConfiguration": ("CANARY", {"canaryPercent": 5.0, "canaryBakeTimeInMinutes": 10}),
}
"""Member -> the strategy that has it, and its defaults."""
_PERCENTS = {"stepPercent": 3.0, "canaryPercent": 0.1}
"""The least of each; the most is 100."""

_MOST_HOOKS = 10
"""Of each type ("Pause hooks for Amazon ECS service deployments")."""
_LONGEST_TIMEOUT = {"AWS_LAMBDA": 1440, "PAUSE": 20160}
_NOT_FOR_PAUSE = frozenset({"TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT"})


def normalised(given: Json) -> Json:
    """``given``, a whole ``deploymentConfiguration``, with the defaults of its strategy."""
    result = dict(given)
    strategy = result["strategy"]
    bake = result.setdefault("bakeTimeInMinutes", 0)
    _within("bakeTimeInMinutes", bake, 0, _MOST_MINUTES)
    for member, (owner, defaults) in _STEPS.items():
        if strategy == owner:
            result[member] = _checked_steps(defaults | (result.get(member) or {}))
        elif result.get(member):
            raise refusals.invalid(f"{member} is only valid with the deployment strategy {owner}, got {strategy}.")
    _check_hooks(result.get("lifecycleHooks") or [])
    return result


def without_steps(current: Json) -> Json:
    """``current`` without the members that belong to its strategy alone, for a request that names a strategy.

    That the hooks of the former strategy go with it, unless they are named again, is assumed.
    """
    return {member: value for member, value in current.items() if member not in {*_STEPS, "lifecycleHooks"}}


def _checked_steps(steps: Json) -> Json:
    for name, value in steps.items():
        if name in _PERCENTS:
            _within(name, value, _PERCENTS[name], 100.0)
            if round(value * 10, 6) % 1:
                raise refusals.invalid(f"Invalid {name}: {value:g}. It must be a multiple of 0.1.")
        else:
            _within(name, value, 0, _MOST_MINUTES)
    return steps


def _within(name: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:
        raise refusals.invalid(f"Invalid {name}: {value:g}. It must be from {least:g} to {most:g}.")


def _check_hooks(hooks: list[Json]) -> None:
    for hook in hooks:
        kind = hook.get("targetType", "AWS_LAMBDA")
        if kind not in _LONGEST_TIMEOUT:
            raise refusals.invalid("Invalid targetType. Valid values are: AWS_LAMBDA, PAUSE")
        stages = hook.get("lifecycleStages") or []
        if not stages:
            raise refusals.invalid("lifecycleStages can not be empty for a lifecycle hook.")
        if kind == "PAUSE":
            _check_pause(hook, stages)
        else:
            _check_lambda(hook)
        minutes = (hook.get("timeoutConfiguration") or {}).get("timeoutInMinutes")
        if minutes is not None:
            _within("timeoutInMinutes", minutes, 1, _LONGEST_TIMEOUT[kind])
    for kind in _LONGEST_TIMEOUT:
        count = sum(1 for hook in hooks if hook.get("targetType", "AWS_LAMBDA") == kind)
        if count > _MOST_HOOKS:
            raise refusals.invalid(f"A service can have at most {_MOST_HOOKS} hooks of the type {kind}, got {count}.")


def _check_pause(hook: Json, stages: list[str]) -> None:
    if _NOT_FOR_PAUSE & set(stages):
        raise refusals.invalid("Invalid lifecycle stage provided for Pause Hook")
    for name in ("hookTargetArn", "roleArn"):
        if hook.get(name):
            raise refusals.invalid(f"{name} is not applicable for a lifecycle hook of the type PAUSE.")


def _check_lambda(hook: Json) -> None:
    for name in ("hookTargetArn", "roleArn"):
        if not hook.get(name):
            raise refusals.invalid(f"{name} can not be empty for a lifecycle hook of the type AWS_LAMBDA.")
