"""Deployments of good and bad revisions, as a client of the API sees them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.ecs.surroundings import LOG_GROUP, ROLE, TARGET_GROUP, Ecs, Refused, digest_of

AUTH = {"cluster": "microservices-cluster", "service": "auth-service"}
NO_ROLLBACK = {"deploymentCircuitBreaker": {"enable": True, "rollback": False}}


def deploy(ecs: Ecs, version: str, behaviour: str = "", *, wait: float = 900) -> str:
    """Release a version and wait for the outcome; the task definition's ARN."""
    arn = ecs.register(ecs.push(version, behaviour))
    ecs("UpdateService", **AUTH, taskDefinition=arn)
    ecs.wait(wait)
    return arn


def failed_by_themselves(ecs: Ecs, task_definition: str) -> list[dict[str, Any]]:
    """All but the last try, which the rollback stopped while it was pending."""
    stopped = [task for task in ecs.tasks("STOPPED") if task["taskDefinitionArn"] == task_definition]
    return [task for task in stopped if task["stopCode"] != "ServiceSchedulerInitiated"]


def last_deployment(ecs: Ecs) -> dict[str, Any]:
    """The newest service deployment, described."""
    arn = ecs("ListServiceDeployments", **AUTH)["serviceDeployments"][0]["serviceDeploymentArn"]
    return dict(ecs("DescribeServiceDeployments", serviceDeploymentArns=[arn])["serviceDeployments"][0])


def test_a_new_service_starts_its_tasks_registers_them_and_reaches_a_steady_state(ecs: Ecs) -> None:
    shown = ecs.running_service()
    assert (shown["runningCount"], shown["pendingCount"]) == (2, 0)
    deployment = shown["deployments"][0]
    assert (deployment["status"], deployment["rolloutState"]) == ("PRIMARY", "COMPLETED")
    assert deployment["rolloutStateReason"] == f"ECS deployment {deployment['id']} completed."
    first, second = (task["taskArn"].rpartition("/")[2] for task in ecs.tasks())
    assert ecs.messages() == [
        f"(service auth-service) has started 2 tasks: (task {first}) (task {second}).",
        f"(service auth-service) registered 2 targets in (target-group {TARGET_GROUP})",
        f"(service auth-service) (deployment {deployment['id']}) deployment completed.",
        "(service auth-service) has reached a steady state.",
    ]


def test_while_a_new_revision_comes_up_both_deployments_are_shown(ecs: Ecs) -> None:
    ecs.running_service()
    deploy(ecs, "1.1.0", wait=35)
    primary, active = ecs.describe()["deployments"]
    assert (primary["status"], primary["rolloutState"], primary["runningCount"]) == ("PRIMARY", "IN_PROGRESS", 2)
    assert primary["rolloutStateReason"] == f"ECS deployment {primary['id']} in progress."
    assert (active["status"], active["runningCount"]) == ("ACTIVE", 2)
    assert ecs.describe()["runningCount"] == 4


def test_a_good_revision_replaces_the_old_tasks_which_drain_first(ecs: Ecs) -> None:
    ecs.running_service()
    old = {task["taskArn"] for task in ecs.tasks()}
    arn = deploy(ecs, "1.1.0", wait=55)
    assert {task["lastStatus"] for task in ecs.tasks("STOPPED")} == {"DEACTIVATING"}
    states = [target["TargetHealth"] for target in ecs.plane.target_health(TARGET_GROUP)]
    assert sorted(state["State"] for state in states) == ["draining", "draining", "healthy", "healthy"]
    assert "Target.DeregistrationInProgress" in {state.get("Reason") for state in states}
    ecs.wait(60)
    assert {task["taskDefinitionArn"] for task in ecs.tasks()} == {arn}
    stopped = ecs.tasks("STOPPED")
    assert {task["taskArn"] for task in stopped} == old
    primary = ecs.describe()["deployments"][0]["id"]
    assert {task["stoppedReason"] for task in stopped} == {f"Scaling activity initiated by (deployment {primary})"}
    assert {task["stopCode"] for task in stopped} == {"ServiceSchedulerInitiated"}
    assert last_deployment(ecs)["status"] == "SUCCESSFUL"
    assert [target["TargetHealth"]["State"] for target in ecs.plane.target_health(TARGET_GROUP)] == ["healthy"] * 2


BAD = {
    "crash": ("EssentialContainerExited", "Essential container in task exited", 1),
    "crash:after=3,code=42": ("EssentialContainerExited", "Essential container in task exited", 42),
    "oom": ("EssentialContainerExited", "Essential container in task exited", 137),
    "unhealthy": (
        "ServiceSchedulerInitiated",
        f"Task failed ELB health checks in (target-group {TARGET_GROUP})",
        0,
    ),
    "slow:start=600": (
        "ServiceSchedulerInitiated",
        f"Task failed ELB health checks in (target-group {TARGET_GROUP})",
        0,
    ),
}


