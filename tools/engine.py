"""The Pulumi engine: one on PATH that fits, else the official installer's, else one built from its Go module."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tools.report import SetupError, say
from tools.state import locked

INSTALLER = "https://get.pulumi.com/install.sh"
PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
VERSION_VARIABLE = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"

#: Seconds until a host that does not answer counts as out of reach.
REACH_TIMEOUT = 10

#: Seconds the official installer may take; it loads about 100 MB.
INSTALL_TIMEOUT = 300

#: Seconds the build may take; it took 240 on two cores, with all modules to load.
BUILD_TIMEOUT = 2400

#: Seconds between two words of progress while the engine is built.
PROGRESS_EVERY = 15

#: Where Go may be besides PATH.
GO_FOLDERS = ("/usr/local/go/bin", "/usr/lib/go/bin")


@dataclass(frozen=True)
class Engine:
    """A Pulumi engine of the wanted version."""

    path: Path
    way: str  # "path", "installer" or "build"

    @property
    def words(self) -> str:
        return {
            "path": f"found on PATH at {self.path}",
            "installer": f"from the official installer, in {self.path.parent}",
            "build": f"built from its Go module, in {self.path.parent}",
        }[self.way]


class NotThisWayError(Exception):
    """A way to an engine is closed. The message says why, in words that fit into a list."""


def pinned_version(root: Path) -> str:
    """The version of the SDK in requirements.txt, which the engine must have."""
    text = (root / "requirements.txt").read_text("utf-8")
    found = re.search(r"^pulumi==(\d+\.\d+\.\d+)\s*$", text, re.MULTILINE)
    if found is None:
        message = f"{root / 'requirements.txt'} must pin the SDK, as in `pulumi==3.259.0`"
        raise SetupError(message)
    version = found.group(1)
    module = root / "tools" / "pulumi-engine" / "go.mod"
    if f"github.com/pulumi/pulumi/pkg/v3 v{version} " not in module.read_text("utf-8"):
        message = (
            f"requirements.txt pins pulumi {version}, but {module} another version of the engine; "
            f"in its folder run: go get -tool {PACKAGE}@v{version}"
        )
        raise SetupError(message)
    return version


def version_of(executable: Path) -> str:
    """What `pulumi version` says, without the leading v; nothing when it cannot be run."""
    try:
        done = subprocess.run(
            [executable, "version"],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"},
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    lines = done.stdout.split()
    return lines[-1].removeprefix("v") if done.returncode == 0 and lines else ""


def cache_folder(version: str) -> Path:
    """Where engines of this version are kept for all clones of this user."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    machine = f"{platform.system()}-{platform.machine()}".lower()
    return Path(base) / "slipway" / "engine" / f"{version}-{machine}"


def on_path(version: str, search_path: str) -> Engine:
    """The engine on PATH, if it fits."""
    found = shutil.which("pulumi", path=search_path)
    if found is None:
        raise NotThisWayError("there is no pulumi on PATH")
    other = version_of(Path(found))
    if other != version:
        message = f"the pulumi on PATH ({found}) is version {other or 'unknown'}, the SDK is {version}"
        raise NotThisWayError(message)
    return Engine(Path(found), "path")


def cached(version: str, folder: Path) -> Engine | None:
    """The engine that an earlier set-up of this user got, if any."""
    for engine in (Engine(folder / "official" / "bin" / "pulumi", "installer"), Engine(folder / "pulumi", "build")):
        if engine.path.is_file() and version_of(engine.path) == version:
            return engine
    return None


def installed(version: str, folder: Path, python: Path) -> Engine:
    """The engine by Pulumi's own installer, through the Automation API of the SDK."""
    try:
        urllib.request.urlopen(INSTALLER, timeout=REACH_TIMEOUT).close()
    except (OSError, urllib.error.URLError, ValueError) as error:
        message = f"the official installer is out of reach ({getattr(error, 'reason', None) or error})"
        raise NotThisWayError(message) from error
    say("engine", f"Pulumi {version}: the official installer runs")
    folder.mkdir(parents=True, exist_ok=True)
    script = "import sys; from pulumi.automation import PulumiCommand; PulumiCommand.install(root=sys.argv[1])"
    with tempfile.TemporaryDirectory(dir=folder, prefix=".official-", ignore_cleanup_errors=True) as fresh:
        try:
            done = subprocess.run(
                [python, "-c", script, fresh],
                capture_output=True,
                text=True,
                check=False,
                stdin=subprocess.DEVNULL,
                timeout=INSTALL_TIMEOUT,
            )
        except subprocess.TimeoutExpired as error:
            message = f"the official installer did not end within {INSTALL_TIMEOUT} s"
            raise NotThisWayError(message) from error
        words = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        if done.returncode != 0 or version_of(Path(fresh) / "bin" / "pulumi") != version:
            message = f"the official installer failed ({words})"
            raise NotThisWayError(message)
        target = folder / "official"
        shutil.rmtree(target, ignore_errors=True)
        Path(fresh).rename(target)
    return Engine(target / "bin" / "pulumi", "installer")


