"""Files that all tasks of a service share and that outlive them: a part of its entry in the catalogue."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from release.file_users import numbers_of

LONGEST_NAME: Final = 20


@dataclass(frozen=True, kw_only=True)
class SharedFiles:
    """A file system of EFS that is made for the service in each environment, encrypted at rest and on the way."""

    name: str
    """Ends the file system's name: up to 20 lower-case letters, digits and single hyphens. Another name is another
    file system, an empty one."""
    path: str
    """Where the container sees it, such as `/uploads`."""


def wrong_with(files: Sequence[SharedFiles], user: str, scratch: Sequence[str]) -> Iterator[str]:
    """A sentence for each mistake."""
    for one in files:
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", one.name) or len(one.name) > LONGEST_NAME:
            yield f"{one.name!r}: a name has up to {LONGEST_NAME} lower-case letters, digits and single hyphens"
        if not one.path.startswith("/") or one.path.strip("/") == "":
            yield f"{one.name} is at {one.path!r}; a path is from the root, such as '/uploads'"
    for name, times in Counter(one.name for one in files).items():
        if times > 1:
            yield f"{times} are called {name}; give each its own name"
    for path, times in Counter(path.rstrip("/") for path in (*scratch, *(one.path for one in files))).items():
        if files and times > 1:
            yield f"{path!r} is there {times} times; give each folder a path of its own"
    if files:
        try:
            numbers_of(user)
        except ValueError as error:
            yield str(error)
