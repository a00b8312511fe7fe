"""The project's virtual environment, `.venv`: made, filled with the pinned requirements, and the project in it."""

from __future__ import annotations

import platform
import subprocess
import sys
import time
from pathlib import Path

from tools.report import SetupError, say
from tools.state import digest, read_stamp, write_whole

#: Files whose content decides what is installed.
INPUTS = ("requirements.txt", "requirements-dev.txt", "pyproject.toml")

_STAMP = "slipway-stamp"
_UNFINISHED = "slipway-unfinished"


def wanted_stamp(root: Path) -> str:
    """What the environment must have been made from."""
    return digest([platform.python_version(), sys.base_prefix, str(root), *(root / name for name in INPUTS)])


def python_of(venv: Path) -> Path:
    """The interpreter of a virtual environment."""
    return venv / "bin" / "python"


def is_current(root: Path) -> bool:
    """True when nothing need be done."""
    venv = root / ".venv"
    return python_of(venv).is_file() and read_stamp(venv / _STAMP) == wanted_stamp(root)


def _run(command: list[str], failure: str) -> None:
    """Runs a step; its last words become part of the error."""
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode != 0:
        words = [line.strip() for line in done.stdout.splitlines() if line.strip()]
        errors = [line for line in words if line.upper().startswith("ERROR")] or words
        message = f"{failure}: {errors[-1] if errors else f'exit code {done.returncode}'}"
        raise SetupError(message)


def _make(venv: Path) -> None:
    """Makes the environment. One that was left unfinished, or is of another Python, is made anew."""
    same_python = f"version = {platform.python_version()}" in read_stamp(venv / "pyvenv.cfg")
    keep = python_of(venv).is_file() and same_python and not (venv / _UNFINISHED).exists()
    if keep:
        return
    remedy = "install Python's venv module (Debian: apt-get install python3-venv) and run `make setup` again"
    _run(
        [sys.executable, "-m", "venv", *(["--clear"] if venv.exists() else []), str(venv)],
        f"cannot make the virtual environment {venv}; {remedy}",
    )


def ensure(root: Path) -> Path:
    """The interpreter of the project's environment, which has all requirements afterwards."""
    venv = root / ".venv"
    version = platform.python_version()
    if is_current(root):
        say("environment", f".venv, Python {version}, up to date")
        return python_of(venv)
    started = time.monotonic()
    say("environment", f".venv, Python {version}: installing the pinned requirements (a minute or two)")
    _make(venv)
    (venv / _STAMP).unlink(missing_ok=True)
    write_whole(venv / _UNFINISHED, "")
    install = [str(python_of(venv)), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    remedy = "look at the network and at pip's index settings, then run `make setup` again"
    _run(
        [*install, "-r", str(root / "requirements-dev.txt"), "-e", str(root)],
        f"pip could not install the requirements; {remedy}. Its last words",
    )
    (venv / _UNFINISHED).unlink()
    write_whole(venv / _STAMP, wanted_stamp(root))
    say("environment", f".venv ready after {time.monotonic() - started:.0f} s")
    return python_of(venv)
