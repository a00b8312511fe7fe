"""What is left when `pulumi up` is interrupted or killed while a program or a provider works: nothing."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess

    from tests.sandbox.language.project import Project

#: Seconds within which everything must have ended; the engine kills its plugins only after 5.
PROMPTLY = 4.5

SLEEPER = """\
import os, pathlib, time

pathlib.Path("program.pid").write_text(str(os.getpid()))
pathlib.Path("host.pid").write_text(str(os.getppid()))
print("asleep", flush=True)
time.sleep(120)
"""


def wait_for(happens: object, seconds: float, what: str) -> None:
    """Fails unless the condition comes true within the time."""
    end = time.monotonic() + seconds
    while not happens():  # type: ignore[operator]
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.05)


def lives(process: int) -> bool:
    """True for a process that runs (a zombie does not)."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def started(project: Project, up: subprocess.Popen[str]) -> list[int]:
    """Waits until the program sleeps; the ids of the program and of its host."""
    files = [project.program / "program.pid", project.program / "host.pid"]
    wait_for(lambda: up.poll() is not None or all(file.exists() and file.read_text() for file in files), 60, "a start")
    assert up.poll() is None
    return [int(file.read_text()) for file in files]


def test_an_interrupt_ends_the_update_at_once_and_releases_the_lock(project: Project) -> None:
    project.write("__main__.py", SLEEPER)
    with project.running_up() as up:
        processes = started(project, up)
        assert project.locks()
        asked = time.monotonic()
        os.kill(up.pid, signal.SIGINT)
        output, _ = up.communicate(timeout=60)
        took = time.monotonic() - asked
    assert up.returncode != 0
    assert took < PROMPTLY
    assert "Traceback" not in output
    assert "KeyboardInterrupt" not in output
    assert project.locks() == []
    wait_for(lambda: not any(map(lives, processes)), PROMPTLY, "the end of program and host")


def test_after_an_interrupt_the_next_update_goes_through(project: Project) -> None:
    project.write("__main__.py", SLEEPER)
    with project.running_up() as up:
        started(project, up)
        os.kill(up.pid, signal.SIGINT)
        up.communicate(timeout=60)
    project.write("__main__.py", "")
    ran = project.up()
    assert ran.code == 0, ran.output


def test_when_the_engine_is_killed_neither_program_nor_host_lives_on(project: Project) -> None:
    project.write("__main__.py", SLEEPER)
    with project.running_up() as up:
        processes = started(project, up)
        os.kill(up.pid, signal.SIGKILL)
        wait_for(lambda: not any(map(lives, processes)), 20, "the end of program and host")


SLOW_PROVIDER = """\
import asyncio, os, pathlib, sys

from pulumi.provider.experimental import provider
from pulumi.provider.experimental.server import main


class Slow(provider.Provider):
    async def check_config(self, request):
        return provider.CheckResponse(request.new_inputs)

    async def configure(self, request):
        self.cancelled = asyncio.Event()
        return provider.ConfigureResponse()

    async def check(self, request):
        return provider.CheckResponse(request.new_inputs)

    async def create(self, request):
        pathlib.Path("provider.pid").write_text(str(os.getpid()))
        await self.cancelled.wait()
        raise Exception("the creation was cancelled")

    async def cancel(self):
        self.cancelled.set()


main(sys.argv[1:], "1.0.0", Slow())
"""


def slow_provider(project: Project) -> None:
    """A project whose own provider creates until it is cancelled."""
    project.write_project("plugins: {providers: [{name: slow, path: ./slow}]}\n")
    runtime = f"{{name: python, options: {{toolchain: pip, virtualenv: {project.virtualenv}}}}}"
    project.write("slow/PulumiPlugin.yaml", f"runtime: {runtime}\n")
    project.write("slow/__main__.py", SLOW_PROVIDER)
    project.write("__main__.py", "import pulumi\npulumi.CustomResource('slow:index:Thing', 'thing', {})\n")


def creating(project: Project, up: subprocess.Popen[str]) -> int:
    """Waits until the provider creates; its process."""
    file = project.program / "provider.pid"
    wait_for(lambda: up.poll() is not None or (file.exists() and file.read_text()), 60, "a creation")
    assert up.poll() is None
    return int(file.read_text())


def test_an_interrupt_cancels_the_projects_own_provider_and_leaves_no_process(project: Project) -> None:
    slow_provider(project)
    with project.running_up() as up:
        process = creating(project, up)
        asked = time.monotonic()
        os.kill(up.pid, signal.SIGINT)
        output, _ = up.communicate(timeout=60)
        took = time.monotonic() - asked
    assert up.returncode != 0
    assert "the creation was cancelled" in output
    assert took < PROMPTLY
    assert project.locks() == []
    wait_for(lambda: not lives(process), PROMPTLY, "the end of the provider")


def test_when_the_engine_is_killed_the_projects_own_provider_does_not_live_on(project: Project) -> None:
    slow_provider(project)
    with project.running_up() as up:
        process = creating(project, up)
        os.kill(up.pid, signal.SIGKILL)
        wait_for(lambda: not lives(process), 20, "the end of the provider")
