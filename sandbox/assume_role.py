"""``sts:AssumeRole``: moto lets everyone become anything; the sandbox first asks the role's trust policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox import identity

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from sandbox.aws_request import AwsRequest
    from sandbox.caller import Caller


class AssumeRole:
    """The override of the operation: refuses or leaves it to moto."""

    def __call__(self, caller: Caller, request: AwsRequest) -> Response | None:
        """Raise AWS's AccessDenied when the role is missing or does not trust the caller."""
        identity.check_assume_role(caller, request.parameter("RoleArn"))
        return None
