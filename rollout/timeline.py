"""What happens in the course of a service's life, as a list of events on a virtual clock."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from rollout.steps import Step
from rollout.strategy import Stage

if TYPE_CHECKING:
    from collections.abc import Iterable


class Kind(StrEnum):
    """What an event tells."""

    DEPLOYMENT_STARTED = "deployment started"
    DEPLOYMENT_COMPLETED = "deployment completed"
    DEPLOYMENT_FAILED = "deployment failed"
    """``cause`` says why; the deployment launches no more tasks."""
    DEPLOYMENT_SUPERSEDED = "deployment superseded"
    """A newer deployment took its place before it completed."""
    ROLLBACK_STARTED = "rollback started"
    """``deployment`` is the failed one; ``other`` the one the service goes back to."""
    ROLLBACK_COMPLETED = "rollback completed"
    ROLLBACK_FAILED = "rollback failed"
    """There is no completed deployment to go back to, or going back failed as well."""
    ALARMS_IGNORED = "alarms ignored"
    """An alarm was in ALARM when the deployment began: ECS watches none of them for its whole duration."""
    BAKE_STARTED = "bake started"
    """The new tasks have taken over; the alarms are watched for the bake time."""
    STAGE_REACHED = "stage reached"
    """``stage`` of the lifecycle of a deployment that shifts traffic."""
    TEST_TRAFFIC_SHIFTED = "test traffic shifted"
    PRODUCTION_TRAFFIC_SHIFTED = "production traffic shifted"
    """``deployment`` has ``percent`` of the traffic from now on, ``other`` the rest."""
    HOOK_STARTED = "hook started"
    """``run`` is its number within the deployment, ``hook`` the hook's place among the settings' hooks."""
    HOOK_PASSED = "hook passed"
    HOOK_FAILED = "hook failed"
    HOOK_TIMED_OUT = "hook timed out"
    STEADY_STATE = "steady state"
    BLOCKED = "blocked"
    """The minimum and the maximum leave the deployment no task to start or stop."""
    START_IMPAIRED = "start impaired"
    """Tasks fail to start time and again; the next try waits."""
    PLACEMENT_FAILED = "placement failed"
    """Places for tasks are missing, for want of capacity or of addresses; the next try waits."""
    REBALANCING_STARTED = "rebalancing started"
    """The zones are out of balance: tasks are moved, new ones started before old ones are stopped."""
    REBALANCED = "rebalanced"
    TASKS_STARTED = "tasks started"
    TASKS_STOPPED = "tasks stopped"
    """The scheduler, or a person, told them to stop; ``cause`` says why."""
    PENDING = "pending"
    ACTIVATING = "activating"
    RUNNING = "running"
    REGISTERED = "registered"
    TARGET_HEALTHY = "target healthy"
    TARGET_UNHEALTHY = "target unhealthy"
    CONTAINER_HEALTHY = "container healthy"
    CONTAINER_UNHEALTHY = "container unhealthy"
    HEALTHY = "healthy"
    """Counts towards the minimum healthy percent from now on."""
    UNHEALTHY = "unhealthy"
    DEREGISTERED = "deregistered"
    PULL_FAILED = "pull failed"
    EXITED = "exited"
    DEACTIVATING = "deactivating"
    STOPPING = "stopping"
    KILLED = "killed"
    """The stop timeout was over before the containers had ended."""
    DEPROVISIONING = "deprovisioning"
    STOPPED = "stopped"
    SERVICE_INACTIVE = "service inactive"


class Cause(StrEnum):
    """Why tasks were stopped, or why a deployment failed."""

    NONE = ""
    SCALING = "scaling"
    """Fewer tasks are wanted, or a newer revision replaces them."""
    REBALANCING = "rebalancing"
    """Their zone has more tasks than others."""
    CAPACITY = "capacity"
    ADDRESSES = "addresses"
    """The subnets have no free address."""
    HEALTH_CHECKS = "health checks"
    USER = "user"
    TASKS_FAILED_TO_START = "tasks failed to start"
    TASKS_FAILED_HEALTH_CHECKS = "tasks failed health checks"
    ALARM = "alarm"
    STOP_REQUESTED = "stop requested"
    HOOK_FAILED = "lifecycle hook failed"
    HOOK_TIMED_OUT = "lifecycle hook timed out"
    PAUSE_ENDED = "pause ended by a person"
    """A person rolled the deployment back when it was paused."""
    STAGE_TIMED_OUT = "lifecycle stage timed out"
    NETWORKING = "invalid networking"
    """The load balancing does not allow traffic to be shifted."""
    SERVICE_DELETED = "service deleted"


class Event(NamedTuple):
    """One event. ``at`` is seconds on the virtual clock, ``deployment`` 0 when it concerns none."""

    at: float
    kind: Kind
    deployment: int = 0
    tasks: tuple[int, ...] = ()
    cause: Cause = Cause.NONE
    other: int = 0
    """A second deployment that the event concerns; for TASKS_STOPPED the primary one."""
    failures: int = 0
    """For DEPLOYMENT_FAILED: the failed tasks that the breaker had counted."""
    stage: Stage | None = None
    """The lifecycle stage, for what happens in one."""
    percent: float = 0
    run: int = 0
    hook: int = 0
    zones: tuple[str, ...] = ()
    """For TASKS_STARTED: the zone of each task, where the revision names zones."""


class Timeline:
    """Events as they happen, until somebody takes them."""

    def __init__(self) -> None:
        self._events: list[Event] = []

    def tell(
        self,
        at: float,
        kind: Kind,
        deployment: int,
        *,
        tasks: Iterable[int] = (),
        cause: Cause = Cause.NONE,
        other: int = 0,
        failures: int = 0,
        stage: Stage | None = None,
        percent: float = 0,
        run: int = 0,
        hook: int = 0,
        zones: Iterable[str] = (),
    ) -> None:
        """Add an event."""
        self._events.append(
            Event(at, kind, deployment, tuple(tasks), cause, other, failures, stage, percent, run, hook, tuple(zones))
        )

    def take(self) -> list[Event]:
        """All events since the last call, in order."""
        events, self._events = self._events, []
        return events


STEP_KINDS: dict[Step, Kind] = {
    Step.PENDING: Kind.PENDING,
    Step.ACTIVATING: Kind.ACTIVATING,
    Step.REGISTERED: Kind.REGISTERED,
    Step.RUNNING: Kind.RUNNING,
    Step.CONTAINER_HEALTHY: Kind.CONTAINER_HEALTHY,
    Step.CONTAINER_UNHEALTHY: Kind.CONTAINER_UNHEALTHY,
    Step.TARGET_HEALTHY: Kind.TARGET_HEALTHY,
    Step.TARGET_UNHEALTHY: Kind.TARGET_UNHEALTHY,
    Step.HEALTHY: Kind.HEALTHY,
    Step.UNHEALTHY: Kind.UNHEALTHY,
    Step.PULL_FAILED: Kind.PULL_FAILED,
    Step.EXITED: Kind.EXITED,
    Step.DEACTIVATING: Kind.DEACTIVATING,
    Step.STOPPING: Kind.STOPPING,
    Step.KILLED: Kind.KILLED,
    Step.DEPROVISIONING: Kind.DEPROVISIONING,
    Step.STOPPED: Kind.STOPPED,
}
"""The event that tells of a step; the others are told by what the scheduler does about them."""
