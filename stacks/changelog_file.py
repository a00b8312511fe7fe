"""The changelog of a service, as a file."""

from __future__ import annotations

from pathlib import Path

from stacks.service_definition import ServiceDefinition


def changelog_of(service: ServiceDefinition, folder: Path) -> str | None:
    """The text; None for a service that keeps none. A file that is not there tells of nothing."""
    if not service.changelog:
        return None
    try:
        return (folder / service.changelog).read_text(encoding="utf-8")
    except OSError:
        return ""
