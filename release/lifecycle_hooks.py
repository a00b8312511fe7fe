"""Lifecycle hooks of a release that shifts traffic: where it waits for a person, or asks a function.

AWS: "Lifecycle hooks for Amazon ECS service deployments", "Pause hooks for Amazon ECS service deployments" and
"DeploymentLifecycleHook" (ECS API reference): documented.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

HOOK_STAGES: Final = (
    "RECONCILE_SERVICE",
    "PRE_SCALE_UP",
    "POST_SCALE_UP",
    "TEST_TRAFFIC_SHIFT",
    "POST_TEST_TRAFFIC_SHIFT",
    "PRODUCTION_TRAFFIC_SHIFT",
    "POST_PRODUCTION_TRAFFIC_SHIFT",
)
"""The stages that Pulumi's `aws` provider takes (its documentation of `aws.ecs.Service`)."""
PAUSE_STAGES: Final = tuple(one for one in HOOK_STAGES if one not in {"TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT"})
"""Those in which a release can wait for a person."""
MOST_HOOKS: Final = 10
"""Of each kind, in one service."""
LONGEST_PAUSE: Final = 20_160
"""Minutes: two weeks."""


class HookError(ValueError):
    """A hook that ECS would refuse. The message says what is wrong and what is allowed."""


class OnTimeout(StrEnum):
    """What becomes of a release when nobody has answered in time."""

    ROLLBACK = "ROLLBACK"
    CONTINUE = "CONTINUE"


@dataclass(frozen=True, kw_only=True)
class PauseHook:
    """The release waits at these stages until somebody lets it go on, or back.

    Raises `HookError` for a stage in which ECS cannot wait, or a time that it does not take.
    """

    stages: tuple[str, ...]
    """Of `PAUSE_STAGES`: at `POST_TEST_TRAFFIC_SHIFT` a test listener has it, and no people yet."""
    minutes: int = 1440
    """How long it waits."""
    on_timeout: OnTimeout = OnTimeout.ROLLBACK
    """What becomes of it when nobody has answered by then."""

    def __post_init__(self) -> None:
        _check_stages(self.stages, PAUSE_STAGES)
        if not 1 <= self.minutes <= LONGEST_PAUSE:
            raise HookError(f"minutes is {self.minutes}; a release waits for 1 to {LONGEST_PAUSE} minutes")


@dataclass(frozen=True, kw_only=True)
class FunctionHook:
    """A Lambda function is asked at these stages, and lets the release go on, or back.

    Raises `HookError` for a stage at which ECS asks nobody.
    """

    stages: tuple[str, ...]
    """Of `HOOK_STAGES`."""
    function_arn: str
    """ARN of the function, without a version."""

    def __post_init__(self) -> None:
        _check_stages(self.stages, HOOK_STAGES)


def check_number(hooks: tuple[PauseHook | FunctionHook, ...]) -> None:
    """Raises `HookError` where a service has more hooks of a kind than ECS takes."""
    for kind, word in ((PauseHook, "pauses"), (FunctionHook, "functions")):
        count = sum(isinstance(hook, kind) for hook in hooks)
        if count > MOST_HOOKS:
            raise HookError(f"there are {count} {word}; ECS takes {MOST_HOOKS} of a service at most")


def _check_stages(stages: tuple[str, ...], allowed: tuple[str, ...]) -> None:
    wrong = [stage for stage in stages if stage not in allowed]
    if wrong:
        raise HookError(f"stage {wrong[0]!r} cannot be chosen here; allowed are {', '.join(allowed)}")
    if not stages:
        raise HookError(f"stages is empty; name one at least of {', '.join(allowed)}")
    if len(set(stages)) < len(stages):
        raise HookError(f"stages names one twice: {', '.join(stages)}")
