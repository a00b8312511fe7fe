"""The dials of an environment as `Pulumi.<env>.yaml` writes them: the models of the `slipway:` keys.

Strict: a key that is not known, a value of another type or a value outside its bounds is refused, never mended.
"""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Annotated, Final

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from release.container_limits import LimitError, check_storage
from release.fargate_size import SizeError, check_cpu, check_size
from release.lifecycle_hooks import FunctionHook, PauseHook
from release.version import VersionError, check_version
from release.ways_out import Nat, check_endpoints
from rollout.strategy import Shifting
from rollout.strategy_text import parse as parse_strategy
from stacks.adopted import AdoptedDials
from stacks.dial_rules import Dials, a_strategy, as_tuple, between, matching, problem
from stacks.discovery_dials import DiscoveryDials
from stacks.hook_dials import HookDials
from stacks.load_balancer_dials import LoadBalancerDials
from stacks.pin import Pin
from stacks.profiles import Profile
from stacks.releases import ReleaseDials
from stacks.scaling import MOST_TASKS, ScalingDials
from stacks.task_dials import CapacityDials
from stacks.waivers import Waivers

ZONES: Final = (2, 3)
"""Fewest and most zones. AWS: "Application Load Balancers", subnets: two at least; most regions have three."""
VPC_PREFIX_LENGTHS: Final = range(16, 24)
"""AWS takes /16 to /28; the load balancer's subnets are a sixteenth of it and must be /27 at least."""
RUNBOOKS: Final = "docs/alarms.md"
ATTEMPTS: Final = (1, 99)
"""Tries of one release. Who needs more has a release that does not run."""


def a_network(value: str) -> str:
    """Checks that the value is an IPv4 network of a size that can be divided among the subnets."""
    try:
        network = IPv4Network(value)
    except ValueError as error:
        raise problem(f"not an IPv4 network ({error}); write it like 10.0.0.0/16") from error
    if network.prefixlen not in VPC_PREFIX_LENGTHS:
        raise problem("allowed are /16 to /23, so that every subnet has room; write it like 10.0.0.0/16")
    return value


def a_nat(value: object) -> Nat:
    """The way to the internet that the value names."""
    try:
        return Nat(value)  # type: ignore[arg-type]  # anything else than a word is refused as no word of it is
    except ValueError as error:
        raise problem(f"allowed are {', '.join(Nat)}") from error


AccountId = Annotated[str, matching(r"[0-9]{12}", "an account id has 12 digits, in quotes")]
Region = Annotated[str, matching(r"[a-z]{2}(-[a-z]+)+-[0-9]", "write a region like eu-west-1")]
RoleName = Annotated[
    str,
    matching(
        r"(arn:aws[a-z-]*:iam::[0-9]{12}:role/)?[A-Za-z0-9+=,.@_/-]{1,512}",
        "write the name or the ARN of the role that deploys here",
    ),
]
PolicyArn = Annotated[
    str, matching(r"arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/.+", "write the ARN of a managed policy of IAM")
]
Prefix = Annotated[
    str,
    matching(
        r"([a-z][a-z0-9-]{0,9}-)?",
        "a prefix has up to 11 lower-case letters, digits and hyphens and ends with a hyphen, like 'stage-'",
    ),
]
KeyAlias = Annotated[
    str, matching(r"alias/(?!aws/)[A-Za-z0-9/_-]{1,250}", "name a KMS key of yours by its alias, like alias/images")
]
Email = Annotated[str, matching(r"[^@\s]+@[^@\s]+\.[^@\s]+", "write an address like on-call@example.com")]
Receiver = Annotated[
    str,
    matching(
        r"arn:aws[a-z-]*:((lambda|logs|sns|sqs):[^\s]+|events:[^\s]+:(event-bus|api-destination)/[^\s]+)",
        "write the ARN of a queue, a function, a topic, a log group, an event bus or an API destination",
    ),
]
MOST_RECEIVERS: Final = 5
"""Targets of one rule (AWS: "Amazon EventBridge quotas")."""
Runbooks = Annotated[
    str, matching(r"[^\s#]+", "write where the runbooks are, like https://example.com/alarms.md, without a heading")
]
VpcId = Annotated[str, matching(r"vpc-[0-9a-f]+", "write the id of a VPC, like vpc-0a1b2c3d4e5f67890")]
SubnetId = Annotated[str, matching(r"subnet-[0-9a-f]+", "write the id of a subnet, like subnet-0a1b2c3d4e5f67890")]


SubnetIds = Annotated[tuple[SubnetId, ...], BeforeValidator(as_tuple), Field(min_length=2)]


