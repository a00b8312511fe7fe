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


def choose_subnet(subnets: list[SubnetFacts], taken: Iterable[TaskRecord]) -> SubnetFacts:
    """The subnet with the fewest of the tasks in ``taken``, the first of equals.

    AWS: "Amazon ECS services" (spread across Availability Zones): documented as best effort; strict here.
    """
    counts = dict.fromkeys((subnet.id for subnet in subnets), 0)
    for task in taken:
        if task.interface.subnet in counts:
            counts[task.interface.subnet] += 1
    return min(subnets, key=lambda subnet: counts[subnet.id])


def attach(holdings: Holdings, subnet: SubnetFacts, seed: str) -> Interface:
    """An interface with a free private address of the subnet."""
    network = IPv4Network(subnet.cidr)
    usable = max(1, network.num_addresses - _RESERVED - 1)
    used = {task.interface.address for task in living_tasks(holdings) if task.interface.subnet == subnet.id}
    first = int(hexadecimal(8, "address", seed), 16) % usable
    candidates = (str(network[_RESERVED + (first + step) % usable]) for step in range(usable))
    address = next((candidate for candidate in candidates if candidate not in used), str(network[_RESERVED]))
    return Interface(
        id=f"eni-{hexadecimal(17, 'interface', seed)}",
        attachment=uuid("attachment", seed),
        address=address,
        subnet=subnet.id,
        zone=subnet.zone,
    )


def make_task(
    holdings: Holdings,
    *,
    identifier: str,
    cluster: str,
    definition: Json,
    digests: dict[str, str],
    subnet: SubnetFacts,
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
        interface=attach(holdings, subnet, identifier),
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
