"""The resource `Migration` as the engine meets it: it runs once, it fails the update, and it never runs twice."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.provider.experimental.provider import (
    CheckRequest,
    CreateRequest,
    DeleteRequest,
    DiffRequest,
    DiffResponse,
    ReadRequest,
    UpdateRequest,
)

from account.aws_faults import AwsFault
from account.journal_store import ServiceJournal
from provider.follow import Limits, ReleaseFailed
from provider.migration import INPUTS, OUTPUTS, Inputs, MigrationProvider
from provider.migration_tasks import MigrationTasks
from release.journal import Begun, write
from tests.provider.fake_ecs import DIGESTS, task_definition
from tests.provider.fake_migrations import FakeAws
from tests.provider.test_rollout import Notes, run, value_of

if TYPE_CHECKING:
    from account.session import Patience

URN = "urn:pulumi:test::slipway::slipway:components:Service$slipway:index:Migration::auth-service"
PLAIN: dict[str, Any] = {
    "cluster": "microservices-cluster",
    "service": "auth-service",
    "taskDefinition": task_definition(2),
    "version": "1.1.0",
    "digest": DIGESTS[2],
    "command": ["migrate", "up"],
    "timeout": 60.0,
    "irreversible": False,
    "subnets": ["subnet-1", "subnet-2"],
    "securityGroups": ["sg-1"],
    "attempt": 1.0,
    "releaseHash": "cafe",
    "journal": "",
    "account": "111111111111",
    "region": "eu-west-1",
    "roleArn": "",
}
NEXT: dict[str, Any] = {"version": "1.2.0", "digest": DIGESTS[3], "taskDefinition": task_definition(3)}
JOURNAL = {"journal": "s3://journal/attempts/auth-service"}
UNTOUCHED = "The service was not touched"

JOURNALS = pytest.mark.parametrize("journal", [{}, JOURNAL], ids=["without a journal", "with a journal"])


def properties(**changes: Any) -> dict[str, PropertyValue]:
    return {key: value_of(value) for key, value in (PLAIN | changes).items()}


class Engine:
    """Calls the provider as the engine does, and keeps what it would keep."""

    def __init__(self, aws: FakeAws) -> None:
        self.aws = aws
        self.notes = Notes()
        self.stored: dict[str, PropertyValue] = {}

    def provider(self) -> MigrationProvider:
        def open_room(inputs: Inputs, _patience: Patience) -> tuple[MigrationTasks, ServiceJournal | None]:
            session: Any = self.aws
            journal = ServiceJournal(session, inputs.journal) if inputs.journal else None
            return MigrationTasks(session, inputs.cluster, inputs.order.identity), journal

        limits = Limits(start=0.1, outage=0.05, first_poll=0.002, last_poll=0.005)
        return MigrationProvider(open_room, self.notes, limits)

    def up(self, **news: Any) -> dict[str, Any]:
        inputs = properties(**news)
        if not self.stored:
            self.stored = run(self.provider().create(CreateRequest(URN, inputs, 0, preview=False))).properties
        elif self.diff(**news).changes:
            request = UpdateRequest(URN, "x", self.stored, inputs, 0, [], preview=False)
            self.stored = run(self.provider().update(request)).properties
        return {key: value.value for key, value in self.stored.items()}

    def fails(self, **news: Any) -> str:
        with pytest.raises(ReleaseFailed) as failed:
            self.up(**news)
        return str(failed.value)

    def preview(self, **news: Any) -> dict[str, PropertyValue]:
        inputs = properties(**news)
        if self.stored:
            return run(
                self.provider().update(UpdateRequest(URN, "x", self.stored, inputs, 0, [], preview=True))
            ).properties
        return run(self.provider().create(CreateRequest(URN, inputs, 0, preview=True))).properties

    def diff(self, **news: Any) -> DiffResponse:
        return run(self.provider().diff(DiffRequest(URN, "x", self.stored, properties(**news), [])))


def test_it_runs_the_command_in_the_service_s_container_of_the_new_revision_and_network() -> None:
    aws = FakeAws()
    Engine(aws).up()
    [asked] = aws.asked
    assert asked["taskDefinition"] == task_definition(2)
    assert asked["overrides"] == {"containerOverrides": [{"name": "auth-service", "command": ["migrate", "up"]}]}
    assert asked["networkConfiguration"]["awsvpcConfiguration"] == {
        "subnets": ["subnet-1", "subnet-2"],
        "securityGroups": ["sg-1"],
        "assignPublicIp": "DISABLED",
    }
    assert (asked["launchType"], asked["count"], asked["group"]) == ("FARGATE", 1, "migration:auth-service")
    assert asked["clientToken"] == asked["startedBy"]
    assert len(asked["startedBy"]) <= 36, "what RunTask took before it took 128"


def test_one_that_succeeds_is_stored_and_its_last_lines_are_shown_without_secrets() -> None:
    aws = FakeAws(log=["connecting with password=hunter2", "table users altered"])
    engine = Engine(aws)
    stored = engine.up()
    assert set(stored) == {*INPUTS, *OUTPUTS}
    assert stored["task"] in aws.tasks
    [remark] = engine.notes.remarks
    assert remark.startswith("the migration of auth-service 1.1.0 succeeded in 5 s")
    assert "log: table users altered" in remark
    assert "hunter2" not in remark
    assert any("is running" in row for row in engine.notes.rows)


def test_one_that_fails_says_why_that_the_service_is_untouched_and_shows_its_log_without_secrets() -> None:
    engine = Engine(FakeAws(code=3, log=["token=abc123", "column exists already"]))
    told = engine.fails()
    first = told.splitlines()[0]
    assert first.startswith("the migration of auth-service 1.1.0 failed: container auth-service exited with code 3")
    assert "its last words: column exists already" in first
    assert UNTOUCHED in first
    assert "slipway retry" in first
    assert "  log: token=[redacted]" in told
    assert "abc123" not in told
    assert engine.stored == {}


@JOURNALS
def test_one_that_failed_fails_again_with_the_same_cause_and_is_not_run_again(journal: dict[str, Any]) -> None:
    engine = Engine(FakeAws(code=3))
    first = engine.fails(**journal).splitlines()[0]
    assert engine.fails(**journal).splitlines()[0].startswith(first)
    assert len(engine.aws.asked) == 1


def test_one_that_failed_is_remembered_by_the_journal_when_ecs_has_forgotten_it() -> None:
    engine = Engine(FakeAws(code=3))
    first = engine.fails(**JOURNAL).splitlines()[0]
    engine.aws.forget()
    again = engine.fails(**JOURNAL)
    assert again.startswith(first)
    assert "it was not run again" in again
    assert len(engine.aws.asked) == 1


@pytest.mark.parametrize("change", [{"attempt": 2.0}, {"taskDefinition": task_definition(3)}])
@JOURNALS
def test_another_attempt_or_another_task_definition_runs_a_failed_one_again(
    journal: dict[str, Any], change: dict[str, Any]
) -> None:
    engine = Engine(FakeAws(code=3))
    engine.fails(**journal)
    engine.aws.code = 0
    assert engine.up(**journal, **change)["task"]
    first, second = engine.aws.asked
    assert first["clientToken"] != second["clientToken"], "ECS would answer with the task that failed"


@JOURNALS
def test_one_that_succeeded_is_no_change_and_a_new_image_or_command_is(journal: dict[str, Any]) -> None:
    engine = Engine(FakeAws())
    engine.up(**journal)
    same = [
        {},
        {"taskDefinition": task_definition(3)},
        {"attempt": 2.0},
        {"subnets": ["subnet-9"]},
        {"timeout": 5.0},
        {"journal": "s3://other/attempts/auth-service"},
        {"roleArn": "arn:other"},
        {"releaseHash": "beef"},
    ]
    for change in same:
        assert not engine.diff(**journal | change).changes, change
    for change in ({"digest": DIGESTS[3]}, {"command": ["migrate", "all"]}):
        asked = engine.diff(**journal, **change)
        assert (asked.changes, asked.replaces) == (True, []), change
    assert engine.diff(**journal, service="billing").replaces == ["service"]


def test_another_version_of_the_same_image_is_stored_without_a_second_run() -> None:
    engine = Engine(FakeAws())
    first = engine.up(version="1.1.0-rc1")
    engine.aws.forget()
    second = engine.up(version="1.1.0")
    assert (second["version"], second["task"]) == ("1.1.0", first["task"])
    assert len(engine.aws.asked) == 1


def test_going_back_and_forth_runs_nothing_that_succeeded_before() -> None:
    engine = Engine(FakeAws())
    engine.up(**JOURNAL)
    engine.up(**JOURNAL, **NEXT)
    engine.aws.forget()
    engine.up(**JOURNAL)
    engine.up(**JOURNAL, **NEXT)
    assert len(engine.aws.asked) == 2
    assert "has succeeded before and is not run again" in engine.notes.remarks[-1]


class Killed(BaseException):
    """The process is gone: nothing of it is handled, nothing more is done."""


def killed(engine: Engine, operation: str, **news: Any) -> None:
    """`pulumi up` whose plugin is killed right after the answer to such a call."""

    def die() -> None:
        raise Killed

    engine.aws.after[operation] = die
    with pytest.raises(Killed):
        engine.up(**news)


@pytest.mark.parametrize("moment", ["list_tasks", "run_task", "describe_tasks", "get_log_events"])
@JOURNALS
def test_killed_at_any_moment_it_goes_on_with_the_task_it_started(journal: dict[str, Any], moment: str) -> None:
    engine = Engine(FakeAws())
    killed(engine, moment, **journal)
    assert engine.stored == {}
    engine.up(**journal)
    assert len(engine.aws.tasks) == 1
    assert engine.stored["task"].value in engine.aws.tasks


@pytest.mark.parametrize("moment", ["put_object", "run_task", "get_log_events"])
def test_killed_while_it_writes_it_goes_on_too(moment: str) -> None:
    engine = Engine(FakeAws())
    killed(engine, moment, **JOURNAL)
    engine.up(**JOURNAL)
    engine.up(**JOURNAL)
    assert len(engine.aws.tasks) == 1
    assert sorted(key.rpartition("/")[2] for key in engine.aws.objects)[:2] == ["begun.json", "ended.json"]


def test_one_whose_end_nobody_saw_is_not_run_again_but_told() -> None:
    engine = Engine(FakeAws())
    killed(engine, "describe_tasks", **JOURNAL)
    for task in engine.aws.tasks.values():
        engine.aws.end(task, 0)
    engine.aws.forget()
    told = engine.fails(**JOURNAL)
    assert "nobody saw how it ended" in told
    assert "slipway retry" in told
    assert len(engine.aws.asked) == 1
    engine.up(**JOURNAL, attempt=2.0)


def test_ecs_starts_no_second_task_even_when_it_does_not_list_the_first_yet() -> None:
    engine = Engine(FakeAws())
    killed(engine, "run_task")
    listed, engine.aws.tasks = engine.aws.tasks, {}
    engine.aws.faults["run_task"] = AwsFault("used already", code="ConflictException")
    assert "ECS does not show its task" in engine.fails()
    engine.aws.tasks = listed
    del engine.aws.faults["run_task"]
    assert engine.up()["task"] in listed


def test_another_running_migration_of_the_service_is_an_error_that_names_its_task() -> None:
    aws = FakeAws()
    other = aws.run(startedBy="migration-0123456789abcdef-01234567", group="migration:auth-service")
    told = Engine(aws).fails()
    assert "another migration of auth-service is running, task " + other["taskArn"].rpartition("/")[2] in told
    assert aws.asked == []


def test_tasks_of_the_service_and_migrations_of_others_stand_in_nobody_s_way() -> None:
    aws = FakeAws()
    aws.run(startedBy="ecs-svc/1", group="service:auth-service")
    aws.run(startedBy="migration-0123456789abcdef-01234567", group="migration:billing")
    ended = aws.run(startedBy="migration-0123456789abcdef-01234567", group="migration:auth-service")
    aws.end(ended, 1)
    assert Engine(aws).up()["task"]


def test_one_that_takes_too_long_is_stopped_and_has_failed() -> None:
    engine = Engine(FakeAws(looks=1000))
    told = engine.fails(timeout=0.05)
    assert "failed: it took longer than its timeout of 0.05 s" in told
    assert UNTOUCHED in told
    assert engine.aws.calls.count("stop_task") == 1


def test_a_task_that_a_person_stopped_has_not_succeeded_whatever_its_exit_code() -> None:
    aws = FakeAws(looks=1000)
    engine = Engine(aws)

    def stop() -> None:
        [task] = aws.tasks.values()
        aws.end(task, 0, "UserInitiated", "Task stopped by user")

    aws.after["run_task"] = stop
    assert "failed: Task stopped by user" in engine.fails()


def test_ctrl_c_leaves_the_task_running_and_the_next_up_follows_it() -> None:
    engine = Engine(FakeAws(looks=30))
    provider = engine.provider()

    async def interrupted() -> None:
        asyncio.get_running_loop().call_later(0.03, lambda: asyncio.ensure_future(provider.cancel()))
        await provider.create(CreateRequest(URN, properties(), 0, preview=False))

    with pytest.raises(ReleaseFailed, match="interrupted: the migration goes on in ECS"):
        asyncio.run(interrupted())
    assert engine.aws.calls.count("stop_task") == 0
    engine.up()
    assert len(engine.aws.asked) == 1


def test_no_task_started_is_no_migration_and_the_next_up_asks_again() -> None:
    engine = Engine(FakeAws(failures=[{"reason": "RESOURCE:ENI"}]))
    assert "could not be started: ECS answered RESOURCE:ENI" in engine.fails(**JOURNAL)
    engine.aws.failures = []
    assert engine.up(**JOURNAL)["task"]


def test_a_missing_permission_is_told_with_what_could_not_be_told() -> None:
    engine = Engine(FakeAws(faults={"run_task": AwsFault("x may not call ecs:RunTask", code="AccessDenied")}))
    with pytest.raises(AwsFault, match=r"cannot tell whether the migration of auth-service 1\.1\.0 has run: x may not"):
        engine.up()


def test_a_journal_that_cannot_be_read_runs_nothing() -> None:
    engine = Engine(FakeAws())
    engine.up(**JOURNAL)
    for key in engine.aws.objects:
        engine.aws.objects[key] = b"{}"
    engine.stored = {}
    assert "cannot be read" in engine.fails(**JOURNAL)
    assert len(engine.aws.asked) == 1


def begin(aws: FakeAws, attempt: int = 1) -> str:
    """The gates have let the release go out; the answer is where its attempt stands."""
    begun = Begun(
        service="auth-service",
        version="1.1.0",
        digest=DIGESTS[2],
        release_hash="cafe",
        attempt=attempt,
        config={},
        at=datetime(2026, 11, 23, attempt, tzinfo=UTC),
        who="arn:ada",
    )
    aws.objects[f"attempts/{begun.folder}/begun.json"] = write(begun).encode()
    return f"attempts/{begun.folder}/ended.json"


def test_one_that_fails_ends_the_release_s_attempt_in_the_journal_with_its_cause() -> None:
    engine = Engine(FakeAws(code=3))
    ended = begin(engine.aws)
    told = engine.fails(**JOURNAL)
    written = json.loads(engine.aws.objects[ended])
    assert (written["outcome"], written["cause"]) == ("failed", "migration")
    assert written["sentence"] == told.splitlines()[0]


def test_an_attempt_whose_migration_never_started_or_succeeded_goes_on() -> None:
    engine = Engine(FakeAws(failures=[{"reason": "RESOURCE:ENI"}]))
    ended = begin(engine.aws)
    engine.fails(**JOURNAL)
    assert ended not in engine.aws.objects
    engine.aws.failures = []
    engine.up(**JOURNAL)
    assert ended not in engine.aws.objects, "`Rollout` writes how the release ended"


def test_a_preview_runs_nothing_and_asks_aws_nothing() -> None:
    engine = Engine(FakeAws())
    foreseen = engine.preview()
    assert engine.aws.calls == []
    assert set(foreseen) == {*INPUTS, *OUTPUTS}


def test_an_irreversible_one_is_a_warning_before_it_and_before_going_back_across_it() -> None:
    engine = Engine(FakeAws())
    engine.up(**JOURNAL)
    assert engine.notes.warnings == []
    engine.preview(**JOURNAL, **NEXT, irreversible=True)
    assert "the migration of auth-service 1.2.0 is marked irreversible" in engine.notes.warnings[-1]
    assert engine.up(**JOURNAL, **NEXT, irreversible=True)["irreversibleSince"] == "1.2.0"
    later = {"version": "1.3.0", "digest": "sha256:4"}
    told = len(engine.notes.warnings)
    assert engine.up(**JOURNAL, **later)["irreversibleSince"] == "1.2.0"
    assert len(engine.notes.warnings) == told, "forwards is no matter"
    assert engine.up(**JOURNAL)["irreversibleSince"] == "1.2.0"
    assert "goes back to 1.1.0, across the irreversible migration of 1.2.0" in engine.notes.warnings[-1]


def test_it_is_shown_by_refresh_as_it_is_stored_and_its_end_asks_nothing() -> None:
    engine = Engine(FakeAws())
    engine.up()
    calls = len(engine.aws.calls)
    read = run(engine.provider().read(ReadRequest(URN, "x", engine.stored, properties())))
    assert (read.properties, read.inputs) == (engine.stored, properties())
    run(engine.provider().delete(DeleteRequest(URN, "x", engine.stored, 0)))
    assert len(engine.aws.calls) == calls


def test_missing_and_unknown_inputs_are_named() -> None:
    news = properties(colour="red")
    del news["command"]
    answer = run(Engine(FakeAws()).provider().check(CheckRequest(URN, {}, news, b"")))
    assert [failure.reason for failure in answer.failures or ()] == [
        "command is missing",
        "colour is no input of a Migration",
    ]
