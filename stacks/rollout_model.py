"""What an environment asks of ECS, as the rollout model takes it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from release.service_alarms import MINUTE, ROLLBACK, Kind, rollback_alarms
from rollout.alarms import Alarms
from rollout.behaviour import HEALTHY, Behaviour
from rollout.expectation import Expectation, expect
from rollout.reactions import PUBLISHED
from rollout.revision import ContainerCheck, Revision, TargetCheck, Timings
from rollout.settings import Breaker
from rollout.settings import Settings as RolloutSettings

if TYPE_CHECKING:
    from release.container_order import HealthCheck
    from stacks.service_definition import ServiceDefinition
    from stacks.settings import Settings


def settings_of(settings: Settings, service: ServiceDefinition) -> RolloutSettings:
    """How ECS replaces the service's tasks in this environment."""
    profile, dials = settings.profile, settings.services[service.name]
    return RolloutSettings(
        desired_count=dials.desired_count,
        minimum_healthy_percent=profile.minimum_healthy_percent,
        maximum_percent=profile.maximum_percent,
        grace_period=service.health_check.grace_period if service.routed else 0,
        breaker=Breaker(enabled=profile.circuit_breaker, rollback=profile.automatic_rollback),
        alarms=_alarms(settings, service),
        shifting=dials.shifting,
    )


def _alarms(settings: Settings, service: ServiceDefinition) -> Alarms:
    if not (settings.profile.rollback_alarms and service.routed):
        return Alarms()
    return Alarms(
        names=frozenset(rollback_alarms(settings.names.service(service.name))),
        enabled=True,
        rollback=settings.profile.automatic_rollback,
        bake_time=service.alarms.bake,
    )


def alarm_after(settings: Settings, service: ServiceDefinition, behaviour: Behaviour, requests: float) -> float | None:
    """Seconds of such answers after which a rollback alarm goes off; None: none does.

    `requests` come each second. CloudWatch judges whole minutes, and has one a minute after its end at the latest:
    assumed.
    """
    bounds = service.alarms
    if not (settings.profile.rollback_alarms and service.routed) or requests * MINUTE < bounds.least_requests:
        return None
    measured = {Kind.SERVER_ERRORS: behaviour.rate, Kind.LATENCY: behaviour.latency}
    found = [bounds.bound(kind) for kind in ROLLBACK if measured[kind] > bounds.bound(kind).threshold]
    return min((float(MINUTE * (bound.breaching + 1)) for bound in found), default=None)


def revision_of(
    service: ServiceDefinition, version: str, behaviour: Behaviour = HEALTHY, timings: Timings | None = None
) -> Revision:
    """What ECS rolls out: the service's checks and timings around one version of its image."""
    return Revision(
        name=version,
        behaviour=behaviour,
        target=_target(service) if service.routed else None,
        container=_container(service.container_check) if service.container_check else None,
        timings=timings or Timings(),
        stop_timeout=service.stop_timeout,
    )


def _container(check: HealthCheck) -> ContainerCheck:
    return ContainerCheck(
        interval=check.interval, timeout=check.timeout, retries=check.retries, start_period=check.start_period
    )


def _target(service: ServiceDefinition) -> TargetCheck:
    check = service.health_check
    return TargetCheck(
        interval=check.interval,
        healthy_threshold=check.healthy_threshold,
        unhealthy_threshold=check.unhealthy_threshold,
        deregistration_delay=service.deregistration_delay,
    )


def expectation_of(settings: Settings, service: ServiceDefinition, version: str) -> Expectation:
    """What a release of this version takes where the service runs already, with the same checks and timings."""
    how = replace(settings_of(settings, service), reactions=PUBLISHED)
    revision = revision_of(service, version)
    return expect(how, revision, revision)
