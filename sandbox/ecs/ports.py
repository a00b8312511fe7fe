"""What the ECS control plane needs from the rest of the sandbox's AWS.

Every method answers from the account and region of the ``caller`` and at once: no network, no sleeping. None means
"there is none"; only bad input by the client is an ``AwsError``, and the control plane raises those itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from sandbox.caller import Caller


@dataclass(frozen=True)
class ImageFacts:
    """What the registry knows of an image.

    ``digest`` is ``sha256:...`` of the manifest. ``behaviour`` is the value of the label ``slipway.sandbox.behave``
    (``crash:after=20,code=3``; "" means healthy). ``size`` is the sum of the compressed layers in bytes, 0 if unknown.
    """

    digest: str
    behaviour: str = ""
    size: int = 0


@dataclass(frozen=True)
class SubnetFacts:
    """A subnet: ``zone`` is the availability zone's name (``eu-west-1a``), ``cidr`` its IPv4 range."""

    id: str
    vpc_id: str
    zone: str
    cidr: str


@dataclass(frozen=True)
class SecurityGroupFacts:
    """A security group and the VPC it belongs to."""

    id: str
    vpc_id: str


@dataclass(frozen=True)
class InterfaceFacts:
    """A network interface that ECS makes for a task. No ``security_groups`` means the VPC's default one."""

    id: str
    subnet_id: str
    address: str
    mac: str
    security_groups: tuple[str, ...]
    description: str


@dataclass(frozen=True)
class TargetGroupFacts:
    """A target group with the settings that a rollout's timing follows from (seconds and counts)."""

    arn: str
    vpc_id: str
    port: int
    protocol: str = "HTTP"
    target_type: str = "ip"
    health_check_path: str = "/"
    health_check_interval: float = 30
    health_check_timeout: float = 5
    healthy_threshold: int = 5
    unhealthy_threshold: int = 2
    deregistration_delay: float = 300
    load_balancer_arns: tuple[str, ...] = ()


@dataclass(frozen=True)
class ForwardingFacts:
    """Where a listener rule (Application Load Balancer) or a listener (Network Load Balancer) sends its traffic.

    ``weights`` are those of its forward action by target group, in the load balancer's own units; they are empty when
    it forwards nothing. ``mixed`` means that it has actions of other types too.
    """

    arn: str
    weights: Mapping[str, int]
    mixed: bool = False

    @property
    def serving(self) -> tuple[str, ...]:
        """The target groups that have a share of the traffic."""
        return tuple(group for group, weight in self.weights.items() if weight > 0)


@dataclass(frozen=True)
class RouteFacts:
    """A listener rule that forwards: its weights by target group, and the load balancer that it belongs to."""

    arn: str
    load_balancer: str
    weights: Mapping[str, int]


class Images(Protocol):
    """The image registry."""

    def resolve(self, caller: Caller, image: str) -> ImageFacts | None:
        """The image that ``repository:tag`` or ``repository@sha256:...`` names, or None when it cannot be pulled."""


class Logs(Protocol):
    """CloudWatch Logs."""

    def has_group(self, caller: Caller, group: str) -> bool:
        """Whether the log group exists."""

    def create_group(self, caller: Caller, group: str) -> None:
        """Make the group, as the log driver does for ``awslogs-create-group: "true"``; nothing if it exists."""

    def write(self, caller: Caller, group: str, stream: str, lines: Sequence[tuple[datetime, str]]) -> None:
        """Append lines, creating the stream; does nothing when the group has gone."""


class Networks(Protocol):
    """EC2's networks."""

    def subnet(self, caller: Caller, subnet_id: str) -> SubnetFacts | None:
        """The subnet, or None."""

    def security_group(self, caller: Caller, group_id: str) -> SecurityGroupFacts | None:
        """The security group, or None."""

    def attach(self, caller: Caller, interface: InterfaceFacts) -> None:
        """Show a task's interface; nothing when it is shown already, or when its subnet has gone."""

    def detach(self, caller: Caller, interface_id: str) -> None:
        """Take a task's interface away; nothing when it is not there."""


