"""Which alarms watch a service, when each goes off, and which of them take a release back. Plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MINUTE: Final = 60
"""Seconds of one data point: AWS's services measure once a minute."""
LONGEST_NAME: Final = 255
"""Characters (AWS: "PutMetricAlarm", CloudWatch API reference): documented."""


class Kind(StrEnum):
    """What an alarm watches. The value ends its name, and is its heading among the runbooks."""

    SERVER_ERRORS = "5xx-rate"
    CLIENT_ERRORS = "4xx-rate"
    LATENCY = "p99-latency"
    UNHEALTHY = "unhealthy-targets"
    BELOW_DESIRED = "below-desired"
    CPU = "cpu"
    MEMORY = "memory"
    ERROR_LINES = "error-lines"
    RESTARTS = "restarts"


UNWELL: Final = "unwell"
"""Ends the name of the alarm over the symptoms."""
DEPLOYMENT_FAILED: Final = "deployment-failed"
"""What no metric tells, but an event of ECS."""

ROLLBACK: Final = (Kind.SERVER_ERRORS, Kind.LATENCY)
"""What takes a release back: what callers feel, and only while there are callers.

Not CPU, memory or log lines, which a sound release may raise for a while by starting, or the day's load by itself. Nor
targets and missing tasks: the circuit breaker watches those.
"""
SYMPTOMS: Final = (Kind.SERVER_ERRORS, Kind.LATENCY, Kind.UNHEALTHY, Kind.BELOW_DESIRED)
"""What makes a service unwell: what callers feel, or soon will. All else is a cause, and told by itself. Of a service
that nobody calls, the missing tasks remain."""


@dataclass(frozen=True, kw_only=True)
class Bound:
    """An alarm goes off when enough of the latest minutes lie above the threshold."""

    threshold: float
    """In the unit of what is watched. At the threshold all is well."""
    minutes: int
    """How many of the latest are looked at."""
    breaching: int
    """How many of them must lie above."""


@dataclass(frozen=True, kw_only=True)
class AlarmBounds:
    """When a service's alarms go off: a part of its entry in the catalogue."""

    server_errors: Bound = Bound(threshold=5, minutes=3, breaching=2)
    """Percent of requests that targets answered with 5xx."""
    client_errors: Bound = Bound(threshold=25, minutes=15, breaching=10)
    """Percent of requests that targets answered with 4xx."""
    latency: Bound = Bound(threshold=2, minutes=3, breaching=3)
    """Seconds that 99 % of the answers take at most."""
    unhealthy: Bound = Bound(threshold=0, minutes=5, breaching=5)
    """Targets that fail the load balancer's check."""
    below_desired: Bound = Bound(threshold=0, minutes=10, breaching=10)
    """Tasks that are wanted and do not run."""
    cpu: Bound = Bound(threshold=90, minutes=10, breaching=10)
    """Percent of what the tasks have."""
    memory: Bound = Bound(threshold=90, minutes=5, breaching=5)
    """Percent of what the tasks have. Above all of it a task is killed."""
    error_lines: Bound = Bound(threshold=10, minutes=5, breaching=3)
    """Lines a minute."""
    restarts: Bound = Bound(threshold=0, minutes=15, breaching=3)
    """Tasks that ended in a minute though nobody asked: they exited, did not start, or failed their checks."""
    least_requests: int = 20
    """Requests a minute below which no rate is computed: one error in three requests is no rate."""
    error_pattern: str = '?ERROR ?FATAL ?CRITICAL ?"panic:" ?Traceback'
    """Which lines are errors, as CloudWatch's filters write it."""

    def bound(self, kind: Kind) -> Bound:
        """That of one alarm."""
        bounds: Mapping[Kind, Bound] = {
            Kind.SERVER_ERRORS: self.server_errors,
            Kind.CLIENT_ERRORS: self.client_errors,
            Kind.LATENCY: self.latency,
            Kind.UNHEALTHY: self.unhealthy,
            Kind.BELOW_DESIRED: self.below_desired,
            Kind.CPU: self.cpu,
            Kind.MEMORY: self.memory,
            Kind.ERROR_LINES: self.error_lines,
            Kind.RESTARTS: self.restarts,
        }
        return bounds[kind]

    @property
    def bake(self) -> int:
        """Seconds for which ECS goes on watching the alarms after a release that rolls.

        AWS: "How CloudWatch alarms detect Amazon ECS deployment failures": ECS computes it from the alarms, and does
        not say how. That it is the longest look back of any of them is assumed.
        """
        return MINUTE * max(self.bound(kind).minutes for kind in ROLLBACK)


def alarm_name(service: str, what: str) -> str:
    """Name of the alarm on a service, as ECS and people call it. Raises `ValueError` for one that AWS would refuse."""
    name = f"{service}-{what}"
    if len(name) > LONGEST_NAME:
        raise ValueError(
            f"alarm {name[:40]}... has {len(name)} characters; allowed are {LONGEST_NAME}: shorten {service[:20]}..."
        )
    return name


def rollback_alarms(service: str) -> tuple[str, ...]:
    """Names of the alarms that take a release back."""
    return tuple(alarm_name(service, kind) for kind in ROLLBACK)
