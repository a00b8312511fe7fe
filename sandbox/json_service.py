"""An AWS service over the JSON 1.1 protocol, described by botocore's own model and answered by plain functions."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore.model import OperationNotFoundError

from sandbox import json_shapes
from sandbox.aws_error import AwsError, not_imitated

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from botocore.model import OperationModel, ServiceModel

    from sandbox.caller import Caller

    Handler = Callable[[Caller, dict[str, Any]], Mapping[str, Any]]

logger = logging.getLogger(__name__)

CRASHED = "a handler of the sandbox crashed"
"""What a log line says when a handler raised something else than ``AwsError``: a defect of the sandbox."""


@dataclass(frozen=True)
class Answer:
    """Status, code of the error ("" for none) and JSON of one answer."""

    status: int
    error: str
    body: bytes


class JsonService:
    """Parses, validates, calls ``handlers[operation](caller, params)`` and serialises the answer.

    Parameters reach the handler as botocore's model names them: blobs as bytes, timestamps as aware datetimes. The
    handler returns a mapping of the output shape's members (None means absent). ``AwsError`` becomes AWS's error shape;
    so does NotImplementedError, and a crash, with the traceback in the log. The service never answers with status 5xx,
    because clients repeat such requests.
    """

    def __init__(self, service: str, handlers: Mapping[str, Handler]) -> None:
        self._model = _load_model(service)
        unknown = sorted(set(handlers) - set(self._model.operation_names))
        if unknown:
            raise ValueError(f"{service} has no operation {', '.join(unknown)}")
        self._handlers = handlers

    @property
    def service(self) -> str:
        """The service's name, as in an ARN and in a signature."""
        return str(self._model.signing_name)

    def answer(self, caller: Caller, target: str, body: bytes) -> Answer:
        """Answer one request; ``target`` is its X-Amz-Target header."""
        try:
            operation = self._operation(target)
            result = self._call(caller, operation, body)
        except AwsError as error:
            return error_answer(error)
        except NotImplementedError as error:
            return error_answer(not_imitated(error))
        except Exception:  # the edge of the server: a crash must reach the client as an AWS error
            logger.exception("%s: %s %s", CRASHED, self.service, target)
            return error_answer(
                AwsError("InternalFailure", f"The Slipway sandbox crashed in {target}; its log has the traceback.")
            )
        return Answer(200, "", json.dumps(result).encode())

    def _operation(self, target: str) -> OperationModel:
        name = target.rpartition(".")[2]
        try:
            operation = self._model.operation_model(name)
        except OperationNotFoundError:
            raise AwsError("UnknownOperationException", f"{self.service} has no operation {name!r}.") from None
        if name not in self._handlers:
            raise AwsError("UnknownOperationException", f"The Slipway sandbox does not imitate {self.service}:{name}.")
        return operation

    def _call(self, caller: Caller, operation: OperationModel, body: bytes) -> Any:  # noqa: ANN401 - JSON
        try:
            value = json.loads(body or b"{}", parse_constant=_no_constant)
        except (ValueError, RecursionError):  # the latter for what is nested too deeply
            raise AwsError("SerializationException", "The request's body is not JSON.") from None
        params = json_shapes.read_request(operation.input_shape, value)
        result = self._handlers[operation.name](caller, params)
        return json_shapes.write(operation.output_shape, result) if operation.output_shape else {}


def _no_constant(name: str) -> None:
    """Python reads NaN and Infinity, which JSON does not have."""
    raise ValueError(name)


def error_answer(error: AwsError) -> Answer:
    """``error`` in the shape of the JSON 1.1 protocol."""
    return Answer(error.status, error.code, json.dumps({"__type": error.code, "message": error.message}).encode())


@cache
def _load_model(service: str) -> ServiceModel:
    return botocore.session.get_session().get_service_model(service)
