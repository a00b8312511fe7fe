"""In whose name a container writes files of EFS, which knows numbers alone. Pure."""

from __future__ import annotations

import re


def numbers_of(user: str) -> tuple[int, int]:
    """`65532:65532` -> its uid and gid. Raises `ValueError` for a user without both (AWS: "PosixUser", EFS)."""
    found = re.fullmatch(r"([1-9][0-9]*):([0-9]+)", user)
    if found is None:
        raise ValueError(
            f"user is {user!r}; file systems know numbers alone, and root is none of theirs: write it as uid:gid, such "
            "as '65532:65532'"
        )
    return int(found[1]), int(found[2])
