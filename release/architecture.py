"""The processors that Fargate runs tasks on, and what an image must be built for to run there."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Architecture(StrEnum):
    """A processor, in ECS's words (AWS: "RuntimePlatform", cpuArchitecture): *documented*."""

    X86_64 = "X86_64"
    """Intel and AMD."""
    ARM64 = "ARM64"
    """Graviton. It costs about a fifth less, and needs an image that is built for it."""

    @property
    def platform(self) -> str:
        """The same as images name it (OCI Image Format Specification: "Image Index", platform)."""
        return PLATFORMS[self]


PLATFORMS: Final = MappingProxyType({Architecture.X86_64: "linux/amd64", Architecture.ARM64: "linux/arm64"})
"""Architecture -> the platform of the images that run there."""
