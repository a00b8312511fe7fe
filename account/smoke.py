"""A service's own smoke check: requests that it must answer as expected, asked from where the release is made."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from release.redaction import redact
from release.verification import Smoke

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from release.verification_request import SmokeCheck

MOST_READ: Final = 1_000_000
"""Bytes of an answer that are looked at."""
CHUNK: Final = 65_536
AT_ONCE: Final = 4
BETWEEN_TRIES: Final = 2.0
"""Seconds."""
SHOWN: Final = 120
"""Characters of an answer that a problem shows."""
WAYS: Final = {"http": HTTPConnection, "https": HTTPSConnection}


def run(base_url: str, checks: Sequence[SmokeCheck], sleep: Callable[[float], None] = time.sleep) -> tuple[Smoke, ...]:
    """Asks for every check, a few at once, each until its answer is right or its tries are used up.

    Redirects are not followed: an answer that points elsewhere is an answer, and a check may expect it. Raises
    ValueError for a base URL that is not one of http or https.
    """
    parts = urlsplit(base_url)
    if checks and (parts.scheme not in WAYS or not parts.hostname):
        raise ValueError(f"smoke checks need a URL like https://example.com to start from, got {base_url!r}")
    with ThreadPoolExecutor(AT_ONCE) as askers:
        return tuple(askers.map(lambda check: _smoke(base_url.rstrip("/") + check.path, check, sleep), checks))


def _smoke(url: str, check: SmokeCheck, sleep: Callable[[float], None]) -> Smoke:
    problem = ""
    for number in range(check.tries):
        if number:
            sleep(BETWEEN_TRIES)
        problem = _problem(url, check)
        if not problem:
            break
    return Smoke(url=url, problem=problem)


def _problem(url: str, check: SmokeCheck) -> str:
    """What is wrong with the answer; empty when nothing is."""
    try:
        status, body = _ask(url, check.timeout)
    except TimeoutError:
        return f"did not answer within {check.timeout:g} s"
    except (OSError, HTTPException) as error:
        return f"cannot be reached ({redact(str(error)) or type(error).__name__})"
    if status != check.status:
        return f"answered {status}, expected was {check.status}{_shown(body)}"
    if check.contains and check.contains not in body:
        return f"answered {status} without the text {check.contains!r}{_shown(body)}"
    return ""


def _ask(url: str, timeout: float) -> tuple[int, str]:
    """Status and body. Raises TimeoutError also for an answer that comes byte by byte without an end."""
    parts = urlsplit(url)
    end = time.monotonic() + timeout
    connection = WAYS[parts.scheme](parts.hostname or "", parts.port, timeout=timeout)
    try:
        path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
        connection.request("GET", path, headers={"User-Agent": "slipway", "Accept": "*/*"})
        answer = connection.getresponse()
        return answer.status, _body(answer, end).decode(errors="replace")
    finally:
        connection.close()


def _body(answer: HTTPResponse, end: float) -> bytes:
    body = b""
    while len(body) < MOST_READ:
        if time.monotonic() > end:
            raise TimeoutError
        part = answer.read1(CHUNK)
        if not part:
            break
        body += part
    return body


def _shown(body: str) -> str:
    """The beginning of the answer, on one line."""
    text = redact(" ".join(body.split()))
    return f": {text[:SHOWN]}" if text else ""
