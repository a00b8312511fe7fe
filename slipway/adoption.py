"""Which resource of the program each thing becomes that was there before, and whether Pulumi would replace it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from account.adoptable import LoadBalancer, Service
    from stacks.names import Names

CLUSTER: Final = "aws:ecs/cluster:Cluster"
CAPACITY: Final = "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders"
BALANCER: Final = "aws:lb/loadBalancer:LoadBalancer"
LISTENER: Final = "aws:lb/listener:Listener"
RULE: Final = "aws:lb/listenerRule:ListenerRule"
TARGET_GROUP: Final = "aws:lb/targetGroup:TargetGroup"
SECURITY_GROUP: Final = "aws:ec2/securityGroup:SecurityGroup"
WAY_IN: Final = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
SERVICE: Final = "aws:ecs/service:Service"
REPOSITORY: Final = "aws:ecr/repository:Repository"
LOG_GROUP: Final = "aws:cloudwatch/logGroup:LogGroup"
PORTS: Final = {80: "http", 443: "https"}
"""Port -> the end of the names of what belongs to it, at the load balancer."""
UNCHANGED: Final = frozenset({"same", "create", "update", "read", "refresh", "import"})
"""What a preview may want to do without anything being made anew or lost."""


@dataclass(frozen=True, kw_only=True)
class Adopted:
    """A resource of the program, and what becomes it."""

    type: str
    name: str
    """As Pulumi has it."""
    id: str
    """As the AWS plugin imports it."""


def of_cluster(names: Names) -> Iterator[Adopted]:
    """The cluster, and what says which capacity it has."""
    for kind in (CLUSTER, CAPACITY):
        yield Adopted(type=kind, name=names.cluster, id=names.cluster)


def of_load_balancer(names: Names, found: LoadBalancer) -> Iterator[Adopted]:
    """The load balancer, its security group and its listeners."""
    name = names.load_balancer
    yield Adopted(type=BALANCER, name=name, id=found.arn)
    for group in found.security_group_ids[:1]:
        yield Adopted(type=SECURITY_GROUP, name=name, id=group)
    for port, word in PORTS.items():
        if port in found.listeners:
            yield Adopted(type=LISTENER, name=f"{name}-{word}", id=found.listeners[port])
        if port in found.open_ports:
            yield Adopted(type=WAY_IN, name=f"{name}-{word}", id=found.open_ports[port])


def of_service(names: Names, service: str, found: Service) -> Iterator[Adopted]:
    """The ECS service, and the target group with its tasks, so that no request is lost."""
    name = names.service(service)
    yield Adopted(type=SERVICE, name=name, id=f"{found.cluster}/{found.name}")
    for group in found.target_group_arns[:1]:
        yield Adopted(type=TARGET_GROUP, name=name, id=group)


def of_rules(names: Names, service: str, arns: Sequence[str]) -> Iterator[Adopted]:
    """The rules that forward to the service now.

    They do not become the program's own rule: where traffic goes is ECS's to say by a rule of two groups, so the
    program makes one before them. They stay behind it until the stack file names them no more.
    """
    for number, arn in enumerate(arns, start=1):
        yield Adopted(type=RULE, name=names.old_rule(service, number), id=arn)


def of_log_group(names: Names, service: str) -> Iterator[Adopted]:
    """The log group, which has the name that the program would give it."""
    yield Adopted(type=LOG_GROUP, name=names.service(service), id=names.log_group(service))


def of_repository(names: Names, service: str) -> Iterator[Adopted]:
    """The repository."""
    yield Adopted(type=REPOSITORY, name=names.service(service), id=names.repository(service))


def import_file(creates: Mapping[str, Any], adopted: Iterable[Adopted]) -> tuple[dict[str, Any], list[Adopted]]:
    """What `pulumi import` is told, and what of `adopted` is in it: the rest is in the state already, or not ours.

    `creates` is what `pulumi preview --import-file` writes: every resource that would be made, with its parents.
    """
    adopted = tuple(adopted)
    wanted = {(one.type, one.name): one for one in adopted}
    listed = creates.get("resources") or []
    taken = []
    resources = []
    for entry in listed:
        one = wanted.get((entry["type"], entry.get("logicalName") or entry["name"]))
        if "id" not in entry:
            resources.append(entry)
        elif one is not None:
            resources.append({**entry, "id": one.id})
            taken.append(one)
    kept = {"resources": _needed(resources)}
    return ({**creates, **kept}, [one for one in adopted if one in taken])


def _needed(resources: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The resources, without the components and providers that none of them needs."""
    by_name = {entry["name"]: entry for entry in resources}
    needed: set[str] = set()

    def need(name: str | None) -> None:
        if name is not None and name in by_name and name not in needed:
            needed.add(name)
            need(by_name[name].get("parent"))
            need(by_name[name].get("provider"))

    for entry in resources:
        if "id" in entry:
            need(entry["name"])
    return [entry for entry in resources if entry["name"] in needed]


def lost(steps: Iterable[Mapping[str, Any]]) -> list[str]:
    """What a preview would make anew or take away, each with the properties that make it so."""
    return [
        f"{step['urn'].rpartition('::')[2]} ({step['urn'].split('::')[-2].split('$')[-1]}): {step['op']}"
        + (f", because of {', '.join(step['replaceReasons'])}" if step.get("replaceReasons") else "")
        for step in steps
        if step["op"] not in UNCHANGED
    ]


def counted(steps: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """How many resources a preview would make and change."""
    found = [step["op"] for step in steps]
    return {op: found.count(op) for op in ("create", "update")}
