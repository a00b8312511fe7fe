"""Blue/green, linear and canary deployments, as clients of ECS and of the load balancer see them."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.ecs.ports import HookAnswer
from tests.sandbox.ecs.surroundings import (
    ACCOUNT,
    ALTERNATE,
    ELB_ROLE,
    PRODUCTION_RULE,
    REGION,
    TARGET_GROUP,
    TEST_RULE,
    Ecs,
    Refused,
    shifted_balancer,
)

AUTH = {"cluster": "microservices-cluster", "service": "auth-service"}
HEALTHY = 50
"""Seconds after which new tasks are healthy behind the load balancer, and a little."""
BAKE = {"bakeTimeInMinutes": 5}
BLUE_GREEN = {"strategy": "BLUE_GREEN", **BAKE}
CANARY = {
    "strategy": "CANARY",
    "canaryConfiguration": {"canaryPercent": 10, "canaryBakeTimeInMinutes": 10},
    **BAKE,
}
LINEAR = {
    "strategy": "LINEAR",
    "linearConfiguration": {"stepPercent": 40, "stepBakeTimeInMinutes": 1},
    **BAKE,
}
BREAKER = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
ALARMS = {"alarms": {"alarmNames": ["errors"], "enable": True, "rollback": True}}
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:check"
STRATEGIES = [BLUE_GREEN, CANARY, LINEAR]
NAMES = [strategy["strategy"] for strategy in STRATEGIES]


def running(ecs: Ecs, strategy: dict[str, Any], **more: Any) -> Ecs:
    """auth-service, released once by rolling, which releases with ``strategy`` from now on."""
    ecs.two_target_groups()
    ecs.load_balancers.rules[PRODUCTION_RULE] = {ALTERNATE: 1}
    ecs.load_balancers.rules[TEST_RULE] = {TARGET_GROUP: 1}
    ecs.running_service(loadBalancers=[shifted_balancer()], deploymentConfiguration={"strategy": "ROLLING"})
    ecs("UpdateService", **AUTH, deploymentConfiguration=strategy | BREAKER | more)
    return ecs


def release(ecs: Ecs, version: str = "2.0.0", behaviour: str = "", wait: float = HEALTHY) -> str:
    arn = ecs.register(ecs.push(version, behaviour))
    ecs("UpdateService", **AUTH, taskDefinition=arn)
    ecs.wait(wait)
    return arn


def last(ecs: Ecs) -> dict[str, Any]:
    """The newest service deployment, described."""
    arn = ecs("ListServiceDeployments", **AUTH)["serviceDeployments"][0]["serviceDeploymentArn"]
    return dict(ecs("DescribeServiceDeployments", serviceDeploymentArns=[arn])["serviceDeployments"][0])


def weights(ecs: Ecs, rule: str = PRODUCTION_RULE) -> tuple[int, int]:
    """The rule's weights of the first release's target group and of the other one."""
    forwarded = ecs.load_balancers.rules[rule]
    return forwarded.get(ALTERNATE, 0), forwarded.get(TARGET_GROUP, 0)


def healths(ecs: Ecs, group: str) -> list[str]:
    return sorted(target["TargetHealth"]["State"] for target in ecs.plane.target_health(group))


def running_definitions(ecs: Ecs) -> set[str]:
    return {task["taskDefinitionArn"] for task in ecs.tasks()}


def went_back(ecs: Ecs, reason: str) -> None:
    """The service runs its first release alone, with all the traffic, and the deployment says why."""
    entry = last(ecs)
    assert (entry["status"], entry["statusReason"]) == ("ROLLBACK_SUCCESSFUL", reason)
    assert entry["rollback"]["reason"] == reason
    assert entry["rollback"]["serviceRevisionArn"] == entry["sourceServiceRevisions"][0]["arn"]
    shown = ecs.describe()
    assert running_definitions(ecs) == {shown["taskDefinition"]}
    assert shown["taskDefinition"].endswith(":1")
    assert [one["rolloutState"] for one in shown["deployments"]] == ["COMPLETED"]
    assert weights(ecs)[1] == 0
    assert (healths(ecs, ALTERNATE), healths(ecs, TARGET_GROUP)) == (["healthy", "healthy"], [])


def hooks(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"lifecycleHooks": list(entries)}


def pause(stage: str, **timeout: Any) -> dict[str, Any]:
    more = {"timeoutConfiguration": timeout} if timeout else {}
    return {"targetType": "PAUSE", "lifecycleStages": [stage], **more}


def function(stage: str) -> dict[str, Any]:
    return {"hookTargetArn": FUNCTION, "roleArn": ELB_ROLE, "lifecycleStages": [stage]}


# Good releases


@pytest.mark.parametrize("strategy", STRATEGIES, ids=NAMES)
def test_a_good_release_takes_over_and_its_target_group_becomes_the_live_one(
    ecs: Ecs, strategy: dict[str, Any]
) -> None:
    new = release(running(ecs, strategy), wait=3600)
    assert last(ecs)["status"] == "SUCCESSFUL"
    assert last(ecs)["lifecycleStage"] == "CLEAN_UP"
    assert running_definitions(ecs) == {new}
    assert weights(ecs) == weights(ecs, TEST_RULE) == (0, 100)
    assert (healths(ecs, ALTERNATE), healths(ecs, TARGET_GROUP)) == ([], ["healthy", "healthy"])
    release(ecs, "3.0.0", wait=3600)
    assert weights(ecs) == weights(ecs, TEST_RULE) == (100, 0)
    assert (healths(ecs, ALTERNATE), healths(ecs, TARGET_GROUP)) == (["healthy", "healthy"], [])


def test_blue_green_shifts_all_traffic_at_once_and_both_groups_are_healthy_in_the_bake_time(ecs: Ecs) -> None:
    release(running(ecs, BLUE_GREEN), wait=HEALTHY - 10)
    assert weights(ecs) == (1, 0)
    assert last(ecs)["lifecycleStage"] == "SCALE_UP"
    ecs.wait(60)
    assert weights(ecs) == (0, 100)
    assert healths(ecs, ALTERNATE) == healths(ecs, TARGET_GROUP) == ["healthy", "healthy"]
    assert last(ecs)["lifecycleStage"] == "BAKE_TIME"
    ecs.wait(260)
    assert healths(ecs, ALTERNATE) == ["draining", "draining"]
    assert last(ecs)["lifecycleStage"] == "CLEAN_UP"


def test_a_canary_moves_the_weights_of_the_production_rule_twice(ecs: Ecs) -> None:
    release(running(ecs, CANARY), wait=100)
    assert (weights(ecs), weights(ecs, TEST_RULE)) == ((90, 10), (0, 100))
    ecs.wait(600)
    assert weights(ecs) == (0, 100)


def test_a_linear_deployment_moves_the_weights_step_by_step(ecs: Ecs) -> None:
    release(running(ecs, LINEAR), wait=60)
    seen = [weights(ecs)]
    for _ in range(2):
        ecs.wait(60)
        seen.append(weights(ecs))
    assert seen == [(60, 40), (20, 80), (0, 100)]


def test_a_tenth_of_a_percent_is_one_of_a_thousand(ecs: Ecs) -> None:
    strategy = {"strategy": "CANARY", "canaryConfiguration": {"canaryPercent": 0.1, "canaryBakeTimeInMinutes": 10}}
    release(running(ecs, strategy), wait=100)
    assert weights(ecs) == (999, 1)


def test_the_shares_of_both_revisions_are_described(ecs: Ecs) -> None:
    release(running(ecs, CANARY), wait=100)
    entry = last(ecs)
    (source,) = entry["sourceServiceRevisions"]
    target = entry["targetServiceRevision"]
    assert (source["requestedProductionTrafficWeight"], source["requestedTestTrafficWeight"]) == (90, 0)
    assert (target["requestedProductionTrafficWeight"], target["requestedTestTrafficWeight"]) == (10, 100)
    assert (source["requestedTaskCount"], target["requestedTaskCount"]) == (2, 2)
    shown = ecs.describe()
    assert [one["status"] for one in shown["deployments"]] == ["PRIMARY", "ACTIVE"]
    assert [one["arn"] for one in shown["currentServiceRevisions"]] == [target["arn"], source["arn"]]
    assert shown["runningCount"] == 4
    assert shown["taskSets"] == []


def test_a_revision_says_which_target_group_is_its_own(ecs: Ecs) -> None:
    release(running(ecs, BLUE_GREEN), wait=100)
    entry = last(ecs)
    arns = [entry["sourceServiceRevisions"][0]["arn"], entry["targetServiceRevision"]["arn"]]
    revisions = ecs("DescribeServiceRevisions", serviceRevisionArns=arns)["serviceRevisions"]
    resolved = [revision["resolvedConfiguration"]["loadBalancers"] for revision in revisions]
    assert resolved == [
        [{"targetGroupArn": group, "productionListenerRule": PRODUCTION_RULE}] for group in (ALTERNATE, TARGET_GROUP)
    ]


def test_a_new_service_goes_to_the_group_that_has_no_traffic_and_takes_it(ecs: Ecs) -> None:
    ecs.two_target_groups()
    ecs.running_service(loadBalancers=[shifted_balancer()], deploymentConfiguration=BLUE_GREEN)
    ecs.wait(600)
    assert last(ecs)["status"] == "SUCCESSFUL"
    assert ecs.load_balancers.rules[PRODUCTION_RULE] == {TARGET_GROUP: 0, ALTERNATE: 100}
    assert healths(ecs, ALTERNATE) == ["healthy", "healthy"]


def test_a_service_goes_back_to_rolling_and_stays_where_the_traffic_is(ecs: Ecs) -> None:
    release(running(ecs, BLUE_GREEN), wait=900)
    ecs("UpdateService", **AUTH, deploymentConfiguration={"strategy": "ROLLING"})
    release(ecs, "3.0.0", wait=900)
    assert weights(ecs) == (0, 100)
    assert (healths(ecs, ALTERNATE), healths(ecs, TARGET_GROUP)) == ([], ["healthy", "healthy"])
    assert "lifecycleStage" not in last(ecs)
    assert ecs.describe()["deploymentConfiguration"]["strategy"] == "ROLLING"


def test_from_one_strategy_to_another_the_members_of_the_first_are_gone(ecs: Ecs) -> None:
    running(ecs, LINEAR)
    ecs("UpdateService", **AUTH, deploymentConfiguration=CANARY)
    shown = ecs.describe()["deploymentConfiguration"]
    assert "linearConfiguration" not in shown
    assert shown["canaryConfiguration"] == {"canaryPercent": 10.0, "canaryBakeTimeInMinutes": 10}


# Bad releases

BROKE = "Service deployment rolled back because the circuit breaker threshold was exceeded."


@pytest.mark.parametrize("strategy", STRATEGIES, ids=NAMES)
@pytest.mark.parametrize("behaviour", ["crash", "unhealthy"])
def test_a_bad_release_never_gets_traffic_and_goes(ecs: Ecs, strategy: dict[str, Any], behaviour: str) -> None:
    release(running(ecs, strategy), behaviour=behaviour, wait=1800)
    went_back(ecs, BROKE)
    assert weights(ecs, TEST_RULE) == (0, 1) or weights(ecs, TEST_RULE) == (100, 0)
    assert last(ecs)["deploymentCircuitBreaker"]["status"] == "TRIGGERED"


@pytest.mark.parametrize("strategy", STRATEGIES, ids=NAMES)
def test_an_alarm_in_the_bake_time_puts_all_traffic_back_at_once(ecs: Ecs, strategy: dict[str, Any]) -> None:
    release(running(ecs, strategy, **ALARMS), wait=HEALTHY)
    while last(ecs)["lifecycleStage"] != "BAKE_TIME":
        ecs.wait(10)
    assert weights(ecs) == (0, 100)
    ecs.alarms.alarming.add("errors")
    ecs.wait(1)
    assert weights(ecs) == weights(ecs, TEST_RULE) == (100, 0)
    assert last(ecs)["status"] == "ROLLBACK_IN_PROGRESS"
    assert last(ecs)["alarms"] == {"status": "TRIGGERED", "alarmNames": ["errors"], "triggeredAlarmNames": ["errors"]}
    ecs.wait(300)
    went_back(ecs, "Service deployment rolled back because a CloudWatch alarm was detected.")


def test_a_person_stops_a_canary_and_has_the_traffic_back_at_once(ecs: Ecs) -> None:
    release(running(ecs, CANARY), wait=100)
    ecs("StopServiceDeployment", serviceDeploymentArn=last(ecs)["serviceDeploymentArn"])
    assert weights(ecs) == (100, 0)
    ecs.wait(300)
    went_back(ecs, "Service deployment rolled back because of a user-initiated stop.")


@pytest.mark.parametrize("wait", [1, 20, HEALTHY, 200, 360, 385])
def test_a_person_can_stop_at_any_stage(ecs: Ecs, wait: float) -> None:
    release(running(ecs, BLUE_GREEN), wait=wait)
    ecs("StopServiceDeployment", serviceDeploymentArn=last(ecs)["serviceDeploymentArn"])
    ecs.wait(600)
    went_back(ecs, "Service deployment rolled back because of a user-initiated stop.")
    with pytest.raises(Refused, match="ConflictException"):
        ecs("StopServiceDeployment", serviceDeploymentArn=last(ecs)["serviceDeploymentArn"])


def test_rules_that_cannot_be_shifted_send_the_release_back_with_the_reason(ecs: Ecs) -> None:
    running(ecs, BLUE_GREEN)
    ecs.load_balancers.rules[PRODUCTION_RULE] = {ALTERNATE: 50, TARGET_GROUP: 50}
    release(ecs, wait=300)
    reason = last(ecs)["statusReason"]
    assert reason.startswith("Service deployment rolled back because of invalid networking configuration. production")
    assert any(reason.removesuffix(".") in message for message in ecs.messages())
    assert running_definitions(ecs) == {ecs.describe()["taskDefinition"]}


def test_a_release_in_the_middle_of_another_begins_by_reconciling(ecs: Ecs) -> None:
    release(running(ecs, CANARY), wait=100)
    new = release(ecs, "3.0.0", wait=1)
    assert last(ecs)["lifecycleStage"] == "RECONCILE_SERVICE"
    assert weights(ecs) == (100, 0)
    first = ecs("ListServiceDeployments", **AUTH)["serviceDeployments"][1]
    assert (first["status"], "new deployment" in first["statusReason"]) == ("STOPPED", True)
    ecs.wait(3600)
    assert (weights(ecs), running_definitions(ecs)) == ((0, 100), {new})


# Hooks


@pytest.mark.parametrize("strategy", STRATEGIES, ids=NAMES)
def test_a_function_that_says_failed_sends_the_release_back(ecs: Ecs, strategy: dict[str, Any]) -> None:
    running(ecs, strategy, **hooks(function("POST_TEST_TRAFFIC_SHIFT")))
    ecs.functions.answers[FUNCTION] = HookAnswer("FAILED", after=30)
    release(ecs, wait=HEALTHY + 10)
    (hook,) = last(ecs)["lifecycleHookDetails"]
    assert (hook["status"], hook["targetType"], hook["targetArn"]) == ("IN_PROGRESS", "AWS_LAMBDA", FUNCTION)
    ecs.wait(600)
    went_back(
        ecs,
        "Service deployment rolled back because POST_TEST_TRAFFIC_SHIFT lifecycle hook(s) failed. "
        f"Lifecycle hook target {FUNCTION} returned FAILED status.",
    )


def test_a_function_that_ecs_may_not_invoke_sends_the_release_back(ecs: Ecs) -> None:
    running(ecs, BLUE_GREEN, **hooks(function("PRE_SCALE_UP") | {"roleArn": "arn:aws:iam::1:role/none"}))
    release(ecs, wait=600)
    went_back(
        ecs,
        "Service deployment rolled back because PRE_SCALE_UP lifecycle hook(s) failed. "
        "ECS was unable to assume role arn:aws:iam::1:role/none",
    )


@pytest.mark.parametrize("strategy", STRATEGIES, ids=NAMES)
def test_a_paused_release_goes_on_when_a_person_says_so(ecs: Ecs, strategy: dict[str, Any]) -> None:
    new = release(running(ecs, strategy, **hooks(pause("POST_TEST_TRAFFIC_SHIFT"))), wait=7200)
    entry = last(ecs)
    (hook,) = entry["lifecycleHookDetails"]
    assert (hook["status"], hook["targetType"], hook["timeoutAction"]) == ("AWAITING_ACTION", "PAUSE", "ROLLBACK")
    assert hook["hookId"].startswith("ecs-pause-")
    assert (weights(ecs), weights(ecs, TEST_RULE)) == ((1, 0), (0, 100))
    answer = {"serviceDeploymentArn": entry["serviceDeploymentArn"], "hookId": hook["hookId"]}
    assert ecs("ContinueServiceDeployment", **answer) == {"serviceDeploymentArn": entry["serviceDeploymentArn"]}
    assert weights(ecs)[1] > 0
    with pytest.raises(Refused, match="either completed, unavailable, or not associated"):
        ecs("ContinueServiceDeployment", **answer)
    ecs.wait(3600)
    assert (last(ecs)["status"], running_definitions(ecs)) == ("SUCCESSFUL", {new})
    with pytest.raises(Refused, match="not allowed for service deployment in terminal states"):
        ecs("ContinueServiceDeployment", **answer)


def test_a_person_sends_a_paused_release_back(ecs: Ecs) -> None:
    release(running(ecs, BLUE_GREEN, **hooks(pause("POST_PRODUCTION_TRAFFIC_SHIFT"))), wait=100)
    assert weights(ecs) == (0, 100)
    entry = last(ecs)
    answer = {"serviceDeploymentArn": entry["serviceDeploymentArn"], "action": "ROLLBACK"}
    ecs("ContinueServiceDeployment", **answer, hookId=entry["lifecycleHookDetails"][0]["hookId"])
    assert weights(ecs) == (100, 0)
    ecs.wait(300)
    went_back(
        ecs,
        "Service deployment rolled back because POST_PRODUCTION_TRAFFIC_SHIFT pause hook was rolled back by a user.",
    )


def test_a_pause_that_nobody_ends_times_out(ecs: Ecs) -> None:
    running(ecs, BLUE_GREEN, **hooks(pause("POST_TEST_TRAFFIC_SHIFT", timeoutInMinutes=10)))
    release(ecs, wait=1200)
    went_back(ecs, "Service deployment rolled back because POST_TEST_TRAFFIC_SHIFT pause hook timed out.")


def test_a_pause_may_let_the_release_go_on_when_nobody_ends_it(ecs: Ecs) -> None:
    running(ecs, BLUE_GREEN, **hooks(pause("POST_TEST_TRAFFIC_SHIFT", timeoutInMinutes=10, action="CONTINUE")))
    new = release(ecs, wait=1800)
    assert running_definitions(ecs) == {new}


def test_every_step_of_a_linear_release_has_a_pause_of_its_own(ecs: Ecs) -> None:
    release(running(ecs, LINEAR, **hooks(pause("PRE_PRODUCTION_TRAFFIC_SHIFT"))), wait=100)
    seen = set()
    for expected in ((60, 40), (20, 80), (0, 100)):
        entry = last(ecs)
        (hook,) = entry["lifecycleHookDetails"]
        seen.add(hook["hookId"])
        ecs(
            "ContinueServiceDeployment",
            serviceDeploymentArn=entry["serviceDeploymentArn"],
            hookId=hook["hookId"],
        )
        assert weights(ecs) == expected
        ecs.wait(100)
    assert len(seen) == 3


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"hookId": "whatever"}, "hookId must follow the format: ecs-{hookType}-{id}"),
        ({"serviceDeploymentArn": "arn:none"}, "The service deployment does not exist."),
        ({"hookId": "ecs-pause-none"}, "either completed, unavailable, or not associated"),
    ],
)
def test_what_cannot_be_continued_is_refused(ecs: Ecs, changes: dict[str, str], message: str) -> None:
    release(running(ecs, BLUE_GREEN, **hooks(pause("PRE_SCALE_UP"))), wait=10)
    entry = last(ecs)
    asked = {
        "serviceDeploymentArn": entry["serviceDeploymentArn"],
        "hookId": entry["lifecycleHookDetails"][0]["hookId"],
    }
    with pytest.raises(Refused) as refused:
        ecs("ContinueServiceDeployment", **(asked | changes))
    assert message in refused.value.message


def test_eventbridge_is_told_of_hooks(ecs: Ecs) -> None:
    running(ecs, BLUE_GREEN, **hooks(pause("POST_TEST_TRAFFIC_SHIFT", timeoutInMinutes=10)))
    release(ecs, wait=1200)
    told = ecs.events.of("ECS Hook State Change")
    assert [one["eventName"] for one in told] == ["HOOK_AWAITING_ACTION", "HOOK_TIMED_OUT"]
    assert told[0].keys() >= {"hookId", "expiresAt", "clusterArn", "serviceArn", "serviceDeploymentArn", "updatedAt"}
    assert (told[0]["hookType"], told[0]["lifecycleStage"]) == ("PAUSE", "POST_TEST_TRAFFIC_SHIFT")
    failed = [one for one in ecs.events.of("ECS Deployment State Change") if one["eventType"] == "ERROR"]
    assert [one["reason"] for one in failed] == [last(ecs)["statusReason"]]


def test_a_shift_goes_on_after_a_restart(ecs: Ecs) -> None:
    release(running(ecs, CANARY, **hooks(pause("POST_PRODUCTION_TRAFFIC_SHIFT"))), wait=100)
    ecs.restart()
    ecs.wait(700)
    assert weights(ecs) == (0, 100)
    ecs.restart()
    entry = last(ecs)
    hook = entry["lifecycleHookDetails"][0]["hookId"]
    ecs("ContinueServiceDeployment", serviceDeploymentArn=entry["serviceDeploymentArn"], hookId=hook)
    ecs.wait(600)
    assert last(ecs)["status"] == "SUCCESSFUL"
