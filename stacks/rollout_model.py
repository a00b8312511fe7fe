"""What an environment asks of ECS, as the rollout model takes it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rollout.alarms import Alarms
from rollout.behaviour import HEALTHY, Behaviour
from rollout.expectation import Expectation, expect
from rollout.reactions import PUBLISHED
from rollout.revision import Revision, TargetCheck, Timings
from rollout.settings import Breaker
from rollout.settings import Settings as RolloutSettings

if TYPE_CHECKING:
    from stacks.service_definition import ServiceDefinition
    from stacks.settings import Settings


def settings_of(settings: Settings, service: ServiceDefinition) -> RolloutSettings:
    """How ECS replaces the service's tasks in this environment."""
    profile, dials = settings.profile, settings.services[service.name]
    return RolloutSettings(
        desired_count=dials.desired_count,
        minimum_healthy_percent=profile.minimum_healthy_percent,
        maximum_percent=profile.maximum_percent,
        grace_period=service.health_check.grace_period,
        breaker=Breaker(enabled=profile.circuit_breaker, rollback=profile.automatic_rollback),
        alarms=Alarms(),
        shifting=dials.shifting,
    )


def revision_of(
    service: ServiceDefinition, version: str, behaviour: Behaviour = HEALTHY, timings: Timings | None = None
) -> Revision:
    """What ECS rolls out: the service's checks and timings around one version of its image."""
    check = service.health_check
    return Revision(
        name=version,
        behaviour=behaviour,
        target=TargetCheck(
            interval=check.interval,
            healthy_threshold=check.healthy_threshold,
            unhealthy_threshold=check.unhealthy_threshold,
            deregistration_delay=service.deregistration_delay,
        ),
        timings=timings or Timings(),
        stop_timeout=service.stop_timeout,
    )


def expectation_of(settings: Settings, service: ServiceDefinition, version: str) -> Expectation:
    """What a release of this version takes where the service runs already, with the same checks and timings."""
    how = replace(settings_of(settings, service), reactions=PUBLISHED)
    revision = revision_of(service, version)
    return expect(how, revision, revision)
