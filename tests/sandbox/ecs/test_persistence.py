"""What a restart of the sandbox, or its death, leaves standing."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.caller import Caller
from sandbox.sandbox_error import SandboxError
from tests.sandbox.ecs.surroundings import Ecs

if TYPE_CHECKING:
    from collections.abc import Callable

AUTH = {"cluster": "microservices-cluster", "service": "auth-service"}


def everything(ecs: Ecs) -> dict[str, Any]:
    """All that a client can see."""
    return {
        "clusters": ecs("DescribeClusters", clusters=["microservices-cluster"]),
        "service": ecs.describe(),
        "tasks": [ecs.tasks(), ecs.tasks("STOPPED")],
        "deployments": ecs("ListServiceDeployments", **AUTH),
        "definition": ecs("DescribeTaskDefinition", taskDefinition="auth-service"),
    }


def test_a_restart_shows_everything_as_it_was_and_goes_on_from_there(ecs: Ecs) -> None:
    ecs.running_service()
    ecs("UpdateService", **AUTH, taskDefinition=ecs.register(ecs.push("1.1.0")))
    ecs.wait(40)
    before = everything(ecs)
    ecs.restart()
    assert everything(ecs) == before
    ecs.wait(300)
    assert ecs.describe()["deployments"][0]["rolloutState"] == "COMPLETED"


def test_what_was_answered_is_in_the_store(ecs: Ecs) -> None:
    changes: list[Callable[[], object]] = [
        lambda: ecs("CreateCluster", clusterName="microservices-cluster"),
        lambda: ecs.register(ecs.push("1.0.0")),
        lambda: ecs.create_service("auth-service"),
        lambda: ecs("UpdateService", **AUTH, desiredCount=3),
        lambda: ecs("PutAccountSettingDefault", name="containerInsights", value="enabled"),
        lambda: ecs("StopTask", cluster="microservices-cluster", task=ecs.tasks()[0]["taskArn"]),
        lambda: ecs("DeleteService", **AUTH, force=True),
    ]
    for change in changes:
        before = dict(ecs.store.values)
        change()
        assert ecs.store.values != before
        ecs.restart()


def test_the_same_history_gives_the_same_timeline_in_one_leap_and_step_by_step() -> None:
    def history(ecs: Ecs, nap: float) -> list[dict[str, Any]]:
        ecs.running_service()
        ecs("UpdateService", **AUTH, taskDefinition=ecs.register(ecs.push("1.2.0", "crash")))
        for _ in range(int(900 / nap)):
            ecs.clock.moment += timedelta(seconds=nap)
            ecs.restart()
            ecs.plane.advance(ecs.clock.moment)
        return list(ecs.describe()["events"])

    assert history(Ecs(), 900) == history(Ecs(), 7.5)


def test_accounts_and_regions_do_not_see_each_other(ecs: Ecs) -> None:
    ecs.running_service()
    for caller in (replace(ecs.caller, account="222222222222"), replace(ecs.caller, region="us-east-1")):
        other = Ecs(clock=ecs.clock, store=ecs.store, caller=caller)
        assert other("ListClusters")["clusterArns"] == []
        assert other("ListTaskDefinitions")["taskDefinitionArns"] == []
    assert isinstance(ecs.caller, Caller)


def test_a_refused_request_writes_nothing(ecs: Ecs) -> None:
    ecs.running_service()
    before = dict(ecs.store.values)
    for operation, params in (
        ("UpdateService", AUTH | {"taskDefinition": "nothing:1"}),
        ("CreateService", {"serviceName": "x", "cluster": "microservices-cluster"}),
        ("DeleteCluster", {"cluster": "microservices-cluster"}),
    ):
        answer = ecs.service.answer(ecs.caller, operation, json.dumps(params).encode())
        assert answer.status == 400
    assert ecs.store.values == before


def test_state_of_another_layout_is_refused_with_what_to_do(ecs: Ecs) -> None:
    ecs.running_service()
    ecs.store.values["ecs-layout"] = pickle.dumps("of old")
    with pytest.raises(SandboxError, match="remove this folder"):
        ecs.restart()
    del ecs.store.values["ecs-layout"]
    with pytest.raises(SandboxError, match="written by another version of Slipway"):
        ecs.restart()
