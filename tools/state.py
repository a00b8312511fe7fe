"""Files of set-up: written whole or not at all, locked while in use, and stamped with what they were made from."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from tools.report import say


def write_whole(path: Path, text: str, *, executable: bool = False) -> None:
    """Writes a file so that a reader sees the old content or the new, and an interruption leaves the old."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        fresh.write_text(text, encoding="utf-8")
        if executable:
            fresh.chmod(0o755)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def digest(parts: Iterable[str | Path]) -> str:
    """The sum of some texts and of the contents of some files; a missing file counts as empty."""
    total = hashlib.sha256()
    for part in parts:
        content = part.encode() if isinstance(part, str) else part.read_bytes() if part.is_file() else b""
        total.update(hashlib.sha256(content).digest())
    return total.hexdigest()


def read_stamp(path: Path) -> str:
    """The stamp in a file, or nothing when it was never written."""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        return path.read_text("utf-8").strip()
    return ""


@contextlib.contextmanager
def locked(path: Path, what: str) -> Iterator[None]:
    """Holds a lock for the block; says so when it has to wait. The lock of a process that died is free."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("waiting", f"for another {what} (lock {path})")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
