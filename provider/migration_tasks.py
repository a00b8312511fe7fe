"""One migration's tasks on ECS: starts, finds and stops them. AWS's shapes end here.

Tasks are found by family and told apart by `startedBy`: ECS takes that filter only when it is the only one (AWS:
"ListTasks"), and stopped tasks are wanted too. ECS forgets those about an hour after they stopped.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from provider.facts import StoppedTask, short
from provider.stopped_tasks import stopped_tasks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from account.session import AwsSession
    from release.migration import Identity

TASKS_A_CALL: Final = 100
"""AWS: "DescribeTasks"."""
ENDED_BY_ITSELF: Final = "EssentialContainerExited"
"""AWS: "Task", stopCode, of a task whose container has exited, well or not."""


@dataclass(frozen=True, kw_only=True)
class MigrationTask:
    """A one-off task, at one look."""

    arn: str
    started_by: str
    group: str
    status: str
    """`PROVISIONING`, `PENDING`, `RUNNING`, ..., `STOPPED` (AWS: "Amazon ECS task lifecycle")."""
    succeeded: bool = False
    """Whether its container has exited by itself with code 0."""
    whole: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)
    """ECS's own description."""

    @property
    def stopped(self) -> bool:
        """Whether nothing more comes of it."""
        return self.status == "STOPPED"


@dataclass(frozen=True, kw_only=True)
class Network:
    """Where the task runs: as the service's own tasks, without a public address."""

    subnets: tuple[str, ...]
    security_groups: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Refused:
    """ECS's words on why it starts no task."""

    reason: str


class MigrationTasks:
    """The tasks of one migration, and those that stand in its way."""

    def __init__(self, session: AwsSession, cluster: str, identity: Identity) -> None:
        self._session = session
        self._cluster = cluster
        self._identity = identity

    def all(self) -> tuple[MigrationTask, ...]:
        """All migrations of the service that ECS remembers, this one's or not, oldest first."""
        family = short(self._identity.task_definition).partition(":")[0]
        found = [
            _task(task, self._identity.service)
            for status in ("RUNNING", "STOPPED")
            for task in self._described(family, status)
            if task.get("group") == self._identity.group
        ]
        unique = {task.arn: task for task in found}  # one that stops between the two listings is in both
        return tuple(sorted(unique.values(), key=lambda task: str(task.whole.get("createdAt", ""))))

    def one(self, arn: str) -> MigrationTask | None:
        """The task, or None when ECS does not know it, yet or any more."""
        tasks = self._ecs("describe_tasks", cluster=self._cluster, tasks=[arn])["tasks"]
        return _task(tasks[0], self._identity.service) if tasks else None

    def start(self, network: Network) -> MigrationTask | Refused:
        """Starts the run's task. Asked again within a day, ECS answers with the same task and starts none (AWS:
        "Ensuring idempotency", RunTask)."""
        answer = self._ecs(
            "run_task",
            cluster=self._cluster,
            taskDefinition=self._identity.task_definition,
            count=1,
            launchType="FARGATE",
            platformVersion="LATEST",
            networkConfiguration={
                "awsvpcConfiguration": {
                    "subnets": list(network.subnets),
                    "securityGroups": list(network.security_groups),
                    "assignPublicIp": "DISABLED",
                }
            },
            overrides={
                "containerOverrides": [{"name": self._identity.service, "command": list(self._identity.command)}]
            },
            startedBy=self._identity.started_by,
            group=self._identity.group,
            clientToken=self._identity.started_by,
            enableECSManagedTags=True,
            propagateTags="TASK_DEFINITION",
        )
        if answer["tasks"]:
            return _task(answer["tasks"][0], self._identity.service)
        reasons = [str(one.get("detail") or one.get("reason", "")) for one in answer.get("failures", ())]
        return Refused(reason=", ".join(dict.fromkeys(filter(None, reasons))) or "ECS gave no reason")

    def stop(self, task: MigrationTask, reason: str) -> None:
        """Tells the task to stop."""
        self._ecs("stop_task", cluster=self._cluster, task=task.arn, reason=reason)

    def end_of(self, task: MigrationTask) -> StoppedTask:
        """How the task ended, with its last log lines."""
        return stopped_tasks(self._session, [task.whole])[0]

    def _described(self, family: str, status: str) -> Iterator[dict[str, Any]]:
        arns = list(self._listed(family, status))
        for start in range(0, len(arns), TASKS_A_CALL):
            chunk = arns[start : start + TASKS_A_CALL]
            yield from self._ecs("describe_tasks", cluster=self._cluster, tasks=chunk)["tasks"]

    def _listed(self, family: str, status: str) -> Iterator[str]:
        params: dict[str, Any] = {"cluster": self._cluster, "family": family, "desiredStatus": status}
        while True:
            page = self._ecs("list_tasks", **params)
            yield from page["taskArns"]
            if not page.get("nextToken"):
                return
            params["nextToken"] = page["nextToken"]

    def _ecs(self, operation: str, /, **params: object) -> dict[str, Any]:
        return self._session.call("ecs", operation, **params)


def _task(task: dict[str, Any], container: str) -> MigrationTask:
    return MigrationTask(
        arn=task["taskArn"],
        started_by=task.get("startedBy", ""),
        group=task.get("group", ""),
        status=task["lastStatus"],
        succeeded=task.get("stopCode") == ENDED_BY_ITSELF and _exit_code(task.get("containers", ()), container) == 0,
        whole=task,
    )


def _exit_code(containers: Sequence[dict[str, Any]], name: str) -> int | None:
    return next((one.get("exitCode") for one in containers if one["name"] == name), None)