@pytest.mark.parametrize("behaviour", BAD)
def test_a_bad_revision_is_rolled_back_and_its_tasks_say_why_they_stopped(ecs: Ecs, behaviour: str) -> None:
    before = ecs.running_service()["deployments"][0]
    kept = {task["taskArn"] for task in ecs.tasks()}
    bad = deploy(ecs, "1.2.0", behaviour)
    entry = last_deployment(ecs)
    assert entry["status"] == "ROLLBACK_SUCCESSFUL"
    assert entry["statusReason"] == "Service deployment rolled back because the circuit breaker threshold was exceeded."
    assert entry["deploymentCircuitBreaker"]["status"] == "TRIGGERED"
    assert entry["deploymentCircuitBreaker"]["failureCount"] >= entry["deploymentCircuitBreaker"]["threshold"] == 3
    shown = ecs.describe()
    assert [one["id"] for one in shown["deployments"]] == [before["id"]]
    assert shown["taskDefinition"] == before["taskDefinition"]
    assert {task["taskArn"] for task in ecs.tasks()} == kept
    failed = [task for task in ecs.tasks("STOPPED") if task["taskDefinitionArn"] == bad]
    code, reason, exit_code = BAD[behaviour]
    assert {(task["stopCode"], task["stoppedReason"]) for task in failed} == {(code, reason)}
    assert {task["containers"][0]["exitCode"] for task in failed} == {exit_code}


def test_out_of_memory_is_told_by_the_container(ecs: Ecs) -> None:
    ecs.running_service()
    bad = deploy(ecs, "1.2.0", "oom")
    failed = [task for task in ecs.tasks("STOPPED") if task["taskDefinitionArn"] == bad]
    reasons = {task["containers"][0]["reason"] for task in failed}
    assert reasons == {"OutOfMemoryError: Container killed due to memory usage"}


def test_a_missing_image_cannot_be_pulled_and_the_release_is_rolled_back(ecs: Ecs) -> None:
    ecs.running_service()
    bad = ecs.register("127.0.0.1:4577/111111111111/eu-west-1/auth-service:9.9.9")
    ecs("UpdateService", **AUTH, taskDefinition=bad)
    ecs.wait(900)
    failed = failed_by_themselves(ecs, bad)
    assert {task["stopCode"] for task in failed} == {"TaskFailedToStart"}
    assert all(task["stoppedReason"].startswith("CannotPullContainerError: ") for task in failed)
    assert all("exitCode" not in task["containers"][0] and "startedAt" not in task for task in failed)
    assert last_deployment(ecs)["status"] == "ROLLBACK_SUCCESSFUL"


def test_an_image_pushed_late_is_found_by_the_next_try(ecs: Ecs) -> None:
    ecs.running_service(deploymentConfiguration={})
    name = "127.0.0.1:4577/111111111111/eu-west-1/auth-service:2.0.0"
    arn = ecs.register(name)
    ecs("UpdateService", **AUTH, taskDefinition=arn)
    ecs.wait(60)
    ecs.push("2.0.0")
    ecs.wait(900)
    assert {task["taskDefinitionArn"] for task in ecs.tasks()} == {arn}
    assert {task["containers"][0]["imageDigest"] for task in ecs.tasks()} == {digest_of(name)}


def test_a_role_that_ecs_may_not_assume_keeps_tasks_from_starting(ecs: Ecs) -> None:
    ecs.running_service()
    ecs.roles.trusts[ROLE] = "lambda.amazonaws.com"
    bad = deploy(ecs, "1.2.0")
    failed = failed_by_themselves(ecs, bad)
    assert failed
    assert {task["stopCode"] for task in failed} == {"TaskFailedToStart"}
    assert all(task["stoppedReason"].startswith(f"ECS was unable to assume the role '{ROLE}'") for task in failed)


def test_a_missing_log_group_keeps_tasks_from_starting(ecs: Ecs) -> None:
    ecs.running_service()
    ecs.logs.groups.clear()
    bad = deploy(ecs, "1.2.0")
    failed = failed_by_themselves(ecs, bad)
    assert failed
    assert all("The specified log group does not exist." in task["stoppedReason"] for task in failed)


def test_without_rollback_the_failed_deployment_stays_primary_and_the_old_tasks_go_on(ecs: Ecs) -> None:
    ecs.running_service(deploymentConfiguration=NO_ROLLBACK)
    deploy(ecs, "1.2.0", "crash")
    primary, active = ecs.describe()["deployments"]
    assert (primary["rolloutState"], primary["rolloutStateReason"]) == (
        "FAILED",
        "ECS deployment circuit breaker: tasks failed to start.",
    )
    assert (active["status"], active["runningCount"]) == ("ACTIVE", 2)
    assert last_deployment(ecs)["status"] == "STOPPED"
    assert "stoppedAt" in last_deployment(ecs)


