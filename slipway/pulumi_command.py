"""Runs the `pulumi` command, in the project's folder, and turns its errors into ours."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import IO, Any, Final

from release.history import Update, read_history
from slipway.pulumi_words import PulumiError, Trouble, explain
from slipway.stop import Mistake

ROLLOUT: Final = "slipway:index:Rollout"
TAIL: Final = 20_000
"""How many bytes of error output are kept to find out what went wrong."""


CHUNK: Final = 4096
PAGE: Final = 100
"""Updates asked for at once."""
RUNS_THE_PROGRAM: Final = ("up", "preview")


class PulumiFailed(Mistake):
    """A `pulumi` command that ended with an error, explained."""

    def __init__(self, error: PulumiError) -> None:
        super().__init__(error.sentence)
        self.trouble = error.trouble


@dataclass(frozen=True, kw_only=True)
class Verified:
    """What `Rollout` verified last, as the stack's state has it."""

    version: str
    digest: str
    task_definition: str


@dataclass(frozen=True)
class Pulumi:
    """The `pulumi` command for one stack."""

    root: Path
    stack: str
    variables: Mapping[str, str] = field(default_factory=dict)
    """Set for the program beside those of our own process."""

    def history(self, limit: int | None = None) -> tuple[Update, ...]:
        """The updates of the stack, newest first: all of them, or as many as asked for."""
        entries: list[dict[str, Any]] = []
        size = min(limit or PAGE, PAGE)
        for number in count(1):
            page = json.loads(self._history_page(size, number))
            entries += [
                one for one in page if one not in entries[-size:]
            ]  # an update that begins meanwhile shifts them
            if len(page) < size or (limit is not None and len(entries) >= limit):
                break
        return read_history(entries)[:limit]

    def _history_page(self, size: int, number: int) -> str:
        """Pulumi shows ten updates unless it is told otherwise."""
        return self.ask("stack", "history", "--json", "--page-size", str(size), "--page", str(number))

    def verified(self) -> dict[str, Verified]:
        """What runs by `Rollout`'s word: ECS service name -> release. Empty before the first one.

        It comes from the state, not from the stack's outputs, which a failed update may leave incomplete.
        """
        resources = (self.state().get("deployment") or {}).get("resources") or []
        found = {}
        for resource in resources:
            outputs = resource.get("outputs") or {}
            if resource.get("type") == ROLLOUT and outputs:
                found[str(outputs.get("service", "")).rsplit("/", 1)[-1]] = Verified(
                    version=str(outputs.get("version", "")),
                    digest=str(outputs.get("digest", "")),
                    task_definition=str(outputs.get("taskDefinition", "")),
                )
        return found

    def state(self) -> dict[str, Any]:
        """The stack's state, as `pulumi stack export` writes it: secrets stay encrypted."""
        exported: dict[str, Any] = json.loads(self.ask("stack", "export"))
        return exported

    def exists(self) -> bool:
        """Whether the backend has the stack."""
        try:
            self._history_page(1, 1)
        except PulumiFailed as failed:
            if failed.trouble is Trouble.NO_STACK:
                return False
            raise
        return True

    def ask(self, *arguments: str) -> str:
        """Runs a command that answers soon, and returns what it prints."""
        command = [self._program(), "--non-interactive", "--stack", self.stack, *arguments]
        done = subprocess.run(
            command, cwd=self.root, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise PulumiFailed(explain(done.stderr or done.stdout, self.stack))
        return done.stdout

    def stream(self, *arguments: str) -> tuple[int, str]:
        """Runs a command that people watch: its exit code, and the end of its error output.

        It has our terminal, so it may ask and draw. Its error output passes through us, to learn what went wrong.
        """
        if sys.stdout is not None:
            sys.stdout.flush()
        command = [self._program(), "--stack", self.stack, *arguments]
        tail = bytearray()
        environ = {**os.environ, **self.variables}
        with _ending_with_us(
            lambda: subprocess.Popen(command, cwd=self.root, env=environ, stderr=subprocess.PIPE)
        ) as process:
            assert process.stderr is not None  # noqa: S101 - asked for above
            reader = threading.Thread(target=_pass_through, args=(process.stderr, tail), daemon=True)
            reader.start()
            code = _wait(process)
            reader.join()
        return code, tail[-TAIL:].decode(errors="replace")

    def shown(self, *arguments: str) -> str:
        """The command as a person would type it."""
        variables = self.variables if arguments[0] in RUNS_THE_PROGRAM else {}
        before = "".join(f"{name}={shlex.quote(value)} " for name, value in variables.items())
        return f"{before}pulumi {shlex.join(arguments)} -s {self.stack}"

    @staticmethod
    def _program() -> str:
        program = shutil.which("pulumi")
        if program is None:
            raise Mistake("`pulumi` is not on PATH: run `make setup` and put its folder on PATH, or install Pulumi")
        return program


@contextmanager
def _ending_with_us(start: Callable[[], subprocess.Popen[bytes]]) -> Iterator[subprocess.Popen[bytes]]:
    """Starts the process. A request to end comes to us alone: it is passed on, for pulumi must not go on unwatched."""
    started: list[subprocess.Popen[bytes]] = []
    requests: list[int] = []

    def pass_on(number: int, _frame: object) -> None:
        requests.append(number)
        for process in started:
            process.terminate()

    before = signal.signal(signal.SIGTERM, pass_on)
    try:
        process = start()
        started.append(process)
        if requests:
            process.terminate()
        yield process
    finally:
        signal.signal(signal.SIGTERM, before)


def _wait(process: subprocess.Popen[bytes]) -> int:
    """Waits through any number of Ctrl-C: the terminal sends them to pulumi as well, which ends in its own way."""
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


def _pass_through(source: IO[bytes], tail: bytearray) -> None:
    """Passes on what comes as it comes: a question has no line end."""
    while chunk := os.read(source.fileno(), CHUNK):
        tail += chunk
        if sys.stderr is None:
            continue
        sys.stderr.buffer.write(chunk)
        sys.stderr.buffer.flush()
