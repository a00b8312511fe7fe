"""`slipway run`: a command runs once, as a task of the service's own revision, and its end is the command's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from account.aws_faults import AwsFault
from tests.provider.fake_ecs import task_definition
from tests.slipway.conftest import at_a_terminal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.slipway.conftest import World

RUN = ("run", "-e", "test", "-s", "auth-service", "--yes")
COMMAND = ("--", "report", "--of", "last week")
WORDS = "report --of 'last week'"
ARN = "arn:aws:ecs:eu-west-1:111111111111:task/microservices-cluster/0f1e"
NETWORK = {"awsvpcConfiguration": {"subnets": ["subnet-a"], "securityGroups": ["sg-a"], "assignPublicIp": "DISABLED"}}


class Task:
    """The task that ECS starts, at each look one step further, and what it logs."""

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self.steps: list[dict[str, Any]] = [{"lastStatus": "PENDING"}, {"lastStatus": "RUNNING"}, exited(0)]
        self.log: list[str] = []
        self.asked: list[dict[str, Any]] = []
        self.stopped: list[str] = []
        self.failures: list[dict[str, str]] = []
        self.world = world
        describe = world.aws._describe_services

        def services(params: dict[str, Any]) -> dict[str, Any]:
            answer = describe(params)
            for one in answer["services"]:
                one["networkConfiguration"] = NETWORK
            return answer

        for name, answer in (
            ("describe_services", services),
            ("run_task", self.start),
            ("describe_tasks", self.look),
            ("stop_task", self.stop),
            ("get_log_events", self.lines),
        ):
            monkeypatch.setattr(world.aws, f"_{name}", answer, raising=False)
        monkeypatch.setattr("slipway.run.sleep", lambda _seconds: None)

    def _now(self, step: dict[str, Any]) -> dict[str, Any]:
        containers = step.get("containers", [{"name": "auth-service"}])
        return {"taskArn": ARN, "stoppedReason": "Essential container in task exited", **step, "containers": containers}

    def start(self, params: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(params)
        return {
            "tasks": [] if self.failures else [self._now({"lastStatus": "PROVISIONING"})],
            "failures": self.failures,
        }

    def look(self, _params: dict[str, Any]) -> dict[str, Any]:
        step = self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]
        return {"tasks": [self._now(step)] if step else []}

    def stop(self, params: dict[str, Any]) -> dict[str, Any]:
        self.stopped.append(params["reason"])
        self.steps = [exited(143)]
        return {"task": {}}

    def lines(self, params: dict[str, Any]) -> dict[str, Any]:
        assert params["logGroupName"] == "/ecs/auth-service"
        assert params["logStreamName"] == "ecs/auth-service/0f1e"
        begun = int(params.get("nextToken", "0"))
        return {"events": [{"message": line} for line in self.log[begun:]], "nextForwardToken": str(len(self.log))}

    def run(self, *more: str, command: Sequence[str] = COMMAND) -> Any:
        return self.world.run(*RUN, *more, *command)


def exited(code: int) -> dict[str, Any]:
    return {"lastStatus": "STOPPED", "containers": [{"name": "auth-service", "exitCode": code}]}


@pytest.fixture
def task(world: World, monkeypatch: pytest.MonkeyPatch) -> Task:
    return Task(world, monkeypatch)


def test_it_runs_the_revision_that_the_service_runs_in_the_services_network(task: Task) -> None:
    done = task.run()
    assert done.code == 0, done.err
    (asked,) = task.asked
    assert asked["taskDefinition"] == task_definition(1)
    assert asked["networkConfiguration"] == NETWORK
    overrides = {"containerOverrides": [{"name": "auth-service", "command": ["report", "--of", "last week"]}]}
    assert asked["overrides"] == overrides
    assert asked["propagateTags"] == "TASK_DEFINITION"
    assert asked["group"] == "one-off:auth-service", "no service's, so that nobody counts it as one of its tasks"
    assert f"{WORDS}: as a task of auth-service:1 in test, for 3600 s at most" in done.err


def test_what_it_logs_is_printed_once_and_no_secret_with_it(task: Task) -> None:
    task.log = ["12 carts", "postgres://shop:hunter2@db/shop", "done"]
    done = task.run()
    first, second, third = done.out.splitlines()
    assert (first, third) == ("12 carts", "done")
    assert "hunter2" not in second


def test_a_command_that_fails_fails_and_says_how(task: Task) -> None:
    task.steps[-1] = exited(3)
    done = task.run()
    assert done.code == 1
    assert f"{WORDS} failed with exit code 3: Essential container in task exited (task 0f1e)" in done.err


def test_a_task_that_never_ran_says_why(task: Task) -> None:
    task.steps = [{"lastStatus": "STOPPED", "stoppedReason": "CannotPullContainerError: no such image"}]
    done = task.run()
    assert done.code == 1
    assert f"{WORDS} did not run: CannotPullContainerError: no such image" in done.err


def test_a_task_that_ecs_does_not_know_yet_is_waited_for(task: Task) -> None:
    task.steps = [{}, {"lastStatus": "RUNNING"}, exited(0)]
    assert task.run().code == 0


def test_how_a_task_ended_that_ecs_has_forgotten_nobody_claims_to_know(task: Task) -> None:
    task.steps = [{"lastStatus": "RUNNING"}, {}]
    done = task.run()
    assert done.code == 1
    assert "how task 0f1e ended nobody knows" in done.err


def test_ecs_that_starts_no_task_is_told_in_its_own_words(task: Task) -> None:
    task.failures = [{"reason": "Capacity is unavailable at this time"}]
    done = task.run()
    assert done.code == 1
    assert f"{WORDS} was not run: ECS starts no task: Capacity is unavailable at this time" in done.err


def test_what_takes_too_long_is_stopped(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    task.steps = [{"lastStatus": "RUNNING"}]
    seconds = iter(range(0, 1000, 10))
    monkeypatch.setattr("slipway.run.monotonic", lambda: next(seconds))
    done = task.run("--timeout", "30")
    assert task.stopped == ["slipway run: not done after 30 s"]
    assert done.code == 1
    assert "exit code 143" in done.err


def test_interrupted_the_task_goes_on_and_it_is_told_how_to_end_it(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("slipway.run.sleep", interrupt)
    done = task.run()
    assert done.code == 130
    assert "aws ecs stop-task --cluster microservices-cluster --task 0f1e" in done.err
    assert task.stopped == []


def test_without_a_yes_nothing_is_run(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    at_a_terminal(monkeypatch, answer=False)
    done = task.world.run(*RUN[:-1], *COMMAND)
    assert done.code == 1
    assert "was not run: nothing was changed" in done.err
    assert task.asked == []


def test_a_service_that_is_not_there_has_nothing_to_run(task: Task) -> None:
    task.world.aws.status = "MISSING"
    done = task.run()
    assert done.code == 2
    assert "auth-service does not run in test" in done.err


def test_a_right_that_is_missing_is_told(task: Task) -> None:
    task.world.aws.faults["run_task"] = AwsFault("ecs RunTask: not authorized", code="AccessDeniedException")
    done = task.run()
    assert done.code == 1
    assert f"test: {WORDS}: ecs RunTask: not authorized" in done.err