class AwsDials(Dials):
    """Where the environment is."""

    account: AccountId
    """Pinned: credentials of any other account are refused."""
    region: Region
    deploy_role: RoleName | None = None
    """The role assumed to deploy. Without one the credentials are used as they are."""
    permissions_boundary: PolicyArn | None = None
    """The policy beyond which no role that Slipway makes can go. None: nothing bounds them but their own policies."""

    @property
    def partition(self) -> str:
        """The part of AWS that the region is in, as ARNs name it."""
        for start, partition in (("cn-", "aws-cn"), ("us-gov-", "aws-us-gov")):
            if self.region.startswith(start):
                return partition
        return "aws"

    @property
    def role_arn(self) -> str:
        """ARN of the role assumed to deploy; empty without one."""
        if self.deploy_role is None or self.deploy_role.startswith("arn:"):
            return self.deploy_role or ""
        return f"arn:{self.partition}:iam::{self.account}:role/{self.deploy_role}"


class AdoptedNetwork(Dials):
    """A network that somebody else made and keeps."""

    vpc_id: VpcId
    private_subnet_ids: SubnetIds
    """Of two zones at least, with a way out: the tasks live here."""
    public_subnet_ids: SubnetIds
    """Of two zones at least, with an internet gateway: the load balancer lives here."""


class NetworkDials(Dials):
    """The network: a new one, or one to adopt."""

    cidr: Annotated[str, AfterValidator(a_network)] = "10.0.0.0/16"
    zones: Annotated[int, between(*ZONES)] = ZONES[0]
    nat: Annotated[Nat, BeforeValidator(a_nat)] = Nat.PER_ZONE
    """How tasks reach the internet: `per-zone`, `one` or `none`."""
    endpoints: Annotated[tuple[str, ...], BeforeValidator(as_tuple)] | None = None
    """Services of AWS that are reached without the internet, like `ecr.api`.

    None: with a NAT gateway none, without one all that tasks need.
    """
    adopt: AdoptedNetwork | None = None

    @model_validator(mode="after")
    def _one_network(self) -> NetworkDials:
        made = [name for name in ("cidr", "zones", "nat", "endpoints") if name in self.model_fields_set]
        if self.adopt is not None and made:
            raise problem(f"{' and '.join(made)} describe a new network, adopt an existing one; remove one of the two")
        return self

    @field_validator("endpoints")
    @classmethod
    def _tasks_start(cls, endpoints: tuple[str, ...] | None, info: ValidationInfo) -> tuple[str, ...] | None:
        if endpoints is not None and "nat" in info.data:
            try:
                check_endpoints(info.data["nat"], endpoints)
            except ValueError as error:
                raise problem(str(error)) from error
        return endpoints


class AlertDials(Dials):
    """Who hears of alarms, where the environment pages."""

    emails: Annotated[tuple[Email, ...], BeforeValidator(as_tuple)] = ()
    """Each gets a mail that asks to confirm the subscription."""
    receivers: Annotated[tuple[Receiver, ...], BeforeValidator(as_tuple), Field(max_length=MOST_RECEIVERS)] = ()
    """ARNs of who else hears of alarms, by EventBridge."""
    runbooks: Runbooks = RUNBOOKS
    """Where people read what to do: an alarm's heading is put behind it."""


class LogDials(Dials):
    """What services log."""

    encrypted: bool | None = None
    """Whether a key of the environment's own encrypts it, from then on. Turned off, the key is deleted, and what it
    encrypted can be read by nobody. None: as the environment is."""


class ImageDials(Dials):
    """Where services' images are kept."""

    key: KeyAlias | None = None
    """The key that encrypts repositories made from now on: those that are there stay as they are. It is made elsewhere,
    for it must outlive the stack as the images do. None: a key of AWS's own."""
    readers: Annotated[tuple[AccountId, ...], BeforeValidator(as_tuple)] = ()
    """Accounts whose roles may pull them."""


