"""How a service's number of tasks follows what they are asked to do, as the stack file says it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from components.autoscaling import Autoscaling, AutoscalingArgs, Queue, Schedule, Step
from stacks.scaling import QueueDials, ScalingDials


def scale(
    name: str,
    scaling: ScalingDials,
    service: Mapping[str, Any],
    own_queue: pulumi.Output[str] | None,
    opts: pulumi.ResourceOptions,
) -> Autoscaling:
    """Lets policies say how many tasks there are. `service` is it as `AutoscalingArgs` names it, and its metrics."""
    return Autoscaling(
        name,
        AutoscalingArgs(
            **service,
            minimum=scaling.min,
            maximum=scaling.max,
            cpu=scaling.cpu,
            memory=scaling.memory,
            requests_per_task=scaling.requests_per_task,
            queue=_queue(scaling.queue, own_queue) if scaling.queue else None,
            steps=[Step(above=step.cpu_above, add=step.add) for step in scaling.steps],
            schedules=[
                Schedule(name=one.name, when=one.when, time_zone=one.time_zone, minimum=one.min, maximum=one.max)
                for one in scaling.schedules
            ],
        ),
        opts,
    )


def _queue(dials: QueueDials, own: pulumi.Output[str] | None) -> Queue:
    name = dials.name or own
    if name is None:
        raise TypeError("the service has no queue of its own: `stacks.settings.parse` refuses that")
    return Queue(name=name, messages_per_task=dials.messages_per_task)
