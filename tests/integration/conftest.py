"""The real Pulumi engine on the sandbox: what the integration tests share.

Each test worker has a sandbox of its own (state folder and port), and each test a copy of the project, so that no test
sees another's stack files. The stand-ins and the engine are the ones `make setup` chose.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox import pulumi_backend
from sandbox.lifecycle import Sandbox

ROOT = Path(__file__).resolve().parents[2]
SPEED = 240  # sandbox seconds a second
PROJECT_FILES = (
    "Pulumi.yaml",
    "Pulumi.test.yaml",
    "Pulumi.stage.yaml",
    "Pulumi.prod.yaml",
    "pyproject.toml",
    "requirements.txt",
)


@dataclass(frozen=True)
class Done:
    """What a command answered: exit code and everything it printed."""

    code: int
    output: str

    def succeeded(self) -> Done:
        assert self.code == 0, self.output
        return self

    def failed(self) -> Done:
        assert self.code != 0, self.output
        return self


@dataclass(frozen=True)
class Project:
    """A copy of the project with a backend of its own and the environment that `slipway sandbox env` gives a person."""

    folder: Path
    environment: Mapping[str, str]

    def run(self, *command: str, timeout: float = 240) -> Done:
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
            check=False,
        )
        return Done(done.returncode, done.stdout)

    def answer(self, *command: str) -> Any:
        """The JSON that a command prints on standard output."""
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    def up(self, stack: str = "test", *more: str) -> Done:
        return self.run("pulumi", "up", "-s", stack, "--yes", "--skip-preview", *more)

    def preview(self, stack: str = "test", *more: str) -> Done:
        return self.run("pulumi", "preview", "-s", stack, *more)

    def steps(self, stack: str = "test") -> dict[str, str]:
        """What a preview would do: resource name and type -> operation, without what stays the same."""
        preview = self.answer("pulumi", "preview", "-s", stack, "--json")
        return {
            f"{step['urn'].split('::')[-2].split('$')[-1]} {step['urn'].split('::')[-1]}": step["op"]
            for step in preview["steps"]
            if step["op"] != "same"
        }

    def set_version(self, version: str, stack: str = "test", service: str = "auth-service") -> None:
        self.run(
            "pulumi", "config", "set", "-s", stack, "--path", f"slipway:services.{service}.version", version
        ).succeeded()

    def image(self, version: str, *more: str, stack: str = "test", service: str = "auth-service") -> None:
        self.run("slipway", "sandbox", "image", "-e", stack, f"{service}:{version}", *more).succeeded()

    def stack_file(self, stack: str = "test") -> Path:
        return self.folder / f"Pulumi.{stack}.yaml"

    def config(self, stack: str = "test") -> dict[str, Any]:
        loaded: dict[str, Any] = yaml.safe_load(self.stack_file(stack).read_text())["config"]
        return loaded

    def configure(self, key: str, value: object, stack: str = "test") -> None:
        """Sets one `slipway:` key of a stack file, as an editor would."""
        document = yaml.safe_load(self.stack_file(stack).read_text())
        document["config"][f"slipway:{key}"] = value
        self.stack_file(stack).write_text(yaml.safe_dump(document))

    def state(self, stack: str = "test") -> dict[str, Any]:
        exported: dict[str, Any] = self.answer("pulumi", "stack", "export", "-s", stack)
        return exported

    def resources(self, stack: str = "test") -> list[dict[str, Any]]:
        return list(self.state(stack)["deployment"].get("resources", []))

    def outputs(self, stack: str = "test") -> dict[str, Any]:
        shown: dict[str, Any] = self.answer("pulumi", "stack", "output", "-s", stack, "--json")
        return shown

    def overriding(self, reason: str) -> Project:
        """The same project by somebody who goes through the gates that refuse."""
        return Project(self.folder, {**self.environment, "SLIPWAY_OVERRIDE": reason})

    def as_account(self, account: str) -> Project:
        """The same project with the AWS profile of another environment."""
        return Project(self.folder, {**self.environment, "AWS_PROFILE": account})


@pytest.fixture(scope="session")
def toolchain() -> Path:
    folder = ROOT / ".slipway" / "toolchain"
    assert (folder / "pulumi").exists(), "run `make setup` first: it places the Pulumi engine"
    return folder


@pytest.fixture(scope="session")
def empty_stacks(tmp_path_factory: pytest.TempPathFactory, toolchain: Path) -> Path:
    """A sandbox's folder in which nothing is but Pulumi's stacks: each takes the engine 0.3 s to make."""
    folder = tmp_path_factory.mktemp("stacks")
    assert pulumi_backend.prepare(folder, print) == ""
    return folder


def running_sandbox(folder: Path, empty_stacks: Path) -> Iterator[Sandbox]:
    shutil.copytree(empty_stacks, folder)
    running = Sandbox(folder)
    running.up(speed=SPEED)
    yield running
    running.down()


def project_of(folder: Path, sandbox: Sandbox) -> Project:
    folder.mkdir()
    for name in PROJECT_FILES:
        shutil.copy2(ROOT / name, folder / name)
    for name in ("infra", "provider", "examples"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "build"))
    for name in (".venv", ".slipway"):
        (folder / name).symlink_to(ROOT / name)
    return Project(folder, sandbox.environment("test"))


@pytest.fixture
def sandbox(tmp_path: Path, empty_stacks: Path) -> Iterator[Sandbox]:
    yield from running_sandbox(tmp_path / "sandbox", empty_stacks)


@pytest.fixture
def project(tmp_path: Path, sandbox: Sandbox) -> Project:
    return project_of(tmp_path / "project", sandbox)


@pytest.fixture(scope="session")
def empty_sandbox(tmp_path_factory: pytest.TempPathFactory, empty_stacks: Path) -> Iterator[Sandbox]:
    """A sandbox that tests share which change nothing in it: all they do is refused."""
    yield from running_sandbox(tmp_path_factory.mktemp("shared") / "sandbox", empty_stacks)


@pytest.fixture
def refused_project(tmp_path: Path, empty_sandbox: Sandbox) -> Project:
    """A project whose every command is refused before it changes anything."""
    return project_of(tmp_path / "project", empty_sandbox)
