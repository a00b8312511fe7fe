"""Who called what: every call to an AWS API, as CloudTrail would have it, without what could be secret.

A call is kept once however often it is made. The name of a call of a REST protocol is found when it is asked for:
the models that tell it take long to load.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, unquote

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.aws_request import AwsRequest
    from sandbox.caller import Caller

MOST: Final = 20_000
"""Different calls that are kept; a sandbox that runs for weeks must not grow."""
_IDENTIFYING: Final = re.compile(
    r"(?i)([a-z]*(name|names|arn|arns|id|ids|identifier|clusters?|services?|tasks?|taskdefinition|family)|queueurl|endpoint|rule)"
    r"(\.(member|entry|item)?\.?\d+)?"
)
"""Parameters that say which resource is meant. No other value is kept: it may be a secret."""


@dataclass(frozen=True)
class ApiCall:
    """One call. `service` is the signing name; `names` are the parameters that say which resources are meant."""

    caller: str
    account: str
    region: str
    service: str
    operation: str
    method: str
    path: str
    query: tuple[str, ...]
    headers: tuple[str, ...]
    names: tuple[tuple[str, str], ...]

    def told(self) -> dict[str, Any]:
        """As JSON has it. A parameter that has several values is told as a list."""
        names: dict[str, list[str]] = {}
        for key, value in self.names:
            names.setdefault(key, []).append(value)
        operation, parts = (self.operation, {}) if self.operation else _of_rest(self)
        return {
            "caller": self.caller,
            "account": self.account,
            "region": self.region,
            "service": self.service,
            "operation": operation,
            "names": {**names, **{key: [value] for key, value in parts.items()}},
        }


class ApiCalls:
    """The calls since the sandbox started."""

    def __init__(self) -> None:
        self._calls: dict[ApiCall, int] = {}

    def note(self, caller: Caller, request: AwsRequest) -> None:
        """Keep a call, whatever is answered: whoever may not make it is told so before anything else."""
        if request.scope is None:
            return
        environ = request.environ
        call = ApiCall(
            caller=caller.arn,
            account=caller.account,
            region=caller.region,
            service=request.scope.service,
            operation=request.action,
            method=request.method,
            path="" if request.action else unquote(environ.get("PATH_INFO", "")),
            query=()
            if request.action
            else tuple(sorted(key for key, _ in parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))),
            headers=() if request.action else tuple(sorted(key for key in environ if key.startswith("HTTP_X_AMZ_"))),
            names=_names(request) if request.action else (),
        )
        if call in self._calls or len(self._calls) < MOST:
            self._calls[call] = self._calls.get(call, 0) + 1

    def forget(self) -> Mapping[str, Any]:
        """Begins again."""
        self._calls.clear()
        return {}

    def told(self) -> Mapping[str, Any]:
        """All of them, the first first, each with how often it was made."""
        return {"calls": [{**call.told(), "times": times} for call, times in list(self._calls.items())]}


def _names(request: AwsRequest) -> tuple[tuple[str, str], ...]:
    if request.form:
        found = [(key, value) for key, values in request.form.items() for value in values]
    else:
        found = list(_strings(request.body))
    kept = [(key, value) for key, value in found if _IDENTIFYING.fullmatch(key)]
    return tuple(sorted((re.sub(r"(\.(member|entry|item))?\.\d+$", "", key), _name(key, value)) for key, value in kept))


def _name(key: str, value: str) -> str:
    """A queue is told by its name: the address before it is the sandbox's own."""
    return value.rpartition("/")[2] if key == "QueueUrl" else value


def _strings(body: bytes) -> list[tuple[str, str]]:
    try:
        document = json.loads(body or b"{}")
    except ValueError:
        return []  # CBOR; the services that speak it here are asked in JSON too
    pairs = document.items() if isinstance(document, dict) else ()
    return [
        (key, each)
        for key, value in pairs
        for each in (value if isinstance(value, list) else [value])
        if isinstance(each, str)
    ]


@dataclass(frozen=True)
class _Route:
    operation: str
    method: str
    pattern: re.Pattern[str]
    query: frozenset[str]
    headers: frozenset[str]

    def fits(self, call: ApiCall) -> bool:
        asked = self.query <= set(call.query) and self.headers <= set(call.headers)
        return asked and self.method == call.method


def _of_rest(call: ApiCall) -> tuple[str, dict[str, str]]:
    """Operation and path parameters of a call that names none: by method, path and the query's keys."""
    found = [
        (route, match)
        for route in _routes(call.service)
        if route.fits(call) and (match := route.pattern.fullmatch(call.path))
    ]
    if not found:
        return f"{call.method} {call.path}", {}
    # S3 has many operations at one path: the one that wants most is meant.
    route, match = max(found, key=lambda one: (len(one[0].query | one[0].headers), -len(one[0].pattern.groupindex)))
    return route.operation, {key: value for key, value in match.groupdict().items() if value}


@cache
def _routes(service: str) -> tuple[_Route, ...]:
    from botocore.session import Session  # noqa: PLC0415 - see the module's docstring

    session = Session()
    model = next(
        (
            model
            for name in sorted(session.get_available_services(), key=lambda name: name != service)
            if (model := session.get_service_model(name)).signing_name == service
        ),
        None,
    )
    return tuple(_route(model.operation_model(name)) for name in model.operation_names) if model else ()


def _route(operation: Any) -> _Route:  # noqa: ANN401 - botocore has no types
    path, _, query = operation.http["requestUri"].partition("?")
    constant = {key for key, _ in parse_qsl(query, keep_blank_values=True)}
    pattern = re.sub(r"\\\{(\w+)(\\\+)?\\\}", _group, re.escape(path.rstrip("/") or "/"))
    return _Route(
        operation.name,
        operation.http["method"],
        re.compile(pattern + "/?"),
        frozenset(constant | _required(operation, "querystring")),
        frozenset("HTTP_" + name.upper().replace("-", "_") for name in _required(operation, "header")),
    )


def _required(operation: Any, location: str) -> set[str]:  # noqa: ANN401 - botocore has no types
    """What no request of the operation lacks, as the query or the head names it."""
    shape = operation.input_shape
    return {
        member.serialization["name"]
        for name, member in (shape.members.items() if shape else ())
        if name in shape.required_members and member.serialization.get("location") == location
    }


def _group(found: re.Match[str]) -> str:
    if found[2]:
        return f"(?P<{found[1]}>.+)"
    # An ARN's own slashes are escaped in the path, which is decoded here; it ends with none.
    return f"(?P<{found[1]}>.*[^/])" if found[1].lower().endswith("arn") else f"(?P<{found[1]}>[^/]+)"