def test_a_first_deployment_that_fails_has_nothing_to_go_back_to(ecs: Ecs) -> None:
    ecs("CreateCluster", clusterName="microservices-cluster")
    ecs.create_service(ecs.register(ecs.push("1.0.0", "crash")))
    ecs.wait(900)
    entry = last_deployment(ecs)
    assert (entry["status"], entry["statusReason"]) == (
        "ROLLBACK_FAILED",
        "No rollback candidate was found to run the rollback.",
    )
    assert ecs.describe()["deployments"][0]["rolloutState"] == "FAILED"
    assert ecs.tasks() == []


def test_a_good_revision_after_a_failed_first_one_runs(ecs: Ecs) -> None:
    ecs("CreateCluster", clusterName="microservices-cluster")
    ecs.create_service(ecs.register(ecs.push("1.0.0", "crash")))
    ecs.wait(900)
    arn = deploy(ecs, "1.0.1")
    assert {task["taskDefinitionArn"] for task in ecs.tasks()} == {arn}
    assert [one["rolloutState"] for one in ecs.describe()["deployments"]] == ["COMPLETED"]


def test_without_a_breaker_a_crashing_revision_is_tried_for_ever(ecs: Ecs) -> None:
    ecs.running_service(deploymentConfiguration={})
    deploy(ecs, "1.2.0", "crash", wait=3600)
    primary = ecs.describe()["deployments"][0]
    assert primary["rolloutState"] == "IN_PROGRESS"
    assert primary["failedTasks"] > 20
    assert last_deployment(ecs)["deploymentCircuitBreaker"]["status"] == "DISABLED"


def test_a_slow_start_within_the_grace_period_is_no_failure(ecs: Ecs) -> None:
    ecs.running_service(healthCheckGracePeriodSeconds=300)
    arn = deploy(ecs, "1.2.0", "slow:start=120")
    assert {task["taskDefinitionArn"] for task in ecs.tasks()} == {arn}


def test_a_deployment_that_replaces_one_in_progress_stops_it(ecs: Ecs) -> None:
    ecs.running_service()
    deploy(ecs, "1.1.0", wait=5)
    arn = deploy(ecs, "1.2.0")
    newest, replaced, _ = ecs("ListServiceDeployments", **AUTH)["serviceDeployments"]
    assert (newest["status"], replaced["status"]) == ("SUCCESSFUL", "STOPPED")
    assert {task["taskDefinitionArn"] for task in ecs.tasks()} == {arn}


def test_a_stopped_deployment_is_rolled_back_to_the_revision_before(ecs: Ecs) -> None:
    before = ecs.running_service()["taskDefinition"]
    deploy(ecs, "1.1.0", wait=40)
    arn = last_deployment(ecs)["serviceDeploymentArn"]
    assert ecs("StopServiceDeployment", serviceDeploymentArn=arn, stopType="ROLLBACK") == {"serviceDeploymentArn": arn}
    assert last_deployment(ecs)["status"] == "ROLLBACK_IN_PROGRESS"
    primary = ecs.describe()["deployments"][0]
    reason = f"ECS deployment: rolling back to deploymentId {primary['id']}."
    assert primary["rolloutStateReason"] == reason
    ecs.wait(300)
    entry = last_deployment(ecs)
    assert entry["status"] == "ROLLBACK_SUCCESSFUL"
    assert entry["rollback"]["serviceRevisionArn"] == entry["sourceServiceRevisions"][0]["arn"]
    assert {task["taskDefinitionArn"] for task in ecs.tasks()} == {before}
    assert ecs.describe()["taskDefinition"] == before


def test_only_a_deployment_in_progress_can_be_stopped(ecs: Ecs) -> None:
    ecs.running_service()
    arn = last_deployment(ecs)["serviceDeploymentArn"]
    with pytest.raises(Refused, match=r"ConflictException: .*it is in the state SUCCESSFUL"):
        ecs("StopServiceDeployment", serviceDeploymentArn=arn)
    with pytest.raises(Refused, match="ServiceDeploymentNotFoundException"):
        ecs("StopServiceDeployment", serviceDeploymentArn=arn + "x")


def test_tasks_of_a_deployment_run_the_digest_that_the_tag_named_when_it_began(ecs: Ecs) -> None:
    image = ecs.push("dev")
    ecs("CreateCluster", clusterName="microservices-cluster")
    ecs.create_service(ecs.register(image))
    ecs.wait(120)
    arn = ecs("ListServiceDeployments", **AUTH)["serviceDeployments"][0]["targetServiceRevisionArn"]
    revision = ecs("DescribeServiceRevisions", serviceRevisionArns=[arn])["serviceRevisions"][0]
    assert revision["containerImages"] == [
        {"containerName": "auth-service", "image": image, "imageDigest": digest_of(image)}
    ]
    assert {task["containers"][0]["imageDigest"] for task in ecs.tasks()} == {digest_of(image)}


