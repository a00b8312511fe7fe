"""An alarm as the sandbox remembers it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.cloudwatch import queries
from sandbox.cloudwatch.evaluation import Condition, Missing, State
from sandbox.cloudwatch.metric import Place

Json = dict[str, Any]

COMPOSITE, METRIC = "CompositeAlarm", "MetricAlarm"
PREFIX = "cloudwatch/alarm/"

_MINUTE = 60
_DAY = 86_400
_HOUR = 3600


@dataclass
class AlarmRecord:
    """One alarm, metric or composite. Times are sandbox time."""

    place: Place
    body: Json
    """The members of PutMetricAlarm or PutCompositeAlarm as they were sent, without tags."""
    updated_at: datetime
    """When its configuration was."""
    state_at: datetime
    """When its state, or the reason for it, changed last."""
    turned_at: datetime
    """When its state was another one last."""
    state: State = State.INSUFFICIENT_DATA
    reason: str = "Unchecked: Initial alarm creation"
    reason_data: str | None = None
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The alarm's name."""
        return str(self.body["AlarmName"])

    @property
    def arn(self) -> str:
        """The alarm's ARN."""
        return f"arn:aws:cloudwatch:{self.place.region}:{self.place.account}:alarm:{self.name}"

    @property
    def key(self) -> str:
        """Where the store keeps it."""
        return f"{PREFIX}{self.place.account}/{self.place.region}/{self.name}"

    @property
    def kind(self) -> str:
        """AWS's ``AlarmType``."""
        return COMPOSITE if "AlarmRule" in self.body else METRIC

    @property
    def period(self) -> int:
        """Seconds of one data point."""
        return int(self.body.get("Period") or queries.period_of(self.body.get("Metrics") or []) or _MINUTE)

    @property
    def interval(self) -> int:
        """Seconds between evaluations.

        AWS: "Evaluating an alarm": every minute with periods of a minute or more, every 10, 20 or 30 seconds with such
        periods, every hour when a day or more is looked at: documented.
        """
        if self.period < _MINUTE:
            return self.period
        return _HOUR if self.period * self.body.get("EvaluationPeriods", 1) > _DAY else _MINUTE

    @property
    def condition(self) -> Condition:
        """What is tested, of a metric alarm."""
        periods = self.body["EvaluationPeriods"]
        return Condition(
            self.body["ComparisonOperator"],
            self.body["Threshold"],
            periods,
            self.body.get("DatapointsToAlarm") or periods,
            Missing(self.body.get("TreatMissingData") or Missing.MISSING),
        )

    def actions(self, state: State) -> list[str]:
        """The ARNs of what is told when it turns to ``state``."""
        member = {State.OK: "OKActions", State.ALARM: "AlarmActions"}.get(state, "InsufficientDataActions")
        return list(self.body.get(member) or [])

    @property
    def actions_enabled(self) -> bool:
        """Whether its actions are carried out."""
        return bool(self.body.get("ActionsEnabled", True))

    def describe(self) -> Json:
        """AWS's ``MetricAlarm`` or ``CompositeAlarm``."""
        always: Json = {"OKActions": [], "AlarmActions": [], "InsufficientDataActions": [], "ActionsEnabled": True}
        if self.kind == METRIC and "Metrics" not in self.body:
            always["Dimensions"] = []
        return (
            always
            | self.body
            | {
                "AlarmArn": self.arn,
                "AlarmConfigurationUpdatedTimestamp": self.updated_at,
                "StateValue": self.state.value,
                "StateReason": self.reason,
                "StateReasonData": self.reason_data,
                "StateUpdatedTimestamp": self.state_at,
                "StateTransitionedTimestamp": self.turned_at,
            }
        )
