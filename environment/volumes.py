"""Folders of a service's tasks that are not read-only."""

from __future__ import annotations

import re
from collections.abc import Sequence

from components.volumes import Mount, Volume


def volumes_of(scratch: Sequence[str]) -> list[Volume]:
    """A volume for each folder."""
    return [Volume(name=_volume_name(path)) for path in scratch]


def mounts_of(scratch: Sequence[str]) -> list[Mount]:
    """Where containers see them."""
    return [Mount(volume=_volume_name(path), path=path) for path in scratch]


def _volume_name(path: str) -> str:
    """`/var/cache/app` -> `scratch-var-cache-app`."""
    return re.sub(r"[^A-Za-z0-9_]+", "-", f"scratch{path.rstrip('/')}")