def test_deployments_are_listed_by_status_and_time(ecs: Ecs) -> None:
    ecs.running_service()
    deploy(ecs, "1.2.0", "crash")
    listed = ecs("ListServiceDeployments", **AUTH, status=["SUCCESSFUL"])["serviceDeployments"]
    assert [one["status"] for one in listed] == ["SUCCESSFUL"]
    after = listed[0]["createdAt"] + 1
    listed = ecs("ListServiceDeployments", **AUTH, createdAt={"after": after})["serviceDeployments"]
    assert [one["status"] for one in listed] == ["ROLLBACK_SUCCESSFUL"]


def test_limits_that_leave_no_room_are_told_in_an_event(ecs: Ecs) -> None:
    ecs.running_service(deploymentConfiguration={"maximumPercent": 100, "minimumHealthyPercent": 100})
    deploy(ecs, "1.1.0")
    assert "was unable to stop or start tasks during a deployment" in ecs.messages()[-1]
    ecs("UpdateService", **AUTH, deploymentConfiguration={"maximumPercent": 200})
    ecs.wait(300)
    assert ecs.describe()["deployments"][0]["rolloutState"] == "COMPLETED"


def test_tasks_write_to_the_stream_of_prefix_container_and_task(ecs: Ecs) -> None:
    ecs.running_service()
    bad = deploy(ecs, "1.2.0", "crash")
    failed = next(task for task in ecs.tasks("STOPPED") if task["taskDefinitionArn"] == bad)
    stream = f"ecs/auth-service/{failed['taskArn'].rpartition('/')[2]}"
    lines = [line for _, line in ecs.logs.lines[LOG_GROUP, stream]]
    assert lines == ["auth-service: started", "auth-service: exiting with code 1"]


ALARMS = {"alarms": {"alarmNames": ["errors"], "enable": True, "rollback": True}}


def test_an_alarm_rolls_the_release_back_and_is_named(ecs: Ecs) -> None:
    before = ecs.running_service(deploymentConfiguration=ALARMS)["taskDefinition"]
    ecs.wait(300)
    deploy(ecs, "1.2.0", "errors", wait=60)
    ecs.alarms.alarming = {"errors"}
    assert ecs.plane.next_event_at() == ecs.clock.now()
    ecs.wait(300)
    entry = last_deployment(ecs)
    assert entry["status"] == "ROLLBACK_SUCCESSFUL"
    assert entry["alarms"] == {"status": "TRIGGERED", "alarmNames": ["errors"], "triggeredAlarmNames": ["errors"]}
    assert ecs.describe()["taskDefinition"] == before
    assert any(message.endswith("deployment failed: alarm detected.") for message in ecs.messages())


def test_a_release_with_alarms_is_complete_only_after_the_bake_time(ecs: Ecs) -> None:
    ecs.running_service(deploymentConfiguration=ALARMS)
    ecs.wait(300)
    deploy(ecs, "1.1.0", wait=150)
    assert ecs.describe()["deployments"][0]["rolloutState"] == "IN_PROGRESS"
    ecs.wait(120)
    assert last_deployment(ecs)["alarms"]["status"] == "MONITORING_COMPLETE"
    assert last_deployment(ecs)["status"] == "SUCCESSFUL"


def test_an_alarm_in_alarm_before_the_release_is_not_watched(ecs: Ecs) -> None:
    ecs.running_service(deploymentConfiguration=ALARMS)
    ecs.wait(300)
    ecs.alarms.alarming = {"errors"}
    arn = deploy(ecs, "1.1.0")
    entry = last_deployment(ecs)
    assert (entry["status"], entry["alarms"]["status"]) == ("SUCCESSFUL", "DISABLED")
    assert ecs.describe()["taskDefinition"] == arn


def test_an_old_task_that_does_not_heed_sigterm_is_killed_with_exit_code_137(ecs: Ecs) -> None:
    ecs.running_service()
    deploy(ecs, "1.1.0", "stubborn")
    deploy(ecs, "1.2.0")
    codes = {task["taskDefinitionArn"][-1]: task["containers"][0]["exitCode"] for task in ecs.tasks("STOPPED")}
    assert codes == {"1": 0, "2": 137}


def test_an_image_says_how_long_it_takes_to_pull(ecs: Ecs) -> None:
    ecs.running_service()
    deploy(ecs, "1.1.0", "slow:pull=100s,start=90s", wait=105)
    assert {task["lastStatus"] for task in ecs.tasks()} == {"PENDING", "RUNNING"}
    ecs.wait(7)
    assert {task["lastStatus"] for task in ecs.tasks()} == {"ACTIVATING", "RUNNING"}
