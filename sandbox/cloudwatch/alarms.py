"""The operations on alarms."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from sandbox.aws_error import AwsError
from sandbox.cloudwatch import alarm_checks, alarm_rule
from sandbox.cloudwatch.alarm_evaluation import Finding
from sandbox.cloudwatch.alarm_record import COMPOSITE, METRIC, AlarmRecord
from sandbox.cloudwatch.evaluation import State
from sandbox.cloudwatch.metric import Metric, Place
from sandbox.cloudwatch.pages import page

if TYPE_CHECKING:
    from sandbox.caller import Caller
    from sandbox.cloudwatch.alarm_states import AlarmStates
    from sandbox.cloudwatch.ports import Clock

Json = dict[str, Any]
Handler = Callable[["Caller", Json], Mapping[str, Any]]

_MOST_TAGS = 50


class Alarms:
    """PutMetricAlarm and its kin (CloudWatch API reference)."""

    def __init__(self, states: AlarmStates, clock: Clock) -> None:
        self._states = states
        self._clock = clock

    def handlers(self) -> Mapping[str, Handler]:
        """Operations by name."""
        return {
            "PutMetricAlarm": self.put_metric_alarm,
            "PutCompositeAlarm": self.put_composite_alarm,
            "DescribeAlarms": self.describe_alarms,
            "DescribeAlarmsForMetric": self.describe_alarms_for_metric,
            "DescribeAlarmHistory": self.describe_alarm_history,
            "DeleteAlarms": self.delete_alarms,
            "SetAlarmState": self.set_alarm_state,
            "EnableAlarmActions": self.enable_alarm_actions,
            "DisableAlarmActions": self.disable_alarm_actions,
        }

    def put_metric_alarm(self, caller: Caller, params: Json) -> Json:
        """Create a metric alarm, or replace its configuration and leave its state alone."""
        alarm_checks.check_metric_alarm(params)
        self._put(caller, params)
        return {}

    def put_composite_alarm(self, caller: Caller, params: Json) -> Json:
        """Create or replace a composite alarm, and evaluate it at once."""
        alarm_checks.check_composite_alarm(params, self._alarms(caller))
        self._states.evaluate_rule(self._put(caller, params), self._clock.now())
        return {}

    def describe_alarms(self, caller: Caller, params: Json) -> Json:
        """The alarms asked for; composite ones only where ``AlarmTypes`` asks for them (documented)."""
        found = sorted(self._asked(caller, params), key=lambda record: (record.kind, record.name))
        kinds = params.get("AlarmTypes") or [METRIC]
        wanted = [record for record in found if record.kind in kinds]
        shown, token = page(wanted, params.get("NextToken"), params.get("MaxRecords", 50))
        answer: Json = {
            "MetricAlarms": [record.describe() for record in shown if record.kind == METRIC],
            "CompositeAlarms": [record.describe() for record in shown if record.kind == COMPOSITE],
            "NextToken": token,
        }
        return answer

    def describe_alarms_for_metric(self, caller: Caller, params: Json) -> Json:
        """The metric alarms on one metric, and on its statistic, period and unit where these are given."""
        metric = Metric.read(params)
        given = [member for member in ("Statistic", "ExtendedStatistic", "Period", "Unit") if member in params]
        found = [
            record.describe()
            for _, record in sorted(self._alarms(caller).items())
            if "MetricName" in record.body
            and Metric.read(record.body) == metric
            and all(record.body.get(member) == params[member] for member in given)
        ]
        return {"MetricAlarms": found}

    def describe_alarm_history(self, caller: Caller, params: Json) -> Json:
        """What has happened to alarms, newest first unless ``ScanBy`` says otherwise."""
        kinds = params.get("AlarmTypes") or [METRIC, COMPOSITE]
        found = [
            item.body
            for item in self._states.history.items(_place(caller))
            if params.get("AlarmName") in {None, item.body["AlarmName"]}
            and params.get("HistoryItemType") in {None, item.body["HistoryItemType"]}
            and item.body["AlarmType"] in kinds
            and ("StartDate" not in params or params["StartDate"] <= item.at)
            and ("EndDate" not in params or item.at <= params["EndDate"])
        ]
        if params.get("ScanBy") == "TimestampAscending":
            found.reverse()
        shown, token = page(found, params.get("NextToken"), params.get("MaxRecords", 100))
        return {"AlarmHistoryItems": shown, "NextToken": token}

    def delete_alarms(self, caller: Caller, params: Json) -> Json:
        """Delete alarms, all or none; names that do not exist are passed over (observed).

        An alarm that a remaining composite alarm looks at is not deleted (documented for composite ones).
        """
        alarms = self._alarms(caller)
        going = {name: alarms[name] for name in params["AlarmNames"] if name in alarms}
        for record in alarms.values():
            if record.kind != COMPOSITE or record.name in going:
                continue
            for name in alarm_rule.parse(record.body["AlarmRule"]).names:
                if name in going:
                    raise alarm_checks.invalid(f"Cannot delete {name} as there are primary alarms depending on it")
        now = self._clock.now()
        for record in going.values():
            self._states.forget(record)
            self._states.history.configured(record, "Delete", now)
        return {}

    def set_alarm_state(self, caller: Caller, params: Json) -> Json:
        """Set the state, until the next evaluation (AWS: "SetAlarmState"): documented."""
        record = self._alarms(caller).get(params["AlarmName"])
        if record is None:
            raise AwsError("ResourceNotFound", "Unknown", 404)
        data = params.get("StateReasonData")
        if data is not None and not _is_json(data):
            raise AwsError("InvalidFormat", "StateReasonData must be valid JSON.")
        finding = Finding(State(params["StateValue"]), params["StateReason"], data)
        self._states.turn(record, finding, self._clock.now())
        return {}

    def enable_alarm_actions(self, caller: Caller, params: Json) -> Json:
        """Let the alarms carry out their actions again."""
        self._set_actions(caller, params["AlarmNames"], enabled=True)
        return {}

    def disable_alarm_actions(self, caller: Caller, params: Json) -> Json:
        """Let the alarms turn without carrying out their actions."""
        self._set_actions(caller, params["AlarmNames"], enabled=False)
        return {}

    def _set_actions(self, caller: Caller, names: Iterable[str], *, enabled: bool) -> None:
        alarms, now = self._alarms(caller), self._clock.now()
        for record in [alarms[name] for name in names if name in alarms]:
            record.body["ActionsEnabled"] = enabled
            record.updated_at = now
            self._states.keep(record)

    def _put(self, caller: Caller, params: Json) -> AlarmRecord:
        now, place = self._clock.now(), _place(caller)
        tags = {tag["Key"]: tag["Value"] for tag in params.get("Tags") or []}
        if len(tags) > _MOST_TAGS:
            raise AwsError("LimitExceeded", f"An alarm can have at most {_MOST_TAGS} tags.")
        body = {name: value for name, value in params.items() if name != "Tags"}
        record = self._alarms(caller).get(params["AlarmName"])
        kind = COMPOSITE if "AlarmRule" in body else METRIC
        if record and record.kind != kind:
            raise alarm_checks.invalid(f"An alarm of another type is named {record.name} already.")
        what = "Update" if record else "Create"
        if record:
            record.body, record.updated_at = body, now
        else:
            record = AlarmRecord(place, body, updated_at=now, state_at=now, turned_at=now, tags=tags)
        self._states.keep(record)
        self._states.history.configured(record, what, now)
        return record

    def _asked(self, caller: Caller, params: Json) -> list[AlarmRecord]:
        alarms = self._alarms(caller)
        found = list(alarms.values())
        if params.get("AlarmNames"):
            found = [record for record in found if record.name in params["AlarmNames"]]
        if params.get("AlarmNamePrefix"):
            found = [record for record in found if record.name.startswith(params["AlarmNamePrefix"])]
        if params.get("StateValue"):
            found = [record for record in found if record.state == params["StateValue"]]
        if params.get("ActionPrefix"):
            prefix = params["ActionPrefix"]
            found = [r for r in found if any(arn.startswith(prefix) for state in State for arn in r.actions(state))]
        if parent := params.get("ChildrenOfAlarmName"):
            names = _children(alarms[parent]) if parent in alarms else ()
            found = [record for record in found if record.name in names]
        if child := params.get("ParentsOfAlarmName"):
            found = [record for record in found if child in _children(record)]
        return found

    def _alarms(self, caller: Caller) -> dict[str, AlarmRecord]:
        return self._states.of(_place(caller))


def _children(record: AlarmRecord) -> tuple[str, ...]:
    return alarm_rule.parse(record.body["AlarmRule"]).names if record.kind == COMPOSITE else ()


def _place(caller: Caller) -> Place:
    return Place(caller.account, caller.region)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
