"""What the model tells of a service's tasks, in AWS's words: their records, targets, log lines and service events."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from rollout.behaviour import Kind as Behaviour
from rollout.timeline import Cause, Event, Kind
from sandbox.ecs import capacity, task_course
from sandbox.ecs.arns import hexadecimal
from sandbox.ecs.launching import choose_subnet, free_addresses, make_task
from sandbox.ecs.task_record import Target

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sandbox.ecs.service_record import DeploymentRecord, ServiceRecord
    from sandbox.ecs.task_record import TaskRecord
    from sandbox.ecs.world import World

    Json = dict[str, Any]
    Handler = Callable[[World, ServiceRecord, Event, datetime], None]


def _on_tasks_started(world: World, record: ServiceRecord, event: Event, now: datetime) -> None:
    deployment = record.deployments[event.deployment]
    holdings = world.records.holdings(record.place)
    for number, zone in zip(event.tasks, event.zones, strict=True):
        in_zone = [subnet for subnet in deployment.subnets if subnet.zone == zone]
        subnets = [subnet for subnet in in_zone if free_addresses(holdings, subnet)]
        living = [task for task in record.tasks.values() if task.desired_status == "RUNNING"]
        task = make_task(
            holdings,
            identifier=hexadecimal(32, record.arn, record.created_at, "task", number),
            cluster=record.cluster,
            definition=deployment.definition,
            digests=deployment.digests,
            subnet=choose_subnet(subnets, living),
            security_groups=deployment.security_groups,
            group=f"service:{record.name}",
            started_by=deployment.id,
            now=now,
        )
        task.deployment = event.deployment
        task.platform_version = "1.4.0"
        task.enable_execute_command = record.config["enableExecuteCommand"]
        task.capacity_provider = capacity.chosen(
            deployment.config.get("capacityProviderStrategy", []),
            [other.capacity_provider for other in living if other.deployment == event.deployment],
        )
        task.tags = _task_tags(record, deployment)
        record.tasks[number] = task
    record.say(now, f"has started {len(event.tasks)} tasks: {_names(record, event)}.")


def _task_tags(record: ServiceRecord, deployment: DeploymentRecord) -> list[Json]:
    tags = {"SERVICE": record.tags}.get(record.config["propagateTags"], [])
    if record.config["propagateTags"] == "TASK_DEFINITION":
        tags = deployment.definition.get("tags", [])
    if not record.config["enableECSManagedTags"]:
        return list(tags)
    managed = {"aws:ecs:clusterName": record.cluster, "aws:ecs:serviceName": record.name}
    return [*tags, *({"key": key, "value": value} for key, value in managed.items())]


def _on_registered(world: World, record: ServiceRecord, event: Event, now: datetime) -> None:
    for number in event.tasks:
        task = record.tasks[number]
        deployment = record.deployments[task.deployment]
        balancers = deployment.config.get("loadBalancers", [])
        task.targets = [Target(deployment.group(balancer), balancer["containerPort"]) for balancer in balancers]
    for group in _groups(record, event):
        record.say(now, f"registered {len(event.tasks)} targets in (target-group {group})")


def _on_running(world: World, record: ServiceRecord, event: Event, now: datetime) -> None:
    _log(world, record, event, now, "started")


def _on_target_unhealthy(world: World, record: ServiceRecord, event: Event, now: datetime) -> None:
    for number in event.tasks:
        for target in record.tasks[number].targets:
            record.say(
                now,
                f"(port {target.port}) is unhealthy in (target-group {target.group}) due to "
                "(reason Health checks failed)",
            )


def _on_deregistered(world: World, record: ServiceRecord, event: Event, now: datetime) -> None:
    for number in event.tasks:
        for target in record.tasks[number].targets:
            facts = world.load_balancers.target_group(record.created_by, target.group)
            delay = facts.deregistration_delay if facts else 0
            target.state, target.draining_until = "draining", now + timedelta(seconds=delay)
    for group in _groups(record, event):
        record.say(now, f"deregistered {len(event.tasks)} targets in (target-group {group})")
    if _groups(record, event):
        record.say(now, f"has begun draining connections on {len(event.tasks)} tasks.")


def _on_tasks_stopped(world: World, record: ServiceRecord, event: Event, now: datetime) -> None:
    running = [number for number in event.tasks if record.tasks[number].last_status == "RUNNING"]
    for number in event.tasks:
        code, reason = _stop_reason(record, event, record.tasks[number])
        task_course.tell_to_stop(record.tasks[number], code, reason, now)
    state = "running" if running else "pending"
    record.say(now, f"has stopped {len(event.tasks)} {state} tasks: {_names(record, event)}.")


def _stop_reason(record: ServiceRecord, event: Event, task: TaskRecord) -> tuple[str, str]:
    """(stopCode, stoppedReason). AWS: "Amazon ECS stopped tasks error messages": documented."""
    if event.cause is Cause.USER:
        return "UserInitiated", task.stopped_reason or "Task stopped by user"
    if event.cause is Cause.HEALTH_CHECKS:
        groups = [target.group for target in task.targets if target.state == "unhealthy"]
        reason = f"Task failed ELB health checks in (target-group {groups[0]})" if groups else ""
        return "ServiceSchedulerInitiated", reason or "Task failed container health checks"
    primary = record.deployments[event.other].id
    return "ServiceSchedulerInitiated", f"Scaling activity initiated by (deployment {primary})"


def _on_stopping(world: World, record: ServiceRecord, event: Event, now: datetime) -> None:
    _log(world, record, event, now, "received SIGTERM, shutting down")


def _on_exited(world: World, record: ServiceRecord, event: Event, now: datetime) -> None:
    behaviour = record.deployments[event.deployment].behaviour
    crash = "killed: out of memory" if behaviour.kind is Behaviour.OOM else f"exiting with code {behaviour.code}"
    _log(world, record, event, now, crash)
    for number in event.tasks:
        task_course.end_by_itself(record.tasks[number], behaviour, now)


def _on_pull_failed(world: World, record: ServiceRecord, event: Event, now: datetime) -> None:
    reason = record.deployments[event.deployment].start_failure or "CannotPullContainerError"
    for number in event.tasks:
        task_course.fail_to_start(record.tasks[number], reason, now)


def _names(record: ServiceRecord, event: Event) -> str:
    return " ".join(f"(task {record.tasks[number].id})" for number in event.tasks)


def _groups(record: ServiceRecord, event: Event) -> list[str]:
    return [target.group for target in record.tasks[event.tasks[0]].targets]


def _log(world: World, record: ServiceRecord, event: Event, now: datetime, text: str) -> None:
    log = task_course.Log(world.logs, record.created_by)
    for number in event.tasks:
        task = record.tasks[number]
        task_course.log_line(log, task, record.deployments[task.deployment].definition, now, text)


HANDLERS: dict[Kind, Handler] = {
    Kind.TASKS_STARTED: _on_tasks_started,
    Kind.REGISTERED: _on_registered,
    Kind.RUNNING: _on_running,
    Kind.TARGET_UNHEALTHY: _on_target_unhealthy,
    Kind.DEREGISTERED: _on_deregistered,
    Kind.TASKS_STOPPED: _on_tasks_stopped,
    Kind.STOPPING: _on_stopping,
    Kind.EXITED: _on_exited,
    Kind.PULL_FAILED: _on_pull_failed,
}
"""By the kind of event that they write down."""
