"""What a Lambda function answers as a lifecycle hook, read from the tag of moto's function: nothing runs here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moto.awslambda.utils import get_backend

from sandbox.ecs.ports import HookAnswer

if TYPE_CHECKING:
    from sandbox.caller import Caller

TAG = "slipway.sandbox.hook"
"""``SUCCEEDED`` (which a function without it answers too), ``FAILED`` or ``IN_PROGRESS``; ``FAILED:after=90`` is in
progress for 90 seconds first.
"""

_ANSWERS = ("SUCCEEDED", "FAILED", "IN_PROGRESS")
_PARSE = "ECS was unable to parse the response from {arn} due to HookStatus must not be null"
_INVOKE = "ECS was unable to invoke hook target {arn} due to Function not found: {arn}"


class MotoFunctions:
    """Functions of the caller's account."""

    def hook_answer(self, caller: Caller, arn: str) -> HookAnswer:
        """The function's answer; a failure in AWS's words when it is not there, or its tag says nothing known."""
        function = get_backend(caller.account, caller.region).get_function_by_arn(arn)
        if function is None:
            return HookAnswer("FAILED", problem=_INVOKE.format(arn=arn))
        status, _, rest = str(function.tags.get(TAG, "SUCCEEDED")).partition(":")
        after = rest.removeprefix("after=").removesuffix("s")
        if status not in _ANSWERS or (rest and not after.isdigit()):
            return HookAnswer("FAILED", problem=_PARSE.format(arn=arn))
        return HookAnswer(status, float(after or 0))
