"""The commands in docs/sandbox.md run as they stand."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sandbox.cli import sandbox as group

if TYPE_CHECKING:
    from sandbox.lifecycle import Sandbox

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "sandbox.md").read_text()


def test_the_commands_at_the_top_run_one_after_the_other(own_box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    (block,) = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
    monkeypatch.setenv("SLIPWAY_SANDBOX_DIR", str(own_box.directory))
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=":")
    done = subprocess.run(["sh", "-euc", block], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "arn:aws:sts::111111111111:assumed-role/slipway-deployer/engineer" in done.stdout
    assert done.stdout.endswith("the sandbox is stopped\n")


def test_every_command_in_the_text_exists_and_every_command_is_in_the_text() -> None:
    assert set(re.findall(r"slipway sandbox (\w+)", TEXT)) == set(group.commands)
