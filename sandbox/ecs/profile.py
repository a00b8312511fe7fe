"""From a task definition and its surroundings to what the rollout model needs to know."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from rollout.behaviour import HEALTHY, MISSING, Behaviour, Kind, parse
from rollout.revision import ContainerCheck, Revision, TargetCheck, Timings
from sandbox.ecs.secret_failures import secret_failure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.caller import Caller
    from sandbox.ecs.ports import TargetGroupFacts
    from sandbox.ecs.world import World

    Json = dict[str, Any]

_PULL_BYTES_PER_SECOND = 50e6
_SHORTEST_PULL = 15.0
_TASKS = "ecs-tasks.amazonaws.com"


@dataclass(frozen=True)
class Profile:
    """What the tasks of a revision will do, and which digests they run."""

    revision: Revision
    digests: dict[str, str] = field(default_factory=dict)
    start_failure: str = ""
    """Why they cannot start, in AWS's words; "" if they can."""


def profile(
    world: World, caller: Caller, definition: Json, groups: Sequence[TargetGroupFacts], known: dict[str, str]
) -> Profile:
    """Look everything up as it stands now; ``known`` are digests resolved before, which stay (AWS: "Container image
    resolution": the digest is resolved once per deployment): documented.
    """
    failure = (
        _role_failure(world, caller, definition)
        or secret_failure(world, caller, definition)
        or _log_failure(world, caller, definition)
    )
    behaviour, digests, size = HEALTHY, dict(known), 0
    for container in definition["containerDefinitions"]:
        image = container["image"]
        facts = world.images.resolve(caller, _pinned(image, known.get(container["name"])))
        if facts is None:
            failure = failure or _pull_failure(image)
            continue
        digests.setdefault(container["name"], facts.digest)
        size += facts.size
        if container.get("essential", True) and behaviour is HEALTHY:
            try:
                behaviour = parse(facts.behaviour)
            except ValueError as error:
                failure = failure or f"CannotStartContainerError: image {image}, label slipway.sandbox.behave: {error}"
    revision = Revision(
        name=definition["taskDefinitionArn"],
        behaviour=MISSING if failure else behaviour,
        target=_target_check(groups),
        container=_container_check(definition),
        timings=Timings(pull=_SHORTEST_PULL + size / _PULL_BYTES_PER_SECOND),
        stop_timeout=max(c.get("stopTimeout", 30) for c in definition["containerDefinitions"]),
    )
    return Profile(revision, digests, failure)


def one_off(behaviour: Behaviour) -> Behaviour:
    """What a container does that runs a command instead of the image's own: it ends by itself.

    Assumed: after five seconds, with exit code 0, unless the image misbehaves by crashing.
    """
    if behaviour.kind in {Kind.CRASH, Kind.OOM, Kind.MISSING}:
        return behaviour
    return replace(behaviour, kind=Kind.CRASH, after=5, code=0)


def _pinned(image: str, digest: str | None) -> str:
    """``image`` by its digest, if that is known."""
    if digest is None or "@" in image:
        return image
    repository, colon, tag = image.rpartition(":")
    return f"{repository if colon and '/' not in tag else image}@{digest}"


def _pull_failure(image: str) -> str:
    return (
        "CannotPullContainerError: pull image manifest has been retried 7 time(s): "
        f"failed to resolve ref {image}: {image}: not found"
    )


def _role_failure(world: World, caller: Caller, definition: Json) -> str:
    for name in ("executionRoleArn", "taskRoleArn"):
        arn = definition.get(name)
        if arn and not world.roles.role_trusts(caller, arn, _TASKS):
            return (
                f"ECS was unable to assume the role '{arn}' that was provided for this task. Please verify that the "
                "role being passed has the proper trust relationship and permissions and that your IAM user has "
                "permissions to pass this role."
            )
    return ""


def _log_failure(world: World, caller: Caller, definition: Json) -> str:
    for container in definition["containerDefinitions"]:
        log = container.get("logConfiguration", {})
        options = log.get("options", {})
        if log.get("logDriver") != "awslogs" or "awslogs-group" not in options:
            continue
        if options.get("awslogs-create-group") == "true":
            world.logs.create_group(caller, options["awslogs-group"])
        elif not world.logs.has_group(caller, options["awslogs-group"]):
            return (
                "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: "
                "failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not "
                "exist. : exit status 1"
            )
    return ""


def _target_check(groups: Sequence[TargetGroupFacts]) -> TargetCheck | None:
    """The slowest of several target groups decides."""
    if not groups:
        return None
    slowest = max(groups, key=lambda group: group.health_check_interval * group.healthy_threshold)
    return TargetCheck(
        interval=slowest.health_check_interval,
        timeout=slowest.health_check_timeout,
        healthy_threshold=slowest.healthy_threshold,
        unhealthy_threshold=slowest.unhealthy_threshold,
        deregistration_delay=max(group.deregistration_delay for group in groups),
    )


def _container_check(definition: Json) -> ContainerCheck | None:
    checks = [
        container["healthCheck"]
        for container in definition["containerDefinitions"]
        if container.get("essential", True) and container.get("healthCheck", {}).get("command", ["NONE"]) != ["NONE"]
    ]
    if not checks:
        return None
    slowest = max(checks, key=lambda check: check["interval"] * check["retries"])
    return ContainerCheck(
        interval=slowest["interval"],
        timeout=slowest["timeout"],
        retries=slowest["retries"],
        start_period=slowest.get("startPeriod", 0),
    )
