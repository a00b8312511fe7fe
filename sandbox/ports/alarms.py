"""Reading moto's CloudWatch alarms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moto.cloudwatch.models import cloudwatch_backends

from sandbox.ecs.ports import AlarmFacts

if TYPE_CHECKING:
    from sandbox.caller import Caller


class MotoAlarms:
    """Alarms of the caller's account and region."""

    def alarm(self, caller: Caller, name: str) -> AlarmFacts | None:
        """The alarm, or None; a composite alarm looks back no time of its own."""
        alarm = cloudwatch_backends[caller.account][caller.region].alarms.get(name)
        if alarm is None:
            return None
        span = float(alarm.period or 0) * float(alarm.evaluation_periods or 0)
        return AlarmFacts(name, alarm.state_value == "ALARM", span)
