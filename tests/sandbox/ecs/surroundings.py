"""A control plane with everything round it faked: registry, network, load balancers, logs, roles, clock and store."""

from __future__ import annotations

import json
import pickle
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sandbox.caller import Caller
from sandbox.ecs.control_plane import ControlPlane
from sandbox.ecs.ports import (
    AlarmFacts,
    ForwardingFacts,
    HookAnswer,
    ImageFacts,
    InterfaceFacts,
    RegistryFacts,
    SecretFacts,
    SecurityGroupFacts,
    SubnetFacts,
    TargetGroupFacts,
)
from sandbox.json_service import JsonService

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

ACCOUNT, REGION = "111111111111", "eu-west-1"
TARGET_GROUP = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:targetgroup/auth/1234567890abcdef"
ALTERNATE = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:targetgroup/auth-b/fedcba0987654321"
PRODUCTION_RULE = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:listener-rule/app/lb/1/2/3"
TEST_RULE = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:listener-rule/app/lb/1/4/5"
ELB_ROLE = f"arn:aws:iam::{ACCOUNT}:role/load-balancing"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/tasks"
LOG_GROUP = "/ecs/auth-service"
REPOSITORY = f"127.0.0.1:4577/{ACCOUNT}/{REGION}/auth-service"
BEGIN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
CALLER = Caller(ACCOUNT, REGION, f"arn:aws:sts::{ACCOUNT}:assumed-role/slipway-deployer/test")


