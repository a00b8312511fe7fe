"""Smoke checks against a server of this test's own: right answers pass, and every wrong one is told in words."""

from __future__ import annotations

import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from account import smoke
from release.verification import Smoke
from release.verification_request import SmokeCheck

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Service(BaseHTTPRequestHandler):
    asked: dict[str, int]
    over: threading.Event

    def do_GET(self) -> None:
        count = self.asked[self.path] = self.asked.get(self.path, 0) + 1
        if self.path == "/silent":
            self.over.wait(30)
        elif self.path == "/drip":
            self._drip()
        elif self.path == "/moved":
            self._answer(302, "", Location="/health")
        elif self.path == "/third-time" and count < 3:
            self._answer(503, "not yet")
        elif self.path in {"/health?deep=1", "/third-time"}:
            self._answer(200, "all is well")
        else:
            self._answer(500, "no database, password=hunter2,\n sorry")

    def _answer(self, status: int, body: str, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def _drip(self) -> None:
        self.send_response(200)
        self.end_headers()
        while not self.over.wait(0.05):
            self.wfile.write(b".")
            self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as http.server names it
        pass


class Served:
    """A service, and how often it was asked."""

    def __init__(self) -> None:
        self.asked: dict[str, int] = {}
        self.over = threading.Event()
        handler = type("Handler", (_Service,), {"asked": self.asked, "over": self.over})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.slept: list[float] = []

    def check(self, path: str, **settings: object) -> str:
        """The problem with the answer at the path."""
        (found,) = smoke.run(self.url, [SmokeCheck(path=path, **settings)], self.slept.append)  # type: ignore[arg-type]
        assert found.url == self.url + path
        return found.problem


@pytest.fixture
def served() -> Iterator[Served]:
    made = Served()
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.over.set()
    made.server.shutdown()
    made.server.server_close()
    thread.join()


def test_a_right_answer_is_no_problem_and_is_asked_for_once(served: Served) -> None:
    assert served.check("/health?deep=1", contains="is well") == ""
    assert (served.asked, served.slept) == ({"/health?deep=1": 1}, [])


def test_a_service_that_needs_a_moment_gets_its_tries(served: Served) -> None:
    assert served.check("/third-time") == ""
    assert served.slept == [2, 2]


def test_one_try_fewer_than_it_needs_is_a_problem(served: Served) -> None:
    assert served.check("/third-time", tries=2) == "answered 503, expected was 200: not yet"


WRONG = {
    "another status": ("/broken", {}, "answered 500, expected was 200: no database, password=[redacted], sorry"),
    "another text": (
        "/health?deep=1",
        {"contains": "1.2.0"},
        "answered 200 without the text '1.2.0': all is well",
    ),
    "a redirect": ("/moved", {}, "answered 302, expected was 200"),
    "no answer": ("/silent", {"timeout": 0.2}, "did not answer within 0.2 s"),
    "no end": ("/drip", {"timeout": 0.2}, "did not answer within 0.2 s"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_answer_is_told_in_words_without_secrets(served: Served, case: str) -> None:
    path, settings, problem = WRONG[case]
    assert served.check(path, tries=1, **settings) == problem


def test_an_expected_redirect_is_a_right_answer(served: Served) -> None:
    assert served.check("/moved", status=302) == ""


def test_a_service_that_nobody_can_reach_is_a_problem() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    (found,) = smoke.run(f"http://127.0.0.1:{port}", [SmokeCheck(path="/", tries=1)])
    assert found.problem.startswith("cannot be reached (")
    assert "refused" in found.problem


def test_checks_are_asked_side_by_side_and_answered_in_order(served: Served) -> None:
    began = time.monotonic()
    checks = [SmokeCheck(path="/silent", timeout=0.5, tries=1)] * 4
    found = smoke.run(served.url + "/", checks)
    assert time.monotonic() - began < 1.5
    assert found == (Smoke(url=f"{served.url}/silent", problem="did not answer within 0.5 s"),) * 4


@pytest.mark.parametrize("base", ["", "example.com", "file:///etc/passwd", "https://"])
def test_a_base_that_is_no_web_address_is_refused(base: str) -> None:
    with pytest.raises(ValueError, match="need a URL like https://example"):
        smoke.run(base, [SmokeCheck(path="/")])


def test_no_checks_need_no_address() -> None:
    assert smoke.run("", []) == ()
