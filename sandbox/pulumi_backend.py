"""Pulumi's state for a sandbox: a file backend in its folder, with a stack for each environment."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from typing import TYPE_CHECKING

from sandbox import accounts, places
from sandbox.sandbox_error import SandboxError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PASSPHRASE = "slipway-sandbox"  # noqa: S105 - public on purpose, see below
"""What encrypts a sandbox's Pulumi secrets. It protects nothing: the sandbox holds no real secret. It is the same
everywhere because the stack files keep a salt made with it, and must not change from machine to machine."""

_SECONDS = 120


def folder(directory: Path) -> Path:
    """Where the backend is."""
    return directory / "pulumi"


def url(directory: Path) -> str:
    """Its address, as PULUMI_BACKEND_URL has it: a folder's name may hold what a URL must not."""
    return folder(directory).as_uri()


def passphrase_file(directory: Path) -> Path:
    """Where the passphrase is."""
    return directory / "passphrase"


def prepare(directory: Path, say: Callable[[str], None]) -> str:
    """Make what is missing of the backend, the passphrase file and the stacks; returns a remark for people, or ""."""
    folder(directory).mkdir(exist_ok=True)
    if not passphrase_file(directory).exists():
        with os.fdopen(os.open(passphrase_file(directory), os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
            file.write(PASSPHRASE)
    root = places.project_root()
    project = root / "Pulumi.yaml"
    if not project.is_file():
        return ""
    missing = [account.name for account in accounts.ENVIRONMENTS if not _stack_file(directory, project, account.name)]
    if not missing:
        return ""
    path = os.pathsep.join([*map(str, places.tool_folders()), os.environ.get("PATH", os.defpath)])
    pulumi = shutil.which("pulumi", path=path)
    if pulumi is None:
        return "pulumi is not installed, so the stacks are not there yet: run `make setup`, then `slipway sandbox up`"
    say(f"making Pulumi's stacks {', '.join(missing)} ...")
    _make_stacks(directory, root, pulumi, missing)
    return ""


def _stack_file(directory: Path, project: Path, stack: str) -> Path | None:
    name = next(
        (line.partition(":")[2].strip() for line in project.read_text().splitlines() if line.startswith("name:")), ""
    )
    path = folder(directory) / ".pulumi" / "stacks" / name / f"{stack}.json"
    return path if path.is_file() else None


def _make_stacks(directory: Path, root: Path, pulumi: str, stacks: list[str]) -> None:
    """``pulumi stack init`` in a copy of the project's files, because it may rewrite the stack's settings file."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PULUMI_")},
        "PULUMI_BACKEND_URL": url(directory),
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(passphrase_file(directory)),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }
    with tempfile.TemporaryDirectory(prefix="slipway-stacks-") as copy:
        for file in root.glob("Pulumi*.yaml"):
            shutil.copy(file, copy)
        for stack in stacks:
            done = subprocess.run(
                [pulumi, "stack", "init", stack, "--no-select", "--non-interactive", "--cwd", copy],
                env=environment,
                capture_output=True,
                text=True,
                timeout=_SECONDS,
                check=False,
            )
            if done.returncode:
                raise SandboxError(f"pulumi could not make the stack {stack}: {done.stderr.strip()}")
