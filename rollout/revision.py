"""A service revision: what a deployment deploys, as far as a rollout's course depends on it."""

from __future__ import annotations

from dataclasses import dataclass, field

from rollout.behaviour import HEALTHY, Behaviour


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetCheck:
    """The health check and draining of the target group that the tasks are registered with; seconds and counts.

    Defaults are those of an Application Load Balancer (AWS: "Health checks for Application Load Balancer target
    groups", "Edit target group attributes"): documented.
    """

    interval: float = 30
    healthy_threshold: int = 5
    unhealthy_threshold: int = 2
    timeout: float = 5
    """Seconds without an answer after which a check has failed."""
    deregistration_delay: float = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerCheck:
    """The health check of the essential containers; seconds and counts.

    Defaults are those of a task definition (AWS: "HealthCheck", ECS API reference): documented.
    """

    interval: float = 30
    timeout: float = 5
    retries: int = 3
    start_period: float = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """How long a Fargate task takes for the steps that nobody configures, in seconds.

    AWS names no numbers. Assumed from public reports of 30 to 45 s from launch to RUNNING, most of it the pull
    (AWS: "Fargate task definition differences", "Optimize Amazon ECS task launch time").
    """

    provisioning: float = 10
    """Attaching the network interface."""
    pull: float = 18
    """Pulling the images; Fargate keeps none between tasks."""
    activation: float = 4
    """Creating the containers and registering the target."""
    pull_failure: float = 75
    """Trying in vain to pull an image that is not there."""
    stop: float = 2
    """From SIGTERM to the container's exit, as long as the stop timeout allows."""
    deprovisioning: float = 10
    """Detaching the network interface."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One service revision. ``name`` is whatever the caller knows it by."""

    name: str
    behaviour: Behaviour = HEALTHY
    target: TargetCheck | None = None
    """None: no load balancer."""
    container: ContainerCheck | None = None
    """None: no essential container has a health check."""
    timings: Timings = field(default_factory=Timings)
    zones: tuple[str, ...] = ()
    """Availability Zones that its tasks may run in; none: zones are left out of account."""
    stop_timeout: float = 30
    """Seconds from SIGTERM to SIGKILL."""
