"""ECS, logs and S3 for migrations: one-off tasks over plain state that a test sets up."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from account.aws_faults import AwsFault
from tests.provider.fake_ecs import PREFIX, START, checked, task_definition

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class FakeAws:
    """The session's `call`. A task that is run takes `looks` looks at it to stop, with `code`."""

    code: int = 0
    looks: int = 2
    log: list[str] = field(default_factory=lambda: ["table users altered"])
    tasks: dict[str, dict[str, Any]] = field(default_factory=dict)
    objects: dict[str, bytes] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    failures: list[dict[str, Any]] = field(default_factory=list)
    faults: dict[str, AwsFault] = field(default_factory=dict)
    after: dict[str, Callable[[], None]] = field(default_factory=dict)
    """What happens right after the first such call."""

    def call(self, service: str, operation: str, /, **params: Any) -> dict[str, Any]:
        self.calls.append(operation)
        if operation in self.faults:
            raise self.faults[operation]
        answer: dict[str, Any] = getattr(self, f"_{operation}")(params)
        self.after.pop(operation, lambda: None)()
        return checked(service, operation, params, answer) if service != "s3" else answer

    def client(self, _service: str) -> None:
        """Clients are made by the real session."""

    def run(self, **params: Any) -> dict[str, Any]:
        """A task started by somebody, running."""
        number = len(self.tasks) + 1
        arn = f"{PREFIX}:task/microservices-cluster/{number:032}"
        self.tasks[arn] = {
            "taskArn": arn,
            "taskDefinitionArn": task_definition(2),
            "lastStatus": "RUNNING",
            "createdAt": START + timedelta(minutes=number),
            "startedAt": START + timedelta(minutes=number),
            "containers": [{"name": "auth-service"}],
            **params,
        }
        return self.tasks[arn]

    def end(self, task: dict[str, Any], code: int, stop_code: str = "EssentialContainerExited", why: str = "") -> None:
        """It stops."""
        task["lastStatus"], task["stopCode"] = "STOPPED", stop_code
        task["stoppedReason"] = why or "Essential container in task exited"
        task["stoppedAt"] = task["executionStoppedAt"] = task["startedAt"] + timedelta(seconds=5)
        task["containers"][0]["exitCode"] = code

    def forget(self) -> None:
        """An hour goes by."""
        self.tasks = {arn: task for arn, task in self.tasks.items() if task["lastStatus"] != "STOPPED"}

    def _run_task(self, params: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(params)
        if self.failures:
            return {"tasks": [], "failures": self.failures}
        for task in self.tasks.values():
            if task.get("token") == params["clientToken"]:
                return {"tasks": [_shown(task)], "failures": []}
        task = self.run(
            startedBy=params["startedBy"], group=params["group"], taskDefinitionArn=params["taskDefinition"]
        )
        task["token"], task["looks"] = params["clientToken"], self.looks
        return {"tasks": [_shown(task)], "failures": []}

    def _list_tasks(self, params: dict[str, Any]) -> dict[str, Any]:
        assert params["family"] == "auth-service"
        stopped = params["desiredStatus"] == "STOPPED"
        found = [arn for arn, task in self.tasks.items() if (task["lastStatus"] == "STOPPED") is stopped]
        start = int(params.get("nextToken", 0))
        return {"taskArns": found[start : start + 1]} | ({"nextToken": str(start + 1)} if found[start + 1 :] else {})

    def _describe_tasks(self, params: dict[str, Any]) -> dict[str, Any]:
        found = [self.tasks[arn] for arn in params["tasks"] if arn in self.tasks]
        for task in found:
            if task["lastStatus"] != "STOPPED" and "looks" in task:
                task["looks"] -= 1
                if task["looks"] <= 0 and "told" in task:
                    self.end(task, 143, "UserInitiated", task["told"])
                elif task["looks"] <= 0:
                    self.end(task, self.code)
        return {"tasks": [_shown(task) for task in found]}

    def _stop_task(self, params: dict[str, Any]) -> dict[str, Any]:
        task = self.tasks[params["task"]]
        task["looks"], task["told"] = 3, params["reason"]  # it takes its time to stop
        return {"task": _shown(task)}

    def _describe_task_definition(self, _params: dict[str, Any]) -> dict[str, Any]:
        options = {"awslogs-group": "/ecs/auth-service", "awslogs-stream-prefix": "ecs"}
        container = {"name": "auth-service", "logConfiguration": {"logDriver": "awslogs", "options": options}}
        return {"taskDefinition": {"containerDefinitions": [container]}}

    def _get_log_events(self, _params: dict[str, Any]) -> dict[str, Any]:
        return {"events": [{"message": line} for line in self.log]}

    def _put_object(self, params: dict[str, Any]) -> dict[str, Any]:
        assert params["IfNoneMatch"] == "*"
        if params["Key"] in self.objects:
            raise AwsFault("already there", code="PreconditionFailed")
        self.objects[params["Key"]] = params["Body"]
        return {}

    def _list_objects_v2(self, params: dict[str, Any]) -> dict[str, Any]:
        return {"Contents": [{"Key": key} for key in sorted(self.objects) if key.startswith(params["Prefix"])]}

    def _get_object(self, params: dict[str, Any]) -> dict[str, Any]:
        return {"Body": io.BytesIO(self.objects[params["Key"]])}


def _shown(task: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in task.items() if key not in ("token", "looks", "told")}
