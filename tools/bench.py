"""`make bench`: how long things take on this machine, beside what is promised. The best of a few runs counts.

Times depend on the machine and on what else it does, so they are measured here and not in the tests.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from release import journal
from release.history import read_history
from release.journal import Begun, Ended, Outcome
from release.record import Source, record
from rollout.prediction import predict
from rollout.revision import Revision, TargetCheck
from rollout.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
TOOLCHAIN = ROOT / ".slipway" / "toolchain"

#: Runs of each benchmark; the first one warms the caches of the machine.
RUNS = 4


@dataclass(frozen=True)
class Benchmark:
    """A thing to time, and the seconds it may take."""

    name: str
    limit: float
    run: Callable[[Path], None]


def environment(folder: Path) -> dict[str, str]:
    """A Pulumi of its own below `folder`, without the user's settings."""
    (folder / "backend").mkdir(exist_ok=True)
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(("PULUMI_", "AWS_"))},
        "PATH": os.pathsep.join((str(TOOLCHAIN), os.environ.get("PATH", os.defpath))),
        "PULUMI_HOME": str(folder / "home"),
        "PULUMI_BACKEND_URL": f"file://{folder / 'backend'}",
        "PULUMI_CONFIG_PASSPHRASE": "bench",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }


def pulumi(folder: Path, *arguments: str) -> None:
    """Runs a command of the engine in the empty project below `folder`."""
    project = folder / "project"
    if not project.exists():
        project.mkdir()
        runtime = f"{{name: python, options: {{toolchain: pip, virtualenv: {ROOT / '.venv'}}}}}"
        (project / "Pulumi.yaml").write_text(f"name: bench\nruntime: {runtime}\n")
        (project / "__main__.py").touch()
        pulumi(folder, "stack", "init", "bench")
    command = ["pulumi", "--non-interactive", *arguments]
    subprocess.run(command, cwd=project, env=environment(folder), check=True, capture_output=True, timeout=120)


def empty_up(folder: Path) -> None:
    pulumi(folder, "up", "--yes", "--skip-preview")


def empty_preview(folder: Path) -> None:
    pulumi(folder, "preview")


def language_host_start(folder: Path) -> None:
    """Until the port is printed, which is what the engine waits for."""
    command = [sys.executable, "-P", "-m", "sandbox.standins.language"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as host:
        try:
            assert host.stdout is not None  # noqa: S101  # a pipe was asked for
            int(host.stdout.readline())
        finally:
            host.send_signal(signal.SIGINT)


def second_setup(folder: Path) -> None:
    del folder
    subprocess.run([sys.executable, "-m", "tools.setup"], cwd=ROOT, check=True, capture_output=True, timeout=600)


def rollouts(folder: Path) -> None:
    """A thousand predictions of a deployment in batches of five, over three zones."""
    del folder
    settings = Settings(desired_count=50, minimum_healthy_percent=90, maximum_percent=110)
    old, new = (Revision(name=name, target=TargetCheck(), zones=("a", "b", "c")) for name in ("old", "new"))
    for _ in range(1000):
        predict(settings, old, new)


def long_record(folder: Path) -> None:
    """The release record of a service with a thousand releases, from what the backend and the bucket answer."""
    del folder
    start = datetime(2026, 1, 1, tzinfo=UTC)
    made = [(start + timedelta(minutes=5 * number), f"1.{number}.0") for number in range(1000)]
    answer = json.dumps([_entry(at, version) for at, version in made])
    objects = {}
    for at, version in made:
        begun = _begun(at + timedelta(minutes=1), version)
        objects[f"{begun.folder}/{journal.BEGUN}"] = journal.write(begun)
        ended = Ended(outcome=Outcome.SUCCEEDED, at=begun.at + timedelta(minutes=2))
        objects[f"{begun.folder}/{journal.ENDED}"] = journal.write(ended)
    found = record("auth-service", journal.read(objects), read_history(json.loads(answer)))
    if {release.source for release in found} != {Source.BOTH} or len(found) != len(made):
        raise SystemExit("the benchmark of the release record joins something else than it thinks")


def _entry(at: datetime, version: str) -> dict[str, Any]:
    services = {name: {"version": version, "cpu": 256} for name in ("auth-service", "billing", "search")}
    return {
        "kind": "update",
        "startTime": at.isoformat(),
        "endTime": (at + timedelta(minutes=4)).isoformat(),
        "result": "succeeded",
        "config": {"slipway:services": {"objectValue": services, "secret": False}},
    }


def _begun(at: datetime, version: str) -> Begun:
    return Begun(
        service="auth-service",
        version=version,
        digest="sha256:1",
        release_hash="0123456789",
        config={"version": version},
        at=at,
        who="arn:ada",
    )


BENCHMARKS = (
    Benchmark("1,000 rollouts of a 50-task service", 2.0, rollouts),
    Benchmark("the release record of 1,000 updates", 2.0, long_record),
    Benchmark("`pulumi up` of an empty program", 2.0, empty_up),
    Benchmark("`pulumi preview` of an empty program", 2.0, empty_preview),
    Benchmark("start of the language host's stand-in", 0.5, language_host_start),
    Benchmark("`make setup`, the second time", 3.0, second_setup),
)


@contextlib.contextmanager
def timed(seconds: list[float]) -> Iterator[None]:
    started = time.perf_counter()
    yield
    seconds.append(time.perf_counter() - started)


def main() -> int:
    """Prints a line a benchmark; the exit code is 1 when one takes longer than promised."""
    late = 0
    with tempfile.TemporaryDirectory(prefix="slipway-bench-") as name:
        for benchmark in BENCHMARKS:
            seconds: list[float] = []
            for _ in range(RUNS):
                with timed(seconds):
                    benchmark.run(Path(name))
            best = min(seconds)
            late += best > benchmark.limit
            verdict = "ok" if best <= benchmark.limit else "TOO SLOW"
            print(f"{benchmark.name:<40} {best:5.2f} s  (at most {benchmark.limit:.1f} s)  {verdict}", flush=True)
    return 1 if late else 0


if __name__ == "__main__":
    sys.exit(main())
