"""What happens to a service: the model's events, told in AWS's words and kept in the service's record."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from rollout import breaker
from rollout.behaviour import Kind as Behaviour
from rollout.timeline import Cause, Event, Kind
from sandbox.ecs import announcements, service_registries, task_course
from sandbox.ecs.arns import hexadecimal
from sandbox.ecs.launching import choose_subnet, make_task
from sandbox.ecs.profile import profile
from sandbox.ecs.service_alarms import in_alarm
from sandbox.ecs.service_config import DEPLOYING
from sandbox.ecs.service_record import DeploymentRecord, ServiceDeploymentRecord
from sandbox.ecs.task_record import STOPPED_TASKS_STAY, Target

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sandbox.ecs.profile import Profile
    from sandbox.ecs.service_record import ServiceRecord
    from sandbox.ecs.task_record import TaskRecord
    from sandbox.ecs.world import World

    Json = dict[str, Any]

_TROUBLESHOOTING = "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."

_BREAKER_TRIPPED = "Service deployment rolled back because the circuit breaker threshold was exceeded."
ROLLED_BACK = {
    Cause.TASKS_FAILED_TO_START: _BREAKER_TRIPPED,
    Cause.TASKS_FAILED_HEALTH_CHECKS: _BREAKER_TRIPPED,
    Cause.STOP_REQUESTED: "Service deployment rolled back because of a user-initiated stop.",
    Cause.ALARM: "Service deployment rolled back because a CloudWatch alarm was detected.",
}
"""``statusReason`` of a service deployment that was rolled back: of the breaker observed, of the others assumed."""

_FAILED = {Cause.ALARM: "alarm detected", Cause.STOP_REQUESTED: "deployment stopped by user"}
"""What a service event says of a failed deployment, where it is not the breaker's "tasks failed to start": the first
observed, the second assumed.
"""

_NO_CANDIDATE = "No rollback candidate was found to run the rollback."


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
            record.model.advance(record.at(now))
            self.absorb()
        self.hand_over_alarms(now)
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
            handler = self._HANDLERS.get(event.kind)
            if handler:
                handler(self, event, record.moment(event.at))
            for number in event.tasks:
                task_course.reach(record.tasks[number], event.kind, record.moment(event.at))
            self._tell_others(event, record.moment(event.at))
        self._world.records.touch(record)

    def _tell_others(self, event: Event, now: datetime) -> None:
        """Let EventBridge and Cloud Map know."""
        record = self._record
        for number in event.tasks:
            service_registries.follow(self._world, record, record.tasks[number])
            announcements.task_changed(self._world, record.created_by, record.tasks[number], now)
        announcements.service_told(self._world, record, event, now)

    def profile(self, config: Json, definition: Json, known: dict[str, str]) -> Profile:
        """What tasks of this configuration would do if launched now."""
        owner, facts = self._record.created_by, self._world.load_balancers.target_group
        groups = [facts(owner, balancer["targetGroupArn"]) for balancer in config.get("loadBalancers", [])]
        return profile(self._world, owner, definition, [group for group in groups if group], known)

    def adopt(self, number: int, config: Json, definition: Json, found: Profile) -> None:
        """Keep a deployment that the model is about to tell of."""
        record, world = self._record, self._world
        network = config.get("networkConfiguration", {}).get("awsvpcConfiguration", {})
        subnets = [world.network.subnet(record.created_by, name) for name in network.get("subnets", [])]
        record.deployments[number] = DeploymentRecord(
            number=number,
            id=record.deployment_id(number),
            revision_arn=record.revision_arn(number),
            created_at=record.moment(record.model.now),
            config=dict(config),
            definition=definition,
            subnets=[subnet for subnet in subnets if subnet],
            digests=found.digests,
            start_failure=found.start_failure,
            behaviour=found.revision.behaviour,
        )

    def _look_again(self) -> None:
        """An image that was missing may have been pushed, a role or a log group made: later launches notice."""
        for deployment in self._record.live_deployments():
            if deployment.start_failure:
                found = self.profile(deployment.config, deployment.definition, deployment.digests)
                if not found.start_failure:
                    deployment.start_failure, deployment.digests = "", found.digests
                    deployment.behaviour = found.revision.behaviour
                    self._record.model.revise(deployment.number, found.revision)

    def _forget_stopped(self, now: datetime) -> None:
        tasks = self._record.tasks
        old = [n for n, task in tasks.items() if now - task.times.get("stoppedAt", now) > STOPPED_TASKS_STAY]
        for number in old:
            del tasks[number]
            self._world.records.touch(self._record)

    # Tasks

    def _on_tasks_started(self, event: Event, now: datetime) -> None:
        record, deployment = self._record, self._record.deployments[event.deployment]
        holdings = self._world.records.holdings(record.place)
        for number in event.tasks:
            living = [task for task in record.tasks.values() if task.desired_status == "RUNNING"]
            task = make_task(
                holdings,
                identifier=hexadecimal(32, record.arn, record.created_at, "task", number),
                cluster=record.cluster,
                definition=deployment.definition,
                digests=deployment.digests,
                subnet=choose_subnet(deployment.subnets, living),
                group=f"service:{record.name}",
                started_by=deployment.id,
                now=now,
            )
            task.deployment = event.deployment
            task.platform_version = "1.4.0"
            task.enable_execute_command = record.config["enableExecuteCommand"]
            task.capacity_provider = next(
                (item["capacityProvider"] for item in deployment.config.get("capacityProviderStrategy", [])), None
            )
            task.tags = self._task_tags(deployment)
            record.tasks[number] = task
        record.say(now, f"(service {record.name}) has started {len(event.tasks)} tasks: {self._names(event)}.")

    def _task_tags(self, deployment: DeploymentRecord) -> list[Json]:
        record = self._record
        tags = {"SERVICE": record.tags}.get(record.config["propagateTags"], [])
        if record.config["propagateTags"] == "TASK_DEFINITION":
            tags = deployment.definition.get("tags", [])
        if not record.config["enableECSManagedTags"]:
            return list(tags)
        managed = {"aws:ecs:clusterName": record.cluster, "aws:ecs:serviceName": record.name}
        return [*tags, *({"key": key, "value": value} for key, value in managed.items())]

    def _on_registered(self, event: Event, now: datetime) -> None:
        for number in event.tasks:
            task = self._record.tasks[number]
            balancers = self._record.deployments[task.deployment].config.get("loadBalancers", [])
            task.targets = [Target(balancer["targetGroupArn"], balancer["containerPort"]) for balancer in balancers]
        for group in self._groups(event):
            self._say(now, f"registered {len(event.tasks)} targets in (target-group {group})")

    def _on_running(self, event: Event, now: datetime) -> None:
        self._log(event, now, "started")

    def _on_target_unhealthy(self, event: Event, now: datetime) -> None:
        for number in event.tasks:
            for target in self._record.tasks[number].targets:
                self._say(
                    now,
                    f"(port {target.port}) is unhealthy in (target-group {target.group}) due to "
                    "(reason Health checks failed)",
                )

    def _on_deregistered(self, event: Event, now: datetime) -> None:
        for number in event.tasks:
            for target in self._record.tasks[number].targets:
                facts = self._world.load_balancers.target_group(self._record.created_by, target.group)
                delay = facts.deregistration_delay if facts else 0
                target.state, target.draining_until = "draining", now + timedelta(seconds=delay)
        for group in self._groups(event):
            self._say(now, f"deregistered {len(event.tasks)} targets in (target-group {group})")
        if self._groups(event):
            self._say(now, f"has begun draining connections on {len(event.tasks)} tasks.")

    def _on_tasks_stopped(self, event: Event, now: datetime) -> None:
        record = self._record
        running = [number for number in event.tasks if record.tasks[number].last_status == "RUNNING"]
        for number in event.tasks:
            code, reason = self._stop_reason(event, record.tasks[number])
            task_course.tell_to_stop(record.tasks[number], code, reason, now)
        state = "running" if running else "pending"
        self._say(now, f"has stopped {len(event.tasks)} {state} tasks: {self._names(event)}.")

    def _stop_reason(self, event: Event, task: TaskRecord) -> tuple[str, str]:
        """(stopCode, stoppedReason). AWS: "Amazon ECS stopped tasks error messages": documented."""
        if event.cause is Cause.USER:
            return "UserInitiated", task.stopped_reason or "Task stopped by user"
        if event.cause is Cause.HEALTH_CHECKS:
            groups = [target.group for target in task.targets if target.state == "unhealthy"]
            reason = f"Task failed ELB health checks in (target-group {groups[0]})" if groups else ""
            return "ServiceSchedulerInitiated", reason or "Task failed container health checks"
        primary = self._record.deployments[event.other].id
        return "ServiceSchedulerInitiated", f"Scaling activity initiated by (deployment {primary})"

    def _on_stopping(self, event: Event, now: datetime) -> None:
        self._log(event, now, "received SIGTERM, shutting down")

    def _on_exited(self, event: Event, now: datetime) -> None:
        behaviour = self._record.deployments[event.deployment].behaviour
        crash = "killed: out of memory" if behaviour.kind is Behaviour.OOM else f"exiting with code {behaviour.code}"
        self._log(event, now, crash)
        for number in event.tasks:
            task_course.end_by_itself(self._record.tasks[number], behaviour, now)

    def _on_pull_failed(self, event: Event, now: datetime) -> None:
        reason = self._record.deployments[event.deployment].start_failure or "CannotPullContainerError"
        for number in event.tasks:
            task_course.fail_to_start(self._record.tasks[number], reason, now)

    # Deployments

    def _on_deployment_started(self, event: Event, now: datetime) -> None:
        record = self._record
        number = event.deployment
        current = [entry for entry in record.service_deployments if entry.status == "SUCCESSFUL"]
        record.service_deployments.append(
            ServiceDeploymentRecord(
                arn=record.service_deployment_arn(number),
                number=number,
                created_at=now,
                target_revision=record.revision_arn(number),
                source_revisions=[current[-1].target_revision] if current else [],
                config=dict(record.config),
                breaker_status="MONITORING" if record.model.settings.breaker.enabled else "DISABLED",
                alarms_status="MONITORING" if record.model.settings.alarms.enabled else "DISABLED",
            )
        )

    def _on_alarms_ignored(self, event: Event, _now: datetime) -> None:
        entry = self._record.service_deployment(event.deployment)
        if entry:
            entry.alarms_status = "DISABLED"

    def _on_deployment_completed(self, event: Event, now: datetime) -> None:
        deployment = self._record.deployments[event.deployment]
        self._say(now, f"(deployment {deployment.id}) deployment completed.")
        entry = self._record.service_deployment(event.deployment)
        if entry and entry.status == "IN_PROGRESS":
            self._finish(entry, "SUCCESSFUL", None, now)

    def _on_deployment_failed(self, event: Event, now: datetime) -> None:
        deployment = self._record.deployments[event.deployment]
        self._say(
            now, f"(deployment {deployment.id}) deployment failed: {_FAILED.get(event.cause, 'tasks failed to start')}."
        )
        entry = self._record.service_deployment(event.deployment)
        if entry and entry.status == "IN_PROGRESS":
            entry.failure_count = event.failures
            if event.cause not in _FAILED:
                entry.breaker_status = "TRIGGERED"
            if event.cause is Cause.ALARM:
                entry.alarms_status, entry.triggered_alarms = "TRIGGERED", sorted(self._alarming())
            reason = ROLLED_BACK[event.cause].replace("rolled back", "stopped")
            self._finish(entry, "STOPPED", reason, now)
            entry.stopped_at = now

    def _on_superseded(self, event: Event, now: datetime) -> None:
        entry = self._record.service_deployment(event.deployment)
        if entry and entry.status == "IN_PROGRESS":
            self._finish(entry, "STOPPED", "Service deployment stopped because a new deployment was started.", now)
            entry.stopped_at = now
        for other in self._record.service_deployments:
            if other.status == "ROLLBACK_IN_PROGRESS":
                self._finish(other, "ROLLBACK_FAILED", "A new service deployment was started.", now)

    def _on_rollback_started(self, event: Event, now: datetime) -> None:
        former = self._record.deployments[event.other]
        revision = {member: former.config[member] for member in DEPLOYING if member in former.config}
        kept = {member: value for member, value in self._record.config.items() if member not in DEPLOYING}
        self._record.config = kept | revision
        self._say(now, f"rolling back to deployment {former.id}.")
        entry = self._record.service_deployment(event.deployment)
        if entry:
            entry.status, entry.status_reason = "ROLLBACK_IN_PROGRESS", ROLLED_BACK[event.cause]
            entry.finished_at = entry.stopped_at = None
            entry.rollback = {
                "reason": ROLLED_BACK[event.cause],
                "startedAt": now,
                "serviceRevisionArn": former.revision_arn,
            }

    def _on_rollback_completed(self, event: Event, now: datetime) -> None:
        entry = self._record.service_deployment(event.deployment)
        if entry:
            self._finish(entry, "ROLLBACK_SUCCESSFUL", entry.status_reason, now)

    def _on_rollback_failed(self, event: Event, now: datetime) -> None:
        entry = self._record.service_deployment(event.deployment)
        if entry:
            self._finish(entry, "ROLLBACK_FAILED", _NO_CANDIDATE, now)
            entry.stopped_at = None

    def _finish(self, entry: ServiceDeploymentRecord, status: str, reason: str | None, now: datetime) -> None:
        entry.status, entry.status_reason = status, reason
        entry.finished_at = entry.updated_at = now
        if entry.breaker_status == "MONITORING":
            entry.breaker_status = "MONITORING_COMPLETE"
        if entry.alarms_status == "MONITORING":
            entry.alarms_status = "MONITORING_COMPLETE"

    # The service

    def _on_steady_state(self, _event: Event, now: datetime) -> None:
        self._say(now, "has reached a steady state.")

    def _on_blocked(self, _event: Event, now: datetime) -> None:
        self._say(
            now,
            "was unable to stop or start tasks during a deployment because of the service deployment configuration. "
            "Update the minimumHealthyPercent or maximumPercent value and try again.",
        )

    def _on_start_impaired(self, _event: Event, now: datetime) -> None:
        self._say(now, f"is unable to consistently start tasks successfully. {_TROUBLESHOOTING}")

    def _on_inactive(self, _event: Event, _now: datetime) -> None:
        self._record.status = "INACTIVE"

    # Helpers

    def _say(self, now: datetime, text: str) -> None:
        self._record.say(now, f"(service {self._record.name}) {text}")

    def _names(self, event: Event) -> str:
        return " ".join(f"(task {self._record.tasks[number].id})" for number in event.tasks)

    def _groups(self, event: Event) -> list[str]:
        return [target.group for target in self._record.tasks[event.tasks[0]].targets]

    def _log(self, event: Event, now: datetime, text: str) -> None:
        log = task_course.Log(self._world.logs, self._record.created_by)
        for number in event.tasks:
            task = self._record.tasks[number]
            definition = self._record.deployments[task.deployment].definition
            task_course.log_line(log, task, definition, now, text)

    _HANDLERS: dict[Kind, Callable[[ServiceCourse, Event, datetime], None]] = {  # noqa: RUF012 - never changed
        Kind.TASKS_STARTED: _on_tasks_started,
        Kind.REGISTERED: _on_registered,
        Kind.RUNNING: _on_running,
        Kind.TARGET_UNHEALTHY: _on_target_unhealthy,
        Kind.DEREGISTERED: _on_deregistered,
        Kind.TASKS_STOPPED: _on_tasks_stopped,
        Kind.STOPPING: _on_stopping,
        Kind.EXITED: _on_exited,
        Kind.PULL_FAILED: _on_pull_failed,
        Kind.DEPLOYMENT_STARTED: _on_deployment_started,
        Kind.ALARMS_IGNORED: _on_alarms_ignored,
        Kind.DEPLOYMENT_COMPLETED: _on_deployment_completed,
        Kind.DEPLOYMENT_FAILED: _on_deployment_failed,
        Kind.DEPLOYMENT_SUPERSEDED: _on_superseded,
        Kind.ROLLBACK_STARTED: _on_rollback_started,
        Kind.ROLLBACK_COMPLETED: _on_rollback_completed,
        Kind.ROLLBACK_FAILED: _on_rollback_failed,
        Kind.STEADY_STATE: _on_steady_state,
        Kind.BLOCKED: _on_blocked,
        Kind.START_IMPAIRED: _on_start_impaired,
        Kind.SERVICE_INACTIVE: _on_inactive,
    }


def breaker_threshold(record: ServiceRecord) -> int:
    """Failed tasks at which the service's breaker trips."""
    return breaker.threshold(record.model.settings.breaker, record.model.settings.desired_count)