class Refused(Exception):  # noqa: N818 - reads as what happened
    """AWS's error answer."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


@dataclass
class FakeClock:
    """Stands still until told otherwise."""

    moment: datetime = BEGIN

    def now(self) -> datetime:
        return self.moment


@dataclass
class FakeStore:
    """Keeps pickles, as the real one does, so that nothing unpicklable passes."""

    values: dict[str, bytes] = field(default_factory=dict)

    def get(self, key: str) -> object | None:
        return pickle.loads(self.values[key]) if key in self.values else None  # noqa: S301 - our own bytes

    def keys(self, prefix: str = "") -> Iterator[str]:
        return iter([key for key in sorted(self.values) if key.startswith(prefix)])

    def put_pickled(self, values: Mapping[str, bytes]) -> None:
        self.values |= values

    def delete(self, key: str) -> None:
        self.values.pop(key, None)


@dataclass
class FakeImages:
    """Image name -> behaviour; a digest follows from the name."""

    behaviours: dict[str, str] = field(default_factory=dict)

    def resolve(self, _caller: Caller, image: str) -> ImageFacts | None:
        for name, behaviour in self.behaviours.items():
            if image in {name, f"{name.rpartition(':')[0]}@{digest_of(name)}"}:
                return ImageFacts(digest_of(name), behaviour)
        return None


@dataclass
class FakeLogs:
    """Groups, and the lines of their streams."""

    groups: set[str] = field(default_factory=lambda: {LOG_GROUP})
    lines: dict[tuple[str, str], list[tuple[datetime, str]]] = field(default_factory=dict)

    def has_group(self, _caller: Caller, group: str) -> bool:
        return group in self.groups

    def create_group(self, _caller: Caller, group: str) -> None:
        self.groups.add(group)

    def write(self, _caller: Caller, group: str, stream: str, lines: Sequence[tuple[datetime, str]]) -> None:
        self.lines.setdefault((group, stream), []).extend(lines)


class FakeNetwork:
    """Two subnets in two zones of one VPC, and one in another VPC; and the interfaces of tasks in them."""

    subnets = {  # noqa: RUF012 - never changed
        "subnet-a": SubnetFacts("subnet-a", "vpc-1", "eu-west-1a", "10.0.0.0/24"),
        "subnet-b": SubnetFacts("subnet-b", "vpc-1", "eu-west-1b", "10.0.1.0/24"),
        "subnet-other": SubnetFacts("subnet-other", "vpc-2", "eu-west-1a", "10.1.0.0/24"),
    }
    groups = {"sg-1": "vpc-1", "sg-other": "vpc-2"}  # noqa: RUF012 - never changed

    def __init__(self) -> None:
        self.interfaces: dict[str, InterfaceFacts] = {}

    def subnet(self, _caller: Caller, subnet_id: str) -> SubnetFacts | None:
        return self.subnets.get(subnet_id)

    def security_group(self, _caller: Caller, group_id: str) -> SecurityGroupFacts | None:
        return SecurityGroupFacts(group_id, self.groups[group_id]) if group_id in self.groups else None

    def attach(self, _caller: Caller, interface: InterfaceFacts) -> None:
        self.interfaces[interface.id] = interface

    def detach(self, _caller: Caller, interface_id: str) -> None:
        self.interfaces.pop(interface_id, None)


@dataclass
class FakeLoadBalancers:
    """Target groups by ARN."""

    groups: dict[str, TargetGroupFacts] = field(
        default_factory=lambda: {
            TARGET_GROUP: TargetGroupFacts(
                TARGET_GROUP,
                "vpc-1",
                8080,
                health_check_interval=10,
                healthy_threshold=2,
                deregistration_delay=30,
                load_balancer_arns=("arn:lb",),
            )
        }
    )

    rules: dict[str, dict[str, int]] = field(default_factory=dict)
    """Weights of listener rules, by target group."""

    def target_group(self, _caller: Caller, arn: str) -> TargetGroupFacts | None:
        return self.groups.get(arn)

    def forwarding(self, _caller: Caller, arn: str) -> ForwardingFacts | None:
        return ForwardingFacts(arn, self.rules[arn]) if arn in self.rules else None

    def forward(self, _caller: Caller, arn: str, weights: Mapping[str, int]) -> None:
        if arn in self.rules:
            self.rules[arn] = dict(weights)


@dataclass
class FakeRoles:
    """Role ARN -> the service that may assume it."""

    trusts: dict[str, str] = field(default_factory=lambda: {ROLE: "ecs-tasks.amazonaws.com"})

    def role_trusts(self, _caller: Caller, role_arn: str, service: str) -> bool | None:
        return self.trusts[role_arn] == service if role_arn in self.trusts else None


@dataclass
class FakeSecrets:
    """Secrets by ARN and version ("" is the current one), and names of parameters."""

    values: dict[tuple[str, str], SecretFacts] = field(default_factory=dict)
    parameters: set[str] = field(default_factory=set)

    def secret(self, _caller: Caller, arn: str, stage: str, version: str) -> SecretFacts | None:
        whole = [facts for (name, _), facts in self.values.items() if name == arn]
        return self.values.get((arn, stage or version), SecretFacts(None)) if whole else None

    def has_parameter(self, _caller: Caller, name: str) -> bool:
        return name in self.parameters


@dataclass
class FakeAlarms:
    """Names of alarms that are in ALARM; every alarm exists and looks back two minutes."""

    alarming: set[str] = field(default_factory=set)

    def alarm(self, _caller: Caller, name: str) -> AlarmFacts | None:
        return AlarmFacts(name, name in self.alarming, 120)


@dataclass
class FakeRegistries:
    """Cloud Map services by ARN, and their instances: id -> attributes with the health under ``health``."""

    facts: dict[str, RegistryFacts] = field(default_factory=dict)
    namespaces: dict[str, str] = field(default_factory=dict)
    """ARNs by name."""
    instances: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)

    def registry(self, _caller: Caller, arn: str) -> RegistryFacts | None:
        return self.facts.get(arn)

    def namespace(self, _caller: Caller, name_or_arn: str) -> str | None:
        return next((arn for name, arn in self.namespaces.items() if name_or_arn in {name, arn}), None)

    def make_namespace(self, caller: Caller, name: str) -> str:
        self.namespaces[name] = f"arn:aws:servicediscovery:{caller.region}:{caller.account}:namespace/ns-{name}"
        return self.namespaces[name]

    def register(self, _caller: Caller, arn: str, instance: str, attributes: Mapping[str, str]) -> None:
        health = attributes.get("AWS_INIT_HEALTH_STATUS", "UNKNOWN")
        self.instances.setdefault(arn, {})[instance] = dict(attributes) | {"health": health}

    def set_health(self, _caller: Caller, arn: str, instance: str, status: str) -> None:
        self.instances[arn][instance]["health"] = status

    def deregister(self, _caller: Caller, arn: str, instance: str) -> None:
        del self.instances[arn][instance]


@dataclass
class FakeFunctions:
    """What functions answer as lifecycle hooks, by ARN; one that is not named succeeds at once."""

    answers: dict[str, HookAnswer] = field(default_factory=dict)

    def hook_answer(self, _caller: Caller, arn: str) -> HookAnswer:
        return self.answers.get(arn, HookAnswer("SUCCEEDED"))


@dataclass
class FakeEvents:
    """What was put on the bus."""

    put_events: list[dict[str, Any]] = field(default_factory=list)

    def put(self, _caller: Caller, event: Mapping[str, Any]) -> None:
        self.put_events.append(json.loads(json.dumps(event)))

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The details of the events of a detail type, with their time."""
        return [one["detail"] | {"time": one["time"]} for one in self.put_events if one["detail-type"] == kind]


