"""A sandbox's life: up, down, what it is, and what points to it. For the CLI and for tests."""

from __future__ import annotations

import math
import os
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox import accounts, client, environment, process, pulumi_backend
from sandbox.clock_control import ClockControl
from sandbox.sandbox_error import SandboxError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DEFAULT_PORT = 4577
DEFAULT_SPEED = 60.0
FASTEST = 100_000.0
_LAST_PORT = 65535


@dataclass(frozen=True)
class Started:
    """What ``up`` did. ``reused``: it ran already. ``remarks`` are for people."""

    port: int
    pid: int
    reused: bool
    remarks: tuple[str, ...] = ()


class Sandbox:
    """The sandbox of one folder."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory.resolve()

    def up(
        self,
        *,
        speed: float | None = None,
        port: int | None = None,
        stacks: bool = True,
        say: Callable[[str], None] = lambda _: None,
    ) -> Started:
        """Make sure that a healthy server runs; a dead or deaf one is replaced.

        ``speed`` is sandbox seconds a real second: 60 for a new server, and for a running one as it is, unless given.
        ``port`` is that of the last time, else 4577, unless given; another one is taken when a stranger has it.
        ``stacks``: also make Pulumi's backend and its stacks.
        """
        _check(speed, port)
        with self._folder(), process.exclusively(self.directory):
            server = process.find(self.directory)
            if server and server.pid and process.answers(self.directory, server):
                remarks = self._adjust(server, speed, port) + self._about_time(server.port)
                remarks += self._stacks(say) if stacks else []
                return Started(server.port, server.pid, reused=True, remarks=tuple(remarks))
            remarks = []
            if server and server.pid:
                remarks.append(f"replaced process {server.pid}, which did not answer")
                process.stop(self.directory, server)
            wanted = port or (server.port if server else DEFAULT_PORT)
            started = process.start(self.directory, wanted, DEFAULT_SPEED if speed is None else speed, say)
            if started.port != wanted:
                remarks.append(f"port {wanted} is taken by another program: using {started.port}")
            remarks += self._about_time(started.port)
            remarks += self._stacks(say) if stacks else []
            return Started(started.port, started.pid, reused=False, remarks=tuple(remarks))

    def down(self) -> bool:
        """Stop the server; returns whether one ran. State stays, and time stands still until the next ``up``."""
        if not self.directory.is_dir():
            return False
        with self._folder(), process.exclusively(self.directory):
            server = process.find(self.directory)
            if not server or not server.pid:
                return False
            process.stop(self.directory, server)
        return True

    def status(self) -> dict[str, Any]:
        """What runs: the server's health, and services and images of each environment."""
        return {"port": self.port, **client.ask(self.port, "/_sandbox/summary")}

    @property
    def port(self) -> int:
        """The port of the running server; raises SandboxError when none runs."""
        server = process.find(self.directory)
        if not server or not server.pid:
            raise SandboxError(f"no sandbox runs in {self.directory}: run `slipway sandbox up`")
        return server.port

    @property
    def clock(self) -> ClockControl:
        """The clock of the running server."""
        return ClockControl(self.port)

    @property
    def endpoint(self) -> str:
        """The URL of every AWS API of the running server."""
        return f"http://127.0.0.1:{self.port}"

    def variables(self, name: str = "test") -> dict[str, str | None]:
        """Environment variables for an environment (or ``engineer``), None for those to unset."""
        return environment.variables(self.directory, self.port, _profile(name))

    def environment(self, name: str = "test") -> dict[str, str]:
        """The whole environment for a child process that is to work in an environment's account."""
        values = {**os.environ, **self.variables(name)}
        return {key: value for key, value in values.items() if value is not None}

    def traffic(self) -> dict[str, Any]:
        """Requests a second to services behind a load balancer: ``default``, and those that were set."""
        return client.ask(self.port, "/_sandbox/traffic")

    def set_traffic(self, service: str, rate: float, *, env: str = "test") -> dict[str, Any]:
        """Let users send so many requests a second to a service; answers as ``traffic``."""
        return client.ask(self.port, "/_sandbox/traffic", {"environment": env, "service": service, "rate": rate})

    def calls(self) -> list[dict[str, Any]]:
        """Every different call to an AWS API since the server started: caller, service, operation, names, times."""
        found: list[dict[str, Any]] = client.ask(self.port, "/_sandbox/calls")["calls"]
        return found

    def forget_calls(self) -> None:
        """Let `calls` begin again."""
        client.ask(self.port, "/_sandbox/calls/forget", {})

    def image(
        self, name: str, version: str, *, env: str = "test", behaviour: str = "", findings: str = ""
    ) -> dict[str, Any]:
        """Put a hand-made image into an environment's ECR: ``{"digest": ..., "staged": bool}``.

        A staged image waits for its repository and appears the moment that is created.
        """
        account = next(account for account in accounts.ENVIRONMENTS if account.name == _profile(env))
        body = {
            "account": account.id,
            "name": name,
            "version": version,
            "behaviour": behaviour,
            "findings": findings,
        }
        return client.ask(self.port, "/_sandbox/image", body)

    def _adjust(self, server: process.Server, speed: float | None, port: int | None) -> list[str]:
        """Give a running server the speed that was asked for; its port cannot change."""
        if speed is not None:
            ClockControl(server.port).set_speed(speed)
        if port is not None and port != server.port:
            return [f"it runs on port {server.port}; for port {port} run `slipway sandbox down` first"]
        return []

    def _about_time(self, port: int) -> list[str]:
        """Say that time stands still: whoever waits for a rollout must know."""
        if not ClockControl(port).show().paused:
            return []
        return ["its clock is paused: `slipway sandbox clock --resume` lets time pass, --step moves it"]

    def _stacks(self, say: Callable[[str], None]) -> list[str]:
        """Make Pulumi's stacks; a remark when that has to wait."""
        remark = pulumi_backend.prepare(self.directory, say)
        return [remark] if remark else []

    def _folder(self) -> _WritableFolder:
        return _WritableFolder(self.directory)


class _WritableFolder:
    """Makes the folder, and turns what the file system refuses into words."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def __enter__(self) -> None:
        try:
            self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            tempfile.TemporaryFile(dir=self._directory).close()
        except OSError as error:
            raise self._refused(error) from None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, PermissionError | NotADirectoryError) and error.filename:
            raise self._refused(error) from None

    def _refused(self, error: OSError) -> SandboxError:
        return SandboxError(
            f"the state folder {self._directory} cannot be written ({error.strerror}): "
            "name another with --dir or SLIPWAY_SANDBOX_DIR"
        )


def check_speed(speed: float) -> None:
    """Raise SandboxError for a speed that no clock can have."""
    if not (math.isfinite(speed) and 0 < speed <= FASTEST):
        raise SandboxError(f"--speed must be above 0 and at most {FASTEST:g}, got {speed:g}")


def _check(speed: float | None, port: int | None) -> None:
    if speed is not None:
        check_speed(speed)
    if port is not None and not 0 < port <= _LAST_PORT:
        raise SandboxError(f"--port must be between 1 and {_LAST_PORT}, got {port}")


def _profile(name: str) -> str:
    """The profile of an environment's name or account id."""
    for account in accounts.ENVIRONMENTS:
        if name in {account.name, account.id}:
            return account.name
    if name == accounts.ENGINEER:
        return name
    known = ", ".join(account.name for account in accounts.ENVIRONMENTS)
    raise SandboxError(f"the sandbox has no environment {name!r}: it has {known}")
