"""The dials of what a release waits for on its way: the models of `slipway:services.<name>.hooks`."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, model_validator

from release.lifecycle_hooks import FunctionHook, HookError, OnTimeout, PauseHook, check_number
from stacks.dial_rules import Dials, as_tuple, matching, problem

FunctionArn = Annotated[
    str,
    matching(
        r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:[0-9]{12}:function:[A-Za-z0-9_-]+",
        "write the ARN of a Lambda function, without a version",
    ),
]
Stages = Annotated[tuple[str, ...], BeforeValidator(as_tuple)]
ON_TIMEOUT = {one.value.lower(): one for one in OnTimeout}


class PauseDials(Dials):
    """Where a release waits for a person."""

    stages: Stages
    minutes: int = 1440
    """How long it waits."""
    on_timeout: str = "rollback"
    """What becomes of it when nobody has answered by then: `rollback` or `continue`."""

    @property
    def hook(self) -> PauseHook:
        """The same as components take it."""
        return PauseHook(stages=self.stages, minutes=self.minutes, on_timeout=ON_TIMEOUT[self.on_timeout])

    @model_validator(mode="after")
    def _ecs_takes_it(self) -> PauseDials:
        if self.on_timeout not in ON_TIMEOUT:
            raise problem(f"onTimeout is {self.on_timeout!r}; allowed are {', '.join(ON_TIMEOUT)}")
        _checked(self)
        return self


class FunctionDials(Dials):
    """Which function is asked."""

    stages: Stages
    arn: FunctionArn

    @property
    def hook(self) -> FunctionHook:
        """The same as components take it."""
        return FunctionHook(stages=self.stages, function_arn=self.arn)

    @model_validator(mode="after")
    def _ecs_takes_it(self) -> FunctionDials:
        _checked(self)
        return self


class HookDials(Dials):
    """What a release that shifts traffic waits for on its way."""

    pauses: Annotated[tuple[PauseDials, ...], BeforeValidator(as_tuple)] = ()
    """A rollback does not wait for them."""
    functions: Annotated[tuple[FunctionDials, ...], BeforeValidator(as_tuple)] = ()

    @model_validator(mode="after")
    def _not_too_many(self) -> HookDials:
        try:
            check_number((*(one.hook for one in self.pauses), *(one.hook for one in self.functions)))
        except HookError as error:
            raise problem(str(error)) from error
        return self


def _checked(dials: PauseDials | FunctionDials) -> None:
    try:
        _ = dials.hook
    except HookError as error:
        raise problem(str(error)) from error
