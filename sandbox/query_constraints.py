"""The bounds that AWS's own model sets to the numbers and names of a request in the query protocol.

moto does not check them, and boto3 only the lower ones.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import botocore.session

from sandbox.aws_error import AwsError
from sandbox.json_shapes import broken_rules

if TYPE_CHECKING:
    from botocore.model import ServiceModel, Shape

    from sandbox.aws_request import AwsRequest


def check_constraints(service: str, request: AwsRequest) -> None:
    """Raises ``AwsError`` in AWS's words for the top-level parameters that break the model of ``service``."""
    model = _model(service)
    if request.action not in model.operation_names:
        return
    shape = model.operation_model(request.action).input_shape
    problems = [
        f"Value '{request.form[name][0]}' at '{name[0].lower()}{name[1:]}' failed to satisfy constraint: {rule}"
        for name, member in (shape.members if shape else {}).items()
        if name in request.form
        for rule in broken_rules(member, _value(member, request.form[name][0]))
    ]
    if problems:
        count = f"{len(problems)} validation error{'s' if len(problems) > 1 else ''} detected"
        raise AwsError("ValidationError", f"{count}: {'; '.join(problems)}")


def _value(shape: Shape, text: str) -> object:
    if shape.type_name not in {"integer", "long"}:
        return text
    try:
        return int(text)
    except ValueError:
        raise AwsError("MalformedInput", f"'{text}' is not a number") from None


@cache
def _model(service: str) -> ServiceModel:
    return botocore.session.get_session().get_service_model(service)
