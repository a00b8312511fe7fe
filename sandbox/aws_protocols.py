"""Operations that the sandbox answers itself, of a service that speaks both JSON and the query protocol.

CloudWatch does: boto3 and newer SDKs speak JSON to it, older ones the query protocol, and both reach one handler.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from moto.core.parse import QueryParser
from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from sandbox import json_shapes
from sandbox.aws_error import AwsError

if TYPE_CHECKING:
    from sandbox.aws_request import AwsRequest
    from sandbox.caller import Caller

    Handler = Callable[[Caller, dict[str, Any]], Mapping[str, Any]]

_JSON = "application/x-amz-json-1.0"
_BROKEN_MODEL = "InvalidParameterException"


def overrides(
    service: str, handlers: Mapping[str, Handler], invalid: str
) -> dict[tuple[str, str], Callable[[Caller, AwsRequest], Response]]:
    """The handlers as overrides of the application; ``invalid`` is the code for a request that breaks the model.

    Parameters reach a handler, and its answer goes back, as with ``JsonService``.
    """
    model = get_service_model(service)
    return {
        (model.signing_name, name): _Operation(service, name, handler, invalid) for name, handler in handlers.items()
    }


class _Operation:
    def __init__(self, service: str, name: str, handler: Handler, invalid: str) -> None:
        self._service = service
        self._model = get_service_model(service).operation_model(name)
        self._handler = handler
        self._invalid = invalid

    def __call__(self, caller: Caller, request: AwsRequest) -> Response:
        by_query = bool(request.form)
        result = self._handler(caller, self._read(self._from_query(request) if by_query else _from_json(request)))
        written = json_shapes.write(self._model.output_shape, result) if self._model.output_shape else {}
        if not by_query:
            return Response(json.dumps(written), content_type=_JSON)
        serializer = get_serializer_class(self._service, "query")(operation_model=self._model)
        answer = serializer.serialize({name: value for name, value in result.items() if value is not None})
        return Response(answer["body"], answer["status_code"], content_type="text/xml")

    def _read(self, value: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        try:
            return json_shapes.read_request(self._model.input_shape, value)
        except AwsError as error:
            if error.code != _BROKEN_MODEL:
                raise
            raise AwsError(self._invalid, error.message) from None

    def _from_query(self, request: AwsRequest) -> Any:  # noqa: ANN401 - JSON
        values = MultiDict((name, value) for name, found in request.form.items() for value in found)
        parsed = QueryParser(self._model).parse({"values": values})  # type: ignore[typeddict-item] # it needs no more
        return _as_json(parsed)


def _from_json(request: AwsRequest) -> Any:  # noqa: ANN401 - JSON
    try:
        return json.loads(request.body or b"{}")
    except ValueError:
        raise AwsError("SerializationException", "The request's body is not JSON.") from None


def _as_json(value: Any) -> Any:  # noqa: ANN401 - what moto's parser gives
    if isinstance(value, Mapping):
        return {name: _as_json(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_as_json(item) for item in value]
    return value.replace(tzinfo=UTC).timestamp() if isinstance(value, datetime) else value
