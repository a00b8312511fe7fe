"""``up`` makes Pulumi's stacks without touching the project's files."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from sandbox import pulumi_backend
from sandbox.environment import variables
from sandbox.lifecycle import Sandbox

ROOT = Path(__file__).parents[2]
STACKS = ("prod", "stage", "test")


def fake_pulumi(folder: Path, script: str) -> None:
    folder.mkdir(parents=True)
    (folder / "pulumi").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "pulumi").chmod(0o755)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project without a toolchain, and no pulumi on PATH."""
    root = tmp_path / "project"
    root.mkdir()
    (root / "Pulumi.yaml").write_text("name: slipway\nruntime: python\n")
    (root / "Pulumi.test.yaml").write_text("config: {}\n")
    (tmp_path / "box").mkdir()
    monkeypatch.chdir(root)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    return root


def test_without_pulumi_it_says_what_to_do(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulumi_backend.places, "tool_folders", lambda: [project / ".slipway" / "toolchain"])
    remark = pulumi_backend.prepare(tmp_path / "box", print)
    assert remark.startswith("pulumi is not installed")
    assert "make setup" in remark


def test_stacks_are_made_in_a_copy_of_the_projects_files(project: Path, tmp_path: Path) -> None:
    fake_pulumi(
        project / ".slipway" / "toolchain",
        'dir=${PULUMI_BACKEND_URL#file://}/.pulumi/stacks/slipway; mkdir -p "$dir"; touch "$dir/$3.json"\n'
        'while [ "$1" != --cwd ]; do shift; done; echo salt >> "$2/Pulumi.test.yaml"; cat "$2/Pulumi.yaml" > /dev/null',
    )
    said: list[str] = []
    assert pulumi_backend.prepare(tmp_path / "box", said.append) == ""
    assert said == ["making Pulumi's stacks test, stage, prod ..."]
    assert (project / "Pulumi.test.yaml").read_text() == "config: {}\n"
    said.clear()
    pulumi_backend.prepare(tmp_path / "box", said.append)
    assert said == []
    assert (tmp_path / "box" / "passphrase").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("name", ["a b", "a#b", "a%41b", "a?b=c", "a\nb", 'ü"$x'])
def test_the_backends_url_leads_to_the_folder_whatever_its_name_is(tmp_path: Path, name: str) -> None:
    directory = tmp_path / name
    url = urlsplit(str(variables(directory, 1, "test")["PULUMI_BACKEND_URL"]))
    assert (url.scheme, url.query, url.fragment) == ("file", "", "")
    assert unquote(url.path) == str(directory / "pulumi")


def test_what_pulumi_refuses_is_passed_on(project: Path, tmp_path: Path) -> None:
    fake_pulumi(project / ".slipway" / "toolchain", "echo error: no backend >&2; exit 255")
    with pytest.raises(pulumi_backend.SandboxError, match="could not make the stack test: error: no backend"):
        pulumi_backend.prepare(tmp_path / "box", print)


def test_the_real_engine_finds_the_stacks_and_the_stack_files_are_as_before(
    own_box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not (ROOT / ".slipway" / "toolchain" / "pulumi").exists():
        pytest.skip("pulumi is not in the toolchain: run make setup")
    monkeypatch.chdir(ROOT)
    before = {path: path.read_bytes() for path in ROOT.glob("Pulumi*.yaml")}
    own_box.directory.mkdir()
    pulumi_backend.prepare(own_box.directory, print)
    environment = {
        "PATH": f"{ROOT}/.slipway/toolchain:/usr/bin:/bin",
        "PULUMI_BACKEND_URL": f"file://{pulumi_backend.folder(own_box.directory)}",
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(pulumi_backend.passphrase_file(own_box.directory)),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "HOME": str(own_box.directory),
    }
    words = ["pulumi", "stack", "ls", "--json", "--non-interactive"]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert sorted(stack["name"] for stack in json.loads(done.stdout)) == list(STACKS)
    assert {path: path.read_bytes() for path in ROOT.glob("Pulumi*.yaml")} == before
