"""What runs beside a service in each of its tasks, in every environment alike: a part of its entry in the catalogue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from release import sidecar_rules
from release.container_limits import SHARED, Limits, check_limits
from release.container_order import Dependency, HealthCheck, Ordered, check_order
from release.placeholders import check_placeholders
from release.plain_secrets import leaks
from stacks.references import Permission, SecretReference


@dataclass(frozen=True, kw_only=True)
class LogRouter:
    """AWS's Fluent Bit, by FireLens: the service's log goes through it. The service starts after it."""

    image: str
    """`public.ecr.aws/aws-observability/aws-for-fluent-bit` or your own, by digest. `{account}`, `{region}` and
    `{environment}` stand for those of the stack."""
    repository: str = ""
    """Name of the repository in the stack's registry that it is pulled from. Empty: anybody may pull it."""
    options: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Of Fluent Bit's output, such as `{"Name": "firehose", "region": "{region}", "delivery_stream": "logs"}`; nothing
    secret. Empty: to the service's log group, where alarms on errors look. Elsewhere they see nothing."""
    permissions: tuple[Permission, ...] = ()
    """What that output needs of the task's role."""
    secrets: tuple[SecretReference, ...] = ()
    """Options that are secret: `variable` is the option's name."""
    name: str = field(default=sidecar_rules.ROUTER, init=False)
    limits: Limits = field(default=sidecar_rules.ROUTER_LIMITS, init=False)
    order: Ordered = field(default=Ordered(), init=False)


@dataclass(frozen=True, kw_only=True)
class Collector:
    """AWS's OpenTelemetry collector. The service sends OTLP to localhost:4317 or 4318, and it sends traces to X-Ray."""

    image: str
    """`public.ecr.aws/aws-observability/aws-otel-collector` or your own, by digest, as the log router's."""
    repository: str = ""
    """As the log router's."""
    config: str = ""
    """Its configuration in YAML. Empty: AWS's for ECS."""
    name: str = field(default=sidecar_rules.COLLECTOR, init=False)
    limits: Limits = field(default=sidecar_rules.COLLECTOR_LIMITS, init=False)
    order: Ordered = field(default=Ordered(essential=False, has_health_check=True), init=False)


@dataclass(frozen=True, kw_only=True)
class SidecarDefinition:
    """A container of your own beside the service's. Its root file system is read-only."""

    name: str
    """Lower-case letters, digits and hyphens."""
    image: str
    """By digest, as the log router's."""
    repository: str = ""
    """As the log router's."""
    user: str = "65532:65532"
    """Never root."""
    essential: bool = True
    """Whether the task ends when it ends."""
    command: tuple[str, ...] = ()
    """Instead of the image's own. Empty: the image's own."""
    environment: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Plain variables; nothing secret."""
    secrets: tuple[SecretReference, ...] = ()
    """What ECS reads from Secrets Manager when a task starts."""
    permissions: tuple[Permission, ...] = ()
    """What it needs of the task's role, which all containers of a task share."""
    limits: Limits = SHARED
    """Its part of the task's CPU and memory."""
    depends_on: tuple[Dependency, ...] = ()
    """The containers that it starts after, by name; the service's own has the service's."""
    health_check: HealthCheck | None = None
    """None: it is well as long as it runs."""
    scratch: tuple[str, ...] = ()
    """Folders that it may write to and shares with the service: some of the service's own `scratch`."""
    start_timeout: int | None = None
    """Seconds, 2 to 120, that others wait for it before the task is given up."""
    stop_timeout: int = 30
    """Seconds between SIGTERM and SIGKILL."""

    @property
    def order(self) -> Ordered:
        """What the order of containers depends on."""
        return Ordered(
            depends_on=self.depends_on, essential=self.essential, has_health_check=self.health_check is not None
        )


Beside = LogRouter | Collector | SidecarDefinition
"""What may stand beside a service."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """What of a service its sidecars have to fit."""

    name: str
    depends_on: Sequence[Dependency]
    scratch: Sequence[str]
    has_health_check: bool


def wrong_with(task: Task, sidecars: Sequence[Beside]) -> Iterator[str]:
    """A sentence for each mistake."""
    for one in sidecars:
        yield from _alone(one, task)
        yield from _unfilled(one)
    if len([one for one in sidecars if isinstance(one, LogRouter)]) > 1:
        yield "there are two log routers, and a task has one; take one out"
    for router in [one for one in sidecars if isinstance(one, LogRouter)]:
        for option, what in leaks(router.options).items():
            yield f"option {option} of the log router looks like {what}; keep it in Secrets Manager, named in `secrets`"
        if router.secrets and not router.options:
            yield "the log router has secrets and no options: to the service's log group it needs none; take them out"
    for check in _TOGETHER:
        try:
            check(task, sidecars)
        except ValueError as error:
            yield str(error)


def _alone(one: Beside, task: Task) -> Iterator[str]:
    try:
        sidecar_rules.check_image(one.name, one.image)
        if isinstance(one, SidecarDefinition):
            sidecar_rules.check_sidecar(
                one.name,
                user=one.user,
                routes_logs=False,
                stop_timeout=one.stop_timeout,
                start_timeout=one.start_timeout,
            )
    except ValueError as error:
        yield str(error)
    if isinstance(one, SidecarDefinition):
        for variable, what in leaks(one.environment, ()).items():
            yield f"sidecar {one.name!r}: {variable} looks like {what}; keep it in Secrets Manager, named in `secrets`"
        for path in one.scratch:
            if path not in task.scratch:
                yield f"sidecar {one.name!r} writes to {path!r}, which is no `scratch` of the service; add it there"


def _unfilled(one: Beside) -> Iterator[str]:
    """Placeholders that no stack fills."""
    texts = {"image": one.image}
    if isinstance(one, LogRouter):
        texts |= {f"option {name}": value for name, value in one.options.items()}
    for what, text in texts.items():
        try:
            check_placeholders(text)
        except ValueError as error:
            yield f"{what} of sidecar {one.name!r}: {error}"


def _names(task: Task, sidecars: Sequence[Beside]) -> None:
    sidecar_rules.check_names(task.name, [one.name for one in sidecars])


def check_parts(name: str, limits: Limits, sidecars: Sequence[Beside], *, cpu: int, memory: int) -> None:
    """Does nothing where the service's container and its sidecars fit into a task of this size; raises `LimitError`."""
    check_limits(cpu, memory, {name: limits, **{one.name: one.limits for one in sidecars}})


def _order(task: Task, sidecars: Sequence[Beside]) -> None:
    check_order(
        {
            task.name: Ordered(depends_on=task.depends_on, has_health_check=task.has_health_check),
            **{one.name: one.order for one in sidecars},
        }
    )


_TOGETHER: Final = (_names, _order)
