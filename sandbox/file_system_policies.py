"""Policies of file systems that are taken away (AWS: "DeleteFileSystemPolicy", EFS API reference). moto 5.2.5 has no
such call.
"""

from __future__ import annotations

from moto.efs.responses import EFSResponse


def _delete(response: EFSResponse) -> tuple[str, dict[str, str]]:
    """Everybody who reaches a mount target is let in again."""
    backend, named = response.efs_backend, response._get_param("FileSystemId")  # noqa: SLF001 - moto is untyped here
    backend.describe_file_systems(file_system_id=named)
    backend.file_systems_by_id[named].file_system_policy = None
    return "{}", {"Content-Type": "application/json"}


def apply() -> None:
    """Lets moto answer it."""
    setattr(EFSResponse, "delete_file_system_policy", _delete)  # noqa: B010 - moto is untyped here
