"""Zones and addresses: where the tasks of a service run, and what happens when a subnet is full."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from tests.sandbox.ecs.surroundings import Ecs, FakeNetwork, Refused

AUTH = {"cluster": "microservices-cluster", "service": "auth-service"}
PLACE = "(service auth-service) was unable to place a task. Reason: The specified subnet does not have enough free"


def zones(ecs: Ecs) -> dict[str, int]:
    """Running tasks by zone."""
    return dict(sorted(Counter(task["availabilityZone"][-1] for task in ecs.tasks()).items()))


def addresses(ecs: Ecs) -> list[str]:
    """Private addresses of the tasks that have not stopped."""
    tasks = [task for status in ("RUNNING", "STOPPED") for task in ecs.tasks(status)]
    return [
        detail["value"]
        for task in tasks
        if task["lastStatus"] != "STOPPED"
        for attachment in task["attachments"]
        for detail in attachment["details"]
        if detail["name"] == "privateIPv4Address"
    ]


def narrow(monkeypatch: pytest.MonkeyPatch, **cidrs: str) -> None:
    """Give subnets other ranges: a /29 has three addresses for use, a /28 eleven."""
    known = FakeNetwork.subnets
    changed = {f"subnet-{name}": replace(known[f"subnet-{name}"], cidr=cidr) for name, cidr in cidrs.items()}
    monkeypatch.setattr(FakeNetwork, "subnets", known | changed)


def test_the_zones_of_a_service_stay_in_balance_through_a_deployment_and_scaling(ecs: Ecs) -> None:
    ecs.running_service(desiredCount=5)
    ecs("UpdateService", **AUTH, forceNewDeployment=True)
    ecs.wait(300)
    assert sorted(zones(ecs).values()) == [2, 3]
    ecs("UpdateService", **AUTH, desiredCount=2)
    assert zones(ecs) == {"a": 1, "b": 1}


def test_no_address_is_used_twice_and_a_full_subnet_makes_launches_fail(
    ecs: Ecs, monkeypatch: pytest.MonkeyPatch
) -> None:
    narrow(monkeypatch, a="10.0.0.0/29", b="10.0.1.0/29")
    ecs.running_service(desiredCount=4, deploymentConfiguration={})
    ecs("UpdateService", **AUTH, forceNewDeployment=True)
    ecs.wait(12)
    assert len(addresses(ecs)) == len(set(addresses(ecs))) == 6
    assert [message for message in ecs.messages() if message.startswith(PLACE)]
    ecs.wait(600)
    assert len(ecs.tasks()) == 4
    assert ecs.describe()["deployments"][0]["rolloutState"] == "COMPLETED"


def test_the_same_failure_to_place_a_task_is_told_once_in_a_row(ecs: Ecs, monkeypatch: pytest.MonkeyPatch) -> None:
    narrow(monkeypatch, a="10.0.0.0/29", b="10.0.1.0/29")
    ecs.running_service(desiredCount=6, deploymentConfiguration={})
    ecs("UpdateService", **AUTH, forceNewDeployment=True)
    ecs.wait(500)
    assert len([message for message in ecs.messages() if message.startswith(PLACE)]) == 1
    assert len(ecs.tasks()) == 6


def test_a_task_of_no_service_needs_an_address_too(ecs: Ecs, monkeypatch: pytest.MonkeyPatch) -> None:
    narrow(monkeypatch, a="10.0.0.0/29", b="10.0.1.0/29")
    shown = ecs.running_service(desiredCount=5)
    answer = ecs(
        "RunTask",
        cluster=AUTH["cluster"],
        taskDefinition=shown["taskDefinition"],
        networkConfiguration=shown["networkConfiguration"],
        count=2,
    )
    assert answer["tasks"] == []
    assert {failure["reason"] for failure in answer["failures"]} == {"RESOURCE:ENI"}


def test_a_service_is_rebalanced_when_others_give_addresses_back(ecs: Ecs, monkeypatch: pytest.MonkeyPatch) -> None:
    narrow(monkeypatch, a="10.0.0.0/29")
    shown = ecs.running_service(desiredCount=0)
    network = {"subnets": ["subnet-a"], "securityGroups": ["sg-1"]}
    alone = ecs(
        "RunTask",
        cluster=AUTH["cluster"],
        taskDefinition=shown["taskDefinition"],
        networkConfiguration={"awsvpcConfiguration": network},
        count=3,
    )
    ecs("UpdateService", **AUTH, desiredCount=4)
    ecs.wait(300)
    assert zones(ecs) == {"b": 4}
    for task in alone["tasks"]:
        ecs("StopTask", cluster=AUTH["cluster"], task=task["taskArn"])
    ecs.wait(60)
    ecs.wait(300)
    assert zones(ecs) == {"a": 2, "b": 2}
    started = (
        "(service auth-service) is not AZ balanced with 0 tasks in eu-west-1a and 4 tasks in eu-west-1b. "
        "AZ Rebalancing in progress."
    )
    ended = "(service auth-service) is AZ balanced with 2 tasks in eu-west-1a and 2 tasks in eu-west-1b."
    assert [message for message in ecs.messages() if "AZ balanced" in message] == [started, ended]


EARLY = {"enable": True, "healthyPercent": 100, "sourceServiceRevisionCleanup": "DEFERRED"}


def test_a_deployment_with_early_success_completes_while_old_tasks_still_drain(ecs: Ecs) -> None:
    ecs.running_service()
    ecs("UpdateService", **AUTH, forceNewDeployment=True, deploymentConfiguration={"earlySuccessCriteria": EARLY})
    ecs.wait(60)
    assert ecs.describe()["deployments"][0]["rolloutState"] == "COMPLETED"
    assert {task["lastStatus"] for task in ecs.tasks("STOPPED")} == {"DEACTIVATING"}


@pytest.mark.parametrize(
    ("criteria", "message"),
    [
        ({"enable": True}, "earlySuccessCriteria.healthyPercent must be specified"),
        (EARLY | {"healthyPercent": 99}, "Invalid healthyPercent: 99. It must be from the minimumHealthyPercent, 100"),
    ],
)
def test_early_success_criteria_that_make_no_sense_are_refused(
    ecs: Ecs, criteria: dict[str, Any], message: str
) -> None:
    ecs.running_service()
    with pytest.raises(Refused) as refusal:
        ecs("UpdateService", **AUTH, deploymentConfiguration={"earlySuccessCriteria": criteria})
    assert message in refusal.value.message
