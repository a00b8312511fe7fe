"""Log groups of CloudWatch and their metric filters."""

from __future__ import annotations

from typing import Any, Final

from sandbox.standins.aws import documents
from sandbox.standins.aws.aws import Aws
from sandbox.standins.aws.faults import Fault
from sandbox.standins.aws.resource_type import Call, Naming, ResourceType, Situation, Update
from sandbox.standins.aws.values import Properties


def _find(s: Situation) -> dict[str, Any] | None:
    """Groups are found by prefix; ours is the one whose name is exactly that."""
    token = None
    while True:
        answer = s.call("logs", "DescribeLogGroups", logGroupNamePrefix=s.p["id"], nextToken=token)
        for group in answer["logGroups"]:
            if group["logGroupName"] == s.p["id"]:
                return {**group, "arn": str(group["arn"]).removesuffix(":*")}
        token = answer.get("nextToken")
        if not token:
            return None


def _retain(s: Situation) -> None:
    if s.p.get("retentionInDays"):
        s.call("logs", "PutRetentionPolicy", logGroupName=s.p["id"], retentionInDays=s.p["retentionInDays"])
    elif s.old:
        s.call("logs", "DeleteRetentionPolicy", logGroupName=s.p["id"])


def _encrypt(s: Situation) -> None:
    if s.p.get("kmsKeyId"):
        s.call("logs", "AssociateKmsKey", logGroupName=s.p["id"], kmsKeyId=s.p["kmsKeyId"])
    else:
        s.call("logs", "DisassociateKmsKey", logGroupName=s.p["id"])


LOG_GROUP = ResourceType(
    token="aws:cloudwatch/logGroup:LogGroup",
    noun="CloudWatch Logs Log Group",
    service="logs",
    create=Call("CreateLogGroup", "kmsKeyId logGroupClass name"),
    id=lambda s, _: str(s.p["name"]),
    read=_find,
    update=(Update("retentionInDays", _retain, on_create=True), Update("kmsKeyId", _encrypt)),
    delete=lambda s: None if s.p.get("skipDestroy") else s.call("logs", "DeleteLogGroup", logGroupName=s.p["id"]),
    names={"name": "logGroupName"},
    force_new="logGroupClass name",
    computed="logGroupClass",
    defaults={"retentionInDays": 0, "skipDestroy": False},
    unread="skipDestroy",
    naming=Naming(512),
    tags="tags",
    not_imitated="deletionProtectionEnabled namePrefix",
)


def _transformations(p: Properties) -> list[dict[str, Any]]:
    told = p["metricTransformation"]
    made = {
        "metricName": told["name"],
        "metricNamespace": told["namespace"],
        "metricValue": told["value"],
        "defaultValue": float(told["defaultValue"]) if told.get("defaultValue") not in (None, "") else None,
        "dimensions": told.get("dimensions") or None,
        "unit": told.get("unit"),
    }
    return [{name: value for name, value in made.items() if value is not None}]


def _find_filter(s: Situation) -> dict[str, Any] | None:
    """Filters are found by prefix, as groups are."""
    token = None
    while True:
        answer = s.call(
            "logs",
            "DescribeMetricFilters",
            logGroupName=s.p["logGroupName"],
            filterNamePrefix=s.p["name"],
            nextToken=token,
        )
        for found in answer["metricFilters"]:
            if found["filterName"] == s.p["name"]:
                return dict(found)
        token = answer.get("nextToken")
        if not token:
            return None


def _import_filter(given: str, _aws: Aws) -> Properties:
    group, _, name = given.rpartition(":")
    if not group:
        raise Fault(f"unexpected format ({given}), expected <log-group-name>:<name>")
    return {"id": name, "logGroupName": group, "name": name}


_PUT_FILTER: Final = Call(
    "PutMetricFilter",
    "logGroupName name",
    {"filterPattern": lambda p: p["pattern"], "metricTransformations": _transformations},
)

METRIC_FILTER = ResourceType(
    token="aws:cloudwatch/logMetricFilter:LogMetricFilter",
    noun="CloudWatch Logs Metric Filter",
    service="logs",
    create=_PUT_FILTER,
    id=lambda s, _: str(s.p["name"]),
    read=_find_filter,
    update=(Update("metricTransformation pattern", _PUT_FILTER),),
    delete=Call("DeleteMetricFilter", "logGroupName name"),
    names={
        "name": "filterName",
        "pattern": "filterPattern",
        "metricTransformation": "metricTransformations",
        "metricTransformation.name": "metricName",
        "metricTransformation.namespace": "metricNamespace",
        "metricTransformation.value": "metricValue",
    },
    force_new="logGroupName name",
    stated={"metricTransformation.unit": "None"},
    canonical={"metricTransformation.defaultValue": float},
    naming=Naming(512),
    import_id=_import_filter,
    not_imitated="applyOnTransformedLogs",
)


def _find_policy(s: Situation) -> dict[str, Any] | None:
    token = None
    while True:
        answer = s.call("logs", "DescribeResourcePolicies", nextToken=token)
        for policy in answer["resourcePolicies"]:
            if policy["policyName"] == s.p["id"]:
                return dict(policy)
        token = answer.get("nextToken")
        if not token:
            return None


_PUT_POLICY: Final = Call("PutResourcePolicy", "policyDocument policyName")

RESOURCE_POLICY = ResourceType(
    token="aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
    noun="CloudWatch Logs Resource Policy",
    service="logs",
    create=_PUT_POLICY,
    id=lambda s, _: str(s.p["policyName"]),
    read=_find_policy,
    update=(Update("policyDocument", _PUT_POLICY),),
    delete=Call("DeleteResourcePolicy", "policyName"),
    force_new="policyName",
    canonical={"policyDocument": documents.json_text},
    not_imitated="resourceArn",
)

TYPES: Final = (LOG_GROUP, METRIC_FILTER, RESOURCE_POLICY)
