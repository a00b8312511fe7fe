"""After a failed release: whether the stack file goes back to what runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from account.aws_faults import AwsFault
from release.journal import Begun, Ended, Outcome
from slipway.pulumi_command import Pulumi
from tests.slipway.conftest import STACK_FILE, at_a_terminal
from tests.slipway.test_deploy import DEPLOY, GOOD, UP_FAILS, past, real_edits, section, state

if TYPE_CHECKING:
    from account.journal_store import JournalStore
    from tests.slipway.conftest import World

AGAIN = "slipway retry -e test -s auth-service -v 1.1.0 --reason ..."
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def begin(journal: JournalStore, version: str, minute: int = 0, **changed: Any) -> Begun:
    begun = Begun(
        service="auth-service",
        version=version,
        digest=f"sha256:{version}",
        release_hash=f"{version}-0123456789",
        config={},
        at=NOON + timedelta(minutes=minute),
        who="arn:ada",
        **changed,
    )
    journal.begin(begun)
    return begun


def tried(
    journal: JournalStore, version: str, outcome: Outcome = Outcome.FAILED, *, minute: int = 0, **changed: Any
) -> None:
    begun = begin(journal, version, minute, **changed)
    journal.end(begun, Ended(outcome=outcome, at=begun.at + timedelta(minutes=1)))


@pytest.fixture
def failing(world: World) -> World:
    world.pulumi.answers(stack_history=GOOD, up=dict(UP_FAILS), **real_edits(world))
    return world


def test_with_yes_the_stack_file_is_put_back_to_what_runs(failing: World, journal: JournalStore) -> None:
    tried(journal, "1.0.0", Outcome.SUCCEEDED)
    tried(journal, "1.1.0", minute=5)
    done = failing.run(*DEPLOY)
    assert done.code == 1
    assert section(failing)["version"] == "1.0.0"
    assert done.err.splitlines()[-3:] == [
        "error: auth-service 1.1.0 does not run in test as asked; the cause stands above",
        "  now: 1.0.0, auth-service:1, 2 of 2 tasks, rollout COMPLETED",
        f"  Pulumi.test.yaml is put back to auth-service 1.0.0, which runs; to try again: {AGAIN}",
    ]


def test_where_nothing_was_ever_written_down_it_is_put_back_too(failing: World) -> None:
    """A gate that refuses comes before the journal's first word, and so does a broken network resource."""
    assert failing.run(*DEPLOY).code == 1
    assert section(failing)["version"] == "1.0.0"


@pytest.mark.parametrize(("answer", "version"), [(True, "1.0.0"), (False, "1.1.0")])
def test_people_are_asked(
    failing: World, journal: JournalStore, monkeypatch: pytest.MonkeyPatch, *, answer: bool, version: str
) -> None:
    tried(journal, "1.1.0")
    at_a_terminal(monkeypatch, answer=answer)
    done = failing.run(*DEPLOY[:-1])
    assert done.code == 1
    assert section(failing)["version"] == version
    assert ("slipway rollback -e test -s auth-service" in done.err) is not answer


def test_a_question_that_is_cut_off_is_a_no(
    failing: World, journal: JournalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried(journal, "1.1.0")
    at_a_terminal(monkeypatch, answer=True)
    monkeypatch.setattr("click.confirm", _abort)
    assert failing.run(*DEPLOY[:-1]).code == 1
    assert section(failing)["version"] == "1.1.0"


def _abort(*_words: Any, **_options: Any) -> bool:
    import click  # noqa: PLC0415 - of this one test

    raise click.Abort


def test_a_release_that_has_not_ended_keeps_the_file(failing: World, journal: JournalStore) -> None:
    """It waits for a person, or for longer than we do: with the file put back, `pulumi up` would stop it."""
    begin(journal, "1.1.0")
    done = failing.run(*DEPLOY)
    assert done.code == 1
    assert section(failing)["version"] == "1.1.0"
    assert "still asks for 1.1.0, for that release has not ended; `pulumi up -s test` follows it" in done.err


def test_where_the_journal_cannot_be_read_the_file_stays(failing: World, journal: JournalStore) -> None:
    del journal
    failing.aws.faults["list_objects_v2"] = AwsFault("ada may not call s3:ListBucket", code="AccessDenied")
    done = failing.run(*DEPLOY)
    assert done.code == 1
    assert section(failing)["version"] == "1.1.0"
    assert "nobody knows whether that release has ended (ada may not call s3:ListBucket)" in done.err


def test_after_a_kill_the_file_stays(world: World, journal: JournalStore) -> None:
    del journal
    killed = {"signal": 9, "then": dict(UP_FAILS)["then"]}
    world.pulumi.answers(stack_history=GOOD, up=killed, **real_edits(world))
    assert world.run(*DEPLOY).code == 1
    assert section(world)["version"] == "1.1.0"


def test_when_the_release_runs_and_something_else_failed_the_file_stays(world: World) -> None:
    other = dict(UP_FAILS) | {"then": {"stack history": past(("1.1.0", "failed")), "stack export": state("1.1.0", 2)}}
    world.pulumi.answers(stack_history=GOOD, up=other, **real_edits(world))
    done = world.run(*DEPLOY)
    assert done.code == 1
    assert section(world)["version"] == "1.1.0"
    assert "put back" not in done.err


def test_an_attempt_of_another_version_that_nobody_closed_keeps_nothing(failing: World, journal: JournalStore) -> None:
    begin(journal, "1.0.0-rc1")
    assert failing.run(*DEPLOY).code == 1
    assert section(failing)["version"] == "1.0.0"


def test_a_version_that_failed_before_is_not_what_the_file_goes_back_to(world: World, journal: JournalStore) -> None:
    tried(journal, "1.0.0-rc1", minute=1)
    tried(journal, "1.1.0", minute=2)
    world.write("test", STACK_FILE.replace("version: 1.0.0", "version: 1.0.0-rc1, attempt: 2"))
    world.pulumi.answers(stack_history=GOOD, up=dict(UP_FAILS), **real_edits(world))
    assert world.run(*DEPLOY).code == 1
    assert section(world) == {"version": "1.0.0", "desiredCount": 2, "cpu": 256, "memory": 512}


def test_what_somebody_wrote_meanwhile_stays(
    failing: World, journal: JournalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried(journal, "1.1.0")
    stream = Pulumi.stream

    def then_somebody_writes(pulumi: Pulumi, *arguments: str) -> tuple[int, str]:
        done = stream(pulumi, *arguments)
        failing.write("test", STACK_FILE.replace("version: 1.0.0", "version: 1.0.0-rc1"))
        return done

    monkeypatch.setattr(Pulumi, "stream", then_somebody_writes)
    done = failing.run(*DEPLOY)
    assert done.code == 1
    assert section(failing)["version"] == "1.0.0-rc1"
    assert "was changed meanwhile, and stays as it is" in done.err


def test_a_file_that_cannot_be_put_back_does_not_change_the_exit_code(failing: World, journal: JournalStore) -> None:
    tried(journal, "1.1.0")
    broken = {"config set": {"code": 1, "stderr": "error: disk full\n"}}
    failing.pulumi.answers(
        stack_history=GOOD, up=dict(UP_FAILS) | {"then": UP_FAILS["then"] | broken}, **real_edits(failing)
    )
    done = failing.run(*DEPLOY)
    assert done.code == 1
    assert "could not be put back to auth-service 1.0.0" in done.err
    assert "disk full" in done.err
    assert section(failing)["version"] == "1.1.0"
