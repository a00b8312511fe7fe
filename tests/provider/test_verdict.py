"""From one look at ECS to a verdict: the reader and the judge together, over answers in AWS's own shapes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from account.aws_faults import AwsFault
from provider.service_deployment import ServiceReader
from provider.verdict import Known, State, Verdict, judge
from tests.provider.fake_ecs import ALTERNATE, DIGESTS, GROUP, RULE, FakeEcs, release, task_definition

if TYPE_CHECKING:
    from collections.abc import Callable

    from provider.facts import ServiceFacts

VERIFIED_BEFORE = Known(version="1.0.0", task_definition=task_definition(1))


def look(ecs: FakeEcs, revision: int = 2) -> ServiceFacts:
    facts = ServiceReader(ecs, "microservices-cluster", release(revision)).read()  # type: ignore[arg-type]
    assert facts is not None
    return facts


def verdict(ecs: FakeEcs, revision: int = 2) -> Verdict:
    return judge(release(revision), look(ecs, revision), VERIFIED_BEFORE)


def runs() -> FakeEcs:
    ecs = FakeEcs(current=2)
    ecs.deploy(1)
    ecs.deploy(2)
    ecs.run(2)
    return ecs


def rolled_back() -> FakeEcs:
    ecs = FakeEcs(current=1)
    ecs.deploy(1)
    ecs.deploy(
        2,
        "ROLLBACK_SUCCESSFUL",
        statusReason="Service deployment rolled back because the circuit breaker threshold was exceeded.",
        rollback={"reason": "Service deployment rolled back because the circuit breaker threshold was exceeded."},
    )
    ecs.run(1)
    ecs.stop(2, "Essential container in task exited", minute=2, exitCode=1)
    ecs.stop(2, "Scaling activity initiated by (deployment ecs-svc/1)", minute=1)
    ecs.log = ["starting", "fatal: no database, password=hunter2"]
    return ecs


def starts() -> FakeEcs:
    ecs = FakeEcs(current=2, rollout_state="IN_PROGRESS", draining=True)
    ecs.deploy(1)
    ecs.deploy(2, "IN_PROGRESS")
    ecs.run(1)
    ecs.run(2, 1, "initial")
    return ecs


def with_tasks(count: int = 2, health: str = "healthy", digest: str = "") -> FakeEcs:
    ecs = FakeEcs(current=2)
    ecs.deploy(2)
    ecs.run(2, count, health, digest)
    return ecs


def of_status(status: str, current: int = 1) -> FakeEcs:
    ecs = FakeEcs(current=current)
    ecs.deploy(1)
    ecs.deploy(2, status)
    ecs.run(1)
    return ecs


def never_tried() -> FakeEcs:
    ecs = FakeEcs(current=1)
    ecs.deploy(1)
    ecs.run(1)
    return ecs


def moved_by_hand() -> FakeEcs:
    ecs = FakeEcs(current=3)
    ecs.deploy(2)
    ecs.deploy(3)
    ecs.run(3)
    return ecs


def tried_again() -> FakeEcs:
    ecs = FakeEcs(current=2)
    ecs.deploy(2, "ROLLBACK_SUCCESSFUL")
    ecs.deploy(2)
    ecs.run(2)
    return ecs


def forgotten() -> FakeEcs:
    ecs = FakeEcs(current=2)
    ecs.run(2)
    return ecs


def changed(ecs: FakeEcs, **fields: object) -> FakeEcs:
    for name, value in fields.items():
        setattr(ecs, name, value)
    return ecs


STATES: dict[str, tuple[Callable[[], FakeEcs], State]] = {
    "deployed, tasks running, targets healthy": (runs, State.RUNS),
    "a deployment so old that ECS forgot it": (forgotten, State.RUNS),
    "failed once, then deployed": (tried_again, State.RUNS),
    "no task is wanted and none runs": (lambda: changed(with_tasks(0), desired=0), State.RUNS),
    "the deployment waits": (lambda: of_status("PENDING"), State.UNDERWAY),
    "the deployment goes on": (starts, State.UNDERWAY),
    "a person asked to stop it": (lambda: of_status("STOP_REQUESTED"), State.UNDERWAY),
    "ECS was asked to roll back": (lambda: of_status("ROLLBACK_REQUESTED"), State.UNDERWAY),
    "ECS rolls back": (lambda: of_status("ROLLBACK_IN_PROGRESS"), State.UNDERWAY),
    "rolled back": (rolled_back, State.FAILED),
    "rolled back, but the service still names the revision": (
        lambda: of_status("ROLLBACK_SUCCESSFUL", current=2),
        State.FAILED,
    ),
    "could not be rolled back": (lambda: of_status("ROLLBACK_FAILED"), State.FAILED),
    "stopped": (lambda: of_status("STOPPED"), State.FAILED),
    "moved to another revision by hand": (moved_by_hand, State.FAILED),
    "another image than asked for": (lambda: with_tasks(digest=DIGESTS[3]), State.FAILED),
    "ECS has not heard of it": (never_tried, State.NOT_STARTED),
    "successful, but old tasks still drain": (lambda: changed(runs(), draining=True), State.SETTLING),
    "asked for again, not listed yet": (lambda: changed(runs(), rollout_state="IN_PROGRESS"), State.SETTLING),
    "a task is missing": (lambda: with_tasks(1), State.SETTLING),
    "no task runs": (lambda: with_tasks(0), State.SETTLING),
    "a task too many": (lambda: with_tasks(3), State.SETTLING),
    "targets unhealthy": (lambda: with_tasks(health="unhealthy"), State.SETTLING),
    "targets not checked yet": (lambda: with_tasks(health="initial"), State.SETTLING),
    "tasks missing in the target group": (lambda: changed(with_tasks(), targets=[]), State.SETTLING),
    "only other addresses are healthy": (
        lambda: changed(with_tasks(), targets=[("10.9.9.1", "healthy"), ("10.9.9.2", "healthy")]),
        State.SETTLING,
    ),
}


@pytest.mark.parametrize(("build", "state"), STATES.values(), ids=STATES)
def test_a_release_is_judged_by_its_own_newest_deployment_and_by_what_runs(
    build: Callable[[], FakeEcs], state: State
) -> None:
    assert verdict(build()).state is state


def test_a_task_that_does_not_say_its_digest_proves_nothing() -> None:
    ecs = with_tasks()
    for task in ecs.tasks:
        del task["containers"][0]["imageDigest"]
    assert verdict(ecs).state is State.SETTLING
    assert "does not say which image" in verdict(ecs).sentence


def test_the_manifest_of_an_image_index_counts_as_the_index_that_the_task_definition_pins() -> None:
    ecs = with_tasks()
    for task in ecs.tasks:
        task["containers"][0]["imageDigest"] = DIGESTS[3]
    assert verdict(ecs).state is State.RUNS


def test_a_sidecar_with_another_image_is_no_stranger() -> None:
    ecs = with_tasks()
    for task in ecs.tasks:
        task["containers"].append({"name": "proxy", "image": "proxy:1", "imageDigest": DIGESTS[3]})
    assert verdict(ecs).state is State.RUNS


def test_progress_counts_the_tasks_of_the_new_revision_only() -> None:
    assert verdict(starts()).sentence == "tasks 1/2 running, 0/2 healthy"


def test_a_release_runs_in_whichever_of_two_target_groups_the_traffic_is() -> None:
    assert verdict(changed(with_tasks(), alternate=True)).state is State.RUNS
    unhealthy = verdict(changed(with_tasks(health="unhealthy"), alternate=True))
    assert unhealthy.state is State.SETTLING


def test_both_revisions_of_a_traffic_shift_run_and_the_release_is_under_way() -> None:
    ecs = changed(with_tasks(), alternate=True, draining=True)
    ecs.history[-1] |= {"status": "IN_PROGRESS", "lifecycleStage": "BAKE_TIME"}
    ecs.run(1)
    assert verdict(ecs) == Verdict(
        state=State.UNDERWAY,
        sentence="tasks 2/2 running, 2/2 healthy",
        deployment=ecs.history[-1]["serviceDeploymentArn"],
    )


def test_a_release_that_is_paused_says_where_and_what_lets_it_go_on() -> None:
    ecs = starts()
    hook = {"hookId": "ecs-pause-x", "targetType": "PAUSE", "status": "AWAITING_ACTION"}
    ecs.history[-1] |= {"lifecycleStage": "POST_TEST_TRAFFIC_SHIFT", "lifecycleHookDetails": [hook]}
    said = verdict(ecs)
    assert said.state is State.PAUSED
    assert (
        "paused at POST_TEST_TRAFFIC_SHIFT: `slipway continue` lets 002 go on, `slipway abort` takes it back"
        in said.sentence
    )


def test_a_hook_that_sent_the_release_back_is_its_cause() -> None:
    reason = (
        "Service deployment rolled back because POST_SCALE_UP lifecycle hook(s) failed. "
        "Lifecycle hook target arn:aws:lambda:eu-west-1:111111111111:function:check returned FAILED status."
    )
    ecs = FakeEcs(current=1)
    ecs.deploy(1)
    ecs.deploy(2, "ROLLBACK_SUCCESSFUL", statusReason=reason, rollback={"reason": reason})
    ecs.run(1)
    ecs.stop(2, "Scaling activity initiated by (deployment ecs-svc/1)")
    said = verdict(ecs)
    assert said.state is State.FAILED
    assert "POST_SCALE_UP lifecycle hook(s) failed" in said.sentence


def test_a_failure_says_what_happened_why_what_runs_now_and_what_to_do_on_its_first_line() -> None:
    assert verdict(rolled_back()).text.splitlines()[0] == (
        "auth-service 1.1.0 does not run: ECS rolled it back: "
        "container auth-service exited with code 1; its last words: fatal: no database, password=[redacted]. "
        "Now 1.0.0 (auth-service:1) runs, 2 of 2 tasks. "
        "Mend it under a new version. Or set the version back to 1.0.0, and run `pulumi up`"
    )


def test_a_failure_shows_the_first_bad_task_and_its_log_without_its_secrets() -> None:
    evidence = "\n".join(verdict(rolled_back()).evidence)
    assert "circuit breaker threshold was exceeded" in evidence
    assert "first stopped task" in evidence
    assert "log: fatal: no database, password=[redacted]" in evidence
    assert "hunter2" not in evidence
    assert "Scaling activity" not in evidence


def test_a_log_that_cannot_be_read_does_not_hide_the_failure() -> None:
    ecs = rolled_back()
    ecs.faults["get_log_events"] = AwsFault("may not call logs:GetLogEvents")
    assert verdict(ecs).state is State.FAILED
    assert "log:" not in "\n".join(verdict(ecs).evidence)


@pytest.mark.parametrize("call", ["describe_target_groups", "describe_alarms"])
def test_evidence_that_cannot_be_had_does_not_hide_the_failure(call: str) -> None:
    ecs = rolled_back()
    ecs.history[-1].update(alarms={"status": "TRIGGERED", "triggeredAlarmNames": ["auth-5xx"]})
    ecs.faults[call] = AwsFault("may not call it")
    assert "container auth-service exited with code 1" in verdict(ecs).sentence


def fail_health_checks(ecs: FakeEcs) -> None:
    ecs.load_balanced = True
    ecs.stop(2, f"Task failed ELB health checks in (target-group {GROUP})", exitCode=0)


CAUSES: dict[str, tuple[Callable[[FakeEcs], None], str]] = {
    "image": (
        lambda ecs: ecs.stop(
            2,
            "CannotPullContainerError: failed to resolve ref registry/auth-service:9: not found",
        ),
        "ECS rolled it back: the image registry/auth-service:9 is not in its registry.",
    ),
    "memory": (
        lambda ecs: ecs.stop(
            2, "Essential container in task exited", exitCode=137, reason="OutOfMemoryError: killed due to memory usage"
        ),
        "container auth-service needed more memory than it has",
    ),
    "health": (
        fail_health_checks,
        "the load balancer's health check fails at /health on port 8080 (timeout 5 s, 3 times every 10 s, grace 30 s).",
    ),
    "alarm": (
        lambda ecs: ecs.history[-1].update(alarms={"status": "TRIGGERED", "triggeredAlarmNames": ["auth-5xx"]}),
        "alarm auth-5xx (1 datapoint [12.0] was greater than the threshold (5.0))",
    ),
    "no room": (
        lambda ecs: ecs.events.append(
            "(service auth-service) was unable to place a task. Reason: You've reached the limit on the number of vCPUs"
        ),
        "the account's quota of vCPUs on Fargate is used up",
    ),
    "a reason without a rule": (
        lambda ecs: ecs.stop(2, "Something nobody has seen"),
        "ECS rolled it back: Something nobody has seen.",
    ),
    "unknown": (lambda _ecs: None, "ECS gave no reason"),
}


@pytest.mark.parametrize(("happen", "cause"), CAUSES.values(), ids=CAUSES)
def test_the_cause_named_is_the_one_that_occurred(happen: Callable[[FakeEcs], None], cause: str) -> None:
    ecs = of_status("ROLLBACK_SUCCESSFUL")
    ecs.alarm_reason = "1 datapoint [12.0] was greater than the threshold (5.0)"
    happen(ecs)
    assert cause in verdict(ecs).sentence


def test_the_stopped_tasks_of_other_revisions_are_no_evidence() -> None:
    ecs = of_status("ROLLBACK_SUCCESSFUL")
    ecs.stop(1, "Essential container in task exited", exitCode=3)
    assert "code 3" not in verdict(ecs).text


def test_a_rollback_that_ends_while_we_look_is_not_told_as_the_failed_revision_running() -> None:
    def end_of_rollback(ecs: FakeEcs) -> None:
        ecs.current = 1
        ecs.history[-1]["status"] = "ROLLBACK_SUCCESSFUL"

    for moment in range(1, 12):
        ecs = of_status("ROLLBACK_IN_PROGRESS", current=2)
        ecs.at_call[moment] = partial(end_of_rollback, ecs)
        assert "Now auth-service:2 runs" not in verdict(ecs).sentence


def test_when_nothing_runs_the_failure_says_so() -> None:
    ecs = FakeEcs(current=2)
    ecs.deploy(2, "STOPPED", statusReason="Circuit breaker")
    assert "Now nothing runs" in verdict(ecs).sentence


def test_a_release_far_back_in_a_long_history_is_found_with_few_calls() -> None:
    ecs = FakeEcs(current=2, page=20)
    ecs.deploy(1)
    ecs.deploy(2)
    for _ in range(45):
        ecs.deploy(3)
    ecs.run(2)
    facts = look(ecs)
    assert facts.own is not None
    assert facts.own.task_definition == task_definition(2)
    assert facts.latest is not None
    assert facts.latest.task_definition == task_definition(3)
    assert len(ecs.calls) < 15


def test_a_revision_is_asked_for_once_though_the_service_is_looked_at_often() -> None:
    ecs = runs()
    reader = ServiceReader(ecs, "microservices-cluster", release(2))  # type: ignore[arg-type]
    reader.read()
    reader.read()
    assert ecs.calls.count("describe_service_revisions") == 1


@pytest.mark.parametrize("status", ["MISSING", "INACTIVE", "DRAINING"])
def test_a_deleted_service_is_no_service(status: str) -> None:
    ecs = FakeEcs(status=status)
    assert ServiceReader(ecs, "c", release(2)).read() is None  # type: ignore[arg-type]


ELSEWHERE = GROUP.replace("/auth/", "/other/")


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ({GROUP: 30, ALTERNATE: 70}, "30 % to auth, 70 % to auth-b"),
        ({GROUP: 100, ALTERNATE: 0}, "100 % to auth;"),
        ({ELSEWHERE: 1}, "100 % to other"),
        ({GROUP: 0, ALTERNATE: 0}, "none to any target group"),
    ],
)
def test_traffic_that_somebody_sent_elsewhere_is_told_with_what_puts_it_right(
    weights: dict[str, int], words: str
) -> None:
    ecs = runs()
    ecs.alternate, ecs.weights = True, weights
    said = verdict(ecs)
    assert (said.state, said.outcome) == (State.ASTRAY, None), "the release is not to blame: no quarantine"
    assert words in said.sentence
    assert "all of it belongs to auth-b" in said.sentence
    assert f"aws elbv2 modify-rule --rule-arn {RULE}" in said.text
    assert f'{{"TargetGroupArn": "{ALTERNATE}", "Weight": 100}}' in said.text


def test_traffic_that_goes_where_the_tasks_are_is_well() -> None:
    ecs = runs()
    ecs.alternate, ecs.weights = True, {GROUP: 0, ALTERNATE: 100}
    assert verdict(ecs).state is State.RUNS


@pytest.mark.parametrize(
    ("rule", "words"), [("gone", "the listener rule is gone"), ("redirects", "none to any target group")]
)
def test_a_rule_that_is_gone_or_forwards_no_more_is_told_in_words(rule: str, words: str) -> None:
    ecs = runs()
    ecs.alternate, ecs.weights, ecs.rule = True, {ALTERNATE: 100}, rule
    said = verdict(ecs)
    assert (said.state, said.outcome) == (State.ASTRAY, None)
    assert words in said.sentence
    assert ("`pulumi up --refresh`" in said.sentence) is (rule == "gone")


def test_while_ecs_shifts_traffic_its_weights_are_nobodys_mistake() -> None:
    ecs = runs()
    ecs.alternate, ecs.weights = True, {GROUP: 90, ALTERNATE: 10}
    ecs.history[-1] |= {"status": "IN_PROGRESS", "lifecycleStage": "PRODUCTION_TRAFFIC_SHIFT"}
    assert verdict(ecs).state is State.UNDERWAY
