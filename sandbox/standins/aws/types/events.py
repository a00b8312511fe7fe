"""EventBridge rules and their targets."""

from __future__ import annotations

from typing import Any, Final

from sandbox.standins.aws import documents
from sandbox.standins.aws.aws import Aws
from sandbox.standins.aws.casing import structure_to_api
from sandbox.standins.aws.faults import Fault
from sandbox.standins.aws.resource_type import Call, Naming, ResourceType, Situation, Update
from sandbox.standins.aws.values import Properties

_BUS: Final = "default"
"""The bus of a rule that names none."""

_RULE_SENT: Final = "description eventBusName eventPattern name roleArn scheduleExpression state"
_PUT_RULE: Final = Call("PutRule", _RULE_SENT)


def _rule_id(s: Situation, _: dict[str, Any]) -> str:
    bus = s.p.get("eventBusName") or _BUS
    return str(s.p["name"] if bus == _BUS else f"{bus}/{s.p['name']}")


def _import_rule(given: str, _aws: Aws) -> Properties:
    bus, _, name = given.rpartition("/")
    return {"id": given, "name": name, "eventBusName": bus or _BUS}


RULE = ResourceType(
    token="aws:cloudwatch/eventRule:EventRule",
    noun="EventBridge Rule",
    service="events",
    create=_PUT_RULE,
    id=_rule_id,
    read=Call("DescribeRule", "eventBusName name"),
    update=(Update(_RULE_SENT, _PUT_RULE),),
    delete=Call("DeleteRule", "eventBusName name"),
    force_new="eventBusName name",
    defaults={"eventBusName": _BUS, "forceDestroy": False, "state": "ENABLED"},
    unread="forceDestroy",
    canonical={"eventPattern": documents.json_text},
    naming=Naming(64),
    tags="Tags",
    import_id=_import_rule,
    not_imitated="isEnabled namePrefix",
)

_OF_TARGET: Final = "arn deadLetterConfig input inputPath inputTransformer retryPolicy roleArn sqsTarget"
_TARGET_NAMES: Final = {
    "inputTransformer.inputPaths": "InputPathsMap",
    "sqsTarget": "SqsParameters",
    "retryPolicy.maximumEventAgeInSeconds": "MaximumEventAgeInSeconds",
}


def _put_target(s: Situation) -> None:
    shape = s.aws.input_shape("events", "PutTargets").members["Targets"].member
    told = {name: s.p[name] for name in _OF_TARGET.split() if s.p.get(name) not in (None, "")}
    made: dict[str, Any] = structure_to_api(told, shape, _TARGET_NAMES, "")
    target = {"Id": s.p["targetId"], **made}
    answer = s.call("events", "PutTargets", Rule=s.p["rule"], EventBusName=s.p.get("eventBusName"), Targets=[target])
    if answer.get("FailedEntryCount"):
        raise Fault(str(answer["FailedEntries"][0].get("ErrorMessage")))


def _find_target(s: Situation) -> dict[str, Any] | None:
    token = None
    while True:
        answer = s.call(
            "events", "ListTargetsByRule", Rule=s.p["rule"], EventBusName=s.p.get("eventBusName"), NextToken=token
        )
        for target in answer["Targets"]:
            if target["Id"] == s.p["targetId"]:
                return dict(target)
        token = answer.get("NextToken")
        if not token:
            return None


def _target_id(s: Situation, _: dict[str, Any]) -> str:
    bus = s.p.get("eventBusName") or _BUS
    parts = [s.p["rule"], s.p["targetId"]]
    return "-".join(parts if bus == _BUS else [bus, *parts])


def _import_target(given: str, _aws: Aws) -> Properties:
    parts = given.split("/")
    if len(parts) not in (2, 3):
        raise Fault(f"unexpected format ({given}), expected <event-bus-name>/<rule>/<target-id> or <rule>/<target-id>")
    bus = parts[0] if len(parts) > 2 else _BUS  # noqa: PLR2004 - the bus is optional
    rule, target = parts[-2:]
    return {"id": f"{rule}-{target}", "rule": rule, "targetId": target, "eventBusName": bus}


TARGET = ResourceType(
    token="aws:cloudwatch/eventTarget:EventTarget",
    noun="EventBridge Target",
    service="events",
    create=_put_target,
    id=_target_id,
    read=_find_target,
    update=(Update(_OF_TARGET, _put_target),),
    delete=Call(
        "RemoveTargets",
        "eventBusName rule",
        {"Ids": lambda p: [p["targetId"]], "Force": lambda p: bool(p.get("forceDestroy"))},
    ),
    names=_TARGET_NAMES,
    outputs={
        "eventBusName": lambda s, _: s.p.get("eventBusName") or _BUS,
        "rule": lambda s, _: s.p["rule"],
        "targetId": lambda s, _: s.p["targetId"],
    },
    force_new="eventBusName rule targetId",
    defaults={"eventBusName": _BUS, "forceDestroy": False},
    unread="forceDestroy",
    canonical={"input": documents.json_text},
    naming=Naming(64, property="targetId"),
    import_id=_import_target,
    not_imitated="appsyncTarget batchTarget ecsTarget httpTarget kinesisTarget redshiftTarget runCommandTargets "
    "sagemakerPipelineTarget",
)

TYPES: Final = (RULE, TARGET)
