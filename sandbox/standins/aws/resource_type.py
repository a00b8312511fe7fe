"""What a table says about a resource type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sandbox.standins.aws import facts
from sandbox.standins.aws.aws import Aws, Retry
from sandbox.standins.aws.casing import Names
from sandbox.standins.aws.sameness import Canonical, Sameness
from sandbox.standins.aws.values import Properties


@dataclass
class Situation:
    """One resource under an operation: its properties ``p`` (with "id" once it has one), and ``old`` those before."""

    aws: Aws
    p: Properties
    old: Properties = field(default_factory=dict)
    seen: dict[str, Any] = field(default_factory=dict)
    """Answers that several properties of one reading share."""

    @property
    def region(self) -> str:
        return str(self.p.get("region") or self.aws.region)

    def call(self, service: str, operation: str, /, **parameters: Any) -> dict[str, Any]:  # noqa: ANN401 - any parameters
        """An operation in the resource's region; parameters that are None are left out."""
        given = {name: value for name, value in parameters.items() if value is not None}
        return self.aws.call(service, operation, given, self.region)


Value = Callable[[Properties], Any]
Step = Callable[[Situation], Any]


@dataclass(frozen=True)
class Call:
    """An API call: its operation, the properties sent by rule, and parameters that are made otherwise.

    ``also`` holds constants and functions of the properties. ``retry`` names errors that go away by themselves.
    """

    operation: str
    send: str = ""
    also: Mapping[str, Any] = field(default_factory=dict)
    retry: tuple[Retry, ...] = ()


@dataclass(frozen=True)
class Update:
    """Run ``step`` when any of these properties changed; with ``on_create`` also after a create that sets one."""

    properties: str
    step: Call | Step
    on_create: bool = False


@dataclass(frozen=True)
class Naming:
    """How a resource without a given name gets one."""

    max_length: int
    property: str = "name"
    lower_case: bool = False
    prefix: str = ""


@dataclass(frozen=True, kw_only=True)
class ResourceType:
    """One row of the tables.

    All names of properties are Pulumi's, separated by blanks; nested ones by dotted path.
    """

    token: str
    noun: str
    """As error messages call it: "ECS Service"."""
    service: str
    """boto3's name of the service."""
    create: Call | Step
    id: str | Callable[[Situation, dict[str, Any]], str]
    """JMESPath into the answer of the create call, or a function of situation and answer."""
    read: Call | Step
    item: str = "@"
    """JMESPath to the resource in the answer of the read call; nothing there means it is gone."""
    update: tuple[Update, ...] = ()
    delete: Call | Step | None = None
    names: Names = field(default_factory=dict)
    outputs: Mapping[str, str | Callable[[Situation, dict[str, Any]], Any]] = field(default_factory=dict)
    """Properties that no rule finds in the item: JMESPath, or a function of situation and item."""
    force_new: str = ""
    delete_first: bool = False
    """Replace by deleting first even where no fixed name asks for it."""
    computed: str = ""
    """Inputs, also nested, that AWS decides when the program says nothing."""
    defaults: Mapping[str, object] = field(default_factory=dict)
    """What the provider puts in for the program: values, or functions of the other inputs."""
    stated: Mapping[str, object] = field(default_factory=dict)
    """Nested defaults: what AWS answers for what was left out."""
    unread: str = ""
    """Inputs that AWS does not tell: the state keeps what the program said."""
    canonical: Mapping[str, Canonical] = field(default_factory=dict)
    ordered: str = ""
    secret: str = ""
    naming: Naming | None = None
    tags: str = ""
    """How tags are sent on create, see tags.py; "" for a type without tags."""
    tagged: str = "arn"
    """The property by which the service's tag calls name the resource."""
    alive: Callable[[dict[str, Any]], bool] = bool
    settled: Callable[[Situation], None] | None = None
    """Waits after create and update, until AWS is done."""
    emptied: Callable[[Situation], None] | None = None
    """Waits after delete."""
    import_id: Callable[[str, Aws], Properties] | None = None
    """The properties that `pulumi import`'s id stands for; {"id": ...} itself unless said."""
    check: Callable[[Properties], list[tuple[str, str]]] | None = None
    """Further rules: (property path, reason) for each that is broken."""
    not_imitated: str = ""
    """Inputs of the real type that a program may not set here."""

    @cached_property
    def facts(self) -> facts.TypeFacts:
        return facts.of_type(self.token)

    @cached_property
    def refused(self) -> frozenset[str]:
        return frozenset(self.not_imitated.split())

    @cached_property
    def inputs(self) -> frozenset[str]:
        """The inputs that a program may set."""
        return frozenset(name for name in self.facts.inputs if name not in self.refused)

    @cached_property
    def replacing(self) -> frozenset[str]:
        return frozenset((*self.force_new.split(), "region"))

    @cached_property
    def decided(self) -> frozenset[str]:
        """Inputs that AWS or the provider decides when the program says nothing."""
        return frozenset((*self.computed.split(), "region", "tagsAll"))

    @cached_property
    def sameness(self) -> Sameness:
        return Sameness(self.canonical, frozenset(self.ordered.split()), self.decided, self.stated)
