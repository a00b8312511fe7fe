"""What AWS or the network answers instead of an answer, in words for people."""

from __future__ import annotations

import os
import re
from typing import Any, Final

_PERMISSION_CODES: Final = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthFailure"}
_CREDENTIAL_CODES: Final = {
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "SignatureDoesNotMatch",
    "InvalidSignatureException",
}
_PASSING_CODES: Final = {
    "Throttling",
    "ThrottlingException",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "ServerException",
    "InternalFailure",
    "InternalServerError",
    "ServiceUnavailable",
    "ServiceUnavailableException",
}
_SERVER_ERROR: Final = 500


class AwsFault(Exception):  # noqa: N818 - the house calls it a fault: it may be the network's
    """A call that could not be answered. Its text is a whole sentence without the final stop."""

    def __init__(self, sentence: str, *, code: str = "", passing: bool = False) -> None:
        super().__init__(sentence)
        self.code = code
        """AWS's error code, e.g. `ServiceNotFoundException`. Empty for faults of network and credentials."""
        self.passing = passing
        """Whether the same call may succeed in a while: throttling, faults of the network or within AWS."""


def explain(error: Exception, role_arn: str = "") -> AwsFault:
    """The fault for an exception of botocore."""
    if isinstance(error, AwsFault):
        return error
    response = getattr(error, "response", None)
    if isinstance(response, dict):
        return _refused(error, response, role_arn)
    return _unreachable(error)


def _refused(error: Exception, response: dict[str, Any], role_arn: str) -> AwsFault:
    code = str(response.get("Error", {}).get("Code", "Unknown"))
    message = " ".join(str(response.get("Error", {}).get("Message", "")).split()).rstrip(".")
    operation = str(getattr(error, "operation_name", "the call"))
    if operation == "AssumeRole" and code in _PERMISSION_CODES:
        return AwsFault(
            f"the role {role_arn} cannot be assumed ({message}): "
            "use credentials that its trust policy names, or correct deployRole under slipway:aws in the stack file",
            code=code,
        )
    if code in _PERMISSION_CODES:
        who = role_arn or "these credentials"
        action = _action(operation, message)
        return AwsFault(f"{who} may not call {action} ({message}): allow {action} in its policy", code=code)
    if code in _CREDENTIAL_CODES:
        return AwsFault(f"AWS does not accept the credentials ({code}): sign in again", code=code)
    status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    return AwsFault(
        f"AWS answered {operation} with {code}: {message}",
        code=code,
        passing=code in _PASSING_CODES or status >= _SERVER_ERROR,
    )


def _action(operation: str, message: str) -> str:
    """The IAM action: AWS mostly names it in its message, `... is not authorized to perform: ecs:ListTasks on ...`."""
    named = re.search(r"perform: ([a-z0-9-]+:[A-Za-z0-9]+)", message)
    return named.group(1) if named else operation


_NO_CREDENTIALS: Final = {
    "NoCredentialsError",
    "PartialCredentialsError",
    "CredentialRetrievalError",
    "TokenRetrievalError",
    "SSOTokenLoadError",
    "UnauthorizedSSOTokenError",
}


def _unreachable(error: Exception) -> AwsFault:
    kind = type(error).__name__
    text = " ".join(str(error).split()).rstrip(".")
    if kind in _NO_CREDENTIALS:
        return AwsFault(f"there are no usable AWS credentials ({text}): sign in, or set AWS_PROFILE")
    if kind == "ProfileNotFound":
        return AwsFault(f"{text}: set AWS_PROFILE to a profile of your AWS configuration")
    if kind in _NETWORK_FAULTS:
        return AwsFault(f"AWS cannot be reached ({text}): {_way_to_reach_it()}", passing=True)
    return AwsFault(f"AWS could not be asked: {kind}: {text}")


def _way_to_reach_it() -> str:
    """Who made the shell's endpoint may have left word of the command that starts it."""
    endpoint, starter = os.environ.get("AWS_ENDPOINT_URL"), os.environ.get("SLIPWAY_ENDPOINT_STARTED_BY")
    if not endpoint:
        return "check the network"
    remedy = f"run `{starter}`" if starter else "start what is to answer there, or unset it"
    return f"AWS_ENDPOINT_URL is {endpoint}, {remedy}"


_NETWORK_FAULTS: Final = {
    "EndpointConnectionError",
    "ConnectTimeoutError",
    "ReadTimeoutError",
    "ConnectionClosedError",
    "ConnectionError",
    "HTTPClientError",
    "ProxyConnectionError",
    "SSLError",
}
