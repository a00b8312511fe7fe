"""Which Python a project asked for, in `runtime.options` of Pulumi.yaml, PulumiPlugin.yaml or PulumiPolicy.yaml."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

#: The options of the `python` runtime this host understands. The rest are the official host's.
KNOWN_OPTIONS = frozenset({"toolchain", "virtualenv"})

#: A plugin without the option `virtualenv` has its environment here, beside PulumiPlugin.yaml.
PLUGIN_VIRTUALENV = "venv"


class InterpreterError(Exception):
    """The project's Python cannot be used. The message says why and what to do."""


@dataclass(frozen=True)
class Interpreter:
    """A Python to run programs with: that of a virtual environment, or else the one on PATH."""

    executable: Path
    virtualenv: Path | None = None

    def environment(self, base: Mapping[str, str]) -> dict[str, str]:
        """The variables of `base` with this interpreter's virtual environment activated."""
        environment = dict(base)
        if self.virtualenv is None:
            return environment
        environment.pop("PYTHONHOME", None)
        environment["VIRTUAL_ENV"] = str(self.virtualenv)
        environment["PATH"] = os.pathsep.join(filter(None, (str(self.virtualenv / "bin"), base.get("PATH", ""))))
        return environment


def _check_options(options: Mapping[str, object]) -> None:
    for name in sorted(set(options) - KNOWN_OPTIONS):
        message = (
            f"runtime option '{name}' is not supported by the stand-in for Pulumi's Python language host; "
            f"remove it, or install the official pulumi"
        )
        raise InterpreterError(message)
    if options.get("toolchain", "pip") != "pip":
        message = (
            f"runtime option 'toolchain: {options['toolchain']}' is not supported by the stand-in for Pulumi's Python "
            f"language host, which knows 'pip' only"
        )
        raise InterpreterError(message)
    if not isinstance(options.get("virtualenv", ""), str):
        message = f"runtime option 'virtualenv' must be a string, got {options['virtualenv']!r}"
        raise InterpreterError(message)


def find(root: str, options: Mapping[str, object], *, default_virtualenv: str = "") -> Interpreter:
    """The interpreter of the project in the folder `root`; whether a virtual environment exists is not checked.

    Without the option `virtualenv` (and without a default for it) that is `python3` on PATH, or what PULUMI_PYTHON_CMD
    names.
    """
    _check_options(options)
    virtualenv = str(options.get("virtualenv", "") or default_virtualenv)
    if virtualenv:
        folder = Path(os.path.normpath(Path(root) / virtualenv))
        return Interpreter(folder / "bin" / "python", folder)
    commands = [os.environ["PULUMI_PYTHON_CMD"]] if os.environ.get("PULUMI_PYTHON_CMD") else ["python3", "python"]
    for command in commands:
        if path := shutil.which(command):
            return Interpreter(Path(path))
    message = f"found none of {', '.join(commands)} on PATH; install Python, or name a 'virtualenv' in runtime.options"
    raise InterpreterError(message)


def checked(interpreter: Interpreter) -> Interpreter:
    """The same interpreter, once it is certain that it exists."""
    if interpreter.executable.is_file():
        return interpreter
    message = (
        f"the virtual environment {interpreter.virtualenv} named by runtime.options.virtualenv does not exist or has "
        f"no bin/python; create it and install the project's requirements: "
        f"python3 -m venv {interpreter.virtualenv} && {interpreter.executable} -m pip install -r requirements.txt"
    )
    raise InterpreterError(message)
