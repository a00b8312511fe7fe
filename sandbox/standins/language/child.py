"""Child processes of the language host: started, listened to, and ended."""

from __future__ import annotations

import contextlib
import queue
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Literal

#: Seconds a child has after an interrupt before it is killed, as in the official host.
GRACE = 5.0

#: The most bytes of output passed on at once; far below gRPC's limit of 4 MiB a message.
CHUNK = 64 * 1024

Stream = Literal["stdout", "stderr"]


def interrupt(process: subprocess.Popen[bytes]) -> None:
    """Asks a child to end, without waiting for it; kills it when it has not ended after `GRACE` seconds."""
    if process.poll() is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGINT)

    def kill_if_alive() -> None:
        try:
            process.wait(GRACE)
        except subprocess.TimeoutExpired:
            process.kill()

    threading.Thread(target=kill_if_alive, daemon=True).start()


class Children:
    """The living children of this host, so that none outlives it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._living: set[subprocess.Popen[bytes]] = set()
        self._ending = False

    @contextlib.contextmanager
    def start(
        self, command: Sequence[str], *, cwd: str, environment: Mapping[str, str], piped: bool = False
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Starts a child and forgets it at the end of the block, by which it has to have ended.

        `piped` gives it pipes for its output; otherwise it writes straight into the host's own.
        """
        output = subprocess.PIPE if piped else None
        process = subprocess.Popen(
            command, cwd=cwd, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        with self._lock:
            self._living.add(process)
            ending = self._ending
        if ending:
            interrupt(process)
        try:
            yield process
        finally:
            interrupt(process)
            process.wait()
            with self._lock:
                self._living.discard(process)

    def interrupt(self) -> None:
        """Asks every living child to end."""
        with self._lock:
            living = tuple(self._living)
        for process in living:
            interrupt(process)

    def end(self) -> None:
        """Ends every child, waits for that, and lets no other one live."""
        with self._lock:
            self._ending = True
            living = tuple(self._living)
        self.interrupt()
        for process in living:
            process.wait()


def output(process: subprocess.Popen[bytes]) -> Iterator[tuple[Stream, bytes]]:
    """What a piped child writes, as it comes, until it has closed both streams."""
    chunks: queue.SimpleQueue[tuple[Stream, bytes]] = queue.SimpleQueue()

    def read(name: Stream, pipe: IO[bytes]) -> None:
        with contextlib.suppress(OSError, ValueError):
            while chunk := pipe.read1(CHUNK):  # type: ignore[attr-defined]  # a pipe of Popen is a BufferedReader
                chunks.put((name, chunk))
        chunks.put((name, b""))

    pipes: dict[Stream, IO[bytes] | None] = {"stdout": process.stdout, "stderr": process.stderr}
    open_pipes = 0
    for name, pipe in pipes.items():
        if pipe is not None:
            open_pipes += 1
            threading.Thread(target=read, args=(name, pipe), daemon=True).start()
    while open_pipes:
        name, chunk = chunks.get()
        if chunk:
            yield name, chunk
        else:
            open_pipes -= 1
