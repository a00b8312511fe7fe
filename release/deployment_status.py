"""What ECS says of a service deployment, in one word."""

from __future__ import annotations

from enum import StrEnum


class DeploymentStatus(StrEnum):
    """Status of a service deployment (AWS: "ServiceDeployment")."""

    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    SUCCESSFUL = "SUCCESSFUL"
    STOP_REQUESTED = "STOP_REQUESTED"
    STOPPED = "STOPPED"
    ROLLBACK_REQUESTED = "ROLLBACK_REQUESTED"
    ROLLBACK_IN_PROGRESS = "ROLLBACK_IN_PROGRESS"
    ROLLBACK_SUCCESSFUL = "ROLLBACK_SUCCESSFUL"
    ROLLBACK_FAILED = "ROLLBACK_FAILED"

    @property
    def ended(self) -> bool:
        """Whether ECS will change nothing more in this deployment."""
        return self in _ENDED

    @property
    def abandoned(self) -> bool:
        """Whether the requested revision is being taken back, or was."""
        return self in _ABANDONED


_ABANDONED = {
    DeploymentStatus.STOP_REQUESTED,
    DeploymentStatus.STOPPED,
    DeploymentStatus.ROLLBACK_REQUESTED,
    DeploymentStatus.ROLLBACK_IN_PROGRESS,
    DeploymentStatus.ROLLBACK_SUCCESSFUL,
    DeploymentStatus.ROLLBACK_FAILED,
}
_ENDED = {
    DeploymentStatus.SUCCESSFUL,
    DeploymentStatus.STOPPED,
    DeploymentStatus.ROLLBACK_SUCCESSFUL,
    DeploymentStatus.ROLLBACK_FAILED,
}
