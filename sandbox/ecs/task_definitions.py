"""Task definitions: families and their revisions (AWS: "Amazon ECS task definitions")."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sandbox.ecs import containers, refusals
from sandbox.ecs.arns import last_part
from sandbox.ecs.fargate import check_size, check_task, task_number
from sandbox.ecs.pages import page
from sandbox.ecs.records import FamilyRecord, TaskDefinitionRecord
from sandbox.ecs.tags import checked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.caller import Caller
    from sandbox.ecs.records import Holdings
    from sandbox.ecs.world import World

    Json = dict[str, Any]

_FAMILY = re.compile(r"[A-Za-z0-9_-]{1,255}")
_ROLE = re.compile(r"arn:aws[\w-]*:iam::\d{12}:role/.+")
_ECR_IMAGE = re.compile(r"(\d{12}\.dkr\.ecr\.|[^/]+:\d+/\d{12}/)")
_VOLUME = re.compile(r"[A-Za-z0-9_-]{1,255}")
_VOLUME_KINDS = (
    "configuredAtLaunch",
    "dockerVolumeConfiguration",
    "efsVolumeConfiguration",
    "s3filesVolumeConfiguration",
    "fsxWindowsFileServerVolumeConfiguration",
    "host",
)
_MOST_DELETED = 10
_EC2_CPU = range(128, 196_609)
_STORAGE = range(21, 201)

_ECHOED = (
    "taskRoleArn",
    "executionRoleArn",
    "placementConstraints",
    "requiresCompatibilities",
    "pidMode",
    "ipcMode",
    "proxyConfiguration",
    "inferenceAccelerators",
    "ephemeralStorage",
    "runtimePlatform",
    "enableFaultInjection",
    "trustedExecutionConfiguration",
)


def find(holdings: Holdings, name: str) -> TaskDefinitionRecord | None:
    """The revision that ``family`` (its latest active one), ``family:revision`` or an ARN names."""
    family_name, _, number = last_part(name).partition(":")
    family = holdings.families.get(family_name)
    if family is None or (name.startswith("arn:") and not name.startswith(holdings.place.arn("task-definition/"))):
        return None
    if number:
        return family.revisions.get(int(number)) if number.isdigit() else None
    active = [n for n, revision in family.revisions.items() if revision.body["status"] == "ACTIVE"]
    return family.revisions[max(active)] if active else None


class TaskDefinitions:
    """The operations on task definitions."""

    def __init__(self, world: World) -> None:
        self._world = world

    def handlers(self) -> Mapping[str, Callable[[Caller, Json], Json]]:
        """Operations by name."""
        return {
            "RegisterTaskDefinition": self.register_task_definition,
            "DescribeTaskDefinition": self.describe_task_definition,
            "ListTaskDefinitions": self.list_task_definitions,
            "ListTaskDefinitionFamilies": self.list_task_definition_families,
            "DeregisterTaskDefinition": self.deregister_task_definition,
            "DeleteTaskDefinitions": self.delete_task_definitions,
        }

    def register_task_definition(self, caller: Caller, params: Json) -> Json:
        """Check a definition and make it the family's next revision (AWS: "RegisterTaskDefinition")."""
        holdings, name = self._holdings(caller), params["family"]
        if not _FAMILY.fullmatch(name):
            raise refusals.client(
                "Family contains invalid characters: up to 255 letters, numbers, hyphens and underscores are allowed."
            )
        if params.get("tags") == []:
            raise refusals.client("Tags can not be empty.")  # observed (public reports of AWS's CLI)
        tags = checked(params.get("tags"))
        body = _checked_body(params)
        self._check_roles(caller, params)
        family = holdings.families.setdefault(name, FamilyRecord(holdings.place, name))
        family.last_revision += 1
        number = family.last_revision
        body |= {
            "taskDefinitionArn": holdings.place.arn(f"task-definition/{name}:{number}"),
            "family": name,
            "revision": number,
            "status": "ACTIVE",
            "registeredAt": self._world.now(),
            "registeredBy": caller.arn,
        }
        record = TaskDefinitionRecord(body, tags)
        family.revisions[number] = record
        self._world.records.touch(family)
        return {"taskDefinition": body, "tags": tags}

    def describe_task_definition(self, caller: Caller, params: Json) -> Json:
        """One revision, also an inactive one; ``family`` alone names the latest active revision."""
        record = find(self._holdings(caller), params["taskDefinition"])
        if record is None:
            raise refusals.client("Unable to describe task definition.")
        answer: Json = {"taskDefinition": record.body}
        if "TAGS" in (params.get("include") or ()):
            answer["tags"] = record.tags
        return answer

    def list_task_definitions(self, caller: Caller, params: Json) -> Json:
        """ARNs by family and revision; ``familyPrefix`` is a whole family name, as in AWS."""
        status, prefix = params.get("status", "ACTIVE"), params.get("familyPrefix")
        families = self._holdings(caller).families
        arns = [
            revision.arn
            for name in sorted(families)
            if not prefix or name == prefix
            for _, revision in sorted(families[name].revisions.items())
            if revision.body["status"] == status
        ]
        return page(arns[::-1] if params.get("sort") == "DESC" else arns, params, "taskDefinitionArns")

    def list_task_definition_families(self, caller: Caller, params: Json) -> Json:
        """Names of families that begin with ``familyPrefix``; ACTIVE ones have an active revision."""
        status, prefix = params.get("status", "ACTIVE"), params.get("familyPrefix") or ""
        names = []
        for name, family in sorted(self._holdings(caller).families.items()):
            states = {revision.body["status"] for revision in family.revisions.values()}
            state = "ACTIVE" if "ACTIVE" in states else "INACTIVE"
            if states and name.startswith(prefix) and status in {"ALL", state}:
                names.append(name)
        return page(names, params, "families")

    def deregister_task_definition(self, caller: Caller, params: Json) -> Json:
        """Make one revision INACTIVE: what runs goes on, nothing new can use it (AWS: "DeregisterTaskDefinition")."""
        holdings, name = self._holdings(caller), params["taskDefinition"]
        if ":" not in last_part(name):
            raise refusals.client("Missing revision in the task definition: family:revision or an ARN is needed.")
        record = find(holdings, name)
        if record is None:
            raise refusals.client("The specified task definition does not exist.")
        if record.body["status"] == "ACTIVE":
            record.body |= {"status": "INACTIVE", "deregisteredAt": self._world.now()}
            self._world.records.touch(holdings.families[record.body["family"]])
        return {"taskDefinition": record.body}

    def delete_task_definitions(self, caller: Caller, params: Json) -> Json:
        """Delete INACTIVE revisions: they stay as DELETE_IN_PROGRESS while something uses them, else they are gone.

        AWS: "DeleteTaskDefinitions": documented; that an unused one disappears at once is assumed.
        """
        holdings, names = self._holdings(caller), params["taskDefinitions"]
        if len(names) > _MOST_DELETED:
            raise refusals.invalid(f"At most {_MOST_DELETED} task definitions can be deleted in one request.")
        deleted: list[Json] = []
        failures: list[Json] = []
        for name in names:
            record = find(holdings, name) if ":" in last_part(name) else None
            if record is None:
                failures.append({"arn": name, "reason": "The specified task definition does not exist."})
            elif record.body["status"] == "ACTIVE":
                reason = (
                    "The specified task definition is still in ACTIVE status. "
                    "Please deregister the target and try again."
                )
                failures.append({"arn": record.arn, "reason": reason})
            else:
                deleted.append(self._delete(holdings, record))
        return {"taskDefinitions": deleted, "failures": failures}

    def _delete(self, holdings: Holdings, record: TaskDefinitionRecord) -> Json:
        body = record.body | {"status": "DELETE_IN_PROGRESS", "deleteRequestedAt": self._world.now()}
        family = holdings.families[body["family"]]
        if _in_use(holdings, record.arn):
            record.body = body
        else:
            del family.revisions[body["revision"]]
        self._world.records.touch(family)
        return body

    def _holdings(self, caller: Caller) -> Holdings:
        """What the caller's account has, without the revisions whose last user has ended since their deletion."""
        holdings = self._world.holdings(caller)
        for family in holdings.families.values():
            for number, revision in list(family.revisions.items()):
                if revision.body["status"] == "DELETE_IN_PROGRESS" and not _in_use(holdings, revision.arn):
                    del family.revisions[number]
                    self._world.records.touch(family)
        return holdings

    def _check_roles(self, caller: Caller, params: Json) -> None:
        for name in ("taskRoleArn", "executionRoleArn"):
            arn = params.get(name)
            if arn and not _ROLE.fullmatch(arn):
                raise refusals.client("Role is not valid")
            if arn and f"::{caller.account}:" not in arn:
                raise refusals.client(f"Cross-account pass role is not allowed: {arn}")


