"""A schedule comes, ECS runs its task, and what comes to nothing is a dead letter."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.clock_control import ClockControl
from sandbox.lifecycle import Sandbox
from tests.sandbox.conftest import assert_no_crash, free_port, session

if TYPE_CHECKING:
    from pathlib import Path

ACCOUNT = "111111111111/eu-west-1"


def trust(*services: str) -> str:
    return json.dumps({"Statement": [{"Effect": "Allow", "Principal": {"Service": list(services)}}]})


class World:
    """A cluster and a revision, in a sandbox whose clock stands still."""

    def __init__(self, box: Sandbox) -> None:
        box.up(port=free_port(), stacks=False)
        self.box = box
        self.clock = ClockControl(box.port)
        self.clock.pause()
        made = session(box)
        self.client: Callable[[str], Any] = lambda service: made.client(service, endpoint_url=box.endpoint)
        ec2, ecs, iam = self.client("ec2"), self.client("ecs"), self.client("iam")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
        group = ec2.create_security_group(VpcId=vpc, GroupName="tasks", Description="tasks")["GroupId"]
        self.cluster = ecs.create_cluster(clusterName="jobs")["cluster"]["clusterArn"]
        self.client("ecr").create_repository(repositoryName="tidy")
        box.image("tidy", "1.0.0")
        execution = iam.create_role(RoleName="tasks", AssumeRolePolicyDocument=trust("ecs-tasks.amazonaws.com"))
        self.role = iam.create_role(RoleName="runs", AssumeRolePolicyDocument=trust("scheduler.amazonaws.com"))
        ecs.register_task_definition(
            family="tidy",
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="256",
            memory="512",
            executionRoleArn=execution["Role"]["Arn"],
            containerDefinitions=[{"name": "tidy", "image": f"127.0.0.1:{box.port}/{ACCOUNT}/tidy:1.0.0"}],
        )
        self.network = {"Subnets": [subnet], "SecurityGroups": [group], "AssignPublicIp": "DISABLED"}

    def later(self, minutes: float) -> datetime:
        return (self.clock.show().now + timedelta(minutes=minutes)).astimezone(UTC)

    def step(self, minutes: float) -> None:
        self.clock.step(timedelta(minutes=minutes))


class Job:
    """One test's schedule, with its own dead letters."""

    def __init__(self, world: World, name: str) -> None:
        self.world = world
        self.name = name
        self.letters = world.client("sqs").create_queue(QueueName=name)["QueueUrl"]

    def target(self, **more: Any) -> dict[str, Any]:
        return {
            "Arn": self.world.cluster,
            "RoleArn": self.world.role["Role"]["Arn"],
            "EcsParameters": {
                "TaskDefinitionArn": "arn:aws:ecs:eu-west-1:111111111111:task-definition/tidy:1",
                "LaunchType": "FARGATE",
                "Group": f"schedule:{self.name}",
                "NetworkConfiguration": {"awsvpcConfiguration": self.world.network},
            },
            "Input": json.dumps({"containerOverrides": [{"name": "tidy", "command": ["tidy"]}]}),
            "DeadLetterConfig": {"Arn": f"arn:aws:sqs:eu-west-1:111111111111:{self.name}"},
            **more,
        }

    def schedule(self, expression: str, *, update: bool = False, **more: Any) -> None:
        scheduler = self.world.client("scheduler")
        put = scheduler.update_schedule if update else scheduler.create_schedule
        said = {"Name": self.name, "FlexibleTimeWindow": {"Mode": "OFF"}, "Target": self.target(), **more}
        put(ScheduleExpression=expression, **said)

    def tasks(self) -> list[dict[str, Any]]:
        """All that ever ran, as far as ECS remembers."""
        ecs = self.world.client("ecs")
        arns = [
            arn
            for status in ("RUNNING", "STOPPED")
            for arn in ecs.list_tasks(cluster="jobs", desiredStatus=status)["taskArns"]
        ]
        found = ecs.describe_tasks(cluster="jobs", tasks=arns)["tasks"] if arns else []
        return [task for task in found if task["group"] == f"schedule:{self.name}"]

    def dead(self) -> list[dict[str, str]]:
        asked = {"QueueUrl": self.letters, "MessageAttributeNames": ["All"], "MaxNumberOfMessages": 10}
        found = self.world.client("sqs").receive_message(**asked).get("Messages", [])
        return [{name: one["StringValue"] for name, one in letter["MessageAttributes"].items()} for letter in found]

    def end(self) -> None:
        self.world.client("scheduler").delete_schedule(Name=self.name)


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    box = Sandbox(tmp_path_factory.mktemp("scheduler"))
    yield World(box)
    box.down()
    assert_no_crash(box)


@pytest.fixture
def job(world: World, tmp_path: Path) -> Iterator[Job]:
    made = Job(world, f"job-{tmp_path.name}"[:50].replace("_", "-"))
    yield made
    made.end()


