"""Making tasks: identifier, subnet, address, containers."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Any

from sandbox.ecs.arns import hexadecimal, uuid
from sandbox.ecs.task_record import ContainerState, Interface, TaskRecord

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sandbox.ecs.ports import SubnetFacts
    from sandbox.ecs.records import Holdings

    Json = dict[str, Any]

_RESERVED = 4
"""AWS keeps the first four addresses of a subnet, and the last one, for itself."""


def living_tasks(holdings: Holdings) -> Iterable[TaskRecord]:
    """All tasks that hold an address."""
    for service in holdings.services.values():
        yield from (task for task in service.tasks.values() if task.last_status != "STOPPED")
    yield from (lone.task for lone in holdings.lone_tasks.values() if lone.task.last_status != "STOPPED")


def free_addresses(holdings: Holdings, subnet: SubnetFacts) -> int:
    """Addresses of the subnet that no task holds (AWS: "Subnet CIDR blocks"): documented.

    What else may hold addresses there (load balancers, endpoints) is left out.
    """
    return max(0, len(_usable(subnet)) - len(_held(holdings, subnet)))


def places(holdings: Holdings, subnets: list[SubnetFacts], own: Iterable[TaskRecord]) -> dict[str, int]:
    """By zone of the subnets, how many tasks a service can have there, its ``own`` among them."""
    found = dict.fromkeys((subnet.zone for subnet in subnets), 0)
    for subnet in {subnet.id: subnet for subnet in subnets}.values():
        found[subnet.zone] += free_addresses(holdings, subnet)
    for task in own:
        if task.last_status != "STOPPED" and task.interface.zone in found:
            found[task.interface.zone] += 1
    return found


def choose_subnet(subnets: list[SubnetFacts], taken: Iterable[TaskRecord]) -> SubnetFacts:
    """The subnet with the fewest of the tasks in ``taken``, the first of equals.

    AWS: "Amazon ECS services" (spread across Availability Zones): documented as best effort; strict here.
    """
    counts = dict.fromkeys((subnet.id for subnet in subnets), 0)
    for task in taken:
        if task.interface.subnet in counts:
            counts[task.interface.subnet] += 1
    return min(subnets, key=lambda subnet: counts[subnet.id])


def attach(holdings: Holdings, subnet: SubnetFacts, security_groups: Iterable[str], seed: str) -> Interface:
    """An interface with a free private address of the subnet, which must have one."""
    network, usable, used = IPv4Network(subnet.cidr), _usable(subnet), _held(holdings, subnet)
    first = int(hexadecimal(8, "address", seed), 16) % len(usable)
    candidates = (str(network[usable[(first + step) % len(usable)]]) for step in range(len(usable)))
    address = next(candidate for candidate in candidates if candidate not in used)
    return Interface(
        id=f"eni-{hexadecimal(17, 'interface', seed)}",
        attachment=uuid("attachment", seed),
        address=address,
        subnet=subnet.id,
        zone=subnet.zone,
        security_groups=tuple(security_groups),
    )


def _usable(subnet: SubnetFacts) -> range:
    """The addresses for use, counted from the network's own."""
    return range(_RESERVED, IPv4Network(subnet.cidr).num_addresses - 1)


def _held(holdings: Holdings, subnet: SubnetFacts) -> set[str]:
    return {task.interface.address for task in living_tasks(holdings) if task.interface.subnet == subnet.id}


def make_task(
    holdings: Holdings,
    *,
    identifier: str,
    cluster: str,
    definition: Json,
    digests: dict[str, str],
    subnet: SubnetFacts,
    security_groups: Iterable[str],
    group: str,
    started_by: str | None,
    now: datetime,
) -> TaskRecord:
    """A task in PROVISIONING."""
    place = holdings.place
    return TaskRecord(
        id=identifier,
        arn=place.arn(f"task/{cluster}/{identifier}"),
        cluster_arn=place.arn(f"cluster/{cluster}"),
        task_definition=definition["taskDefinitionArn"],
        group=group,
        started_by=started_by,
        created_at=now,
        cpu=definition.get("cpu", "256"),
        memory=definition.get("memory", "512"),
        containers=[_container(container, digests) for container in definition["containerDefinitions"]],
        interface=attach(holdings, subnet, security_groups, identifier),
        ephemeral_storage=definition.get("ephemeralStorage", {}).get("sizeInGiB", 20),
    )


def _container(container: Json, digests: dict[str, str]) -> ContainerState:
    memory = container.get("memory")
    return ContainerState(
        name=container["name"],
        image=container["image"],
        cpu=str(container.get("cpu", 0)),
        memory=str(memory) if memory else None,
        digest=digests.get(container["name"]),
        checked="healthCheck" in container,
    )
