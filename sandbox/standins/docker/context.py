"""A build's context: the folder that is sent to the engine, less what its .dockerignore leaves out."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from docker.utils.build import exclude_paths

from sandbox.standins.aws.faults import Fault


def files_of(context: Path, dockerfile: Path) -> list[str]:
    """The paths of a context, relative to it, in order. The Dockerfile is always among them."""
    ignore = Path(f"{dockerfile}.dockerignore")
    ignore = ignore if ignore.is_file() else context / ".dockerignore"
    lines = ignore.read_text("utf-8").splitlines() if ignore.is_file() else []
    patterns = [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]
    inside = os.path.relpath(dockerfile, context)
    found: set[str] = exclude_paths(str(context), patterns, dockerfile=inside)
    return sorted(path for path in found if path not in ("", "."))


def digest_of(context: Path, dockerfile: Path) -> str:
    """The sum of all that decides what the build sees: names, modes, links and contents, and the Dockerfile."""
    if not context.is_dir():
        raise Fault(f"no such folder to build from: {context}")
    whole = hashlib.sha256()
    for path in files_of(context, dockerfile):
        whole.update(_sum_of(context / path, path))
    if not dockerfile.resolve().is_relative_to(context.resolve()):
        whole.update(_sum_of(dockerfile, "Dockerfile"))
    return whole.hexdigest()


def _sum_of(file: Path, name: str) -> bytes:
    try:
        status = file.lstat()
        content = os.fsencode(file.readlink()) if file.is_symlink() else b""
        if file.is_file() and not file.is_symlink():
            content = file.read_bytes()
    except OSError as error:
        raise Fault(f"could not read {file} for the build: {error.strerror}") from error
    own = hashlib.sha256(content).hexdigest()
    return f"{name}\0{status.st_mode:o}\0{own}\n".encode()
