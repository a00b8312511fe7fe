"""What an alarm that has turned tells: the message for SNS and the event for EventBridge.

The SNS message is observed in public examples of it (AWS documents that there is one, not its members); the event is
documented (AWS: "Alarm events and EventBridge").
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sandbox.cloudwatch.alarm_record import COMPOSITE, AlarmRecord
from sandbox.cloudwatch.evaluation import State
from sandbox.cloudwatch.reasons import stamp

Json = dict[str, Any]

_REGIONS = {"eu-west-1": "EU (Ireland)", "eu-central-1": "EU (Frankfurt)", "us-east-1": "US East (N. Virginia)"}
_STATISTICS = {"SampleCount": "SAMPLE_COUNT"}


class Before(NamedTuple):
    """How an alarm stood before it turned."""

    state: State
    reason: str
    reason_data: str | None
    at: datetime


def subject(record: AlarmRecord) -> str:
    """The subject of the notification."""
    return f'{record.state}: "{record.name}" in {_region(record)}'


def message(record: AlarmRecord, before: Before, children: Sequence[AlarmRecord] = ()) -> str:
    """The notification's JSON; ``children`` are the alarms that made a composite alarm turn."""
    body = record.body
    document: Json = {
        "AlarmName": record.name,
        "AlarmDescription": body.get("AlarmDescription"),
        "AWSAccountId": record.place.account,
        "AlarmConfigurationUpdatedTimestamp": stamp(record.updated_at),
        "NewStateValue": record.state.value,
        "NewStateReason": record.reason,
        "StateChangeTime": stamp(record.turned_at),
        "Region": _region(record),
        "AlarmArn": record.arn,
        "OldStateValue": before.state.value,
        "OKActions": record.actions(State.OK),
        "AlarmActions": record.actions(State.ALARM),
        "InsufficientDataActions": record.actions(State.INSUFFICIENT_DATA),
    }
    if record.kind == COMPOSITE:
        document["AlarmRule"] = body["AlarmRule"]
        document["TriggeringChildren"] = [
            {"Arn": child.arn, "State": {"Value": child.state.value, "Timestamp": stamp(child.turned_at)}}
            for child in children
        ]
    else:
        document["Trigger"] = _trigger(body)
    return json.dumps(document)


def event(record: AlarmRecord, before: Before, identifier: str) -> Json:
    """The whole EventBridge event."""
    return {
        "version": "0",
        "id": identifier,
        "detail-type": "CloudWatch Alarm State Change",
        "source": "aws.cloudwatch",
        "account": record.place.account,
        "time": f"{record.turned_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "region": record.place.region,
        "resources": [record.arn],
        "detail": {
            "alarmName": record.name,
            "configuration": _configuration(record),
            "previousState": _state(before.state, before.reason, before.reason_data, before.at),
            "state": _state(record.state, record.reason, record.reason_data, record.state_at),
        },
    }


def _region(record: AlarmRecord) -> str:
    return _REGIONS.get(record.place.region, record.place.region)


def _trigger(body: Json) -> Json:
    shared = {
        "EvaluationPeriods": body["EvaluationPeriods"],
        "DatapointsToAlarm": body.get("DatapointsToAlarm"),
        "ComparisonOperator": body["ComparisonOperator"],
        "Threshold": body["Threshold"],
        "TreatMissingData": body.get("TreatMissingData", ""),
        "EvaluateLowSampleCountPercentile": body.get("EvaluateLowSampleCountPercentile", ""),
    }
    if body.get("Metrics"):
        return {"Period": body["Metrics"][0].get("Period"), **shared, "Metrics": body["Metrics"]}
    name = body.get("Statistic")
    kind = "Statistic" if name else "ExtendedStatistic"
    return {
        "MetricName": body["MetricName"],
        "Namespace": body["Namespace"],
        "StatisticType": kind,
        kind: _STATISTICS.get(name, name.upper()) if name else body["ExtendedStatistic"],
        "Unit": body.get("Unit"),
        "Dimensions": [{"value": each["Value"], "name": each["Name"]} for each in body.get("Dimensions") or []],
        "Period": body["Period"],
        **shared,
    }


def _configuration(record: AlarmRecord) -> Json:
    body = record.body
    described = {"description": body["AlarmDescription"]} if body.get("AlarmDescription") else {}
    if record.kind == COMPOSITE:
        return {**described, "alarmRule": body["AlarmRule"]}
    if body.get("Metrics"):
        return {**described, "metrics": [_query(query) for query in body["Metrics"]]}
    stat = {
        "metric": {
            "namespace": body["Namespace"],
            "name": body["MetricName"],
            "dimensions": {each["Name"]: each["Value"] for each in body.get("Dimensions") or []},
        },
        "period": body["Period"],
        "stat": body.get("Statistic") or body.get("ExtendedStatistic"),
    }
    return {**described, "metrics": [{"id": record.name, "metricStat": stat, "returnData": True}]}


def _query(query: Json) -> Json:
    made: Json = {"id": query["Id"], "returnData": query.get("ReturnData", True)}
    if query.get("Expression"):
        return {**made, "expression": query["Expression"], "label": query.get("Label", query["Id"])}
    stat = query["MetricStat"]
    metric = {
        "namespace": stat["Metric"]["Namespace"],
        "name": stat["Metric"]["MetricName"],
        "dimensions": {each["Name"]: each["Value"] for each in stat["Metric"].get("Dimensions") or []},
    }
    return {**made, "metricStat": {"metric": metric, "period": stat["Period"], "stat": stat["Stat"]}}


def _state(state: State, reason: str, reason_data: str | None, at: datetime) -> Json:
    made = {"value": state.value, "reason": reason, "timestamp": stamp(at)}
    return {**made, "reasonData": reason_data} if reason_data else made
