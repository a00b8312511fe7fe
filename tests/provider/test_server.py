"""The plugin as a process: how it serves, how its errors look, and when it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import grpc
import pytest
from pulumi.runtime import rpc
from pulumi.runtime.proto import engine_pb2_grpc, provider_pb2, provider_pb2_grpc

from tests.provider.test_rollout import PLAIN, URN

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parents[2] / "provider"


class Engine:
    """An engine that only listens for the plugin's notes."""

    def __init__(self) -> None:
        self._server = grpc.server(ThreadPoolExecutor(2))
        engine_pb2_grpc.add_EngineServicer_to_server(engine_pb2_grpc.EngineServicer(), self._server)
        self.address = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        self._server.start()

    def die(self) -> None:
        self._server.stop(None).wait()


@contextmanager
def plugin(engine: Engine, **environment: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    process = subprocess.Popen(
        [sys.executable, str(FOLDER), engine.address],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={key: value for key, value in os.environ.items() if key != "AWS_PROFILE"} | environment,
    )
    try:
        assert process.stdout is not None
        yield process, int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()
        engine.die()


def ended_within(process: subprocess.Popen[str], seconds: float) -> bool:
    try:
        return process.wait(seconds) == 0
    except subprocess.TimeoutExpired:
        return False


def test_an_error_reaches_the_engine_as_one_sentence_and_nothing_reaches_stderr() -> None:
    nowhere = {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
    }
    with plugin(Engine(), **nowhere) as (process, port), grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub = provider_pb2_grpc.ResourceProviderStub(channel)
        struct = rpc.struct_pb2.Struct()
        struct.update(PLAIN)
        with pytest.raises(grpc.RpcError) as failed:
            stub.Diff(provider_pb2.DiffRequest(urn=URN, id="x", olds=struct, news=struct))
        details = failed.value.details()
        process.send_signal(signal.SIGINT)
        assert ended_within(process, 4)
        assert process.stderr is not None
        assert process.stderr.read() == ""
    assert details.startswith("cannot tell whether auth-service 1.1.0 runs: AWS cannot be reached")
    assert "Traceback" not in details


def test_a_fault_of_our_own_is_one_line_too() -> None:
    with plugin(Engine()) as (_process, port), grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub = provider_pb2_grpc.ResourceProviderStub(channel)
        with pytest.raises(grpc.RpcError) as failed:
            stub.Create(provider_pb2.CreateRequest(urn=URN))
        assert failed.value.details().startswith("slipway's provider has a fault in Create: KeyError: ")
        assert "Traceback" not in failed.value.details()


def test_the_plugin_ends_quietly_and_at_once_when_it_is_interrupted() -> None:
    with plugin(Engine()) as (process, _port):
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert ended_within(process, 4)
        assert time.monotonic() - began < 1
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_the_plugin_ends_when_the_engine_is_gone() -> None:
    engine = Engine()
    with plugin(engine) as (process, _port):
        time.sleep(0.5)
        engine.die()
        assert ended_within(process, 8)


def test_the_plugin_ends_when_its_parent_is_gone(tmp_path: Path) -> None:
    engine = Engine()
    parent = (
        "import subprocess, sys, pathlib; "
        f"p = subprocess.Popen([sys.executable, {str(FOLDER)!r}, {engine.address!r}], stdout=subprocess.PIPE); "
        f"p.stdout.readline(); pathlib.Path({str(tmp_path / 'pid')!r}).write_text(str(p.pid))"
    )
    subprocess.run([sys.executable, "-c", parent], check=True, timeout=30)
    pid = int((tmp_path / "pid").read_text())
    try:
        end = time.monotonic() + 8
        while time.monotonic() < end and _lives(pid):
            time.sleep(0.1)
        assert not _lives(pid)
    finally:
        engine.die()


def _lives(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    try:
        return stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_started_by_hand_the_plugin_says_what_it_is() -> None:
    done = subprocess.run([sys.executable, str(FOLDER)], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 1
    assert "this is a Pulumi plugin" in done.stderr
    assert "Traceback" not in done.stderr
