"""CloudWatch's alarms, as ECS looks at them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.cloudwatch.evaluation import State
from sandbox.cloudwatch.metric import Place
from sandbox.ecs.ports import AlarmFacts

if TYPE_CHECKING:
    from sandbox.caller import Caller
    from sandbox.cloudwatch.alarm_states import AlarmStates


class CloudWatchAlarms:
    """Alarms of the caller's account and region."""

    def __init__(self, states: AlarmStates) -> None:
        self._states = states

    def alarm(self, caller: Caller, name: str) -> AlarmFacts | None:
        """The alarm, or None; a composite alarm looks back no time of its own."""
        record = self._states.of(Place(caller.account, caller.region)).get(name)
        if record is None:
            return None
        span = float(record.period * record.body.get("EvaluationPeriods", 0))
        return AlarmFacts(name, record.state is State.ALARM, span)
