"""ECS Exec (AWS: "Monitor Amazon ECS containers with ECS Exec"): what AWS refuses, and the session it answers with.

No container runs in the sandbox, so a session leads nowhere: its address is in the domain ``invalid``, which never
resolves (RFC 2606), so that no client takes the session's token to AWS.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.ecs import clusters, refusals
from sandbox.ecs.arns import hexadecimal, task_id
from sandbox.ecs.launching import living_tasks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.caller import Caller
    from sandbox.ecs.task_record import TaskRecord
    from sandbox.ecs.world import World

    Json = dict[str, Any]

_NOT_ENABLED = (
    "The execute command failed because execute command was not enabled when the task was run or the execute command "
    "agent isn’t running. Wait and try again or run a new task with execute command enabled and try again."  # noqa: RUF001
)
"""Observed (keidarcy/e1s#206), with AWS's own apostrophe."""

_NOT_INTERACTIVE = "Interactive is the only mode supported currently."
"""AWS: "ExecuteCommand" (ECS API reference): that it is refused is documented, the wording assumed."""


class ExecuteCommand:
    """The operation ExecuteCommand."""

    def __init__(self, world: World) -> None:
        self._world = world

    def handlers(self) -> Mapping[str, Callable[[Caller, Json], Json]]:
        """Operations by name."""
        return {"ExecuteCommand": self.execute_command}

    def execute_command(self, caller: Caller, params: Json) -> Json:
        """A session in a running container of a task that was run with execute command enabled."""
        holdings = self._world.holdings(caller)
        cluster = clusters.find(holdings, params.get("cluster"))
        if not params["interactive"]:
            raise refusals.invalid(_NOT_INTERACTIVE)
        if not params["command"]:
            raise refusals.invalid("Command can not be blank.")
        identifier = task_id(clusters.name_in(cluster, "task", params["task"]))
        living = (task for task in living_tasks(holdings) if task.cluster_arn == cluster.arn)
        task = next((task for task in living if task.id == identifier), None)
        if task is None:
            raise refusals.invalid("The referenced task was not found.")
        if not task.enable_execute_command or task.last_status != "RUNNING":
            raise refusals.invalid(_NOT_ENABLED)
        container = _container(task, params.get("container"))
        session = f"ecs-execute-command-{hexadecimal(17, task.arn, container, self._world.now())}"
        channel = f"wss://ssmmessages.{holdings.place.region}.sandbox.invalid/v1/data-channel/{session}"
        return {
            "clusterArn": cluster.arn,
            "taskArn": task.arn,
            "containerName": container,
            "containerArn": task.container_arn(container),
            "interactive": True,
            "session": {
                "sessionId": session,
                "streamUrl": f"{channel}?role=publish_subscribe",
                "tokenValue": hexadecimal(64, "token", session),
            },
        }


def _container(task: TaskRecord, name: str | None) -> str:
    """The container meant; a task of several needs its name (AWS: "ExecuteCommand"): documented, wording assumed."""
    names = [container.name for container in task.containers]
    if name is None and len(names) > 1:
        raise refusals.invalid("A container name must be specified for tasks with multiple containers.")
    if name is not None and name not in names:
        raise refusals.invalid(f"The container {name} does not exist in the task {task.arn}.")
    return name or names[0]
