"""Task scale-in protection, as AWS answers it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.sandbox.ecs.surroundings import BEGIN, Ecs, Refused

CLUSTER = {"cluster": "microservices-cluster"}


def test_a_protected_task_is_shown_so_until_its_protection_expires(ecs: Ecs) -> None:
    ecs.running_service()
    first, second = (task["taskArn"] for task in ecs.tasks())
    answer = ecs("UpdateTaskProtection", **CLUSTER, tasks=[first], protectionEnabled=True, expiresInMinutes=5)
    expiry = (BEGIN + timedelta(seconds=120, minutes=5)).timestamp()
    assert answer["protectedTasks"] == [{"taskArn": first, "protectionEnabled": True, "expirationDate": expiry}]
    ecs.restart()
    shown = ecs("GetTaskProtection", **CLUSTER, tasks=[first, second])["protectedTasks"]
    assert [one["protectionEnabled"] for one in shown] == [True, False]
    ecs.wait(301)
    assert ecs("GetTaskProtection", **CLUSTER, tasks=[first])["protectedTasks"] == [
        {"taskArn": first, "protectionEnabled": False}
    ]


def test_protection_lasts_two_hours_unless_told_and_can_be_taken_away(ecs: Ecs) -> None:
    ecs.running_service()
    arn = ecs.tasks()[0]["taskArn"]
    answer = ecs("UpdateTaskProtection", **CLUSTER, tasks=[arn], protectionEnabled=True)
    expiry = (BEGIN + timedelta(seconds=120, hours=2)).timestamp()
    assert answer["protectedTasks"][0]["expirationDate"] == expiry
    answer = ecs("UpdateTaskProtection", **CLUSTER, tasks=[arn], protectionEnabled=False)
    assert answer["protectedTasks"] == [{"taskArn": arn, "protectionEnabled": False}]


def test_a_protected_task_outlives_scaling_in_until_its_protection_expires(ecs: Ecs) -> None:
    ecs.running_service(desiredCount=3)
    arns = [task["taskArn"] for task in ecs.tasks()]
    ecs("UpdateTaskProtection", **CLUSTER, tasks=arns[:2], protectionEnabled=True, expiresInMinutes=5)
    ecs("UpdateService", **CLUSTER, service="auth-service", desiredCount=1)
    ecs.wait(200)
    assert {task["taskArn"] for task in ecs.tasks()} == set(arns[:2])
    ecs.wait(200)
    assert len(ecs.tasks()) == 1


def test_without_names_all_running_tasks_of_services_are_shown(ecs: Ecs) -> None:
    ecs.running_service()
    shown = ecs("GetTaskProtection", **CLUSTER)["protectedTasks"]
    assert {one["taskArn"] for one in shown} == {task["taskArn"] for task in ecs.tasks()}


def test_a_task_of_no_service_a_stopped_task_and_an_unknown_one_are_failures(ecs: Ecs) -> None:
    ecs.running_service()
    network = {"awsvpcConfiguration": {"subnets": ["subnet-a"]}}
    lone = ecs("RunTask", **CLUSTER, taskDefinition="auth-service", networkConfiguration=network)["tasks"][0]["taskArn"]
    stopped = ecs.tasks()[0]["taskArn"]
    ecs("StopTask", **CLUSTER, task=stopped)
    answer = ecs("UpdateTaskProtection", **CLUSTER, tasks=[lone, stopped, "0" * 32], protectionEnabled=True)
    assert answer["protectedTasks"] == []
    assert [(one["arn"].rpartition("/")[2], one["reason"]) for one in answer["failures"]] == [
        (lone.rpartition("/")[2], "TASK_NOT_VALID"),
        (stopped.rpartition("/")[2], "TASK_NOT_VALID"),
        ("0" * 32, "MISSING"),
    ]


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"tasks": []}, "from 1 to 10 members, got 0"),
        ({"tasks": ["a"] * 11}, "from 1 to 10 members, got 11"),
        ({"expiresInMinutes": 0}, "expiresInMinutes must be from 1 to 2880, got 0"),
        ({"expiresInMinutes": 2881}, "expiresInMinutes must be from 1 to 2880, got 2881"),
        ({"expiresInMinutes": 5, "protectionEnabled": False}, "only be specified when protectionEnabled is true"),
        ({"cluster": "other"}, "ClusterNotFoundException"),
    ],
)
def test_protection_out_of_awss_limits_is_refused(ecs: Ecs, params: dict[str, Any], message: str) -> None:
    ecs.running_service()
    sound = CLUSTER | {"tasks": [ecs.tasks()[0]["taskArn"]], "protectionEnabled": True}
    with pytest.raises(Refused, match=message):
        ecs("UpdateTaskProtection", **(sound | params))
