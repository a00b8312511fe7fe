"""`pulumi install`: the commands that give a project its virtual environment and its requirements."""

from __future__ import annotations

import sys
from pathlib import Path

from sandbox.standins.language.interpreter import Interpreter


def install_commands(interpreter: Interpreter, program: Path) -> list[list[str]]:
    """What to run, in order, for the program in the given folder; nothing when it states no requirements."""
    commands = []
    if interpreter.virtualenv is not None and not interpreter.executable.is_file():
        commands.append([sys.executable, "-m", "venv", str(interpreter.virtualenv)])
    pip = [str(interpreter.executable), "-m", "pip", "install"]
    if (requirements := _nearest(program, "requirements.txt")) is not None:
        commands.append([*pip, "-r", str(requirements)])
    if (program / "pyproject.toml").is_file():
        commands.append([*pip, str(program)])
    return commands


def _nearest(program: Path, name: str) -> Path | None:
    """The file beside the program, or beside the Pulumi.yaml above it (where `main:` names a folder)."""
    for folder in (program, *program.parents):
        if (folder / name).is_file():
            return folder / name
        if (folder / "Pulumi.yaml").is_file():
            return None
    return None
