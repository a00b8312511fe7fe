"""What EventBridge is told of tasks and deployments."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from rollout.timeline import Cause, Event, Kind
from sandbox.ecs import announcements
from tests.sandbox.ecs.surroundings import ACCOUNT, BEGIN, CALLER, REGION, ROLE, Ecs, container, definition

AUTH = {"cluster": "microservices-cluster", "service": "auth-service"}
TASK, ACTION, DEPLOYMENT = "ECS Task State Change", "ECS Service Action", "ECS Deployment State Change"


def names(details: list[dict[str, Any]]) -> list[str]:
    return [detail["eventName"] for detail in details]


def release(ecs: Ecs, version: str, behaviour: str = "", **changes: Any) -> None:
    ecs.events.put_events.clear()
    ecs("UpdateService", **AUTH, taskDefinition=ecs.register(ecs.push(version, behaviour)), **changes)
    ecs.wait(1200)


def test_a_task_is_told_of_in_every_state_with_a_growing_version(ecs: Ecs) -> None:
    ecs.running_service(desiredCount=1)
    told = ecs.events.of(TASK)
    assert [one["lastStatus"] for one in told] == ["PROVISIONING", "PENDING", "ACTIVATING", "RUNNING"]
    versions = [one["version"] for one in told]
    assert versions == sorted(set(versions))
    assert told[-1]["version"] == ecs.tasks()[0]["version"]


def test_a_task_event_has_the_members_and_forms_of_awss_own(ecs: Ecs) -> None:
    ecs.running_service(desiredCount=1)
    event = [one for one in ecs.events.put_events if one["detail-type"] == TASK][-1]
    task = ecs.tasks()[0]
    assert {name: event[name] for name in ("version", "source", "account", "region", "resources")} == {
        "version": "0",
        "source": "aws.ecs",
        "account": ACCOUNT,
        "region": REGION,
        "resources": [task["taskArn"]],
    }
    started = BEGIN + timedelta(seconds=29)
    assert event["time"] == started.strftime("%Y-%m-%dT%H:%M:%SZ")
    detail = event["detail"]
    assert detail["startedAt"] == detail["updatedAt"] == started.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    assert detail["attachments"][0]["type"] == "eni"
    assert detail["containers"][0]["imageDigest"] == task["containers"][0]["imageDigest"]
    assert detail["group"] == "service:auth-service"
    assert detail["startedBy"].startswith("ecs-svc/")
    assert not {"tags", "healthStatus", "stoppedReason"} & detail.keys()


def test_the_end_of_a_task_says_why_it_stopped_and_with_which_exit_code(ecs: Ecs) -> None:
    ecs.running_service(desiredCount=1)
    release(ecs, "1.1.0", "crash:after=3,code=42")
    failed = [one for one in ecs.events.of(TASK) if one.get("stopCode") == "EssentialContainerExited"]
    assert {one["lastStatus"] for one in failed} == {"DEPROVISIONING", "STOPPED"}
    assert {one["stoppedReason"] for one in failed} == {"Essential container in task exited"}
    assert {one["containers"][0]["exitCode"] for one in failed} == {42}


def test_a_task_that_is_told_to_stop_is_told_of_before_its_state_changes(ecs: Ecs) -> None:
    ecs.running_service(desiredCount=1)
    ecs.events.put_events.clear()
    ecs("StopTask", cluster=AUTH["cluster"], task=ecs.tasks()[0]["taskArn"], reason="by hand")
    first = ecs.events.of(TASK)[0]
    assert first["desiredStatus"] == "STOPPED"
    assert (first["stopCode"], first["stoppedReason"]) == ("UserInitiated", "by hand")


def test_a_task_of_no_service_is_told_of_too(ecs: Ecs) -> None:
    ecs("CreateCluster", clusterName="c")
    network = {"awsvpcConfiguration": {"subnets": ["subnet-a"], "securityGroups": ["sg-1"]}}
    overrides = {"containerOverrides": [{"name": "auth-service", "command": ["migrate"]}]}
    image = ecs.register(ecs.push("1.0.0"))
    ecs("RunTask", cluster="c", taskDefinition=image, networkConfiguration=network, overrides=overrides)
    ecs.wait(120)
    told = ecs.events.of(TASK)
    states = ["PROVISIONING", "PENDING", "ACTIVATING", "RUNNING", "DEPROVISIONING", "STOPPED"]
    assert [one["lastStatus"] for one in told] == states
    assert told[-1]["containers"][0]["exitCode"] == 0
    assert told[-1]["overrides"]["containerOverrides"][0]["command"] == ["migrate"]


def test_a_change_of_a_containers_health_is_a_change_of_its_task(ecs: Ecs) -> None:
    ecs("CreateCluster", clusterName="microservices-cluster")
    check = {"command": ["CMD", "true"], "interval": 10}
    body = definition("x") | {"containerDefinitions": [container(ecs.push("1.0.0")) | {"healthCheck": check}]}
    arn = ecs("RegisterTaskDefinition", **body)["taskDefinition"]["taskDefinitionArn"]
    ecs.create_service(arn, desiredCount=1, loadBalancers=[])
    ecs.wait(300)
    told = ecs.events.of(TASK)
    assert [one["lastStatus"] for one in told].count("RUNNING") == 2


def test_a_good_deployment_is_in_progress_and_then_completed_and_the_service_steady(ecs: Ecs) -> None:
    ecs.running_service()
    release(ecs, "1.1.0")
    deployment = ecs.describe()["deployments"][0]["id"]
    told = ecs.events.of(DEPLOYMENT)
    assert names(told) == ["SERVICE_DEPLOYMENT_IN_PROGRESS", "SERVICE_DEPLOYMENT_COMPLETED"]
    assert {(one["eventType"], one["deploymentId"]) for one in told} == {("INFO", deployment)}
    assert [one["reason"] for one in told] == [
        f"ECS deployment {deployment} in progress.",
        f"ECS deployment {deployment} completed.",
    ]
    steady = ecs.events.of(ACTION)
    assert names(steady) == ["SERVICE_STEADY_STATE"]
    assert steady[0]["clusterArn"] == ecs.describe()["clusterArn"]
    assert steady[0]["createdAt"] > told[0]["updatedAt"]


def test_a_deployment_that_the_breaker_fails_is_told_as_an_error_and_its_rollback_as_the_next(ecs: Ecs) -> None:
    before = ecs.running_service()["deployments"][0]["id"]
    release(ecs, "1.1.0", "crash")
    told = ecs.events.of(DEPLOYMENT)
    assert names(told) == [
        "SERVICE_DEPLOYMENT_IN_PROGRESS",
        "SERVICE_DEPLOYMENT_FAILED",
        "SERVICE_DEPLOYMENT_IN_PROGRESS",
        "SERVICE_DEPLOYMENT_COMPLETED",
    ]
    assert [one["eventType"] for one in told] == ["INFO", "ERROR", "INFO", "INFO"]
    assert told[1]["reason"] == "ECS deployment circuit breaker: task failed to start."
    assert told[1]["deploymentId"] == told[0]["deploymentId"] != before
    assert told[2]["deploymentId"] == before
    assert told[2]["reason"] == f"ECS deployment circuit breaker: rolling back to deploymentId {before}."


def test_tasks_that_never_start_are_a_warning(ecs: Ecs) -> None:
    ecs.running_service()
    ecs.roles.trusts[ROLE] = "nobody.amazonaws.com"
    release(ecs, "1.1.0", deploymentConfiguration={"deploymentCircuitBreaker": {"enable": False, "rollback": False}})
    impaired = [one for one in ecs.events.of(ACTION) if one["eventName"] == "SERVICE_TASK_START_IMPAIRED"]
    assert impaired
    assert {one["eventType"] for one in impaired} == {"WARN"}


def test_no_event_has_the_identifier_of_another(ecs: Ecs) -> None:
    ecs.running_service()
    before = [event["id"] for event in ecs.events.put_events]
    release(ecs, "1.1.0", "crash")
    known = before + [event["id"] for event in ecs.events.put_events]
    assert len(set(known)) == len(known)


def test_what_was_told_is_not_told_again_after_a_restart(ecs: Ecs) -> None:
    ecs.running_service()
    ecs.restart()
    ecs.events.put_events.clear()
    ecs.wait(3000)
    assert ecs.events.put_events == []


@pytest.mark.parametrize(("cause", "reason"), [(Cause.CAPACITY, "RESOURCE:FARGATE"), (Cause.ADDRESSES, "RESOURCE:ENI")])
def test_tasks_that_find_no_place_are_an_error_with_the_reason(ecs: Ecs, cause: Cause, reason: str) -> None:
    ecs.running_service()
    world = ecs.plane._world
    (record,) = world.holdings(CALLER).services.values()
    ecs.events.put_events.clear()
    announcements.service_told(world, record, Event(300, Kind.PLACEMENT_FAILED, 1, cause=cause), BEGIN)
    (told,) = ecs.events.of(ACTION)
    assert (told["eventType"], told["eventName"], told["reason"]) == (
        "ERROR",
        "SERVICE_TASK_PLACEMENT_FAILURE",
        reason,
    )
