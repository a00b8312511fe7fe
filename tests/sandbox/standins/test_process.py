"""The plugins as processes: how they begin, and that they end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

PLUGINS = ["sandbox.standins.aws", "sandbox.standins.docker"]
VERSIONS = {"sandbox.standins.aws": "7.51.1", "sandbox.standins.docker": "5.2.0"}


@contextmanager
def plugin(module: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", module, "127.0.0.1:1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@pytest.mark.parametrize("module", PLUGINS)
def test_the_first_line_is_the_port_and_sigint_ends_it_quietly(module: str) -> None:
    with plugin(module) as process:
        assert process.stdout is not None
        assert int(process.stdout.readline()) > 0
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=5)
        assert (process.returncode, out, err) == (0, "", "")


@pytest.mark.parametrize("module", PLUGINS)
def test_it_ends_when_its_engine_is_gone(module: str) -> None:
    script = f"import subprocess, sys; subprocess.Popen([sys.executable, '-P', '-m', '{module}', '127.0.0.1:1']).wait()"
    engine = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        assert engine.stdout is not None
        assert int(engine.stdout.readline()) > 0
        engine.kill()
        engine.wait(timeout=5)
        # The pipe ends when the last process that holds it is gone: the plugin.
        began = time.monotonic()
        assert engine.stdout.read() == ""
        assert time.monotonic() - began < 5
    finally:
        with suppress(ProcessLookupError):
            os.killpg(engine.pid, signal.SIGKILL)


@pytest.mark.parametrize("module", PLUGINS)
def test_it_tells_the_version_of_the_plugin_whose_place_it_takes(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-m", module, "--version"], capture_output=True, text=True, timeout=20, check=True
    )
    assert done.stdout.strip() == VERSIONS[module]


def test_the_aws_plugin_starts_without_the_sdk() -> None:
    """pulumi_aws takes a second to import; every command would pay it."""
    code = "import sys, sandbox.standins.aws.provider, sandbox.standins.aws.server; print('pulumi_aws' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=20, check=True)
    assert done.stdout.strip() == "False"
