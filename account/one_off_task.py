"""A task that a person starts beside a service, of the service's own revision, and that ends by itself.

AWS: "RunTask"; "Send Amazon ECS logs to CloudWatch" (a stream is called PREFIX/CONTAINER/TASK): documented.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from account.aws_faults import AwsFault

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from account.session import AwsSession

STARTED_BY: Final = "slipway-run"
LOG_PREFIX: Final = "ecs"
_NO_LOG: Final = "ResourceNotFoundException"


@dataclass(frozen=True, kw_only=True)
class Template:
    """How the service's tasks are run."""

    task_definition: str
    """ARN with revision."""
    network: dict[str, Any]
    """As ECS has it."""
    platform_version: str

    @property
    def revision(self) -> str:
        """`auth-service:7`."""
        return self.task_definition.rpartition("/")[2]


@dataclass(frozen=True, kw_only=True)
class TaskSeen:
    """The task at one moment."""

    arn: str
    status: str
    """`PROVISIONING`, `PENDING`, `RUNNING`, ..., `STOPPED` (AWS: "Amazon ECS task lifecycle")."""
    exit_code: int | None = None
    """Of its container. None: it has not ended, or never ran."""
    reason: str = ""
    """Why it stopped: the container's words, else ECS's."""

    @property
    def id(self) -> str:
        """The end of its ARN."""
        return self.arn.rpartition("/")[2]

    @property
    def stopped(self) -> bool:
        """Whether nothing more comes of it."""
        return self.status == "STOPPED"


class Refused(Exception):  # noqa: N818 - ECS's answer, not an error of ours
    """ECS starts no task, in its own words."""


class OneOffTasks:
    """Starts and follows the tasks of one service."""

    def __init__(self, session: AwsSession, cluster: str, service: str) -> None:
        self._session = session
        self._cluster = cluster
        self._service = service

    def template(self) -> Template | None:
        """What the service runs now; None where there is no such service."""
        found = self._ecs("describe_services", services=[self._service])["services"]
        service = next((one for one in found if one["status"] == "ACTIVE"), None)
        if service is None:
            return None
        return Template(
            task_definition=service["taskDefinition"],
            network=service["networkConfiguration"],
            platform_version=service.get("platformVersion", "LATEST"),
        )

    def start(self, template: Template, command: Sequence[str]) -> TaskSeen:
        """Raises `Refused`, and `AwsFault` where ECS does not answer."""
        answer = self._ecs(
            "run_task",
            taskDefinition=template.task_definition,
            count=1,
            launchType="FARGATE",
            platformVersion=template.platform_version,
            networkConfiguration=template.network,
            overrides={"containerOverrides": [{"name": self._service, "command": list(command)}]},
            group=f"one-off:{self._service}",
            startedBy=STARTED_BY,
            enableECSManagedTags=True,
            propagateTags="TASK_DEFINITION",
        )
        if answer["tasks"]:
            return self._seen(answer["tasks"][0])
        reasons = [str(one.get("detail") or one.get("reason", "")) for one in answer.get("failures", ())]
        raise Refused(", ".join(filter(None, reasons)) or "ECS gave no reason")

    def look(self, arn: str) -> TaskSeen | None:
        """The task now; None where ECS knows it not yet, or no more."""
        found = self._ecs("describe_tasks", tasks=[arn])["tasks"]
        return self._seen(found[0]) if found else None

    def stop(self, arn: str, reason: str) -> None:
        """SIGTERM, and SIGKILL after the container's stop timeout."""
        self._ecs("stop_task", task=arn, reason=reason)

    def _seen(self, task: dict[str, Any]) -> TaskSeen:
        container: dict[str, Any] = next((one for one in task["containers"] if one["name"] == self._service), {})
        return TaskSeen(
            arn=task["taskArn"],
            status=task["lastStatus"],
            exit_code=container.get("exitCode"),
            reason=container.get("reason") or task.get("stoppedReason", ""),
        )

    def _ecs(self, operation: str, /, **params: object) -> dict[str, Any]:
        return self._session.call("ecs", operation, cluster=self._cluster, **params)


class TaskLog:
    """The lines that a task has logged, each once."""

    def __init__(self, session: AwsSession, log_group: str, container: str, task_id: str) -> None:
        self._session = session
        self._stream = {"logGroupName": log_group, "logStreamName": f"{LOG_PREFIX}/{container}/{task_id}"}
        self._token: dict[str, str] = {}

    def more(self) -> Iterator[str]:
        """Those that came since the last time. A stream begins with the first line."""
        while True:
            try:
                answer = self._session.call("logs", "get_log_events", **self._stream, startFromHead=True, **self._token)
            except AwsFault as fault:
                if fault.code == _NO_LOG:
                    return
                raise
            yield from (str(event["message"]).rstrip() for event in answer["events"])
            token = {"nextToken": answer["nextForwardToken"]}
            if token == self._token:  # AWS: "GetLogEvents": the same token again is the end
                return
            self._token = token
