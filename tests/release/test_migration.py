"""What a migration is known by, and what the journal tells of its runs."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from release.journal import JournalError, write
from release.migration import Identity, MigrationBegun, MigrationEnded, MigrationRun, MigrationStarted, runs

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ONE = Identity(service="auth-service", digest="sha256:1", command=("migrate", "up"), task_definition="auth:1")
BEGUN = MigrationBegun(
    version="1.0.0",
    digest="sha256:1",
    command=("migrate",),
    task_definition="auth:1",
    attempt=1,
    irreversible=False,
    at=NOON,
)
STARTED = MigrationStarted(task="arn:task", at=NOON)
ENDED = MigrationEnded(succeeded=True, task="arn:task", at=NOON)


def test_a_migration_is_its_service_image_and_command_and_nothing_else() -> None:
    for other in (
        replace(ONE, service="billing"),
        replace(ONE, digest="sha256:2"),
        replace(ONE, command=("migrate", "down")),
        replace(ONE, command=("migrate up",)),
    ):
        assert other.token != ONE.token, other
    for same in (replace(ONE, task_definition="auth:2"), replace(ONE, attempt=2)):
        assert same.token == ONE.token
        assert same.run != ONE.run, "a run is told from another"


def test_its_mark_is_one_that_ecs_takes_and_starts_alike_for_every_run() -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,36}", ONE.started_by)
    assert replace(ONE, attempt=2).started_by.startswith(ONE.mark)
    assert not replace(ONE, digest="sha256:2").started_by.startswith(ONE.mark)


def test_runs_are_read_as_far_as_they_came() -> None:
    objects = {
        "auth-service/t/a/begun.json": write(BEGUN),
        "auth-service/t/a/started.json": write(STARTED),
        "auth-service/t/a/ended.json": write(ENDED),
        "auth-service/t/b/begun.json": write(BEGUN),
    }
    assert runs(objects) == (
        MigrationRun(run="a", begun=BEGUN, started=STARTED, ended=ENDED),
        MigrationRun(run="b", begun=BEGUN),
    )


@pytest.mark.parametrize(
    ("name", "text"), [("auth-service/t/a/other.json", "{}"), ("auth-service/t/a/begun.json", "{}")]
)
def test_what_cannot_be_read_is_an_error_that_names_the_object(name: str, text: str) -> None:
    with pytest.raises(JournalError, match=re.escape(name)):
        runs({name: text})


def test_no_record_holds_a_secret_and_a_log_is_kept_by_its_end() -> None:
    ended = MigrationEnded(
        succeeded=False,
        task="arn:task",
        at=NOON,
        sentence="it failed: password=hunter2",
        log=(*(f"line {number}" for number in range(30)), "token: abc123"),
    )
    assert "hunter2" not in write(ended)
    assert "abc123" not in write(ended)
    assert len(ended.log) == 20
    assert ended.log[-2] == "line 29"
    begun = MigrationBegun.model_validate(dict(BEGUN) | {"command": ("migrate", "--password=s3cr3t")})
    assert "s3cr3t" not in write(begun)
