"""The network interfaces of tasks in EC2 (AWS: "Amazon ECS task networking options for Fargate").

Fargate makes one for every task in one of its subnets, and takes it away when the task has stopped: documented. That it
is described by the ARN of its attachment is observed (public outputs of describe-network-interfaces).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.ecs.ports import InterfaceFacts

if TYPE_CHECKING:
    from sandbox.caller import Caller
    from sandbox.ecs.task_record import TaskRecord
    from sandbox.ecs.world import World


def follow(world: World, owner: Caller, task: TaskRecord) -> None:
    """Let EC2 have the interface of a task that lives, and not that of one that has stopped."""
    interface = task.interface
    if task.last_status == "STOPPED":
        world.network.detach(owner, interface.id)
        return
    place = task.cluster_arn.partition(":cluster/")[0]
    world.network.attach(
        owner,
        InterfaceFacts(
            id=interface.id,
            subnet_id=interface.subnet,
            address=interface.address,
            mac=interface.mac,
            security_groups=interface.security_groups,
            description=f"{place}:attachment/{interface.attachment}",
        ),
    )
