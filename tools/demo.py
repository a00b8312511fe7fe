"""`make demo`: the main job on the sandbox, from an image to a verified release, a refused one, a failed one, and back.

Every step shows the command it types; all of them can be typed by hand. The sandbox and the stack stay as they are at
the end, so that one can go on from there; a second run, also after an interruption, continues with what is there.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from slipway.pulumi_words import process_lives

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
EXAMPLE = ROOT / "examples" / "auth_service"
SERVICE = "auth-service"
STACK = "test"
VERSION_KEY = f"slipway:services.{SERVICE}.version"
SPEED = "60"  # a minute of the sandbox a second: a rollout of a minute and a half is watched in two seconds


class DemoError(Exception):
    """A step came out otherwise than the demo promises. The message says which, and what to do."""


@dataclass
class Terminal:
    """Types commands as a person would, and shows them."""

    environment: dict[str, str]
    started: float = field(default_factory=time.monotonic)

    def say(self, text: str) -> None:
        print(text, flush=True)

    def heading(self, text: str) -> None:
        elapsed = time.monotonic() - self.started
        self.say(
            f"\n\033[1m== {text}\033[0m  ({elapsed:.0f} s)"
            if sys.stdout.isatty()
            else f"\n== {text}  ({elapsed:.0f} s)"
        )

    def run(self, *command: str, cwd: Path = ROOT, **more: str) -> int:
        """Shows and runs a command; returns its exit code."""
        prefix = "".join(f"{name}={shlex.quote(value)} " for name, value in more.items())
        self.say(f"$ {prefix}{shlex.join(command)}")
        return subprocess.run(
            command, cwd=cwd, env=self.environment | more, check=False, stdin=subprocess.DEVNULL
        ).returncode

    def must(self, *command: str, cwd: Path = ROOT, **more: str) -> None:
        code = self.run(*command, cwd=cwd, **more)
        if code != 0:
            raise DemoError(f"`{shlex.join(command)}` ended with exit code {code}; it should have succeeded.")

    def must_fail(self, *command: str) -> None:
        code = self.run(*command)
        if code == 0:
            raise DemoError(f"`{shlex.join(command)}` ended with exit code 0; it should have failed.")
        self.say(f"-> exit code {code}, as it should be.")

    def answer(self, *command: str) -> str:
        """The standard output of a command that is not shown, empty where it fails."""
        done = subprocess.run(command, cwd=ROOT, env=self.environment, check=False, capture_output=True, text=True)
        return done.stdout.strip() if done.returncode == 0 else ""


def sandbox_environment() -> dict[str, str]:
    slipway = str(BIN / "slipway")
    base = dict(os.environ)
    up = subprocess.run([slipway, "sandbox", "up", "--speed", SPEED], cwd=ROOT, env=base, check=False)
    if up.returncode != 0:
        raise DemoError("the sandbox did not start; its message is above.")
    shown = subprocess.run(
        [slipway, "sandbox", "env", "--json"], cwd=ROOT, env=base, check=True, capture_output=True, text=True
    )
    exported: dict[str, str | None] = json.loads(shown.stdout)
    for name, value in exported.items():
        if value is None:
            base.pop(name, None)
        else:
            base[name] = value
    return base


def docker_answers() -> bool:
    if shutil.which("docker") is None or shutil.which("go") is None:
        return False
    try:
        asked = subprocess.run(["docker", "info"], check=False, capture_output=True, timeout=20)
    except subprocess.TimeoutExpired:
        return False
    return asked.returncode == 0


def repository_uri(terminal: Terminal) -> str:
    """Where `docker push` sends images to, empty before the platform stands."""
    query = ("--query", "repositories[0].repositoryUri", "--output", "text")
    return terminal.answer("aws", "ecr", "describe-repositories", "--repository-names", SERVICE, *query)


def push(terminal: Terminal, repository: str, version: str, *, behave: str = "") -> None:
    """Builds the example with Docker and pushes it, unless that version is in ECR already (tags are immutable)."""
    here = ("aws", "ecr", "describe-images", "--repository-name", SERVICE, "--image-ids", f"imageTag={version}")
    if terminal.answer(*here):
        terminal.say(f"{SERVICE}:{version} is in ECR already; tags are immutable, so it stays as it is.")
        return
    if not docker_answers():
        terminal.say(
            "No Docker engine (or no Go) answers here: a hand-made OCI image goes through the registry instead."
        )
        terminal.must(
            "slipway",
            "sandbox",
            "image",
            "-e",
            STACK,
            f"{SERVICE}:{version}",
            *(("--behave", behave) if behave else ()),
        )
        return
    image = f"{repository}:{version}"
    flags = f"-s -w -X main.version={version}"
    terminal.must(
        "go", "build", "-trimpath", "-ldflags", flags, "-o", "build/auth-service", ".", cwd=EXAMPLE, CGO_ENABLED="0"
    )
    label = ("--label", f"slipway.sandbox.behave={behave}") if behave else ()
    terminal.must("docker", "build", "-q", *label, "-t", image, ".", cwd=EXAMPLE)
    terminal.must("docker", "push", "-q", image)


def release(terminal: Terminal, version: str) -> None:
    terminal.must("pulumi", "config", "set", "-s", STACK, "--path", VERSION_KEY, version)
    terminal.must("pulumi", "up", "-s", STACK, "--yes", "--skip-preview")


def first_release(terminal: Terminal) -> str:
    """The version of the first update that succeeded with one, read from stack history."""
    entries = json.loads(terminal.answer("pulumi", "stack", "history", "-s", STACK, "--json") or "[]")
    for entry in reversed(entries):
        services = json.loads(entry["config"].get("slipway:services", {}).get("value", "{}"))
        version = services.get(SERVICE, {}).get("version")
        if entry["result"] == "succeeded" and version:
            return str(version)
    raise DemoError(f"stack history of {STACK} holds no successful release of {SERVICE}.")


def take_away_dead_locks(terminal: Terminal) -> None:
    """An earlier run that was killed left its lock behind; nobody else uses the sandbox's backend from this host."""
    backend = Path(terminal.environment["PULUMI_BACKEND_URL"].removeprefix("file://"))
    for lock in (backend / ".pulumi" / "locks").rglob("*.json"):
        if lock.parent.name == STACK and not process_lives(int(json.loads(lock.read_text())["pid"])):
            terminal.heading("An earlier run was killed in the middle of an update: its lock is taken away")
            terminal.must("pulumi", "cancel", "--yes", STACK)
            return


