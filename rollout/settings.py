"""The settings of a service that steer its deployments."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from rollout.alarms import Alarms
from rollout.reactions import AT_ONCE, Reactions
from rollout.strategy import Shifting


class ThresholdType(StrEnum):
    """How the breaker's threshold follows from its value (AWS: "ThresholdConfiguration"): documented."""

    COUNT = "COUNT"
    BOUNDED_PERCENT = "BOUNDED_PERCENT"
    UNBOUNDED_PERCENT = "UNBOUNDED_PERCENT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """The deployment circuit breaker's configuration (AWS: "DeploymentCircuitBreaker")."""

    enabled: bool = False
    rollback: bool = False
    threshold_type: ThresholdType = ThresholdType.BOUNDED_PERCENT
    threshold_value: int = 50
    reset_on_healthy_task: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlySuccess:
    """When a rolling deployment is successful before it is done (AWS: "DeploymentEarlySuccessCriteria")."""

    healthy_percent: int
    """Percent of the desired count that has to be healthy."""
    leaves_old_tasks: bool = False
    """Whether the old tasks may be removed afterwards (cleanup DEFERRED instead of BLOCKING)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How many tasks, and how a deployment may replace them. Percentages are of the desired count."""

    desired_count: int
    minimum_healthy_percent: int = 100
    maximum_percent: int = 200
    grace_period: float = 0
    """Seconds after a task's start in which failed health checks are ignored."""
    breaker: Breaker = field(default_factory=Breaker)
    alarms: Alarms = field(default_factory=Alarms)
    early_success: EarlySuccess | None = None
    rebalancing: bool = False
    """Whether tasks are moved when the zones are out of balance (``availabilityZoneRebalancing``)."""
    shifting: Shifting | None = None
    """How deployments shift traffic; None: they roll."""
    reactions: Reactions = AT_ONCE
    """How long ECS takes to act."""
