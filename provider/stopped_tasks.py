"""Why tasks stopped: ECS's reasons, exit codes and the last log lines, while the evidence exists."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from account.aws_faults import AwsFault
from provider.facts import StoppedTask, short
from release.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from account.session import AwsSession

LOG_LINES: Final = 5
LOG_LINE_LENGTH: Final = 300
SIGNALLED: Final = (137, 143)
"""Exit codes of what SIGKILL and SIGTERM ended, 128 and the signal. That ECS ends containers by them is documented
(AWS: "StopTask"), and that it ends all when an essential one has (AWS: "Why is my Amazon ECS task stopped?")."""


def stopped_tasks(session: AwsSession, tasks: Sequence[dict[str, Any]]) -> tuple[StoppedTask, ...]:
    """The tasks as facts, oldest first; the log of the first one that was not merely retired is read as well."""
    facts = list(without_logs(tasks))
    first = next((task for task in facts if not task.retired), None)
    if first and first.container:
        index = facts.index(first)
        facts[index] = _with_log(session, first)
    return tuple(facts)


def without_logs(tasks: Sequence[dict[str, Any]]) -> tuple[StoppedTask, ...]:
    """The tasks as facts, oldest first. Asks AWS nothing."""
    return tuple(sorted((_stopped(task) for task in tasks), key=lambda task: str(task.stopped_at)))


def _stopped(task: dict[str, Any]) -> StoppedTask:
    container = _culprit(task.get("containers", ()))
    return StoppedTask(
        id=short(task["taskArn"]),
        task_definition=task["taskDefinitionArn"],
        stopped_at=task.get("stoppedAt") or task.get("stoppingAt"),
        reason=task.get("stoppedReason", ""),
        created_at=task.get("createdAt"),
        container=container.get("name", ""),
        exit_code=container.get("exitCode"),
        container_reason=container.get("reason", ""),
        ran_for=_ran_for(task),
    )


def _ran_for(task: dict[str, Any]) -> float | None:
    begin, end = task.get("startedAt"), task.get("executionStoppedAt") or task.get("stoppedAt")
    return round((end - begin).total_seconds(), 1) if begin and end else None


def _culprit(containers: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The container that most likely ended the task: one that gives a reason, else one with a bad exit code.

    When an essential container ends, ECS stops those beside it, and what a signal ended ends badly, too: whoever ended
    otherwise was there first.
    """
    for found in (
        next((one for one in containers if one.get("reason")), None),
        next((one for one in containers if one.get("exitCode") and one["exitCode"] not in SIGNALLED), None),
        next((one for one in containers if one.get("exitCode")), None),
        next((one for one in containers if one.get("exitCode") is not None), None),
    ):
        if found:
            return found
    return {}


def _with_log(session: AwsSession, task: StoppedTask) -> StoppedTask:
    return replace(task, log=_log(session, task))


def _log(session: AwsSession, task: StoppedTask) -> tuple[str, ...]:
    """The container's last lines. Evidence is welcome, not required: whatever stands in its way, there is none."""
    try:
        definition = session.call("ecs", "describe_task_definition", taskDefinition=task.task_definition)
        place = _log_place(definition["taskDefinition"], task)
        if place is None:
            return ()
        group, stream = place
        answer = session.call("logs", "get_log_events", logGroupName=group, logStreamName=stream, limit=LOG_LINES)
    except AwsFault:
        return ()
    return tuple(redact(event["message"].rstrip())[:LOG_LINE_LENGTH] for event in answer["events"])


def _log_place(definition: dict[str, Any], task: StoppedTask) -> tuple[str, str] | None:
    """Log group and stream (AWS: "Send Amazon ECS logs to CloudWatch": prefix/container/task id)."""
    for container in definition.get("containerDefinitions", ()):
        log = container.get("logConfiguration", {})
        options = log.get("options", {})
        if container["name"] == task.container and log.get("logDriver") == "awslogs" and "awslogs-group" in options:
            prefix = options.get("awslogs-stream-prefix", "")
            return options["awslogs-group"], f"{prefix}/{task.container}/{task.id}"
    return None
