"""Deployment alarms: CloudWatch alarms that fail a deployment."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarms:
    """The alarms of a deployment configuration (AWS: "DeploymentAlarms", ECS API reference)."""

    names: frozenset[str] = frozenset()
    enabled: bool = False
    rollback: bool = False
    bake_time: float = 0
    """Seconds for which the alarms are watched after the new tasks have taken over.

    AWS: "How CloudWatch alarms detect Amazon ECS deployment failures": ECS computes it from the alarms' configuration
    and nobody can set it: documented. By which formula is not said, so the caller names the number.
    """


def are_watched(alarms: Alarms, alarming: set[str]) -> bool:
    """Whether ECS watches the alarms of a deployment that begins now, with the ones in ``alarming`` in ALARM.

    AWS: "How CloudWatch alarms detect Amazon ECS deployment failures": an alarm that is in ALARM already when the
    deployment begins makes ECS not watch alarms for the whole of that deployment: documented.
    """
    return alarms.enabled and not alarms.names & alarming