class LoadBalancers(Protocol):
    """Elastic Load Balancing."""

    def target_group(self, caller: Caller, arn: str) -> TargetGroupFacts | None:
        """The target group with its attributes and the load balancers whose listeners or rules name it, or None."""

    def forwarding(self, caller: Caller, arn: str) -> ForwardingFacts | None:
        """Where a listener rule or a listener forwards to, or None when there is no such thing."""

    def forward(self, caller: Caller, arn: str, weights: Mapping[str, int]) -> None:
        """Let a listener rule or a listener forward to these target groups by weight; nothing when it has gone."""


class Roles(Protocol):
    """IAM."""

    def role_trusts(self, caller: Caller, role_arn: str, service: str) -> bool | None:
        """Whether ``service`` (``ecs-tasks.amazonaws.com``) may assume the role; None when there is no such role."""


@dataclass(frozen=True)
class SecretFacts:
    """A secret: ``value`` is its text at the version asked for, None if it has none there."""

    value: str | None
    deleted: bool = False
    """Whether it is marked for deletion."""


class Secrets(Protocol):
    """Secrets Manager and Parameter Store."""

    def secret(self, caller: Caller, arn: str, stage: str, version: str) -> SecretFacts | None:
        """The secret in the account and region of its ARN, at a staging label or version id ("" is the current one)."""

    def has_parameter(self, caller: Caller, name: str) -> bool:
        """Whether the parameter exists, by its name in the caller's region or by its ARN."""


@dataclass(frozen=True)
class HookAnswer:
    """What a lifecycle hook's function answers in the end.

    ``status`` is ``SUCCEEDED``, ``FAILED``, or ``IN_PROGRESS`` when it never comes to an end. It is in progress for
    ``after`` seconds first. ``problem`` says in AWS's words why a function that answered nothing failed.
    """

    status: str
    after: float = 0
    problem: str = ""


class Functions(Protocol):
    """Lambda."""

    def hook_answer(self, caller: Caller, arn: str) -> HookAnswer:
        """What the function answers when ECS invokes it as a lifecycle hook."""


@dataclass(frozen=True)
class AlarmFacts:
    """A CloudWatch alarm: its state, and how long it looks back (period x evaluation periods) in seconds."""

    name: str
    alarming: bool
    span: float


@dataclass(frozen=True)
class RegistryFacts:
    """A Cloud Map service: the types of its DNS records, and whether ECS tells it the health of its instances."""

    arn: str
    record_types: tuple[str, ...] = ()
    custom_health: bool = False


class ServiceRegistries(Protocol):
    """Cloud Map. Registering with a service that has gone does nothing."""

    def registry(self, caller: Caller, arn: str) -> RegistryFacts | None:
        """The Cloud Map service, or None."""

    def namespace(self, caller: Caller, name_or_arn: str) -> str | None:
        """The ARN of the Cloud Map namespace that a name or an ARN names, or None."""

    def make_namespace(self, caller: Caller, name: str) -> str:
        """Make a namespace for API calls only (its type is HTTP); its ARN."""

    def register(self, caller: Caller, arn: str, instance: str, attributes: Mapping[str, str]) -> None:
        """Register an instance with Cloud Map's attributes (``AWS_INSTANCE_IPV4`` and so on)."""

    def set_health(self, caller: Caller, arn: str, instance: str, status: str) -> None:
        """Set an instance's custom health, ``HEALTHY`` or ``UNHEALTHY``."""

    def deregister(self, caller: Caller, arn: str, instance: str) -> None:
        """Take an instance out."""


class Events(Protocol):
    """EventBridge."""

    def put(self, caller: Caller, event: dict[str, Any]) -> None:
        """Put a whole event, as targets receive it, on the default bus of the caller's account and region."""


class Alarms(Protocol):
    """CloudWatch alarms."""

    def alarm(self, caller: Caller, name: str) -> AlarmFacts | None:
        """The alarm, metric or composite, or None."""


class Clock(Protocol):
    """Sandbox time."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""


class Store(Protocol):
    """The sandbox's durable state."""

    def get(self, key: str) -> object | None:
        """The value last written under ``key``, or None."""

    def keys(self, prefix: str = "") -> Iterator[str]:
        """All keys that begin with ``prefix``."""

    def put_pickled(self, values: Mapping[str, bytes]) -> None:
        """Write several values that are pickled already, all or none."""

    def delete(self, key: str) -> None:
        """Forget ``key``."""
