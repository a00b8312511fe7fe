"""What the model tells of zones and of places for tasks, as service events in AWS's words."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rollout.timeline import Cause, Event, Kind

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sandbox.ecs.service_record import ServiceRecord
    from sandbox.ecs.world import World

    Handler = Callable[[World, ServiceRecord, Event, datetime], None]

_REASONS = {
    Cause.CAPACITY: "Capacity is unavailable at this time. Please try again later or in a different availability zone.",
    Cause.ADDRESSES: "The specified subnet does not have enough free addresses to satisfy the request.",
}
"""AWS: "Amazon ECS service event messages"; the first is observed, the second, EC2's own message, assumed."""


def _on_placement_failed(_world: World, record: ServiceRecord, event: Event, now: datetime) -> None:
    """AWS: "Service event messages": a message that repeats is left out: documented."""
    text = (
        f"was unable to place a task. Reason: {_REASONS[event.cause]} "
        "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."
    )
    if not record.events or not record.events[0]["message"].endswith(text):
        record.say(now, text)


def _on_rebalancing_started(_world: World, record: ServiceRecord, event: Event, now: datetime) -> None:
    """AWS: "Amazon ECS Availability Zone service rebalancing service event messages": documented, as is the next."""
    record.say(now, f"is not AZ balanced with {_zones(record, event)}. AZ Rebalancing in progress.")


def _on_rebalanced(_world: World, record: ServiceRecord, event: Event, now: datetime) -> None:
    record.say(now, f"is AZ balanced with {_zones(record, event)}.")


def _zones(record: ServiceRecord, event: Event) -> str:
    counts = Counter(task.interface.zone for task in record.tasks.values() if task.desired_status == "RUNNING")
    zones = sorted({subnet.zone for subnet in record.deployments[event.deployment].subnets})
    parts = [f"{counts[zone]} tasks in {zone}" for zone in zones]
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


HANDLERS: dict[Kind, Handler] = {
    Kind.PLACEMENT_FAILED: _on_placement_failed,
    Kind.REBALANCING_STARTED: _on_rebalancing_started,
    Kind.REBALANCED: _on_rebalanced,
}
