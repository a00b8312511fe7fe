"""The CloudWatch alarms of a service's deployments.

AWS: "How CloudWatch alarms detect Amazon ECS deployment failures".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rollout.alarms import Alarms

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.caller import Caller
    from sandbox.ecs.ports import AlarmFacts
    from sandbox.ecs.world import World

    Json = dict[str, Any]


def deployment_alarms(world: World, caller: Caller, config: Json) -> Alarms:
    """What the rollout model needs of a service's alarms.

    The bake time is the longest look back of any of them: assumed, as AWS does not publish its formula.
    """
    given = config["deploymentConfiguration"].get("alarms", {})
    facts = _facts(world, caller, given.get("alarmNames", ()))
    return Alarms(
        names=frozenset(given.get("alarmNames", ())),
        enabled=given.get("enable", False),
        rollback=given.get("rollback", False),
        bake_time=max((alarm.span for alarm in facts), default=0),
    )


def in_alarm(world: World, caller: Caller, names: Iterable[str]) -> set[str]:
    """Which of the alarms are in ALARM; one that does not exist is not."""
    return {alarm.name for alarm in _facts(world, caller, names) if alarm.alarming}


def _facts(world: World, caller: Caller, names: Iterable[str]) -> list[AlarmFacts]:
    return [alarm for name in sorted(names) if (alarm := world.alarms.alarm(caller, name))]
