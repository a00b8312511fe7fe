"""A service at one moment, in AWS's words: as a client would see it, whoever tells it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rollout.timeline import Event, Kind

if TYPE_CHECKING:
    from rollout.service import Service

_STATUS = {
    Kind.PENDING: "PENDING",
    Kind.ACTIVATING: "ACTIVATING",
    Kind.RUNNING: "RUNNING",
    Kind.DEACTIVATING: "DEACTIVATING",
    Kind.STOPPING: "STOPPING",
    Kind.DEPROVISIONING: "DEPROVISIONING",
    Kind.EXITED: "DEPROVISIONING",
    Kind.PULL_FAILED: "DEPROVISIONING",
    Kind.STOPPED: "STOPPED",
}
_HEALTH = {Kind.CONTAINER_HEALTHY: "HEALTHY", Kind.CONTAINER_UNHEALTHY: "UNHEALTHY"}
_TARGET = {
    Kind.REGISTERED: "initial",
    Kind.TARGET_HEALTHY: "healthy",
    Kind.TARGET_UNHEALTHY: "unhealthy",
    Kind.DEREGISTERED: "draining",
}
_ENDS = {
    Kind.DEPLOYMENT_STARTED: ("IN_PROGRESS", False),
    Kind.DEPLOYMENT_COMPLETED: ("SUCCESSFUL", True),
    Kind.DEPLOYMENT_FAILED: ("STOPPED", True),
    Kind.DEPLOYMENT_SUPERSEDED: ("STOPPED", True),
    Kind.ROLLBACK_STARTED: ("ROLLBACK_IN_PROGRESS", False),
    Kind.ROLLBACK_COMPLETED: ("ROLLBACK_SUCCESSFUL", True),
    Kind.ROLLBACK_FAILED: ("ROLLBACK_FAILED", True),
}
"""What becomes of a service deployment, and whether that is the end."""


@dataclass(frozen=True)
class View:
    """``tasks``: how many have a (revision, ``desiredStatus``, ``lastStatus``, ``healthStatus``), stopped ones apart.

    ``targets``: how many of a revision are in a state. ``deployments``: (revision, ``status``, ``rolloutState``) in the
    order of DescribeServices.
    """

    tasks: Counter[tuple[str, str, str, str]]
    targets: Counter[tuple[str, str]]
    deployments: tuple[tuple[str, str, str], ...]
    shares: tuple[tuple[str, float], ...]
    """Percent of the production traffic that each revision gets which gets some; of those that shift it alone."""
    stage: str
    """The lifecycle stage of the newest service deployment while it goes forward."""


@dataclass
class _Task:
    revision: str
    desired: str = "RUNNING"
    status: str = "PROVISIONING"
    health: str = "UNKNOWN"
    target: str = ""
    drained_at: float = float("inf")


@dataclass
class ModelView:
    """Follows a model's events from the service's beginning."""

    model: Service
    delay: float
    """The deregistration delay."""
    ends: dict[int, tuple[str, float | None]] = field(default_factory=dict)
    """By deployment: the status of its service deployment, and when it finished."""
    _tasks: dict[int, _Task] = field(default_factory=dict)
    _stages: dict[int, str] = field(default_factory=dict)

    def look(self) -> View:
        """What a client would see now."""
        for event in self.model.take_events():
            self._hear(event)
        now, model = self.model.now, self.model
        others = sorted((number for number in model.deployments if number != model.primary.id), reverse=True)
        live = [model.deployments[number] for number in (model.primary.id, *others)]
        return View(
            Counter((t.revision, t.desired, t.status, t.health) for t in self._tasks.values() if t.status != "STOPPED"),
            Counter((t.revision, t.target) for t in self._tasks.values() if t.target and t.drained_at > now),
            tuple(
                (one.revision.name, "PRIMARY" if one is model.primary else "ACTIVE", one.state.value) for one in live
            ),
            self._shares(),
            self._stage(),
        )

    def _shares(self) -> tuple[tuple[str, float], ...]:
        if self.model.settings.shifting is None:
            return ()
        production, deployments = self.model.production, self.model.deployments
        return tuple(
            sorted((deployments[number].revision.name, share) for number, share in production.items() if share)
        )

    def _stage(self) -> str:
        newest = max(self.ends)
        return self._stages.get(newest, "") if self.ends[newest][0] == "IN_PROGRESS" else ""

    def _hear(self, event: Event) -> None:
        if event.kind in _ENDS:
            self._hear_end(event)
        if event.kind is Kind.STAGE_REACHED and event.stage:
            self._stages[event.deployment] = event.stage.value
        if event.kind is Kind.TASKS_STARTED:
            name = self.model.deployments[event.deployment].revision.name
            self._tasks |= {number: _Task(name) for number in event.tasks}
        for number in event.tasks:
            task = self._tasks[number]
            task.status = _STATUS.get(event.kind, task.status)
            task.health = _HEALTH.get(event.kind, task.health)
            task.target = _TARGET.get(event.kind, task.target)
            if event.kind is Kind.DEREGISTERED:
                task.drained_at = event.at + self.delay
            if event.kind in {Kind.TASKS_STOPPED, Kind.EXITED, Kind.PULL_FAILED}:
                task.desired = "STOPPED"

    def _hear_end(self, event: Event) -> None:
        status, finished = _ENDS[event.kind]
        if event.kind is Kind.DEPLOYMENT_COMPLETED and self.ends[event.deployment][0] != "IN_PROGRESS":
            return  # the deployment that a rollback went back to: its own service deployment ended long ago
        self.ends[event.deployment] = (status, round(event.at, 1) if finished else None)
