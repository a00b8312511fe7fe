"""What happens to a service: the model's events, told in AWS's words and kept in the service's record."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rollout import breaker
from rollout.timeline import Cause
from sandbox.ecs import (
    announcements,
    interfaces,
    service_registries,
    task_course,
    told_of_deployments,
    told_of_places,
    told_of_shifts,
    told_of_tasks,
)
from sandbox.ecs.launching import places
from sandbox.ecs.profile import profile
from sandbox.ecs.service_alarms import in_alarm
from sandbox.ecs.service_record import DeploymentRecord
from sandbox.ecs.task_record import STOPPED_TASKS_STAY

if TYPE_CHECKING:
    from datetime import datetime

    from rollout.timeline import Event
    from sandbox.ecs.ports import SubnetFacts
    from sandbox.ecs.profile import Profile
    from sandbox.ecs.service_record import ServiceRecord
    from sandbox.ecs.world import World

    Json = dict[str, Any]

HANDLERS = told_of_tasks.HANDLERS | told_of_deployments.HANDLERS | told_of_shifts.HANDLERS | told_of_places.HANDLERS


class ServiceCourse:
    """Lets time pass for one service and writes down what happens."""

    def __init__(self, world: World, record: ServiceRecord) -> None:
        self._world = world
        self._record = record

    def advance(self, now: datetime) -> None:
        """Let time pass until ``now``."""
        record = self._record
        due = record.model.next_event_at()
        if due is not None and record.moment(due) <= now:
            self._look_again()
            self.limit_places()
            record.model.advance(record.at(now))
            self.absorb()
        self.hand_over_alarms(now)
        self._find_places(now)
        self._forget_stopped(now)

    def alarms_changed(self) -> bool:
        """Whether an alarm of the service has another state than the model knows."""
        return self._alarming() != self._record.model.alarming

    def hand_over_alarms(self, now: datetime) -> None:
        """Tell the model which of the service's alarms are in ALARM."""
        if not self.alarms_changed():
            return
        model, alarming = self._record.model, self._alarming()
        model.advance(self._record.at(now))
        for name in model.alarming - alarming:
            model.set_alarm(name, alarming=False)
        for name in sorted(alarming - model.alarming):
            model.set_alarm(name, alarming=True)
        self.absorb()

    def _alarming(self) -> set[str]:
        return in_alarm(self._world, self._record.created_by, self._record.model.settings.alarms.names)

    def absorb(self) -> None:
        """Write down what the model has told since the last time, and what is due at this very moment."""
        record = self._record
        record.model.advance(record.model.now)
        for event in record.model.take_events():
            handler = HANDLERS.get(event.kind)
            if handler:
                handler(self._world, record, event, record.moment(event.at))
            for number in event.tasks:
                task_course.reach(record.tasks[number], event.kind, record.moment(event.at))
            self._tell_others(event, record.moment(event.at))
        self._world.records.touch(record)

    def _tell_others(self, event: Event, now: datetime) -> None:
        """Let EC2, EventBridge and Cloud Map know."""
        record = self._record
        for number in event.tasks:
            interfaces.follow(self._world, record.created_by, record.tasks[number])
            service_registries.follow(self._world, record, record.tasks[number])
            announcements.task_changed(self._world, record.created_by, record.tasks[number], now)
        announcements.service_told(self._world, record, event, now)

    def profile(self, config: Json, definition: Json, known: dict[str, str], chosen: dict[str, str]) -> Profile:
        """What tasks of this configuration would do if launched now, in the target groups ``chosen`` for it."""
        owner, facts = self._record.created_by, self._world.load_balancers.target_group
        arns = [balancer["targetGroupArn"] for balancer in config.get("loadBalancers", [])]
        groups = [facts(owner, chosen.get(arn, arn)) for arn in arns]
        found = profile(self._world, owner, definition, [group for group in groups if group], known)
        zones = tuple(dict.fromkeys(subnet.zone for subnet in self._subnets(config)))
        return replace(found, revision=replace(found.revision, zones=zones))

    def places(self, config: Json) -> dict[str, int]:
        """How many tasks the service can have in each zone of its subnets, by the addresses that are free."""
        record = self._record
        return places(self._world.records.holdings(record.place), self._subnets(config), record.tasks.values())

    def limit_places(self) -> None:
        """Tell the model how many tasks have an address."""
        self._record.model.limit(self.places(self._record.config), Cause.ADDRESSES)

    def _find_places(self, now: datetime) -> None:
        """Let a service whose zones were full notice that somebody else gave addresses back."""
        record = self._record
        if 0 in record.model.free_places().values() and self.places(record.config) != record.model.places:
            record.model.advance(record.at(now))
            self.limit_places()
            self.absorb()

    def _subnets(self, config: Json) -> list[SubnetFacts]:
        network = config.get("networkConfiguration", {}).get("awsvpcConfiguration", {})
        found = (self._world.network.subnet(self._record.created_by, name) for name in network.get("subnets", []))
        return [subnet for subnet in found if subnet]

    def adopt(self, number: int, config: Json, definition: Json, found: Profile, chosen: dict[str, str]) -> None:
        """Keep a deployment that the model is about to tell of."""
        record = self._record
        record.deployments[number] = DeploymentRecord(
            number=number,
            id=record.deployment_id(number),
            revision_arn=record.revision_arn(number),
            created_at=record.moment(record.model.now),
            config=dict(config),
            definition=definition,
            subnets=self._subnets(config),
            digests=found.digests,
            start_failure=found.start_failure,
            behaviour=found.revision.behaviour,
            groups=chosen,
        )

    def _look_again(self) -> None:
        """What was missing (an image, a role, a secret, a log group) may be there now: later launches notice."""
        for deployment in self._record.live_deployments():
            if deployment.start_failure:
                known, chosen = deployment.digests, deployment.groups
                found = self.profile(deployment.config, deployment.definition, known, chosen)
                deployment.start_failure = found.start_failure
                if not found.start_failure:
                    deployment.digests = found.digests
                    deployment.behaviour = found.revision.behaviour
                    self._record.model.revise(deployment.number, found.revision)

    def _forget_stopped(self, now: datetime) -> None:
        tasks = self._record.tasks
        old = [n for n, task in tasks.items() if now - task.times.get("stoppedAt", now) > STOPPED_TASKS_STAY]
        for number in old:
            del tasks[number]
            self._world.records.touch(self._record)


def breaker_threshold(record: ServiceRecord) -> int:
    """Failed tasks at which the service's breaker trips."""
    return breaker.threshold(record.model.settings.breaker, record.model.settings.desired_count)
