"""A rollout as a row of a table, and what it means to the rollout model and to AWS's APIs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from rollout.alarms import Alarms
from rollout.behaviour import MISSING, parse
from rollout.revision import ContainerCheck, Revision, TargetCheck, Timings
from rollout.settings import Breaker, Settings
from rollout.strategy import Hook, Shifting, Stage, Strategy

ZONES = ("eu-west-1a", "eu-west-1b")
ALARM_SPAN = 120
"""Seconds that the alarm of a scenario looks back: period times evaluation periods."""


@dataclass(frozen=True, kw_only=True)
class Command:
    """Something that a person does ``at`` seconds after the new revision was deployed.

    ``do``: ``alarm``, ``stop task``, ``stop deployment``, ``scale`` (to ``count``), ``deploy`` (an image that behaves
    as ``behave``), ``continue`` or ``send back`` (a deployment that is paused).
    """

    at: float
    do: str
    count: int = 0
    behave: str = ""


@dataclass(frozen=True, kw_only=True)
class Halt:
    """A lifecycle hook of the release: a function that fails, or a pause for a person who has ``minutes``."""

    stage: Stage
    pause: bool = True
    minutes: int = 60

    def hook(self) -> Hook:
        """For the model."""
        return Hook(stages=frozenset({self.stage}), pause=self.pause, passes=False, timeout=60.0 * self.minutes)

    def lifecycle_hook(self, function: str, role: str) -> dict[str, Any]:
        """For UpdateService; ``function`` is the ARN of one that fails."""
        target = {"targetType": "PAUSE"} if self.pause else {"hookTargetArn": function, "roleArn": role}
        timeout = {"timeoutInMinutes": self.minutes, "action": "ROLLBACK"}
        return {**target, "lifecycleStages": [self.stage.value], "timeoutConfiguration": timeout}


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A service that runs a sound image, and the image that is deployed to it."""

    behave: str = ""
    """How the new image behaves; ``missing``: it was never pushed."""
    desired: int = 2
    minimum: int = 100
    maximum: int = 200
    grace: int = 0
    target: dict[str, int] | None = field(default_factory=lambda: {"interval": 10, "healthy": 2, "delay": 30})
    """Health check and draining of its target group; None: no load balancer."""
    container: dict[str, int] | None = None
    """``interval`` and ``retries`` of the container's health check; None: it has none."""
    breaker: bool = True
    rollback: bool = True
    alarm: str = ""
    """``watched``, ``firing`` (when the deployment begins), or "" for none."""
    shifting: Shifting | None = None
    """How traffic is shifted, its times being whole minutes; None: the deployment rolls."""
    halt: Halt | None = None
    """Where the release is halted; the service's first deployment is not."""
    stop_timeout: int = 30
    commands: tuple[Command, ...] = ()
    follow: float = 1200
    """Seconds for which the release is looked at, unless it ends before."""

    def settings(self, alarm: str) -> Settings:
        """For the model; ``alarm`` is the name of the alarm."""
        watching = Alarms(names=frozenset({alarm}), enabled=True, rollback=self.rollback, bake_time=ALARM_SPAN)
        return Settings(
            desired_count=self.desired,
            minimum_healthy_percent=self.minimum,
            maximum_percent=self.maximum,
            grace_period=self.grace,
            breaker=Breaker(enabled=self.breaker, rollback=self.rollback and self.breaker),
            alarms=watching if self.alarm else Alarms(),
            rebalancing=self.shifting is None,
            shifting=self.shifting,
        )

    def release_settings(self, alarm: str) -> Settings:
        """For the model, from the release on."""
        settings = self.settings(alarm)
        if not self.halt or not settings.shifting:
            return settings
        return replace(settings, shifting=replace(settings.shifting, hooks=(self.halt.hook(),)))

    def revision(self, name: str, behave: str, image_bytes: int) -> Revision:
        """For the model; a pull takes 15 s and a second for each 50 MB."""
        target, container = self.target, self.container
        return Revision(
            name=name,
            behaviour=MISSING if behave == "missing" else parse(behave),
            target=TargetCheck(
                interval=target["interval"],
                healthy_threshold=target["healthy"],
                unhealthy_threshold=2,
                deregistration_delay=target["delay"],
            )
            if target
            else None,
            container=ContainerCheck(interval=container["interval"], retries=container["retries"])
            if container
            else None,
            timings=Timings(pull=15 + image_bytes / 50e6),
            zones=ZONES,
            stop_timeout=self.stop_timeout,
        )

    def target_group(self) -> dict[str, Any]:
        """For CreateTargetGroup."""
        target = self.target or {}
        return {
            "HealthCheckIntervalSeconds": target["interval"],
            "HealthyThresholdCount": target["healthy"],
            "UnhealthyThresholdCount": 2,
            "HealthCheckTimeoutSeconds": 5,
        }

    def container_definition(self) -> dict[str, Any]:
        """For RegisterTaskDefinition, the name and the image apart."""
        check = self.container
        health = check and {"healthCheck": {"command": ["CMD-SHELL", "true"], **check}}
        return {"portMappings": [{"containerPort": 8080}], "stopTimeout": self.stop_timeout, **(health or {})}

    def deployment_configuration(self, alarm: str) -> dict[str, Any]:
        """For CreateService."""
        watching = {"alarmNames": [alarm], "enable": True, "rollback": self.rollback}
        return {
            "minimumHealthyPercent": self.minimum,
            "maximumPercent": self.maximum,
            "deploymentCircuitBreaker": {"enable": self.breaker, "rollback": self.rollback and self.breaker},
            **({"alarms": watching} if self.alarm else {}),
            **_steps(self.shifting),
        }


def _steps(shifting: Shifting | None) -> dict[str, Any]:
    if shifting is None:
        return {}
    percent, minutes = shifting.step, int(shifting.step_bake) // 60
    steps = {
        Strategy.LINEAR: {"linearConfiguration": {"stepPercent": percent, "stepBakeTimeInMinutes": minutes}},
        Strategy.CANARY: {"canaryConfiguration": {"canaryPercent": percent, "canaryBakeTimeInMinutes": minutes}},
    }
    common = {"strategy": shifting.strategy.value, "bakeTimeInMinutes": int(shifting.bake) // 60}
    return common | steps.get(shifting.strategy, {})
