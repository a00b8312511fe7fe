"""Which container of a stopped task is told of."""

from __future__ import annotations

from typing import Any

import pytest

from provider.stopped_tasks import without_logs

ROUTER = {"name": "log-router", "exitCode": 143}
COLLECTOR = {"name": "telemetry", "exitCode": 0}


def told(*containers: dict[str, Any]) -> tuple[str, int | None]:
    task = {"taskArn": "arn:task/1", "taskDefinitionArn": "arn:task-definition/a:1", "containers": list(containers)}
    [found] = without_logs([task])
    return found.container, found.exit_code


@pytest.mark.parametrize("exit_code", [1, 2, 139])
def test_a_sidecar_that_ecs_stopped_is_not_told_of_in_place_of_the_container_that_failed(exit_code: int) -> None:
    failed = {"name": "auth-service", "exitCode": exit_code}
    assert told(ROUTER, COLLECTOR, failed) == ("auth-service", exit_code)
    assert told(failed, ROUTER, COLLECTOR) == ("auth-service", exit_code)


def test_a_container_that_gives_a_reason_comes_before_all_others() -> None:
    killed = {"name": "auth-service", "exitCode": 137, "reason": "OutOfMemoryError: killed due to memory usage"}
    assert told({"name": "log-router", "exitCode": 1}, killed) == ("auth-service", 137)


def test_a_container_that_a_signal_ended_is_told_of_where_no_other_failed() -> None:
    assert told(COLLECTOR, {"name": "auth-service", "exitCode": 143}) == ("auth-service", 143)


def test_a_task_whose_containers_never_ran_tells_of_none() -> None:
    assert told({"name": "auth-service"}) == ("", None)
