"""What happens to a task, written into its record and into its log streams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from rollout.behaviour import Kind as Behaviour
from rollout.timeline import Kind

if TYPE_CHECKING:
    from datetime import datetime

    from rollout.behaviour import Behaviour as TaskBehaviour
    from sandbox.caller import Caller
    from sandbox.ecs.ports import Logs
    from sandbox.ecs.task_record import TaskRecord

    Json = dict[str, Any]

_KILLED = 137
_TERMINATED = 143

STATUS = {
    Kind.PENDING: "PENDING",
    Kind.ACTIVATING: "ACTIVATING",
    Kind.RUNNING: "RUNNING",
    Kind.DEACTIVATING: "DEACTIVATING",
    Kind.STOPPING: "STOPPING",
    Kind.DEPROVISIONING: "DEPROVISIONING",
    Kind.STOPPED: "STOPPED",
}
"""The ``lastStatus`` that an event of the model brings."""

_TIMES = {
    Kind.PENDING: ("connectivityAt", "pullStartedAt"),
    Kind.ACTIVATING: ("pullStoppedAt",),
    Kind.RUNNING: ("startedAt",),
    Kind.STOPPED: ("stoppedAt",),
}

_HEALTH = {Kind.CONTAINER_HEALTHY: "HEALTHY", Kind.CONTAINER_UNHEALTHY: "UNHEALTHY"}
_TARGET = {Kind.TARGET_HEALTHY: "healthy", Kind.TARGET_UNHEALTHY: "unhealthy"}


def reach(task: TaskRecord, kind: Kind, now: datetime) -> None:
    """Write a step of the task's life into its record."""
    if kind in _HEALTH:
        task.health = _HEALTH[kind]
        task.version += 1
    for target in task.targets:
        target.state = _TARGET.get(kind, target.state)
    if kind is Kind.KILLED:
        for container in task.containers:
            container.exit_code = _KILLED
    if kind in STATUS:
        task.move(STATUS[kind], **dict.fromkeys(_TIMES.get(kind, ()), now))
    if kind in {Kind.DEPROVISIONING, Kind.STOPPED} and task.desired_status == "STOPPED":
        _stop_containers(task, now)


def end_by_itself(task: TaskRecord, behaviour: TaskBehaviour, now: datetime) -> None:
    """An essential container has exited (AWS: "Amazon ECS stopped tasks error messages"): documented."""
    oom = behaviour.kind is Behaviour.OOM
    _end(task, "EssentialContainerExited", "Essential container in task exited", now)
    task.containers[0].exit_code = _KILLED if oom else behaviour.code
    if oom:
        task.containers[0].reason = "OutOfMemoryError: Container killed due to memory usage"
    _stop_containers(task, now)
    task.move("DEPROVISIONING")


def fail_to_start(task: TaskRecord, reason: str, now: datetime) -> None:
    """The task could not start (AWS: "Amazon ECS stopped tasks error messages"): documented."""
    _end(task, "TaskFailedToStart", reason, now)
    task.times["pullStoppedAt"] = now
    if reason.startswith("Cannot"):
        task.containers[0].reason = reason
    for container in task.containers:
        container.digest = None
    task.move("DEPROVISIONING")


def tell_to_stop(task: TaskRecord, code: str, reason: str, now: datetime) -> None:
    """The task was told to stop."""
    _end(task, code, reason, now)
    task.version += 1


class Log(NamedTuple):
    """Where a caller's tasks log to."""

    logs: Logs
    caller: Caller


def log_line(log: Log, task: TaskRecord, definition: Json, now: datetime, text: str) -> None:
    """A line in the stream ``prefix/container/task`` of every container that logs to CloudWatch (AWS: "awslogs log
    driver"): documented.
    """
    for container in definition["containerDefinitions"]:
        configuration = container.get("logConfiguration", {})
        options = configuration.get("options", {})
        if configuration.get("logDriver") == "awslogs" and "awslogs-group" in options:
            stream = f"{options.get('awslogs-stream-prefix', 'ecs')}/{container['name']}/{task.id}"
            log.logs.write(log.caller, options["awslogs-group"], stream, [(now, f"{container['name']}: {text}")])


def _end(task: TaskRecord, code: str, reason: str, now: datetime) -> None:
    task.desired_status, task.stop_code, task.stopped_reason = "STOPPED", code, reason
    task.times["stoppingAt"] = now


def _stop_containers(task: TaskRecord, now: datetime) -> None:
    if "startedAt" not in task.times:
        return
    task.times.setdefault("executionStoppedAt", now)
    for container in task.containers:
        if container.exit_code is None:
            container.exit_code = 0 if task.stop_code != "EssentialContainerExited" else _TERMINATED
