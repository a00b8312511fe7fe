"""Runs resource plugins and policy packs that are written in Python."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from sandbox.standins.language import policy_proxy
from sandbox.standins.language.child import Children, Stream, interrupt, output
from sandbox.standins.language.interpreter import Interpreter, InterpreterError

#: Registers what to do when the engine's call is over.
AtEnd: TypeAlias = Callable[[Callable[[], None]], None]


@dataclass(frozen=True, kw_only=True)
class PluginRun:
    """One plugin to run, as the engine asked for it."""

    interpreter: Interpreter
    folder: str  # of PulumiPlugin.yaml or PulumiPolicy.yaml
    program: str  # the folder with the program
    pwd: str
    arguments: Sequence[str]
    environment: dict[str, str]


def _command(run: PluginRun) -> list[str]:
    """The command line of a resource plugin: its folder's __main__.py, or else its package."""
    python = str(run.interpreter.executable)
    if (Path(run.folder) / "__main__.py").is_file():
        return [python, run.program, *run.arguments]
    pyproject = Path(run.folder) / "pyproject.toml"
    name = tomllib.loads(pyproject.read_text("utf-8")).get("project", {}).get("name") if pyproject.is_file() else None
    if not name:
        message = (
            f"the plugin in {run.folder} cannot be run: it has neither a __main__.py nor a pyproject.toml with a name"
        )
        raise InterpreterError(message)
    return [python, "-m", "pulumi.run.plugin", name, *run.arguments]


def run_resource_plugin(run: PluginRun, children: Children, at_end: AtEnd) -> Iterator[tuple[Stream, bytes] | int]:
    """Runs a plugin until it ends: yields what it writes, and at last its exit code."""
    with children.start(_command(run), cwd=run.pwd, environment=run.environment, piped=True) as process:
        at_end(lambda: interrupt(process))
        yield from output(process)
        yield process.wait()


def run_policy_pack(run: PluginRun, children: Children, at_end: AtEnd) -> Iterator[tuple[Stream, bytes] | int]:
    """Runs a policy pack behind a proxy (see there): yields the proxy's port first, then as for a plugin."""
    proxy = policy_proxy.PolicyProxy()
    at_end(proxy.close)
    try:
        yield "stdout", b"%d\n" % proxy.port
        environment = run.environment | policy_proxy.environment(proxy.stack())
        command = [str(run.interpreter.executable), "-u", "-m", "pulumi.policy", *run.arguments, run.program]
        with children.start(command, cwd=run.program, environment=environment, piped=True) as process:
            at_end(lambda: interrupt(process))
            yield from _attached(proxy, output(process))
            yield process.wait()
    finally:
        proxy.close()


def _attached(
    proxy: policy_proxy.PolicyProxy, written: Iterator[tuple[Stream, bytes]]
) -> Iterator[tuple[Stream, bytes]]:
    """Takes the port out of what the pack writes, attaches the proxy to it, and yields the rest."""
    head = b""
    attached = False
    for stream, chunk in written:
        if attached or stream == "stderr":
            yield stream, chunk
            continue
        head += chunk
        line, newline, rest = head.partition(b"\n")
        if not newline:
            continue
        if not line.strip().isdigit():
            proxy.give_up(f"the policy pack wrote {line.decode(errors='replace')!r} where its port was expected")
            return
        proxy.attach(int(line))
        attached = True
        if rest:
            yield stream, rest
    if not attached:
        proxy.give_up("the policy pack ended before it listened; what it wrote is shown above")


def plugin_environment(interpreter: Interpreter, asked: Sequence[str]) -> dict[str, str]:
    """The environment of a plugin: the host's, what the engine asked for, and the virtual environment on top."""
    pairs = (entry.partition("=") for entry in asked)
    return interpreter.environment({**os.environ, **{name: value for name, _, value in pairs}})
