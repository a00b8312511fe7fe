"""Task scale-in protection (AWS: "Protect your Amazon ECS tasks from being terminated by scale-in events").

What AWS checks and answers is here; what protection does is the rollout model's.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sandbox.ecs import clusters, refusals
from sandbox.ecs.service_course import ServiceCourse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.caller import Caller
    from sandbox.ecs.records import ClusterRecord, Holdings
    from sandbox.ecs.service_record import ServiceRecord
    from sandbox.ecs.world import World

    Json = dict[str, Any]

_MOST_UPDATED = 10
_MOST_READ = 100
_MINUTES = range(1, 2881)
_TWO_HOURS = 120
"""AWS: "UpdateTaskProtection" (ECS API reference): numbers of tasks, range and default of the minutes: documented."""

_NOT_VALID = "The specified task is not valid: only a running task of a service can be protected."
"""``detail`` of TASK_NOT_VALID: the reason is documented (AWS: "API failure reasons"), the detail assumed."""


class TaskProtection:
    """GetTaskProtection and UpdateTaskProtection."""

    def __init__(self, world: World) -> None:
        self._world = world

    def handlers(self) -> Mapping[str, Callable[[Caller, Json], Json]]:
        """Operations by name."""
        return {
            "GetTaskProtection": self.get_task_protection,
            "UpdateTaskProtection": self.update_task_protection,
        }

    def get_task_protection(self, caller: Caller, params: Json) -> Json:
        """The protection of tasks; of all running tasks of the cluster's services when none is named (assumed)."""
        holdings = self._world.holdings(caller)
        cluster = clusters.find(holdings, params["cluster"])
        names = params.get("tasks") or [service.tasks[number].id for service, number in _running(holdings, cluster)]
        if len(names) > _MOST_READ:
            raise refusals.invalid(f"Tasks must have at most {_MOST_READ} members, got {len(names)}.")
        found, failures = _look_up(holdings, cluster, names)
        return {"protectedTasks": [self._describe(*one) for one in found], "failures": failures}

    def update_task_protection(self, caller: Caller, params: Json) -> Json:
        """Protect tasks for a while, or no longer."""
        holdings = self._world.holdings(caller)
        cluster = clusters.find(holdings, params["cluster"])
        names, enabled, minutes = params["tasks"], params["protectionEnabled"], params.get("expiresInMinutes")
        if not 1 <= len(names) <= _MOST_UPDATED:
            raise refusals.invalid(f"Tasks must have from 1 to {_MOST_UPDATED} members, got {len(names)}.")
        if minutes is not None and not enabled:
            raise refusals.invalid("expiresInMinutes can only be specified when protectionEnabled is true.")
        if minutes is not None and minutes not in _MINUTES:
            raise refusals.invalid(f"expiresInMinutes must be from 1 to {_MINUTES[-1]}, got {minutes}.")
        found, failures = _look_up(holdings, cluster, names)
        until = self._world.now() + timedelta(minutes=minutes or _TWO_HOURS) if enabled else None
        for service, number in found:
            service.model.advance(service.at(self._world.now()))
            service.model.protect(number, service.at(until) if until else None)
            ServiceCourse(self._world, service).absorb()
        return {"protectedTasks": [self._describe(*one) for one in found], "failures": failures}

    def _describe(self, service: ServiceRecord, number: int) -> Json:
        until = service.model.protected_until(number)
        moment = service.moment(until) if until is not None else None
        protected = moment is not None and moment > self._world.now()
        return {
            "taskArn": service.tasks[number].arn,
            "protectionEnabled": protected,
            "expirationDate": moment if protected else None,
        }


def _running(holdings: Holdings, cluster: ClusterRecord) -> list[tuple[ServiceRecord, int]]:
    """(service, the model's number of the task)."""
    return [
        (service, number)
        for service in holdings.services.values()
        if service.cluster == cluster.name
        for number, task in service.tasks.items()
        if task.desired_status == "RUNNING"
    ]


def _look_up(
    holdings: Holdings, cluster: ClusterRecord, names: list[str]
) -> tuple[list[tuple[ServiceRecord, int]], list[Json]]:
    running = {service.tasks[number].id: (service, number) for service, number in _running(holdings, cluster)}
    known = {task.id for service in holdings.services.values() for task in service.tasks.values()}
    known |= set(holdings.lone_tasks)
    found: list[tuple[ServiceRecord, int]] = []
    failures: list[Json] = []
    for name in names:
        identifier = clusters.name_in(cluster, "task", name)
        if identifier in running:
            found.append(running[identifier])
            continue
        arn = name if name.startswith("arn:") else holdings.place.arn(f"task/{cluster.name}/{name}")
        valid = {"reason": "TASK_NOT_VALID", "detail": _NOT_VALID} if identifier in known else {"reason": "MISSING"}
        failures.append({"arn": arn} | valid)
    return found, failures