def build_command(go: str, version: str, target: Path) -> list[str]:
    """How the engine is built: as in its own release, without debug information, with its version in it."""
    flags = f"-s -w -X {VERSION_VARIABLE}=v{version}"
    return [go, "build", "-v", "-trimpath", "-buildvcs=false", "-ldflags", flags, "-o", str(target), PACKAGE]


def find_go(search_path: str) -> str | None:
    """The Go compiler on PATH or where it is usually unpacked."""
    return shutil.which("go", path=os.pathsep.join((search_path, *GO_FOLDERS)))


def built(version: str, folder: Path, module: Path, search_path: str) -> Engine:
    """The engine built from its Go module, whose sources come through Go's module proxy."""
    go = find_go(search_path)
    if go is None:
        raise NotThisWayError("there is no Go to build it with")
    say("engine", f"Pulumi {version}: building it from its Go module with {go} (about 4 minutes, once for this user)")
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f".pulumi.{os.getpid()}"
    # GOTOOLCHAIN: a Go older than the module asks for may load a newer one, unless the user forbids it.
    own = {"CGO_ENABLED": "0", "GOFLAGS": "", "GOWORK": "off", "GOTOOLCHAIN": os.environ.get("GOTOOLCHAIN", "auto")}
    process = subprocess.Popen(
        build_command(go, version, fresh),
        cwd=module,
        env={**os.environ, **own},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    limit = threading.Timer(BUILD_TIMEOUT, process.kill)
    limit.start()
    try:
        words = _follow(process)
        if process.wait() != 0:
            message = (
                f"the build from the Go module failed ({words[-1] if words else f'exit code {process.returncode}'})"
            )
            raise NotThisWayError(message)
        if version_of(fresh) != version:
            raise NotThisWayError("the engine built from the Go module does not run")
        fresh.replace(folder / "pulumi")
    finally:
        limit.cancel()
        if process.poll() is None:
            process.terminate()
            process.wait()
        fresh.unlink(missing_ok=True)
    return Engine(folder / "pulumi", "build")


def _follow(process: subprocess.Popen[str]) -> list[str]:
    """Tells how far a build is; returns what Go complained of."""
    started = told = time.monotonic()
    modules = packages = 0
    complaints: list[str] = []
    for raw in process.stderr or ():
        line = raw.strip()
        if re.fullmatch(r"[\w.~/-]+", line):  # `go build -v` names each package when it is compiled
            packages += 1
        elif line.startswith("go: downloading"):
            modules += 1
        elif line and not line.startswith("#"):
            complaints.append(line)
        if time.monotonic() - told >= PROGRESS_EVERY:
            told = time.monotonic()
            say("engine", f"{modules} modules loaded and {packages} packages compiled after {told - started:.0f} s")
    return complaints


def ensure(root: Path, python: Path, search_path: str) -> Engine:
    """An engine of the pinned version, by the first way that is open."""
    version = pinned_version(root)
    folder = cache_folder(version)
    closed: list[str] = []

    def first(*ways: Callable[[], Engine]) -> Engine | None:
        for way in ways:
            try:
                return way()
            except NotThisWayError as reason:
                closed.append(str(reason))
        return None

    engine = first(lambda: on_path(version, search_path))
    if engine is None:
        with locked(folder.parent / f"{folder.name}.lock", "set-up that gets the same engine"):
            engine = cached(version, folder) or first(
                lambda: installed(version, folder, python),
                lambda: built(version, folder, root / "tools" / "pulumi-engine", search_path),
            )
    if engine is None:
        message = (
            f"no Pulumi engine {version} could be had: {'; '.join(closed)}. "
            f"Install Pulumi {version} (https://www.pulumi.com/docs/install/) or Go 1.25 or newer "
            f"(https://go.dev/dl/), then run `make setup` again"
        )
        raise SetupError(message)
    say("engine", f"Pulumi {version}, {engine.words}")
    return engine