def _checked_body(params: Json) -> Json:
    compatibilities = params.get("requiresCompatibilities") or []
    fargate = "FARGATE" in compatibilities
    mode = params.get("networkMode") or ("awsvpc" if fargate else "bridge")
    sizes = {name: params[name] for name in ("cpu", "memory") if params.get(name)}
    if fargate:
        if mode != "awsvpc":
            raise refusals.client("Fargate only supports network mode ‘awsvpc’.")  # noqa: RUF001 - AWS's own quotes
        sizes = dict(zip(("cpu", "memory"), check_size(params.get("cpu"), params.get("memory")), strict=True))
        check_task(params)
        _check_execution_role(params)
    _check_sizes(params, sizes, fargate=fargate)
    definitions = params["containerDefinitions"]
    containers.check(
        definitions,
        network_mode=mode,
        fargate=fargate,
        cpu=task_number(sizes.get("cpu", "0"), "vcpu", "cpu"),
        memory=task_number(sizes.get("memory", "0"), "gb", "memory"),
    )
    _check_volumes(definitions, params.get("volumes") or [])
    body: Json = {
        "containerDefinitions": containers.completed(definitions, mode),
        "networkMode": mode,
        "volumes": params.get("volumes") or [],
        "placementConstraints": [],
        "compatibilities": ["EC2", "FARGATE"] if fargate else ["EC2"],
        "requiresAttributes": [{"name": "ecs.capability.task-eni"}] if mode == "awsvpc" else [],
    }
    return body | sizes | {key: params[key] for key in _ECHOED if key in params}


