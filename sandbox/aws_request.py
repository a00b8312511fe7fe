"""A request to an AWS API, as far as routing needs to understand it."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from werkzeug.wrappers import Request

from sandbox.identity import Scope, scope_of

if TYPE_CHECKING:
    from sandbox.aws_error import AwsError

_READING_VERBS = ("Describe", "Get", "List", "Head", "Lookup", "Search", "Filter", "Query", "Scan")
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class AwsRequest:
    """``scope`` is None for an unsigned request; ``action`` is "" for REST protocols, whose method tells enough."""

    environ: dict[str, Any]
    scope: Scope | None
    target: str
    action: str
    method: str
    body: bytes
    form: dict[str, list[str]]

    @property
    def changes_state(self) -> bool:
        """Whether the sandbox has something to store afterwards; in doubt yes."""
        if self.action:
            return not self.action.startswith(_READING_VERBS)
        return self.method not in {"GET", "HEAD", "OPTIONS"}

    def parameter(self, name: str) -> str:
        """A parameter of the query protocol, "" when absent."""
        return self.form.get(name, [""])[0]


def read(environ: dict[str, Any]) -> AwsRequest:
    """Read the request whole, and put its body back for moto."""
    request = Request(environ)
    body = request.get_data(cache=False, parse_form_data=False)
    environ["wsgi.input"] = io.BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    target = request.headers.get("X-Amz-Target", "")
    form = parse_qs(body.decode(errors="replace")) if (request.content_type or "").startswith(_FORM) else {}
    return AwsRequest(
        environ=environ,
        scope=scope_of(request.headers.get("Authorization", ""), request.query_string.decode(errors="replace")),
        target=target,
        action=target.rpartition(".")[2] or form.get("Action", [""])[0] or _cbor_operation(request.path),
        method=request.method,
        body=body,
        form=form,
    )


def _cbor_operation(path: str) -> str:
    """The operation of the RPC protocol over CBOR (``/service/<id>/operation/<name>``)."""
    _, found, operation = path.partition("/operation/")
    return operation if found and path.startswith("/service/") else ""


def error_body(request: AwsRequest, error: AwsError) -> tuple[str, bytes]:
    """Content type and body of ``error`` in the protocol that the client speaks."""
    code, message = escape(error.code), escape(error.message)
    service = request.scope.service if request.scope else ""
    if service == "ec2":
        text = f"<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors></Response>"
    elif service == "s3":
        text = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    elif request.form.get("Action") or service == "route53":
        text = (
            f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
            "<RequestId>slipway-sandbox</RequestId></ErrorResponse>"
        )
    else:
        return "application/x-amz-json-1.1", json.dumps({"__type": error.code, "message": error.message}).encode()
    return "text/xml", f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()
