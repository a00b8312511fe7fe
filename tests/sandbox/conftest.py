"""A running sandbox for the tests of this room: its own folder, its own port, and a log without crashes at the end."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import boto3
import pytest

from sandbox import accounts
from sandbox.json_service import CRASHED
from sandbox.lifecycle import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def free_port() -> int:
    """A port that nobody listens on at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def session(box: Sandbox, name: str = "test") -> boto3.Session:
    """A boto3 session that works in an environment's account as plain boto3 does in the sandbox's shell."""
    values = {key: value for key, value in box.variables(name).items() if key.startswith("AWS_")}
    before = {key: os.environ.get(key) for key in values}
    _set(values)
    try:
        # boto3 reads the files and the endpoint when the session and its clients are made.
        made = boto3.Session(profile_name=name, region_name=accounts.REGION)
        credentials = made.get_credentials().get_frozen_credentials()
    finally:
        _set(before)
    return boto3.Session(credentials.access_key, credentials.secret_key, credentials.token, accounts.REGION)


def _set(values: dict[str, str | None]) -> None:
    for key, value in values.items():
        if value is None:
            os.environ.pop(key, None)
        else:
            os.environ[key] = value


def assert_no_crash(box: Sandbox) -> None:
    """No handler has crashed and no state failed to be stored."""
    log = (box.directory / "server.log").read_text()
    assert CRASHED not in log
    assert "Traceback" not in log
    assert "is not stored" not in log


@pytest.fixture(scope="session")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox that all tests share; they use names of their own."""
    made = Sandbox(tmp_path_factory.mktemp("sandbox"))
    made.up(port=free_port(), stacks=False)
    yield made
    made.down()
    assert_no_crash(made)


@pytest.fixture
def own_box(tmp_path: Path) -> Iterator[Sandbox]:
    """A sandbox for one test, which starts and stops it."""
    made = Sandbox(tmp_path / "box")
    yield made
    made.down()
    if (made.directory / "server.log").exists():
        assert_no_crash(made)


@pytest.fixture(scope="session")
def client(box: Sandbox) -> Callable[..., object]:
    """``client("ecr")`` or ``client("ecr", "prod")``: a boto3 client of the shared sandbox."""

    def make(service: str, name: str = "test") -> object:
        return session(box, name).client(service, endpoint_url=box.endpoint)

    return make
