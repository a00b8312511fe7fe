"""A small Pulumi project in a folder of its own, run by the real engine under the language host of the sandbox."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

from tools.toolchain import wrapper

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
VENV = Path(sys.prefix)

#: Seconds after which a run of the engine counts as hung.
TIMEOUT = 120


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    code: int
    output: str  # stdout and stderr, as they came
    stdout: str = ""


@dataclass
class Project:
    """A project with one stack, `dev`, on a file backend."""

    folder: Path
    virtualenv: Path = VENV
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        bin_folder, backend = self.folder / "bin", self.folder / "backend"
        for made in (bin_folder, backend, self.program):
            made.mkdir(parents=True)
        launcher = bin_folder / "pulumi-language-python"
        launcher.write_text(wrapper(Path(sys.executable), "sandbox.standins.language"))
        launcher.chmod(0o755)
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("PULUMI_", "AWS_"))},
            "PATH": os.pathsep.join(
                (str(bin_folder), str(ROOT / ".slipway" / "toolchain"), os.environ.get("PATH", os.defpath))
            ),
            "PULUMI_HOME": str(self.folder / "home"),
            "PULUMI_BACKEND_URL": f"file://{backend}",
            "PULUMI_CONFIG_PASSPHRASE": "correct horse",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "NO_COLOR": "1",
        }
        self.write_project()

    @property
    def program(self) -> Path:
        return self.folder / "program"

    def write_project(self, more: str = "") -> None:
        """Pulumi.yaml, with more lines at its end."""
        runtime = f"{{name: python, options: {{toolchain: pip, virtualenv: {self.virtualenv}}}}}"
        self.write("Pulumi.yaml", f"name: tiny\nruntime: {runtime}\n{dedent(more)}")

    def write(self, name: str, text: str) -> Path:
        """A file of the project."""
        path = self.program / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))
        return path

    def pulumi(self, *arguments: str, stdin: str = "") -> Ran:
        """Runs a command of the engine to its end."""
        done = subprocess.run(
            ["pulumi", "--non-interactive", *arguments],
            executable=shutil.which("pulumi", path=self.environment["PATH"]),
            cwd=self.program,
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
        return Ran(done.returncode, done.stdout + done.stderr, done.stdout)

    def init(self) -> None:
        ran = self.pulumi("stack", "init", "dev")
        assert ran.code == 0, ran.output

    def up(self, *arguments: str) -> Ran:
        return self.pulumi("up", "--yes", "--skip-preview", *arguments)

    @contextlib.contextmanager
    def running_up(self) -> Iterator[subprocess.Popen[str]]:
        """`pulumi up` while it runs, its output on one pipe; whatever is left of it is killed at the end."""
        process = subprocess.Popen(
            ["pulumi", "--non-interactive", "up", "--yes", "--skip-preview"],
            executable=shutil.which("pulumi", path=self.environment["PATH"]),
            cwd=self.program,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()

    def locks(self) -> list[Path]:
        """The locks that are held on stacks."""
        return list(self.folder.glob("backend/.pulumi/locks/**/*.json"))
