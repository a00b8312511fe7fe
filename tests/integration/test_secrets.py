"""A secret's value is nowhere to be read: not in state, previews, logs or arguments."""

from __future__ import annotations

import subprocess
import threading
from pathlib import Path

import pytest

from tests.integration.conftest import Project

pytestmark = pytest.mark.integration

CANARY = "c4n4ry-5ecret-value"


class ArgumentWatch(threading.Thread):
    """Reads the arguments of every process for as long as it is open."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.seen = False
        self.closing = threading.Event()

    def run(self) -> None:
        own = CANARY.encode()
        while not self.closing.wait(0.05):
            for folder in Path("/proc").iterdir():
                if folder.name.isdigit():
                    try:
                        self.seen = self.seen or own in (folder / "cmdline").read_bytes()
                    except OSError:
                        continue


def test_a_secret_of_the_stack_never_appears_in_the_clear(project: Project) -> None:
    project.image("1.0.0")
    project.set_version("1.0.0")
    set_secret = subprocess.run(
        ["pulumi", "config", "set", "-s", "test", "--secret", "another:canary"],
        cwd=project.folder,
        env=dict(project.environment),
        input=CANARY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert set_secret.returncode == 0, set_secret.stderr
    watch = ArgumentWatch()
    watch.start()
    shown = [
        project.preview("test", "--diff").output,
        project.up("test", "--logtostderr", "-v=9").output,
        project.run("pulumi", "stack", "history", "-s", "test", "--json").output,
        project.run("slipway", "history", "-e", "test", "--json").output,
        project.run("slipway", "status", "-e", "test").output,
    ]
    watch.closing.set()
    watch.join()
    assert not watch.seen
    for output in shown:
        assert CANARY not in output
    backend = Path(project.environment["PULUMI_BACKEND_URL"].removeprefix("file://"))
    for file in backend.rglob("*"):
        if file.is_file():
            assert CANARY.encode() not in file.read_bytes(), file


def test_credentials_never_reach_the_state(project: Project) -> None:
    project.up().succeeded()
    exported = str(project.state())
    credentials = Path(project.environment["AWS_SHARED_CREDENTIALS_FILE"]).read_text()
    for line in credentials.splitlines():
        if line.startswith(("aws_secret_access_key", "aws_session_token")):
            assert line.split("=", 1)[1].strip() not in exported
