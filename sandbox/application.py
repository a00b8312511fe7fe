"""The sandbox's front door: which part of it answers a request."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from sandbox import aws_request, identity
from sandbox.aws_error import AwsError, not_imitated
from sandbox.json_service import CRASHED, JsonService

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterable, Mapping
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from sandbox.api_calls import ApiCalls
    from sandbox.aws_request import AwsRequest
    from sandbox.caller import Caller
    from sandbox.pace import Pace

logger = logging.getLogger(__name__)

_ERRORS = 400
"""HTTP statuses of errors begin here."""
_PAGE = b"<!doctype html>"
"""How the web framework's own answer begins where moto has nothing at a path."""


class Application:
    """One WSGI application for everything on the sandbox's port.

    AWS requests are answered one at a time under ``lock``, each at one moment of the sandbox's time
    (``pace``), after everything has happened that is due. What they changed is stored before they are answered
    (``changed`` tells whether a request that only reads has let something happen). ``calls`` notes each of them.
    ``services`` are the JSON services that the sandbox answers itself, by signing name. Everything else goes to moto,
    but first to the service's ``preparations`` and to ``overrides``, by signing name and operation, which answer or
    return None.
    """

    def __init__(
        self,
        *,
        lock: threading.RLock,
        calls: ApiCalls,
        moto: WSGIApplication,
        pace: Pace,
        changed: Callable[[], bool],
        save: Callable[[], None],
        services: Mapping[str, JsonService],
        preparations: Mapping[str, Callable[[Caller, AwsRequest], None]],
        overrides: Mapping[tuple[str, str], Callable[[Caller, AwsRequest], Response | None]],
        registry: WSGIApplication,
        admin: WSGIApplication,
    ) -> None:
        self._lock = lock
        self._calls = calls
        self._moto = moto
        self._pace = pace
        self._changed = changed
        self._save = save
        self._services = services
        self._preparations = preparations
        self._overrides = overrides
        self._registry = registry
        self._admin = admin

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        path = environ.get("PATH_INFO", "")
        if path.startswith("/_sandbox/"):
            return self._admin(environ, start_response)
        if path.startswith("/moto-api"):  # moto's own switches: one of them forgets everything
            return Response("the sandbox does not have moto's own API\n", 404)(environ, start_response)
        signed = "AWS4-HMAC-SHA256" in environ.get("HTTP_AUTHORIZATION", "")
        if (path == "/v2" or path.startswith("/v2/")) and not signed:
            return self._registry(environ, start_response)
        return self._aws(environ)(environ, start_response)

    def _aws(self, environ: WSGIEnvironment) -> Response:
        request = aws_request.read(environ)
        response = self._answered(request)
        service = request.scope.service if request.scope else "unsigned"
        what = request.action or f"{request.method} {environ.get('PATH_INFO')}"
        logger.info("%s %s %d", service, what, response.status_code)
        return response

    def _answered(self, request: AwsRequest) -> Response:
        with self._lock:
            try:
                with self._pace.standing():
                    self._pace.catch_up()
                    response = self._answer(request)
                    if request.changes_state or self._changed():
                        self._save()
            except AwsError as error:
                return _error(request, error)
            except NotImplementedError as error:
                return _error(request, not_imitated(error))
            except Exception:  # the edge of the server: a crash must reach the client as an AWS error
                logger.exception(
                    "%s: %s %s", CRASHED, request.scope, request.action or request.environ.get("PATH_INFO")
                )
                return _error(
                    request, AwsError("InternalFailure", "The Slipway sandbox crashed; its log has the traceback.")
                )
        return response

    def _answer(self, request: AwsRequest) -> Response:
        if request.scope is None:
            if request.environ.get("HTTP_AUTHORIZATION") or request.target:
                raise AwsError("IncompleteSignature", "The request's Authorization header is no signature of AWS.")
            return self._ask_moto(request)
        caller = identity.caller_of(request.scope)
        self._calls.note(caller, request)
        service = self._services.get(request.scope.service)
        if service:
            answer = service.answer(caller, request.target, request.body)
            headers = {"x-amzn-ErrorType": answer.error} if answer.error else {}
            return Response(answer.body, answer.status, headers, content_type="application/x-amz-json-1.1")
        if prepare := self._preparations.get(request.scope.service):
            prepare(caller, request)
        override = self._overrides.get((request.scope.service, request.action))
        response = override(caller, request) if override else None
        return response or self._ask_moto(request)

    def _ask_moto(self, request: AwsRequest) -> Response:
        response = Response.from_app(self._moto, request.environ, buffered=True)
        if request.scope and response.status_code >= _ERRORS and response.get_data()[: len(_PAGE)].lower() == _PAGE:
            raise NotImplementedError(f"{request.scope.service} {request.method} {request.environ.get('PATH_INFO')}")
        return response


def _error(request: AwsRequest, error: AwsError) -> Response:
    content_type, body = aws_request.error_body(request, error)
    return Response(body, error.status, {"x-amzn-ErrorType": error.code}, content_type=content_type)
