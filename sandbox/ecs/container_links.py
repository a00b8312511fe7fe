"""How the containers of a task definition refer to each other: dependsOn, links, volumesFrom.

AWS: "ContainerDependency" and "ContainerDefinition" (ECS API reference): documented. The message about essential
containers is observed (boto/boto3#2436), the others are assumed.
"""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import Any

from sandbox.ecs import refusals

Json = dict[str, Any]

_ENDS = frozenset({"COMPLETE", "SUCCESS"})


def check(containers: list[Json], network_mode: str) -> None:
    """Refuse references to what is not there, and dependencies that can never be met."""
    by_name = {container["name"]: container for container in containers}
    for container in containers:
        for dependency in container.get("dependsOn", []):
            _check_dependency(container, dependency, by_name)
        for link in container.get("links", []):
            _check_link(container, link, set(by_name), network_mode)
        for volumes in container.get("volumesFrom", []):
            if volumes.get("sourceContainer") not in by_name:
                raise refusals.client(
                    f"Container '{container['name']}' takes volumes from the unknown container "
                    f"'{volumes.get('sourceContainer')}'."
                )
    _check_cycles(containers)


def _check_dependency(container: Json, dependency: Json, by_name: dict[str, Json]) -> None:
    other, condition = dependency["containerName"], dependency["condition"]
    if other not in by_name or other == container["name"]:
        raise refusals.client(
            f"Container '{container['name']}' depends on container '{other}', "
            "which is not another container of the task definition."
        )
    if condition in _ENDS and by_name[other].get("essential", True):
        raise refusals.client(
            "A dependency container with SUCCESS or COMPLETE condition cannot be an essential container"
        )
    if condition == "HEALTHY" and not by_name[other].get("healthCheck"):
        raise refusals.client(
            f"Container '{container['name']}' waits for container '{other}' to be HEALTHY, which has no health check."
        )


def _check_link(container: Json, link: str, names: set[str], network_mode: str) -> None:
    if network_mode != "bridge":
        raise refusals.client(f"Links are not supported when networkMode={network_mode}.")
    if link.partition(":")[0] not in names:
        raise refusals.client(f"Container '{container['name']}' links to the unknown container '{link}'.")


def _check_cycles(containers: list[Json]) -> None:
    graph = {c["name"]: {one["containerName"] for one in c.get("dependsOn", [])} for c in containers}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        way = ", ".join(error.args[1][:-1])
        raise refusals.client(f"Containers of the task definition depend on each other in a circle: {way}.") from None
