"""Containers beside the service's own: a log router, a collector of telemetry, or one of your own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import pulumi

from components.container_secrets import ContainerParameter, ContainerSecret
from components.permissions import EVERYTHING, Permission, pull_images, within_limits
from components.volumes import Mount
from release.container_limits import SHARED, Limits
from release.container_order import Dependency, HealthCheck, Ordered
from release.plain_secrets import leaks
from release.sidecar_rules import (
    COLLECTOR,
    COLLECTOR_LIMITS,
    ROUTER,
    ROUTER_LIMITS,
    check_image,
    check_names,
    check_sidecar,
)

NOBODY: Final = "65532:65532"


@dataclass(frozen=True, kw_only=True)
class Sidecar:
    """A container beside the service's own, in each of its tasks. Its root file system is read-only."""

    name: str
    """Lower-case letters, digits and hyphens."""
    image: pulumi.Input[str]
    """By digest: `repository@sha256:...`. A tag may name something else tomorrow."""
    repository_arn: pulumi.Input[str] | None = None
    """The repository in ECR that ECS may pull it from. None: anybody may pull it."""
    user: str = NOBODY
    """Never root."""
    essential: bool = True
    """Whether the task ends when it ends."""
    command: Sequence[str] = ()
    """Instead of the image's own. Empty: the image's own."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Plain variables; nothing secret."""
    secrets: Sequence[ContainerSecret | ContainerParameter] = ()
    """What ECS reads for it when a task starts."""
    permissions: Sequence[Permission] = ()
    """What it needs of the task's role, which all containers of a task share."""
    limits: Limits = SHARED
    """Its part of the task's CPU and memory."""
    depends_on: Sequence[Dependency] = ()
    """The containers that it starts after."""
    health_check: HealthCheck | None = None
    """None: it is well as long as it runs."""
    mounts: Sequence[Mount] = ()
    """Where it sees the task's volumes."""
    start_timeout: int | None = None
    """Seconds, 2 to 120, that others wait for it to be as they want it before the task is given up."""
    stop_timeout: int = 30
    """Seconds between SIGTERM and SIGKILL."""
    firelens: Mapping[str, str] | None = None
    """The options of a log router (AWS: "FirelensConfiguration"). None: it is none."""

    def __post_init__(self) -> None:
        if isinstance(self.image, str):
            check_image(self.name, self.image)
        check_sidecar(
            self.name,
            user=self.user,
            routes_logs=self.firelens is not None,
            stop_timeout=self.stop_timeout,
            start_timeout=self.start_timeout,
        )


@dataclass(frozen=True, kw_only=True)
class LogRouting:
    """How the service's log goes through the task's log router."""

    options: Mapping[str, pulumi.Input[str]]
    """Of the router's output, such as `{"Name": "firehose", "region": ..., "delivery_stream": ...}`. Nothing secret."""
    permissions: Sequence[Permission] = ()
    """What the output needs of the task's role."""
    secrets: Sequence[ContainerSecret | ContainerParameter] = ()
    """Options that are secret, such as the key of a service that takes logs: `variable` is the option's name."""

    def __post_init__(self) -> None:
        known = {name: value for name, value in self.options.items() if isinstance(value, str)}
        for option, what in leaks(known).items():
            raise ValueError(f"log_routing: option {option} looks like {what}; hand it over by `secrets`")

    @property
    def said(self) -> dict[str, Any]:
        """The log configuration in ECS's words (AWS: "LogConfiguration")."""
        said = {"logDriver": "awsfirelens", "options": {name: self.options[name] for name in sorted(self.options)}}
        hidden = [
            {"name": one.variable, "valueFrom": one.value_from}
            for one in sorted(self.secrets, key=lambda one: one.variable)
        ]
        return {**said, "secretOptions": hidden} if hidden else said

    @property
    def reads(self) -> list[Permission]:
        """What ECS must be allowed to read its secrets."""
        return [_for("log-routing", need) for one in self.secrets for need in one.needs()]