@dataclass
class Ecs:
    """ECS as a client of account ``ACCOUNT`` sees it, and the knobs of its surroundings."""

    clock: FakeClock = field(default_factory=FakeClock)
    store: FakeStore = field(default_factory=FakeStore)
    images: FakeImages = field(default_factory=FakeImages)
    logs: FakeLogs = field(default_factory=FakeLogs)
    load_balancers: FakeLoadBalancers = field(default_factory=FakeLoadBalancers)
    roles: FakeRoles = field(default_factory=FakeRoles)
    alarms: FakeAlarms = field(default_factory=FakeAlarms)
    registries: FakeRegistries = field(default_factory=FakeRegistries)
    events: FakeEvents = field(default_factory=FakeEvents)
    functions: FakeFunctions = field(default_factory=FakeFunctions)
    secrets: FakeSecrets = field(default_factory=FakeSecrets)
    network: FakeNetwork = field(default_factory=FakeNetwork)
    caller: Caller = CALLER

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Begin again with what the store holds."""
        self.plane = ControlPlane(
            clock=self.clock,
            store=self.store,
            images=self.images,
            logs=self.logs,
            network=self.network,
            load_balancers=self.load_balancers,
            roles=self.roles,
            alarms=self.alarms,
            registries=self.registries,
            events=self.events,
            functions=self.functions,
            secrets=self.secrets,
        )
        self.service = JsonService("ecs", self.plane.handlers)

    def copy(self) -> Ecs:
        """Another one that stands where this one stands, and goes its own way."""
        return Ecs(
            clock=FakeClock(self.clock.moment),
            store=FakeStore(dict(self.store.values)),
            images=FakeImages(dict(self.images.behaviours)),
            caller=self.caller,
        )

    def __call__(self, operation: str, **params: Any) -> dict[str, Any]:
        """Call an operation through JSON, as a client does; raises Refused with AWS's error."""
        answer = self.service.answer(
            self.caller, f"AmazonEC2ContainerServiceV20141113.{operation}", json.dumps(params).encode()
        )
        body: dict[str, Any] = json.loads(answer.body)
        if answer.status != 200:
            raise Refused(body["__type"], body["message"])
        return body

    def wait(self, seconds: float) -> None:
        """Let sandbox time pass, as the sandbox's ticker does: from event to event."""
        until = self.clock.moment + timedelta(seconds=seconds)
        while (at := self.plane.next_event_at()) is not None and at <= until:
            self.clock.moment = max(self.clock.moment, at)
            self.plane.advance(self.clock.moment)
        self.clock.moment = until
        self.plane.advance(until)

    def two_target_groups(self) -> None:
        """A second target group, a production rule to the first one and a test rule to the second."""
        groups = self.load_balancers.groups
        groups[ALTERNATE] = replace(groups[TARGET_GROUP], arn=ALTERNATE)
        self.load_balancers.rules = {PRODUCTION_RULE: {TARGET_GROUP: 1}, TEST_RULE: {ALTERNATE: 1}}
        self.roles.trusts[ELB_ROLE] = "ecs.amazonaws.com"

    def push(self, version: str, behaviour: str = "") -> str:
        """Put an image into the registry; its name."""
        name = f"{REPOSITORY}:{version}"
        self.images.behaviours[name] = behaviour
        return name

    def register(self, image: str, **changes: Any) -> str:
        """Register a revision of auth-service that runs ``image``; its ARN."""
        answer = self("RegisterTaskDefinition", **(definition(image) | changes))
        return str(answer["taskDefinition"]["taskDefinitionArn"])

    def create_service(self, task_definition: str, **changes: Any) -> dict[str, Any]:
        """Create auth-service, two tasks behind the load balancer, with the breaker on."""
        return dict(self("CreateService", **(service(task_definition) | changes))["service"])

    def running_service(self, version: str = "1.0.0", **changes: Any) -> dict[str, Any]:
        """A cluster with auth-service in a steady state."""
        self("CreateCluster", clusterName="microservices-cluster")
        self.create_service(self.register(self.push(version)), **changes)
        self.wait(120)
        return self.describe()

    def describe(self) -> dict[str, Any]:
        """auth-service as it stands."""
        answer = self("DescribeServices", cluster="microservices-cluster", services=["auth-service"], include=["TAGS"])
        return dict(answer["services"][0])

    def tasks(self, status: str = "RUNNING") -> list[dict[str, Any]]:
        """auth-service's tasks of a desired status, described."""
        arns = self("ListTasks", cluster="microservices-cluster", serviceName="auth-service", desiredStatus=status)
        if not arns["taskArns"]:
            return []
        described = self("DescribeTasks", cluster="microservices-cluster", tasks=arns["taskArns"], include=["TAGS"])
        return list(described["tasks"])

    def messages(self) -> list[str]:
        """The service's events, oldest first."""
        return [event["message"] for event in reversed(self.describe()["events"])]


