"""The server's process: started detached, found again, and ended, by the lock it holds and never by name.

While it lives, the server holds a lock on ``server.lock`` in its folder. A process id alone proves nothing, since ids
are used again; a lock goes with its process however that ends.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import signal
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox import client
from sandbox.sandbox_error import SandboxError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

LOG = "server.log"
_LOCK = "server.lock"
_RECORD = "server.json"
_HEALTH_SECONDS = 10.0
_STOP_SECONDS = 15.0
_START_SECONDS = 120.0
_QUIET_SECONDS = 2.0
_LOG_TAIL = 15
_LONGEST_LOG = 10_000_000  # bytes


@dataclass(frozen=True)
class Server:
    """A server, as its folder's record tells: alive (``pid``) or the port it last had (``pid`` is 0)."""

    port: int
    pid: int = 0


def hold(directory: Path, port: int) -> int:
    """For the server itself: take the folder's lock and write the record; the lock is kept until the process ends.

    Raises SandboxError when another server has the folder.
    """
    descriptor = os.open(directory / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise SandboxError(f"another server has {directory}") from None
    _write_record(directory, Server(port, os.getpid()))
    # Once more where nobody edits: a server whose record was spoilt must still be found.
    os.ftruncate(descriptor, 0)
    os.write(descriptor, (directory / _RECORD).read_bytes())
    return descriptor


def find(directory: Path) -> Server | None:
    """The server of the folder: with its pid if it is alive; None when there never was one."""
    server = _recorded(directory / _RECORD) or _recorded(directory / _LOCK)
    if server is None:
        return None
    return server if _is_held(directory) else Server(server.port)


def _recorded(file: Path) -> Server | None:
    try:
        record = json.loads(file.read_text())
        return Server(int(record["port"]), int(record["pid"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _is_held(directory: Path) -> bool:
    try:
        descriptor = os.open(directory / _LOCK, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def answers(directory: Path, server: Server) -> bool:
    """Whether that very process answers for that very folder."""
    try:
        health = client.ask(server.port, "/_sandbox/health", seconds=_HEALTH_SECONDS)
    except SandboxError:
        return False
    return health.get("pid") == server.pid and health.get("directory") == str(directory)


@contextmanager
def exclusively(directory: Path) -> Iterator[None]:
    """One ``up`` or ``down`` of a folder at a time; the next one waits here."""
    descriptor = os.open(directory / "up.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def start(directory: Path, port: int, speed: float, say: Callable[[str], None]) -> Server:
    """Start a server and wait until it says that it is ready; ``say`` hears when that takes a while.

    The server runs in a session of its own and outlives us. Raises SandboxError, with the end of its log, if it dies.
    """
    log = directory / LOG
    ready, ready_for_server = os.pipe()
    with open(ready, "rb", buffering=0) as reader:  # noqa: PTH123 - a file descriptor
        try:
            _spawn(directory, port, speed, ready_for_server)
        finally:
            os.close(ready_for_server)
        if not select.select([reader], [], [], _QUIET_SECONDS)[0]:
            say(f"starting the sandbox in {directory} ...")
            if not select.select([reader], [], [], _START_SECONDS)[0]:
                raise SandboxError(f"the sandbox was not ready after {_START_SECONDS:g} s; its log is {log}")
        answer = reader.read()
    if not answer:
        raise SandboxError(f"the sandbox did not start; the end of {log} says:\n{_tail(log)}")
    record = json.loads(answer)
    if "error" in record:
        raise SandboxError(f"{directory}: {record['error']}")
    return Server(record["port"], record["pid"])


def _spawn(directory: Path, port: int, speed: float, ready: int) -> None:
    words = ["--directory", str(directory), "--port", str(port), "--speed", repr(speed), "--ready-fd", str(ready)]
    log_file = directory / LOG
    if log_file.exists() and log_file.stat().st_size > _LONGEST_LOG:
        log_file.replace(log_file.with_suffix(".old.log"))
    with log_file.open("ab") as log, open(os.devnull, "rb") as nothing:  # noqa: PTH123 - not a real path
        os.set_inheritable(ready, True)  # noqa: FBT003 - its only parameter
        os.posix_spawn(
            sys.executable,
            [sys.executable, "-P", "-m", "sandbox.server", *words],
            _clean_environment(),
            file_actions=[
                (os.POSIX_SPAWN_DUP2, nothing.fileno(), 0),
                (os.POSIX_SPAWN_DUP2, log.fileno(), 1),
                (os.POSIX_SPAWN_DUP2, log.fileno(), 2),
            ],
            setsid=True,
        )


def _clean_environment() -> dict[str, str]:
    """Our environment without AWS's and moto's settings, which moto would obey."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MOTO_", "S3_"))}
    return {**kept, "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}


def stop(directory: Path, server: Server) -> None:
    """End a living server: ask, and after a while insist. Its state is on file either way; its port is remembered."""
    _end(directory, server.pid, signal.SIGTERM)
    if _is_held(directory):
        _end(directory, server.pid, signal.SIGKILL)
    if _is_held(directory):
        raise SandboxError(f"the sandbox's process {server.pid} does not end; end it by hand")
    _write_record(directory, Server(server.port))


def _end(directory: Path, pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
    deadline = time.monotonic() + _STOP_SECONDS
    # Its lock tells when it is gone; nothing can wait for another session's process by an event everywhere.
    while _is_held(directory) and time.monotonic() < deadline:
        time.sleep(0.02)


def _write_record(directory: Path, server: Server) -> None:
    draft = directory / f"{_RECORD}.new"
    draft.write_text(json.dumps({"pid": server.pid, "port": server.port}))
    draft.replace(directory / _RECORD)


def _tail(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()[-_LOG_TAIL:]
    return "\n".join(f"  {line}" for line in lines)
