"""The `docker` on PATH: build, log in, push. What it prints goes to stderr, for results alone belong on stdout."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from slipway.stop import Mistake, NotRunning

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def check_engine() -> None:
    """Refuses where no engine answers."""
    if not shutil.which("docker"):
        raise Mistake("there is no `docker` on PATH: install Docker, or push from a machine that has it")
    done = subprocess.run(
        ["docker", "version", "--format", "{{.Server.Version}}"], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        said = " ".join(done.stderr.split()) or f"exit code {done.returncode}"
        raise Mistake(f"no Docker engine answers: {said}")


def build(folder: Path, image: str, labels: Mapping[str, str], platform: str) -> None:
    """Builds the folder's Dockerfile for the platform, such as `linux/amd64`, and tags the image."""
    words = [word for key, value in labels.items() for word in ("--label", f"{key}={value}")]
    if _shown("build", "--platform", platform, *words, "--tag", image, str(folder)):
        raise NotRunning(f"docker could not build {folder}; why stands above. Nothing was pushed")


def log_in(registry: str, user: str, password: str) -> None:
    """Logs in. The password goes by stdin: a command line can be read by every process."""
    done = subprocess.run(
        ["docker", "login", "--username", user, "--password-stdin", registry],
        input=password,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        said = " ".join(done.stderr.replace(password, "***").split())
        raise NotRunning(f"docker could not log in to {registry}: {said}. Nothing was pushed")


def push(image: str) -> None:
    """Pushes the image under its tag."""
    if _shown("push", image):
        raise NotRunning(f"docker could not push {image}; why stands above")


def _shown(*words: str) -> int:
    """Runs docker before people's eyes; returns its exit code."""
    shown = sys.stderr or subprocess.DEVNULL  # Python has None for a stream that was closed before it began
    return subprocess.run(["docker", *words], stdin=subprocess.DEVNULL, stdout=shown, check=False).returncode
