"""Talking to a running sandbox's ``/_sandbox/...``."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

from sandbox.sandbox_error import SandboxError

_TIMEOUT = 20.0


def ask(port: int, path: str, body: dict[str, Any] | None = None, seconds: float = _TIMEOUT) -> dict[str, Any]:
    """GET, or POST ``body``; raises SandboxError: with the sandbox's own words for a refusal, or that none answers."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # never through a proxy
    try:
        with opener.open(request, timeout=seconds) as response:
            answer: dict[str, Any] = json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            raise SandboxError(_words(error)) from None
    except (OSError, ValueError) as error:
        raise SandboxError(
            f"the sandbox on port {port} does not answer ({error}): run `slipway sandbox up`, which replaces it"
        ) from None
    return answer


def _words(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(error)["message"])
    except (ValueError, KeyError, TypeError):
        return f"the sandbox answered {error.code} {error.reason}"
