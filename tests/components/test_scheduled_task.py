"""A task that runs by the clock: what runs, who may run it, and who hears when it did not."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from moto.events.models import EventPattern

from components.scheduled_task import FAILED_RUNS, NOT_STARTED, ScheduledTask, failed_runs, queue_policy, watches
from components.scheduled_task_args import ScheduledTaskArgs, Timetable
from release.work_queue import DEAD_LETTERS
from sandbox import moto_repairs
from tests.components.builders import SCHEDULED_TASK, build
from tests.recording_engine import ACCOUNT, REGION, Engine

SCHEDULE = "aws:scheduler/schedule:Schedule"
ROLE = "aws:iam/role:Role"
RUNBOOKS = Path(__file__).resolve().parents[2] / "docs" / "alarms.md"
CLUSTER = f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/microservices-cluster"


def schedule(args: ScheduledTaskArgs = SCHEDULED_TASK) -> dict[str, Any]:
    return dict(build(ScheduledTask, args).one(SCHEDULE).inputs)


def allowed(engine: Engine) -> dict[str, dict[str, Any]]:
    """What the role may do, by action."""
    policies = [json.loads(one.inputs["policy"])["Statement"] for one in engine.all("aws:iam/rolePolicy:RolePolicy")]
    return {statement["Action"][0]: statement for statements in policies for statement in statements}


def test_it_runs_one_revision_on_fargate_in_private_subnets_in_a_group_of_its_own() -> None:
    target = schedule()["target"]
    assert target["arn"] == CLUSTER
    ran = target["ecsParameters"]
    assert ran["taskDefinitionArn"].endswith(":task-definition/auth-service:1")
    assert ran["launchType"] == "FARGATE"
    network = ran["networkConfiguration"]
    assert (network["subnets"], network["assignPublicIp"]) == (["subnet-1", "subnet-2"], False)
    assert network["securityGroups"] == ["thing-id"]


def test_nobody_gets_in_and_out_it_gets_by_the_ports_that_are_declared() -> None:
    engine = build(ScheduledTask, replace(SCHEDULED_TASK, egress_ports=(443, 5432)))
    assert not engine.all("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    rules = engine.all("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")
    assert sorted(rule.inputs["toPort"] for rule in rules) == [443, 5432]
    assert {rule.urn for rule in rules} <= engine.one(SCHEDULE).dependencies, "a run before that could not pull"


def test_it_may_be_in_groups_that_a_database_lets_in() -> None:
    network = schedule(replace(SCHEDULED_TASK, security_group_ids=["sg-database"]))["target"]["ecsParameters"]
    assert network["networkConfiguration"]["securityGroups"] == ["thing-id", "sg-database"]


def test_a_command_goes_as_the_targets_input_and_without_one_the_image_runs_its_own() -> None:
    command = {"containerOverrides": [{"name": "auth-service", "command": ["tidy", "--carts"]}]}
    assert json.loads(schedule()["target"]["input"]) == command
    plain = replace(SCHEDULED_TASK, run=replace(SCHEDULED_TASK.run, command=()))
    assert "input" not in schedule(plain)["target"]


def test_tags_of_the_task_definition_reach_the_tasks() -> None:
    ran = schedule()["target"]["ecsParameters"]
    assert (ran["propagateTags"], ran["enableEcsManagedTags"]) == ("TASK_DEFINITION", True)


def test_the_timetable_says_when_in_whose_time_and_how_long_ecs_is_asked() -> None:
    said = schedule()
    assert (said["scheduleExpression"], said["scheduleExpressionTimezone"]) == ("cron(0 3 * * ? *)", "Europe/Berlin")
    assert said["flexibleTimeWindow"] == {"mode": "FLEXIBLE", "maximumWindowInMinutes": 15}
    assert said["target"]["retryPolicy"] == {"maximumRetryAttempts": 3, "maximumEventAgeInSeconds": 3600}
    on_time = replace(SCHEDULED_TASK, timetable=Timetable(when="rate(1 hour)"))
    assert schedule(on_time)["flexibleTimeWindow"] == {"mode": "OFF"}


def test_it_can_be_switched_off_and_stays_where_it_is() -> None:
    assert schedule()["state"] == "ENABLED"
    assert schedule(replace(SCHEDULED_TASK, enabled=False))["state"] == "DISABLED"


def test_scheduler_may_run_this_family_in_this_cluster_and_nothing_else() -> None:
    may = allowed(build(ScheduledTask, SCHEDULED_TASK))
    assert sorted(may) == ["ecs:RunTask", "ecs:TagResource", "iam:PassRole", "sqs:SendMessage"]
    run = may["ecs:RunTask"]
    assert run["Resource"] == [f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/auth-service:*"]
    assert run["Condition"] == {"ArnEquals": {"ecs:cluster": CLUSTER}}
    assert may["ecs:TagResource"]["Resource"] == [f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/microservices-cluster/*"]
    assert may["ecs:TagResource"]["Condition"] == {"StringEquals": {"ecs:CreateAction": "RunTask"}}


def test_scheduler_passes_the_two_roles_of_the_family_to_tasks_alone() -> None:
    passed = allowed(build(ScheduledTask, SCHEDULED_TASK))["iam:PassRole"]
    assert passed["Resource"] == list(SCHEDULED_TASK.run.role_arns)
    assert passed["Condition"] == {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}


def test_the_role_is_taken_for_schedules_of_this_group_and_account_alone() -> None:
    engine = build(ScheduledTask, SCHEDULED_TASK)
    (statement,) = json.loads(engine.one(ROLE).inputs["assumeRolePolicy"])["Statement"]
    assert statement["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnEquals": {"aws:SourceArn": f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule-group/tidy-carts"},
    }
    assert engine.one(SCHEDULE).inputs["groupName"] == "tidy-carts"


def test_it_is_scheduled_only_when_the_role_may_run_it() -> None:
    engine = build(ScheduledTask, SCHEDULED_TASK)
    policies = {one.urn for one in engine.all("aws:iam/rolePolicy:RolePolicy")}
    assert policies <= engine.one(SCHEDULE).dependencies


def test_what_came_to_nothing_is_kept_encrypted_for_as_long_as_sqs_can_and_read_over_tls_alone() -> None:
    engine = build(ScheduledTask, SCHEDULED_TASK)
    queue = engine.one("aws:sqs/queue:Queue")
    assert queue.inputs["sqsManagedSseEnabled"] is True
    assert queue.inputs["messageRetentionSeconds"] == 1_209_600
    assert json.loads(queue.inputs["redriveAllowPolicy"]) == {"redrivePermission": "denyAll"}
    (statement,) = queue_policy(SCHEDULED_TASK)["Statement"]
    assert json.loads(queue.inputs["policy"])["Statement"] == [statement]
    assert statement["Effect"] == "Deny"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert statement["Resource"].endswith(f":{queue.inputs['name']}")
    assert allowed(engine)["sqs:SendMessage"]["Resource"] == [
        engine.one(SCHEDULE).inputs["target"]["deadLetterConfig"]["arn"]
    ]


def test_an_alarm_watches_the_dead_letters_and_another_what_scheduler_gave_up() -> None:
    alarms = build(ScheduledTask, SCHEDULED_TASK).all("aws:cloudwatch/metricAlarm:MetricAlarm")
    told = {one.inputs["metricName"]: (one.inputs["name"], one.inputs["dimensions"]) for one in alarms}
    assert told == {
        "ApproximateNumberOfMessagesVisible": ("tidy-carts-dead-letters", {"QueueName": "tidy-carts-dead-letters"}),
        "InvocationDroppedCount": ("tidy-carts-not-started", {"ScheduleGroup": "tidy-carts"}),
    }
    for what, alarm in zip(watches(SCHEDULED_TASK), alarms, strict=True):
        assert f"https://example.com/alarms.md#{what}" in alarm.inputs["alarmDescription"]
        assert alarm.inputs["alarmActions"] == alarm.inputs["okActions"] == ["arn:topic"]


@pytest.mark.parametrize("what", [DEAD_LETTERS, NOT_STARTED, FAILED_RUNS])
def test_whatever_goes_wrong_has_its_runbook(what: str) -> None:
    assert f"\n## {what}\n" in RUNBOOKS.read_text("utf-8")


def test_nobody_is_told_where_nobody_is_paged() -> None:
    engine = build(ScheduledTask, replace(SCHEDULED_TASK, pages=False))
    alarms = engine.all("aws:cloudwatch/metricAlarm:MetricAlarm")
    assert [one.inputs["actionsEnabled"] for one in alarms] == [False, False]
    assert engine.one("aws:cloudwatch/eventRule:EventRule").inputs["state"] == "DISABLED"


def stopped(*exits: int | None, group: str = "schedule:tidy-carts", **detail: Any) -> dict[str, Any]:
    containers = [{"name": "c", **({"exitCode": code} if code is not None else {})} for code in exits]
    said = {"clusterArn": CLUSTER, "group": group, "lastStatus": "STOPPED", "containers": containers}
    return {"source": "aws.ecs", "detail-type": "ECS Task State Change", "detail": {**said, **detail}}


@pytest.mark.parametrize(
    ("event", "tells"),
    [
        (stopped(1), True),
        (stopped(137), True),
        (stopped(0, 1), True),
        (stopped(None, stopCode="TaskFailedToStart"), True),
        (stopped(0), False),
        (stopped(1, lastStatus="RUNNING"), False),
        (stopped(1, group="service:auth-service"), False),
        (stopped(1, group="schedule:tidy-carts-2"), False),
        (stopped(1, clusterArn=f"{CLUSTER}-2"), False),
    ],
)
def test_people_hear_of_a_run_that_failed_and_of_no_other(event: dict[str, Any], tells: bool) -> None:  # noqa: FBT001 - a parameter of the test
    moto_repairs.apply()
    pattern = EventPattern.load(json.dumps(failed_runs(SCHEDULED_TASK, "microservices-cluster")))
    assert pattern.matches_event(event) is tells


def run_now() -> str:
    engine = build(ScheduledTask, SCHEDULED_TASK)
    return str(engine.completed[engine.one("slipway:components:ScheduledTask").urn]["runNow"])


def test_a_person_runs_it_at_once_by_the_command_that_it_tells() -> None:
    words = shlex.split(run_now())
    assert words[:3] == ["aws", "ecs", "run-task"]
    said = dict(zip(words[3::2], words[4::2], strict=False))
    assert said["--cluster"] == "microservices-cluster"
    assert said["--task-definition"].endswith(":task-definition/auth-service:1")
    assert said["--group"] == "schedule:tidy-carts", "so that people hear when it fails"
    overrides = words[words.index("--overrides") + 1]
    assert json.loads(overrides) == json.loads(schedule()["target"]["input"])
    network = json.loads(words[words.index("--network-configuration") + 1])["awsvpcConfiguration"]
    assert (network["assignPublicIp"], network["subnets"]) == ("DISABLED", ["subnet-1", "subnet-2"])


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"task_name": "tidy.carts"}, r"task_name is 'tidy\.carts'; allowed are 1 to 64 letters"),
        ({"task_name": "t" * 65}, "allowed are 1 to 64"),
        ({"security_group_ids": ["a", "b", "c", "d", "e"]}, "has 5; allowed are 4"),
        ({"runbooks": "r" * 501}, "runbooks has 501 characters"),
    ],
)
def test_what_aws_would_refuse_is_refused_before(changed: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        replace(SCHEDULED_TASK, **changed)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"when": "every night"}, "write cron"),
        ({"time_zone": "Berlin"}, "as IANA names it"),
        ({"window_minutes": 1441}, "window_minutes is 1441; allowed are 0 to 1440"),
        ({"retries": 186}, "retries is 186; allowed are 0 to 185"),
        ({"retry_seconds": 59}, "retry_seconds is 59; allowed are 60 to 86400"),
    ],
)
def test_a_timetable_that_scheduler_would_refuse_is_refused_before(said: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Timetable(**{"when": "rate(1 hour)", **said})