def _check_sizes(params: Json, sizes: Json, *, fargate: bool) -> None:
    """AWS: "RegisterTaskDefinition" (cpu) and "EphemeralStorage" (ECS API reference): documented; assumed wording."""
    if not fargate:
        units = task_number(sizes.get("cpu", str(_EC2_CPU[0])), "vcpu", "cpu")
        if units not in _EC2_CPU:
            raise refusals.client(
                f"Invalid 'cpu' setting for task: {units}, it must be from {_EC2_CPU[0]} to {_EC2_CPU[-1]} CPU units."
            )
    storage = (params.get("ephemeralStorage") or {}).get("sizeInGiB")
    if storage is not None and storage not in _STORAGE:
        raise refusals.client(
            f"Invalid ephemeralStorage: {storage} GiB, it must be from {_STORAGE[0]} to {_STORAGE[-1]} GiB."
        )


def _check_execution_role(params: Json) -> None:
    if params.get("executionRoleArn"):
        return
    for container in params["containerDefinitions"]:
        if _ECR_IMAGE.match(container.get("image") or ""):
            raise refusals.client("Fargate requires task definition to have execution role ARN to support ECR images.")
        if container.get("logConfiguration", {}).get("logDriver") == "awslogs":
            raise refusals.client(
                "Fargate requires task definition to have execution role ARN to support log driver awslogs."
            )
        if container.get("secrets") or container.get("logConfiguration", {}).get("secretOptions"):
            raise refusals.client(
                "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'."
            )
        if container.get("repositoryCredentials"):  # the wording is assumed
            raise refusals.client(
                "Fargate requires task definition to have execution role ARN to support repository credentials."
            )


def _check_volumes(definitions: list[Json], volumes: list[Json]) -> None:
    """AWS: "Volume" (ECS API reference): documented; but for ``Unknown volume`` the wording is assumed."""
    names = [volume.get("name", "") for volume in volumes]
    for name in names:
        if not _VOLUME.fullmatch(name):
            raise refusals.client(
                f"Invalid volume name {name!r}: up to 255 letters, numbers, hyphens and underscores are allowed."
            )
    if len(set(names)) < len(names):
        raise refusals.client("Volume names must be unique within a task definition.")
    for volume in volumes:
        kinds = [kind for kind in _VOLUME_KINDS if volume.get(kind)]
        if len(kinds) > 1:
            raise refusals.client(f"The volume {volume['name']} can be of one kind only, not {' and '.join(kinds)}.")
    if sum(1 for volume in volumes if volume.get("configuredAtLaunch")) > 1:
        raise refusals.client("Only one volume of a task definition can be configured at launch.")
    for container in definitions:
        for mount in container.get("mountPoints", []):
            if mount.get("sourceVolume") not in names:
                raise refusals.client(f"Unknown volume '{mount.get('sourceVolume')}'.")


def _in_use(holdings: Holdings, arn: str) -> bool:
    for service in holdings.services.values():
        if service.status == "INACTIVE":
            continue
        if service.config["taskDefinition"] == arn or any(d.task_definition == arn for d in service.live_deployments()):
            return True
    return any(lone.task.task_definition == arn for lone in holdings.lone_tasks.values())
