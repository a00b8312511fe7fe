"""What git says about the folder that an image is built from."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class WorkingTree:
    """Where the sources of a folder come from. Everything is empty where git does not know."""

    commit: str = ""
    remote: str = ""
    """Address of the repository, without credentials."""
    changes: tuple[str, ...] = ()
    """Files of the folder that differ from the commit, or that no commit has."""

    @property
    def revision(self) -> str:
        """The commit, marked when it is not all that goes into the image."""
        return f"{self.commit}-dirty" if self.commit and self.changes else self.commit


def look(folder: Path) -> WorkingTree:
    """What git knows of the folder. Changes elsewhere in the repository do not come into the image."""
    commit = _git(folder, "rev-parse", "--verify", "HEAD").strip()
    if not commit:
        return WorkingTree()
    changed = _git(folder, "-c", "core.quotePath=false", "status", "--porcelain", "-z", "--no-renames", "--", ".")
    return WorkingTree(
        commit=commit,
        remote=without_credentials(_git(folder, "remote", "get-url", "origin").strip()),
        changes=tuple(entry[3:] for entry in changed.split("\0") if entry),
    )


def without_credentials(remote: str) -> str:
    """The address without user, password and query, any of which may be a token. `git@host:path` has none."""
    parts = urlsplit(remote)
    if not parts.scheme or not parts.netloc:
        return remote
    user, at, host = parts.netloc.rpartition("@")
    named = f"{user.partition(':')[0]}{at}" if parts.scheme == "ssh" else ""
    return urlunsplit((parts.scheme, f"{named}{host}", parts.path, "", ""))


def _git(folder: Path, *words: str) -> str:
    """What git prints; nothing when it fails or is not there."""
    if not shutil.which("git"):
        return ""
    done = subprocess.run(
        ["git", "-C", str(folder), *words], capture_output=True, text=True, errors="replace", check=False
    )
    return done.stdout if done.returncode == 0 else ""
