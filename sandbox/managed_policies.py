"""AWS's own IAM policies (``arn:aws:iam::aws:policy/...``), put into an account when a request names one."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, iam_backends

if TYPE_CHECKING:
    from sandbox.aws_request import AwsRequest
    from sandbox.caller import Caller

_ARN = re.compile(r"arn:aws:iam::aws:policy(/(?:[\w+=,.@-]+/)*)([\w+=,.@-]+)")


class Provide:
    """Makes the AWS managed policies that an IAM request names known to moto's IAM of the caller's account."""

    def __call__(self, caller: Caller, request: AwsRequest) -> None:
        """Look through the request."""
        iam = iam_backends[caller.account]["aws"]
        for match in _ARN.finditer(unquote(request.body.decode(errors="replace"))):
            arn, path, name = match[0], match[1], match[2]
            if arn in iam.managed_policies or _data().get(name, {}).get("Path") != path:
                continue
            policy = AWSManagedPolicy.from_data(name, caller.account, "aws", _data()[name])
            iam.aws_managed_policies.append(policy)
            iam.managed_policies[arn] = policy


@cache
def _data() -> dict[str, dict[str, Any]]:
    data: dict[str, dict[str, Any]] = json.loads(aws_managed_policies_data)
    return data