def digest_of(image: str) -> str:
    """The digest under which the fake registry holds an image."""
    return f"sha256:{sha256(image.encode()).hexdigest()}"


def definition(image: str) -> dict[str, Any]:
    """RegisterTaskDefinition's parameters for auth-service."""
    return {
        "family": "auth-service",
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "256",
        "memory": "512",
        "executionRoleArn": ROLE,
        "taskRoleArn": ROLE,
        "containerDefinitions": [container(image)],
    }


def container(image: str) -> dict[str, Any]:
    """The container of auth-service."""
    return {
        "name": "auth-service",
        "image": image,
        "portMappings": [{"containerPort": 8080}],
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": LOG_GROUP,
                "awslogs-region": REGION,
                "awslogs-stream-prefix": "ecs",
            },
        },
    }


def service(task_definition: str) -> dict[str, Any]:
    """CreateService's parameters for auth-service."""
    return {
        "cluster": "microservices-cluster",
        "serviceName": "auth-service",
        "taskDefinition": task_definition,
        "desiredCount": 2,
        "launchType": "FARGATE",
        "deploymentConfiguration": {"deploymentCircuitBreaker": {"enable": True, "rollback": True}},
        "networkConfiguration": {
            "awsvpcConfiguration": {"subnets": ["subnet-a", "subnet-b"], "securityGroups": ["sg-1"]}
        },
        "loadBalancers": [{"targetGroupArn": TARGET_GROUP, "containerName": "auth-service", "containerPort": 8080}],
    }


def shifted_balancer(advanced: Mapping[str, Any] | None = None, without: Iterable[str] = ()) -> dict[str, Any]:
    """A load balancer of auth-service with two target groups, whose advanced configuration may differ."""
    configuration = {
        "alternateTargetGroupArn": ALTERNATE,
        "productionListenerRule": PRODUCTION_RULE,
        "testListenerRule": TEST_RULE,
        "roleArn": ELB_ROLE,
        **(advanced or {}),
    }
    return {
        "targetGroupArn": TARGET_GROUP,
        "containerName": "auth-service",
        "containerPort": 8080,
        "advancedConfiguration": {name: value for name, value in configuration.items() if name not in set(without)},
    }
