"""Each example is made as it stands, changes nothing the second time, and leaves nothing behind."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.lifecycle import Sandbox
from tests.integration.conftest import ROOT, Project, running_sandbox

pytestmark = pytest.mark.integration

EXAMPLES = sorted(file.parent.name for file in (ROOT / "examples").glob("*/Pulumi.yaml"))


@pytest.fixture(scope="session")
def examples_sandbox(tmp_path_factory: pytest.TempPathFactory, empty_stacks: Path) -> Iterator[Sandbox]:
    """One sandbox a worker: every example leaves it as it was."""
    yield from running_sandbox(tmp_path_factory.mktemp("examples") / "sandbox", empty_stacks)


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_made_is_the_same_the_second_time_and_leaves_nothing(
    example: str, tmp_path: Path, examples_sandbox: Sandbox
) -> None:
    folder = tmp_path / "examples" / example
    shutil.copytree(ROOT / "examples" / example, folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in (".venv", ".slipway", "provider"):
        (tmp_path / name).symlink_to(ROOT / name)
    project = Project(folder, examples_sandbox.environment("test"))
    project.run("pulumi", "stack", "init", "test").succeeded()
    before = folder / "before.sh"
    if before.exists():
        project.run("bash", str(before)).succeeded()
    project.run("pulumi", "up", "-s", "test", "--yes", "--skip-preview").succeeded()
    again = ("pulumi", "up", "-s", "test", "--yes", "--skip-preview", "--refresh", "--expect-no-changes")
    project.run(*again).succeeded()
    project.run("pulumi", "destroy", "-s", "test", "--yes", "--skip-preview").succeeded()
    assert project.resources("test") == []


def test_there_are_examples() -> None:
    assert EXAMPLES
