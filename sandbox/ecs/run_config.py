"""What RunTask asks for beside the task definition: what AWS refuses of it, and what it changes.

AWS: "RunTask" and "TaskOverride" (ECS API reference): documented; the wording of the refusals is assumed, where nothing
else is said.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sandbox.aws_error import AwsError
from sandbox.ecs import refusals, service_volumes
from sandbox.ecs.clusters import check_strategy
from sandbox.ecs.fargate import check_size
from sandbox.ecs.service_config import check_platform

if TYPE_CHECKING:
    from sandbox.caller import Caller
    from sandbox.ecs.records import ClusterRecord
    from sandbox.ecs.world import World

    Json = dict[str, Any]

_STARTED_BY = re.compile(r"[A-Za-z0-9_/-]{1,128}")
_OVERRIDDEN = ("cpu", "memory", "executionRoleArn", "taskRoleArn", "ephemeralStorage")

_ROLE_MISSING = (
    "The execute command failed because a valid task role is not being used. Specify a valid task role in your task "
    "definition or as a task override and try again."
)
"""Observed (boto/boto3#3173)."""


def check(world: World, caller: Caller, params: Json, definition: Json, cluster: ClusterRecord) -> None:
    """Refuse what AWS refuses; ``definition`` has the overrides in it."""
    if params.get("launchType", "FARGATE") != "FARGATE":
        raise AwsError(
            "UnsupportedFeatureException", f"The Slipway sandbox knows launchType FARGATE only: {params['launchType']}."
        )
    if params.get("launchType") and params.get("capacityProviderStrategy"):
        raise refusals.invalid("Specifying both a launch type and capacity provider strategy is not supported.")
    check_strategy(params.get("capacityProviderStrategy") or [], cluster.body["capacityProviders"])
    check_platform(params.get("platformVersion"))
    if params.get("placementStrategy") or params.get("placementConstraints"):
        raise refusals.invalid("Placement strategies and constraints are not supported with FARGATE launch type.")
    if params.get("propagateTags") == "SERVICE":
        raise refusals.invalid("Tags can not be propagated from a service to a task that no service starts.")
    if params.get("startedBy") and not _STARTED_BY.fullmatch(params["startedBy"]):
        raise refusals.invalid(
            f"Invalid startedBy {params['startedBy']!r}: up to 128 letters, numbers, hyphens, slashes and underscores "
            "are allowed."
        )
    if params.get("enableExecuteCommand") and not definition.get("taskRoleArn"):
        raise refusals.invalid(_ROLE_MISSING)
    service_volumes.check(world, caller, {"volumeConfigurations": params.get("volumeConfigurations")}, definition)


def overridden(definition: Json, overrides: Json) -> Json:
    """``definition`` with the overrides of the whole task."""
    changes = {name: overrides[name] for name in _OVERRIDDEN if overrides.get(name)}
    whole = definition | changes
    if "cpu" in changes or "memory" in changes:
        whole["cpu"], whole["memory"] = check_size(whole.get("cpu"), whole.get("memory"))
    return whole


def capacity_provider(params: Json, cluster: ClusterRecord) -> str | None:
    """The capacity provider that the tasks run on, None with a launch type: the first of the strategy (assumed)."""
    strategy = params.get("capacityProviderStrategy")
    if not strategy and not params.get("launchType"):
        strategy = cluster.body["defaultCapacityProviderStrategy"]
    return str(strategy[0]["capacityProvider"]) if strategy else None


def tags(params: Json, definition: Json, cluster: ClusterRecord) -> list[Json]:
    """The tags of a task: its own, the task definition's when propagated, and AWS's when managed."""
    own: list[Json] = params["tags"]
    keys = {tag["key"] for tag in own}
    propagated = definition["tags"] if params.get("propagateTags") == "TASK_DEFINITION" else []
    managed = [{"key": "aws:ecs:clusterName", "value": cluster.name}] if params.get("enableECSManagedTags") else []
    return [*own, *(tag for tag in propagated if tag["key"] not in keys), *managed]