def play(terminal: Terminal) -> None:
    take_away_dead_locks(terminal)
    if not repository_uri(terminal):
        terminal.heading("The platform: network, cluster, load balancer, repository. No release yet.")
        terminal.must("pulumi", "up", "-s", STACK, "--yes", "--skip-preview")

    terminal.heading("Two versions of the example service, and one that crashes, into ECR")
    repository = repository_uri(terminal)
    for version, behave in (("1.0.0", ""), ("1.1.0", ""), ("1.2.0", "crash")):
        push(terminal, repository, version, behave=behave)

    terminal.heading("1.0.0 is released")
    release(terminal, "1.0.0")

    terminal.heading("1.1.0 replaces it: one line of the stack file changes, and this is what that means")
    terminal.must("pulumi", "config", "set", "-s", STACK, "--path", VERSION_KEY, "1.1.0")
    terminal.must("pulumi", "preview", "-s", STACK, "--diff")
    terminal.must("pulumi", "up", "-s", STACK, "--yes", "--skip-preview")

    terminal.heading("A version that was never pushed is refused in the preview")
    terminal.must("pulumi", "config", "set", "-s", STACK, "--path", VERSION_KEY, "9.9.9")
    terminal.must_fail("pulumi", "preview", "-s", STACK)

    terminal.heading("1.2.0 crashes: the update fails")
    terminal.must("pulumi", "config", "set", "-s", STACK, "--path", VERSION_KEY, "1.2.0")
    terminal.must_fail("pulumi", "up", "-s", STACK, "--yes", "--skip-preview")

    terminal.heading("... and fails again when repeated, for the release still does not run")
    terminal.must_fail("pulumi", "up", "-s", STACK, "--yes", "--skip-preview")

    terminal.heading("Rollback: stack history names the first release, and it is restored")
    release(terminal, first_release(terminal))

    terminal.heading("What stack history tells")
    terminal.must("slipway", "history", "-e", STACK)
    terminal.must("slipway", "status", "-e", STACK)


def main() -> int:
    try:
        terminal = Terminal(sandbox_environment())
        play(terminal)
    except DemoError as failure:
        print(f"\ndemo: {failure} Run `make demo` again to go on from here.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ndemo: interrupted. Run `make demo` again: it goes on with what is there.", file=sys.stderr)
        return 130
    terminal.say(
        f"\nDone in {time.monotonic() - terminal.started:.0f} s. The sandbox still runs. Go on by hand:\n\n"
        f'  export PATH="$PWD/.venv/bin:$PATH"\n'
        f'  eval "$(slipway sandbox env)"\n'
        f"  slipway deploy -e {STACK} -s {SERVICE} -v 1.1.0\n"
        f"  slipway rollback -e {STACK} -s {SERVICE}\n"
        f"  aws ecs describe-services --cluster microservices-cluster --services {SERVICE}\n"
        f"  slipway sandbox down"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
