"""Where a sandbox and its tools are."""

from __future__ import annotations

import os
import sys
from pathlib import Path

STATE_VARIABLE = "SLIPWAY_SANDBOX_DIR"


def project_root() -> Path:
    """The nearest folder with a ``Pulumi.yaml``, from the current one upwards; else the one this package lies in."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "Pulumi.yaml").is_file():
            return folder
    return Path(__file__).resolve().parent.parent


def state_folder(chosen: Path | None = None) -> Path:
    """The sandbox's folder: ``chosen``, else ``$SLIPWAY_SANDBOX_DIR``, else ``.slipway/sandbox`` of the project."""
    if chosen is not None:
        return chosen.absolute()
    named = os.environ.get(STATE_VARIABLE)
    return Path(named).absolute() if named else project_root() / ".slipway" / "sandbox"


def pulumi_home() -> Path | None:
    """The ``PULUMI_HOME`` in which set-up put stand-ins for Pulumi's plugins; None where it found the official ones."""
    home = project_root() / ".slipway" / "pulumi-home"
    return home if home.is_dir() else None


def tool_folders() -> list[Path]:
    """The folders that go first on PATH: the project's toolchain, and the programs of this environment."""
    return [project_root() / ".slipway" / "toolchain", Path(sys.executable).parent]
