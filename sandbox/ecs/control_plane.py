"""The ECS control plane: AWS's operations by name, and the passing of time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sandbox.ecs import measured, target_health, task_course
from sandbox.ecs.account_settings import AccountSettings
from sandbox.ecs.clusters import Clusters
from sandbox.ecs.container_instances import ContainerInstances
from sandbox.ecs.execute_command import ExecuteCommand
from sandbox.ecs.layout import fingerprint
from sandbox.ecs.lone_course import LoneCourse
from sandbox.ecs.records import Records
from sandbox.ecs.service_course import ServiceCourse
from sandbox.ecs.service_deployments import ServiceDeployments
from sandbox.ecs.services import Services
from sandbox.ecs.tags import Tags
from sandbox.ecs.task_definitions import TaskDefinitions
from sandbox.ecs.task_protection import TaskProtection
from sandbox.ecs.task_record import STOPPED_TASKS_STAY
from sandbox.ecs.tasks import Tasks
from sandbox.ecs.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from sandbox.caller import Caller
    from sandbox.ecs.ports import (
        Alarms,
        Clock,
        Events,
        Functions,
        Images,
        LoadBalancers,
        Logs,
        Networks,
        Roles,
        Secrets,
        ServiceRegistries,
        Store,
    )
    from sandbox.ecs.records import Holdings

    Handler = Callable[[Caller, dict[str, Any]], Mapping[str, Any]]


class ControlPlane:
    """ECS in all accounts and regions of the sandbox.

    Nothing here sleeps or starts threads: whoever owns it calls ``advance`` when ``next_event_at`` has come, and keeps
    every call, of handlers too, apart from every other. What a call has changed is in the store when it returns.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        store: Store,
        images: Images,
        logs: Logs,
        network: Networks,
        load_balancers: LoadBalancers,
        roles: Roles,
        alarms: Alarms,
        registries: ServiceRegistries,
        events: Events,
        functions: Functions,
        secrets: Secrets,
    ) -> None:
        self._world = World(
            clock,
            Records(store, fingerprint()),
            images,
            logs,
            network,
            load_balancers,
            roles,
            alarms,
            registries,
            events,
            functions,
            secrets,
        )
        rooms = (
            Clusters,
            TaskDefinitions,
            Services,
            ServiceDeployments,
            Tasks,
            TaskProtection,
            ExecuteCommand,
            ContainerInstances,
            Tags,
            AccountSettings,
        )
        self.handlers: dict[str, Handler] = {}
        for room in rooms:
            for name, handler in room(self._world).handlers().items():
                self.handlers[name] = self._up_to_date(handler)

    def next_event_at(self) -> datetime | None:
        """When something happens next by itself; None when never.

        An alarm whose state has changed is something that happens now.
        """
        places = self._world.records.all()
        if any(
            ServiceCourse(self._world, record).alarms_changed()
            for holdings in places
            for record in holdings.services.values()
        ):
            return self._world.now()
        return min((moment for holdings in places for moment in _next_moments(holdings)), default=None)

    def advance(self, now: datetime) -> None:
        """Let time pass until ``now``, and store what has happened."""
        self.let_pass(now)
        self._world.records.flush()

    def let_pass(self, now: datetime) -> None:
        """Let time pass until ``now``; what happens is stored with the next ``advance``."""
        for holdings in self._world.records.all():
            for record in holdings.services.values():
                ServiceCourse(self._world, record).advance(now)
            for lone in list(holdings.lone_tasks.values()):
                LoneCourse(self._world, lone).advance(now)
                if now - lone.task.times.get("stoppedAt", now) > STOPPED_TASKS_STAY:
                    del holdings.lone_tasks[lone.task.id]
                    self._world.records.forget(lone)

    def target_health(self, target_group_arn: str) -> list[dict[str, Any]]:
        """``TargetHealthDescriptions`` of the targets that ECS registered with the group."""
        now = self._world.now()
        self.advance(now)
        return target_health.target_health(self._world.records, target_group_arn, now)

    def measured(self) -> list[measured.ServiceFacts]:
        """All services as they stand."""
        return [facts for holdings in self._world.records.all() for facts in measured.services(holdings)]

    def log(self, now: datetime, lines: Iterable[tuple[str, str]]) -> None:
        """Let tasks of services, by id, write lines into their log streams."""
        texts = dict(lines)
        for holdings in self._world.records.all():
            for record in holdings.services.values():
                log = task_course.Log(self._world.logs, record.created_by)
                for task in record.tasks.values():
                    if task.id in texts:
                        definition = record.deployments[task.deployment].definition
                        task_course.log_line(log, task, definition, now, texts[task.id])

    def _up_to_date(self, handler: Handler) -> Handler:
        """``handler``, called with the present moment reached, and its changes written before it answers."""

        def handle(caller: Caller, params: dict[str, Any]) -> Mapping[str, Any]:
            self.advance(self._world.now())
            answer = handler(caller, params)
            self._world.records.flush()
            return answer

        return handle


def _next_moments(holdings: Holdings) -> list[datetime]:
    services = [
        record.created_at + timedelta(seconds=at)
        for record in holdings.services.values()
        if (at := record.model.next_event_at()) is not None
    ]
    lone = [one.next_step_at() for one in holdings.lone_tasks.values()]
    return services + [moment for moment in lone if moment is not None]
