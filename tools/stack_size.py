"""`make size`: how long a preview takes with 1, 10 and 50 services, and what each resource costs.

Nothing is there yet, so that every resource is one to create.
"""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from sandbox import pulumi_backend
from sandbox.lifecycle import Sandbox

ROOT = Path(__file__).resolve().parent.parent
SIZES = (1, 10, 50)
"""Services of the stack."""
MIB = 1024
"""KiB, as the system tells the size of a process."""


@dataclass(frozen=True)
class Preview:
    """What one preview took."""

    services: int
    resources: int
    seconds: float

    @property
    def milliseconds_each(self) -> float:
        """What one resource costs."""
        return 1000 * self.seconds / self.resources


def project(folder: Path, services: int) -> Path:
    """A project below `folder` whose stack `test` has so many services."""
    made = folder / "many_services"
    if not made.exists():
        shutil.copytree(ROOT / "tools" / "many_services", made, ignore=shutil.ignore_patterns("__pycache__"))
        for name in (".venv", ".slipway", "provider"):
            (made / name).symlink_to(ROOT / name)
    config = yaml.safe_load((ROOT / "Pulumi.test.yaml").read_text())["config"]
    released = {f"service-{number}": {"version": "1.0.0", "desiredCount": 1} for number in range(1, services + 1)}
    (made / "Pulumi.test.yaml").write_text(yaml.safe_dump({"config": {**config, "slipway:services": released}}))
    return made


def preview(folder: Path, environment: Mapping[str, str], services: int) -> Preview:
    """Previews a stack of so many services, of which nothing is there yet. Raises `SystemExit` where it fails."""
    started = time.perf_counter()
    done = subprocess.run(
        ["pulumi", "preview", "-s", "test", "--json", "--non-interactive"],
        cwd=project(folder, services),
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    seconds = time.perf_counter() - started
    if done.returncode:
        raise SystemExit(f"the preview of {services} services failed:\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
    return Preview(services, len(json.loads(done.stdout)["steps"]), seconds)


def make_stack(folder: Path, environment: Mapping[str, str]) -> None:
    """The stack, empty."""
    command = ["pulumi", "stack", "init", "test", "--non-interactive"]
    subprocess.run(command, cwd=project(folder, 1), env=dict(environment), check=True, capture_output=True, timeout=60)


def main() -> int:
    """Prints a line a size."""
    with tempfile.TemporaryDirectory(prefix="slipway-size-") as name:
        folder = Path(name)
        (folder / "sandbox").mkdir()
        sandbox = Sandbox(folder / "sandbox")
        pulumi_backend.prepare(folder / "sandbox", print)
        sandbox.up(speed=1)
        try:
            environment = sandbox.environment("test")
            make_stack(folder, environment)
            preview(folder, environment, 1)
            print("services  resources  seconds  ms a resource")
            for size in SIZES:
                one = preview(folder, environment, size)
                print(
                    f"{one.services:8}  {one.resources:9}  {one.seconds:7.1f}  {one.milliseconds_each:13.1f}",
                    flush=True,
                )
        finally:
            sandbox.down()
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / MIB
    print(f"largest process: {largest:.0f} MiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