def test_a_task_runs_when_its_hour_comes_and_each_time_again(job: Job) -> None:
    world, soon = job.world, job.world.later(10)
    job.schedule(f"cron({soon.minute} * * * ? *)")
    world.step(8)
    assert job.tasks() == []
    world.step(5)
    (task,) = job.tasks()
    assert (task["group"], task["startedBy"]) == (f"schedule:{job.name}", f"chronos-schedule/{job.name}"[:36])
    assert task["createdAt"].astimezone(UTC).replace(second=0, microsecond=0) == soon.replace(second=0, microsecond=0)
    assert task["containers"][0]["exitCode"] == 0
    assert task["overrides"]["containerOverrides"] == [{"name": "tidy", "command": ["tidy"]}]
    world.step(60)
    last = max(task["createdAt"] for task in job.tasks())
    assert last - task["createdAt"] == timedelta(hours=1)


def test_a_schedule_that_is_off_runs_nothing_and_one_that_is_changed_has_no_past(job: Job) -> None:
    job.schedule("rate(10 minutes)", State="DISABLED")
    job.world.step(30)
    assert job.tasks() == []
    job.schedule(f"at({job.world.later(20):%Y-%m-%dT%H:%M:%S})", update=True)
    job.world.step(15)
    assert job.tasks() == []
    job.world.step(15)
    assert len(job.tasks()) == 1


def test_what_ecs_refuses_is_a_dead_letter_that_says_why(job: Job) -> None:
    gone = job.world.cluster.replace("/jobs", "/gone")
    job.schedule("rate(1 hour)", Target=job.target(Arn=gone))
    job.world.step(5)
    (letter,) = job.dead()
    assert letter["ERROR_CODE"] == "ClusterNotFoundException"
    assert letter["TARGET_ARN"] == gone
    assert letter["SCHEDULE_ARN"].endswith(f":schedule/default/{job.name}")


def test_alarms_on_dead_letters_and_on_what_was_given_up_go_off_and_end(job: Job) -> None:
    watch = job.world.client("cloudwatch")
    bound = {"Period": 60, "EvaluationPeriods": 1, "Threshold": 0, "ComparisonOperator": "GreaterThanThreshold"}
    bound |= {"TreatMissingData": "notBreaching"}
    for name, namespace, metric, statistic, dimension in (
        ("letters", "AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum", ("QueueName", job.name)),
        ("dropped", "AWS/Scheduler", "InvocationDroppedCount", "Sum", ("ScheduleGroup", "default")),
    ):
        of = {"Namespace": namespace, "MetricName": metric, "Statistic": statistic}
        dimensions = [{"Name": dimension[0], "Value": dimension[1]}]
        watch.put_metric_alarm(AlarmName=name, Dimensions=dimensions, **of, **bound)

    def states() -> dict[str, str]:
        found = watch.describe_alarms(AlarmNames=["letters", "dropped"])["MetricAlarms"]
        return {one["AlarmName"]: one["StateValue"] for one in found}

    def turned() -> set[str]:
        """Those that have gone off by now, as their history tells."""
        items = watch.describe_alarm_history(HistoryItemType="StateUpdate")["AlarmHistoryItems"]
        return {one["AlarmName"] for one in items if one["HistorySummary"].endswith("to ALARM")}

    job.schedule(
        f"at({job.world.later(3):%Y-%m-%dT%H:%M:%S})",
        Target=job.target(Arn=job.world.cluster.replace("/jobs", "/gone")),
    )
    job.world.step(8)
    assert turned() >= {"letters", "dropped"}
    assert states() == {"letters": "ALARM", "dropped": "OK"}, "the letter waits, and nothing more was given up"
    job.world.client("sqs").purge_queue(QueueUrl=job.letters)
    job.world.step(5)
    assert states() == {"letters": "OK", "dropped": "OK"}
    watch.delete_alarms(AlarmNames=["letters", "dropped"])


def test_a_role_that_scheduler_may_not_take_runs_nothing(job: Job) -> None:
    role = job.world.client("iam").get_role(RoleName="tasks")["Role"]["Arn"]
    job.schedule("rate(1 hour)", Target=job.target(RoleArn=role))
    job.world.step(5)
    assert [letter["ERROR_CODE"] for letter in job.dead()] == ["AccessDeniedException"]
    assert job.tasks() == []


def test_what_has_run_is_not_run_again_when_the_sandbox_comes_back(own_box: Sandbox) -> None:
    world = World(own_box)
    job = Job(world, "tidy")
    job.schedule("rate(1 hour)")
    world.step(5)
    assert len(job.tasks()) == 1
    port = own_box.port
    own_box.down()
    own_box.up(port=port, stacks=False)
    assert own_box.port == port
    world.step(5)
    assert len(job.tasks()) == 1
