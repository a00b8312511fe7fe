"""``/_sandbox/...``: the sandbox's own questions and switches, for ``slipway sandbox``. JSON both ways."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

from sandbox.aws_error import AwsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from wsgiref.types import StartResponse, WSGIEnvironment

    Handler = Callable[[dict[str, Any]], Mapping[str, Any]]


class Admin:
    """A WSGI application of ``(method, path) -> handler``; a handler takes and returns JSON objects.

    ``AwsError`` is a refusal, answered with its code and message.
    """

    def __init__(self, handlers: Mapping[tuple[str, str], Handler]) -> None:
        self._handlers = handlers

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        return self._answer(Request(environ))(environ, start_response)

    def _answer(self, request: Request) -> Response:
        body = request.get_data()
        handler = self._handlers.get((request.method, request.path))
        if handler is None:
            return _json({"message": f"the sandbox has no {request.method} {request.path}"}, 404)
        try:
            return _json(handler(json.loads(body or b"{}")))
        except AwsError as error:
            return _json({"code": error.code, "message": error.message}, error.status)
        except (ValueError, KeyError, TypeError) as error:
            return _json({"message": f"bad request: {error}"}, 400)


def _json(document: object, status: int = 200) -> Response:
    return Response(json.dumps(document).encode(), status, content_type="application/json")