def check_sidecars(family: str, sidecars: Sequence[Sidecar], *, routed: bool) -> None:
    """Does nothing for sidecars that can stand beside the container `family`; raises `ValueError` else."""
    check_names(family, [one.name for one in sidecars])
    routers = [one.name for one in sidecars if one.firelens is not None]
    if len(routers) > 1:
        raise ValueError(f"{' and '.join(routers)} are both log routers; a task has one")
    if routed and not routers:
        raise ValueError("log_routing sends the log through a log router, and there is none; add one to sidecars")


def orders_of(sidecars: Sequence[Sidecar]) -> dict[str, Ordered]:
    """What their order depends on, by name."""
    return {
        one.name: Ordered(
            depends_on=one.depends_on, essential=one.essential, has_health_check=one.health_check is not None
        )
        for one in sidecars
    }


def sidecar_needs(sidecars: Sequence[Sidecar]) -> list[Permission]:
    """What ECS itself may do to start them: pull from their repositories, read their secrets."""
    pulls = [
        replace(pull_images(one.repository_arn), name=f"pull-{one.name}") for one in sidecars if one.repository_arn
    ]
    reads = [_for(one.name, need) for one in sidecars for secret in one.secrets for need in secret.needs()]
    return [*pulls, *reads]


def _for(whose: str, need: Permission) -> Permission:
    return replace(need, name=within_limits(f"{whose}-{need.name}"))


def log_router(image: pulumi.Input[str], *, repository_arn: pulumi.Input[str] | None = None) -> Sidecar:
    """Fluent Bit, which FireLens sends the service's log to (AWS: "Send Amazon ECS logs to an AWS service or AWS
    Partner").

    `image` is AWS's (public.ecr.aws/aws-observability/aws-for-fluent-bit) or yours, by digest. It is no root user, as
    ECS takes it since October 2025 (*observed*: aws/amazon-ecs-agent#4598). Its root file system is read-only, which
    the images tagged `init-...` do not bear (*observed*: aws/aws-for-fluent-bit#928).
    """
    return Sidecar(
        name=ROUTER,
        image=image,
        repository_arn=repository_arn,
        limits=ROUTER_LIMITS,
        firelens={"enable-ecs-log-metadata": "true"},
    )


def to_log_group(group: str, group_arn: str, region: str) -> LogRouting:
    """A routed log that goes to a group of CloudWatch (Fluent Bit's manual: "Amazon CloudWatch")."""
    return LogRouting(
        options={
            "Name": "cloudwatch_logs",
            "region": region,
            "log_group_name": group,
            "log_stream_prefix": "routed/",
            "auto_create_group": "false",
        },
        permissions=[
            Permission(
                name="route-logs",
                actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                resources=[f"{group_arn}:*"],
            )
        ],
    )


def collector(
    image: pulumi.Input[str], *, repository_arn: pulumi.Input[str] | None = None, config: str = ""
) -> Sidecar:
    """AWS's distribution of the OpenTelemetry collector, to which the service sends OTLP at localhost:4317 or 4318.

    It hands traces on to X-Ray. `config` is a configuration of your own, instead of the image's default for ECS; what
    it needs beyond traces goes into the service's permissions. The service stays up when it ends: telemetry is not what
    a service is for. AWS: "Identify Amazon ECS optimization opportunities using application trace data".
    """
    return Sidecar(
        name=COLLECTOR,
        image=image,
        repository_arn=repository_arn,
        essential=False,
        command=() if config else ("--config=/etc/ecs/ecs-default-config.yaml",),
        environment={"AOT_CONFIG_CONTENT": config} if config else {},
        permissions=[
            Permission(
                name="send-traces",
                actions=[
                    "xray:GetSamplingRules",
                    "xray:GetSamplingStatisticSummaries",
                    "xray:GetSamplingTargets",
                    "xray:PutTelemetryRecords",
                    "xray:PutTraceSegments",
                ],
                resources=[EVERYTHING],
            )
        ],
        limits=COLLECTOR_LIMITS,
        health_check=HealthCheck(command=("CMD", "/healthcheck"), start_period=10),
    )
