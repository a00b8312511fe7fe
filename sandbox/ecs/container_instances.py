"""Container instances (AWS: "Amazon ECS container instances"): a sandbox on Fargate alone has none.

So they are missing wherever one is named, and nothing can be started on them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.ecs import clusters, refusals, task_definitions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.caller import Caller
    from sandbox.ecs.records import ClusterRecord, Holdings
    from sandbox.ecs.world import World

    Json = dict[str, Any]

_MOST_STARTED = 10
_MOST_DESCRIBED = 100


class ContainerInstances:
    """The operations on container instances that have an answer where there is none of them."""

    def __init__(self, world: World) -> None:
        self._world = world

    def handlers(self) -> Mapping[str, Callable[[Caller, Json], Json]]:
        """Operations by name."""
        return {
            "StartTask": self.start_task,
            "ListContainerInstances": self.list_container_instances,
            "DescribeContainerInstances": self.describe_container_instances,
        }

    def start_task(self, caller: Caller, params: Json) -> Json:
        """Every instance is missing (AWS: "StartTask", "API failure reasons": MISSING): documented."""
        holdings = self._world.holdings(caller)
        cluster = clusters.find(holdings, params.get("cluster"))
        definition = task_definitions.find(holdings, params["taskDefinition"])
        if definition is None:
            raise refusals.client("TaskDefinition not found.")
        if definition.body["status"] != "ACTIVE":
            raise refusals.client("TaskDefinition is inactive")
        return {"tasks": [], "failures": _missing(holdings, cluster, params["containerInstances"], _MOST_STARTED)}

    def list_container_instances(self, caller: Caller, params: Json) -> Json:
        """None."""
        clusters.find(self._world.holdings(caller), params.get("cluster"))
        return {"containerInstanceArns": []}

    def describe_container_instances(self, caller: Caller, params: Json) -> Json:
        """All are missing."""
        holdings = self._world.holdings(caller)
        cluster = clusters.find(holdings, params.get("cluster"))
        failures = _missing(holdings, cluster, params["containerInstances"], _MOST_DESCRIBED)
        return {"containerInstances": [], "failures": failures}


def _missing(holdings: Holdings, cluster: ClusterRecord, names: list[str], most: int) -> list[Json]:
    if not 1 <= len(names) <= most:
        raise refusals.invalid(f"Container instances must have from 1 to {most} members, got {len(names)}.")
    path = holdings.place.arn(f"container-instance/{cluster.name}/")
    return [{"arn": name if name.startswith("arn:") else path + name, "reason": "MISSING"} for name in names]
