"""EventBridge Scheduler: schedules and their groups."""

from __future__ import annotations

from typing import Any, Final

from sandbox.standins.aws import documents
from sandbox.standins.aws.aws import Aws
from sandbox.standins.aws.casing import from_api, structure_to_api
from sandbox.standins.aws.faults import Fault
from sandbox.standins.aws.resource_type import Call, Naming, ResourceType, Situation, Update
from sandbox.standins.aws.values import UNKNOWN, Properties

_GROUP: Final = "default"
"""The group of a schedule that names none."""
_NETWORK: Final = "networkConfiguration"
_NAMES: Final = {"target.ecsParameters.enableEcsManagedTags": "EnableECSManagedTags"}
_SENT: Final = (
    "description endDate flexibleTimeWindow kmsKeyArn scheduleExpression scheduleExpressionTimezone startDate state"
)
_NOT_IMITATED: Final = (
    "eventbridgeParameters",
    "kinesisParameters",
    "sagemakerPipelineParameters",
    "ecsParameters.capacityProviderStrategies",
    "ecsParameters.placementConstraints",
    "ecsParameters.placementStrategies",
    "ecsParameters.tags",
)
"""Of a target, by dotted path."""


def _target(s: Situation, operation: str) -> dict[str, Any]:
    """A target as the API takes it: a network has one block more there, and words for whether it is public."""
    shape = s.aws.input_shape("scheduler", operation).members["Target"]
    target = dict(s.p["target"])
    ecs = dict(target.get("ecsParameters") or {})
    network = ecs.pop(_NETWORK, None)
    if ecs:
        target["ecsParameters"] = ecs
    made: dict[str, Any] = structure_to_api(target, shape, _NAMES, "target")
    if network:
        public = "ENABLED" if network.get("assignPublicIp") else "DISABLED"
        groups = {"SecurityGroups": network["securityGroups"]} if network.get("securityGroups") else {}
        found = {"Subnets": network["subnets"], **groups, "AssignPublicIp": public}
        made["EcsParameters"]["NetworkConfiguration"] = {"awsvpcConfiguration": found}
    return made


def _put(operation: str) -> Any:  # noqa: ANN401 - a function for the table
    """Scheduler knows only a whole schedule: what an update leaves out is taken out."""

    def put(s: Situation) -> dict[str, Any]:
        shape = s.aws.input_shape("scheduler", operation)
        given = {name: s.p[name] for name in _SENT.split() if s.p.get(name) not in (None, "")}
        made: dict[str, Any] = structure_to_api(given, shape, {}, "")
        where = {"Name": s.p["name"], "GroupName": s.p.get("groupName") or _GROUP}
        return s.call("scheduler", operation, **where, **made, Target=_target(s, operation))

    return put


def _read_target(_: Situation, item: dict[str, Any]) -> Properties:
    target: Properties = from_api(item["Target"], SCHEDULE.facts.properties["target"], _NAMES, "target")
    told = (item["Target"].get("EcsParameters") or {}).get("NetworkConfiguration")
    if told:
        found = told["awsvpcConfiguration"]
        target["ecsParameters"][_NETWORK] = {
            "assignPublicIp": found.get("AssignPublicIp") == "ENABLED",
            "securityGroups": found.get("SecurityGroups") or [],
            "subnets": found["Subnets"],
        }
    return target


def _check(p: Properties) -> list[tuple[str, str]]:
    target = p["target"]
    if target is UNKNOWN:
        return []
    wrong = []
    for path in _NOT_IMITATED:
        block, _, inner = path.partition(".")
        held = target.get(block)
        if held is not UNKNOWN and held and (not inner or held.get(inner)):
            wrong.append((f"target.{path}", "is not imitated by this stand-in for pulumi-aws"))
    return wrong


def _import(given: str, _aws: Aws) -> Properties:
    group, _, name = given.partition("/")
    if not name:
        raise Fault(f"unexpected format of ID ({given}), expected <schedule-group>/<schedule-name>")
    return {"id": given, "groupName": group, "name": name}


SCHEDULE = ResourceType(
    token="aws:scheduler/schedule:Schedule",
    noun="EventBridge Scheduler Schedule",
    service="scheduler",
    create=_put("CreateSchedule"),
    id=lambda s, _: f"{s.p.get('groupName') or _GROUP}/{s.p['name']}",
    read=Call("GetSchedule", "groupName name"),
    update=(Update(f"{_SENT} target", _put("UpdateSchedule")),),
    delete=Call("DeleteSchedule", "groupName name"),
    outputs={"target": _read_target},
    force_new="groupName name",
    computed="groupName target.ecsParameters.platformVersion",
    defaults={"scheduleExpressionTimezone": "UTC", "state": "ENABLED"},
    stated={
        "target.retryPolicy": {"maximumEventAgeInSeconds": 86_400, "maximumRetryAttempts": 185},
        "target.ecsParameters.taskCount": 1,
        "target.ecsParameters.enableEcsManagedTags": False,
        "target.ecsParameters.enableExecuteCommand": False,
    },
    canonical={"target.input": documents.json_text},
    naming=Naming(64),
    import_id=_import,
    check=_check,
    not_imitated="actionAfterCompletion namePrefix",
)

GROUP = ResourceType(
    token="aws:scheduler/scheduleGroup:ScheduleGroup",
    noun="EventBridge Scheduler Schedule Group",
    service="scheduler",
    create=Call("CreateScheduleGroup", "name"),
    id=lambda s, _: str(s.p["name"]),
    read=Call("GetScheduleGroup", also={"Name": lambda p: p["id"]}),
    alive=lambda item: item.get("State") != "DELETING",
    delete=Call("DeleteScheduleGroup", also={"Name": lambda p: p["id"]}),
    names={"lastModificationDate": "LastModificationDate"},
    force_new="name",
    naming=Naming(64),
    tags="Tags",
    not_imitated="namePrefix",
)

TYPES: Final = (SCHEDULE, GROUP)
