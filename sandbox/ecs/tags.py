"""Tags of ECS resources (AWS: "Tagging your Amazon ECS resources")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.ecs import refusals
from sandbox.ecs.arns import last_part

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.caller import Caller
    from sandbox.ecs.records import Holdings
    from sandbox.ecs.world import World

    Json = dict[str, Any]
    Found = tuple[Any, Any] | None

_MOST = 50


def checked(tags: list[Json] | None) -> list[Json]:
    """``tags`` if AWS would take them (at most 50, no key twice, no key that begins with ``aws:``)."""
    tags = tags or []
    keys = [tag.get("key", "") for tag in tags]
    if len(keys) > _MOST:
        raise refusals.invalid(f"Too many tags: {len(keys)}, at most {_MOST} are allowed.")
    if len(set(keys)) < len(keys):
        raise refusals.invalid("Duplicate tag keys are not allowed.")
    for key in keys:
        _check_key(key)
    return [{"key": tag["key"], "value": tag.get("value", "")} for tag in tags]


def _reserved(key: str) -> bool:
    """AWS's own tags count for no limit, and nobody else edits or deletes them (AWS: "Tag"): documented."""
    return key.lower().startswith("aws:")


def _check_key(key: str) -> None:
    if not key or _reserved(key):
        raise refusals.invalid(f"Tag key {key!r} is not allowed: it is empty or begins with aws:.")


class Tags:
    """TagResource, UntagResource and ListTagsForResource."""

    def __init__(self, world: World) -> None:
        self._world = world

    def handlers(self) -> Mapping[str, Callable[[Caller, Json], Json]]:
        """Operations by name."""
        return {
            "TagResource": self.tag_resource,
            "UntagResource": self.untag_resource,
            "ListTagsForResource": self.list_tags_for_resource,
        }

    def tag_resource(self, caller: Caller, params: Json) -> Json:
        """Add tags, replacing those of the same key."""
        record, owner = self._find(caller, params["resourceArn"])
        new = checked(params["tags"])
        keys = {tag["key"] for tag in new}
        kept = [tag for tag in record.tags if tag["key"] not in keys]
        checked([tag for tag in kept if not _reserved(tag["key"])] + new)
        record.tags = kept + new
        self._world.records.touch(owner)
        return {}

    def untag_resource(self, caller: Caller, params: Json) -> Json:
        """Remove tags by key."""
        record, owner = self._find(caller, params["resourceArn"])
        for key in params["tagKeys"]:
            _check_key(key)
        record.tags = [tag for tag in record.tags if tag["key"] not in params["tagKeys"]]
        self._world.records.touch(owner)
        return {}

    def list_tags_for_resource(self, caller: Caller, params: Json) -> Json:
        """A resource's tags."""
        return {"tags": self._find(caller, params["resourceArn"])[0].tags}

    def _find(self, caller: Caller, arn: str) -> tuple[Any, Any]:
        """(what carries the tags, the record that is stored)."""
        holdings = self._world.holdings(caller)
        parts = arn.split(":", 5)
        if len(parts) < 6 or parts[2] != "ecs":  # noqa: PLR2004 - an ARN has six parts
            raise refusals.invalid(f"Invalid ARN: {arn}")
        kind, _, rest = parts[5].partition("/")
        finder = _FINDERS.get(kind)
        found = finder(holdings, rest) if finder else None
        if found is None:
            raise refusals.invalid(f"The specified resource is not found: {arn}")
        return found


def _cluster(holdings: Holdings, name: str) -> Found:
    record = holdings.clusters.get(name)
    return (record, record) if record else None


def _service(holdings: Holdings, path: str) -> Found:
    cluster, _, name = path.partition("/")
    record = holdings.services.get((cluster, name))
    return (record, record) if record else None


def _task_definition(holdings: Holdings, name: str) -> Found:
    family_name, _, number = name.partition(":")
    family = holdings.families.get(family_name)
    revision = family.revisions.get(int(number)) if family and number.isdigit() else None
    return (revision, family) if revision else None


def _task(holdings: Holdings, path: str) -> Found:
    identifier = last_part(path)
    lone = holdings.lone_tasks.get(identifier)
    if lone:
        return lone.task, lone
    for service in holdings.services.values():
        for task in service.tasks.values():
            if task.id == identifier:
                return task, service
    return None


_FINDERS = {"cluster": _cluster, "service": _service, "task-definition": _task_definition, "task": _task}
