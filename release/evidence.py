"""What is known about a release whose tasks did not stay: what `release.cause` judges by."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """A CloudWatch alarm that failed a deployment."""

    name: str
    reason: str = ""
    """CloudWatch's words with the numbers (AWS: "DescribeAlarms", ``StateReason``)."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """The health check that tasks have to pass; times in seconds."""

    path: str
    port: int
    interval: float
    timeout: float
    unhealthy_threshold: int
    grace_period: float


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What is known about tasks that were wanted and did not stay."""

    service: str
    version: str
    stopped_reason: str = ""
    """``stoppedReason`` of the first such task."""
    container: str = ""
    """The container that ended it, where one did."""
    container_reason: str = ""
    exit_code: int | None = None
    ran_for: float | None = None
    """Seconds from the container's start to its end; None when it never ran."""
    log: tuple[str, ...] = ()
    """Its last log lines, redacted."""
    target_reason: str = ""
    """Reason and description of an unhealthy target's health."""
    check: Check | None = None
    service_event: str = ""
    """The newest event of the service that tells of trouble."""
    alarms: tuple[Alarm, ...] = ()
    stopped_by: str = ""
    """Who stopped the deployment, where a person did."""

    @property
    def words(self) -> str:
        """What ECS said of the task and its container, on one line."""
        return " ".join(f"{self.container_reason} {self.stopped_reason}".split())