class ServiceDials(Dials):
    """How a service is set in this environment."""

    version: str | None = None
    """The release. None: not released here yet, only its repository is made."""
    desired_count: Annotated[int, between(0, MOST_TASKS)]
    """Tasks; where there is scaling, those that the service begins with."""
    cpu: int
    """CPU units."""
    memory: int
    """MiB."""
    ephemeral_storage: int | None = None
    """GiB of disk that a task has while it runs. None: Fargate's 20."""
    port: Annotated[int, between(1, 65535)] | None = None
    """Port the container listens on. None: on none, as a worker."""
    strategy: Annotated[str, AfterValidator(a_strategy)]
    """How the next release takes over: `rolling`, `blue-green`, `canary:10%,5m`, `linear:20%,5m,bake=10m`."""
    scaling: ScalingDials | None = None
    """How the number of tasks follows what they are asked to do. None: it is `desired_count`."""
    hooks: HookDials = HookDials()
    """What a release waits for on its way, where its strategy shifts traffic."""
    capacity: CapacityDials | None = None
    """How tasks are shared between Fargate and Fargate Spot. None: all run on Fargate."""
    zone_rebalancing: bool | None = None
    """Whether ECS moves tasks until each zone has as many. None: AWS turns it on for a new service."""
    exec: bool = False
    """Whether people may open a shell in a task: sessions are logged."""
    attempt: Annotated[int, between(*ATTEMPTS)] = ATTEMPTS[0]
    """Raised by `slipway retry`: another try of a release that failed."""
    build: Annotated[str, StringConstraints(min_length=1)] | None = None
    """Folder with a Dockerfile: the image is built and pushed here instead of being looked up."""
    pin: Pin | None = None
    """The revision that a rollback went back to. Any other version makes it count for nothing."""

    @property
    def pinned(self) -> Pin | None:
        """The pin, where it is one of the version that is asked for."""
        return self.pin if self.pin is not None and self.pin.version == self.version else None

    @property
    def shifting(self) -> Shifting | None:
        """How the strategy shifts traffic; None where it does not. A pin may bring one of its own."""
        own = self.pinned.strategy if self.pinned else None
        return parse_strategy(own or self.strategy)

    @property
    def hooks_in_force(self) -> tuple[PauseHook | FunctionHook, ...]:
        """What the next release meets. A rollback waits for no person; where no traffic shifts, nobody is asked."""
        if self.shifting is None:
            return ()
        pauses = () if self.pinned else tuple(one.hook for one in self.hooks.pauses)
        return (*pauses, *(one.hook for one in self.hooks.functions))

    @field_validator("version")
    @classmethod
    def _takes(cls, version: str | None, info: ValidationInfo) -> str | None:
        if version is not None:
            try:
                check_version(_profile(info).versions, version)
            except VersionError as error:
                raise problem(str(error)) from error
        return version

    @field_validator("cpu")
    @classmethod
    def _legal_cpu(cls, cpu: int) -> int:
        try:
            check_cpu(cpu)
        except SizeError as error:
            raise problem(str(error)) from error
        return cpu

    @field_validator("memory")
    @classmethod
    def _legal_size(cls, memory: int, info: ValidationInfo) -> int:
        if "cpu" in info.data:
            try:
                check_size(info.data["cpu"], memory)
            except SizeError as error:
                raise problem(str(error)) from error
        return memory

    @field_validator("ephemeral_storage")
    @classmethod
    def _legal_storage(cls, storage: int | None) -> int | None:
        try:
            check_storage(storage)
        except LimitError as error:
            raise problem(str(error)) from error
        return storage

    @field_validator("hooks")
    @classmethod
    def _shifts(cls, hooks: HookDials, info: ValidationInfo) -> HookDials:
        strategy = info.data.get("strategy")
        if (hooks.pauses or hooks.functions) and strategy is not None and parse_strategy(strategy) is None:
            raise problem(
                f"hooks are asked while traffic shifts, and strategy is {strategy}: choose blue-green, canary or linear"
            )
        return hooks

    @field_validator("capacity")
    @classmethod
    def _keeps_some(cls, capacity: CapacityDials | None, info: ValidationInfo) -> CapacityDials | None:
        least = _profile(info).on_demand_base
        if capacity is not None and capacity.spot and capacity.base < least:
            raise problem(
                f"Spot may take all its tasks back at once, and here {least} must stay on Fargate; "
                f"set base to {least} or more"
            )
        return capacity

    @field_validator("exec")
    @classmethod
    def _may_exec(cls, value: bool, info: ValidationInfo) -> bool:  # noqa: FBT001 - pydantic's way
        if value and not _profile(info).shells:
            raise problem("nobody opens a shell in this environment's tasks: look into one in stage; remove `exec`")
        return value

    @field_validator("scaling")
    @classmethod
    def _begins_between(cls, scaling: ScalingDials | None, info: ValidationInfo) -> ScalingDials | None:
        count = info.data.get("desired_count")
        if scaling is not None and count is not None and not scaling.min <= count <= scaling.max:
            raise problem(
                f"desiredCount is {count}: the service begins with {scaling.min} to {scaling.max} tasks, and scaling "
                "owns their number; remove desiredCount"
            )
        return scaling

    @field_validator("build")
    @classmethod
    def _may_build(cls, build: str | None, info: ValidationInfo) -> str | None:
        if build is not None and not _profile(info).builds:
            raise problem("images are built in test only: elsewhere run what was verified before; remove `build`")
        if build is not None and info.data.get("version", "") is None:
            raise problem("a build needs a `version` to be tagged with; add one")
        return build


class StackConfig(Dials):
    """All `slipway:` keys of a stack file."""

    aws: AwsDials
    prefix: Prefix = ""
    network: NetworkDials
    load_balancer: LoadBalancerDials = LoadBalancerDials()
    discovery: DiscoveryDials = DiscoveryDials()
    alerts: AlertDials = AlertDials()
    logs: LogDials = LogDials()
    images: ImageDials = ImageDials()
    services: dict[str, ServiceDials]
    adopted: AdoptedDials = AdoptedDials()
    """What was there before, and was taken over."""
    releases: ReleaseDials | None = None
    """When releases may go out. None: at any time."""
    waivers: Waivers = ()
    """The rules of the policy pack that are not kept here, for a time."""


def _profile(info: ValidationInfo) -> Profile:
    profile = (info.context or {}).get("profile")
    if not isinstance(profile, Profile):
        raise TypeError("the dials are validated with the context {'profile': Profile}")
    return profile
