"""`slipway retry`: another try of a failed release, counted and with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from account.aws_faults import AwsFault
from components import gates
from release.journal import Outcome
from slipway import evidence
from tests.slipway.conftest import STACK_FILE
from tests.slipway.test_deploy import UP_FAILS, UP_WORKS, past, real_edits, section, state
from tests.slipway.test_put_back import begin, tried

if TYPE_CHECKING:
    from account.journal_store import JournalStore
    from tests.slipway.conftest import World

RETRY = ("retry", "-e", "test", "-s", "auth-service", "--reason", "the secret is there now", "--yes")
FAILED = past(("1.0.0", "succeeded"), ("1.1.0", "failed"))


@pytest.fixture
def stuck(world: World) -> World:
    """A world in which 1.1.0 failed, and the stack file still asks for it."""
    world.write("test", STACK_FILE.replace("version: 1.0.0", "version: 1.1.0"))
    world.pulumi.answers(stack_history=FAILED, stack_export=state("1.0.0", 1), up=dict(UP_WORKS), **real_edits(world))
    return world


def test_a_retry_raises_the_attempt_and_runs_plain_pulumi_up(stuck: World, journal: JournalStore) -> None:
    tried(journal, "1.1.0")
    done = stuck.run(*RETRY)
    assert done.code == 0, done.err
    assert section(stuck) == {"version": "1.1.0", "attempt": 2, "desiredCount": 2, "cpu": 256, "memory": 512}
    up = "--stack test up --message retry auth-service 1.1.0: the secret is there now --yes"
    assert up in stuck.pulumi.asked
    assert done.out.startswith("auth-service 1.1.0 runs in test")
    assert "auth-service in test: 1.1.0 again, attempt 2" in done.err


def test_the_reason_goes_to_the_program(stuck: World, journal: JournalStore) -> None:
    tried(journal, "1.1.0")
    stuck.run(*RETRY)
    assert stuck.pulumi.told("up") == {"SLIPWAY_REASON": "the secret is there now"}


def test_the_program_reads_the_variables_that_are_set() -> None:
    assert (evidence.REASON, evidence.OVERRIDE) == (gates.REASON, gates.OVERRIDE)


def test_no_number_is_given_twice(stuck: World, journal: JournalStore) -> None:
    for minute, attempt in enumerate((1, 2, 3, 1)):
        tried(journal, "1.1.0", minute=minute, attempt=attempt)
    tried(journal, "1.0.0", minute=9, attempt=7)
    assert stuck.run(*RETRY).code == 0
    assert section(stuck)["attempt"] == 4


def test_without_a_journal_the_stack_file_counts(stuck: World) -> None:
    stuck.write("test", STACK_FILE.replace("version: 1.0.0", "version: 1.1.0, attempt: 4"))
    assert stuck.run(*RETRY).code == 0
    assert section(stuck)["attempt"] == 5


def test_the_hundredth_try_is_refused(stuck: World) -> None:
    stuck.write("test", STACK_FILE.replace("version: 1.0.0", "version: 1.1.0, attempt: 99"))
    done = stuck.run(*RETRY)
    assert done.code == 2
    assert "auth-service 1.1.0 was tried 99 times: release another version" in done.err
    assert not stuck.went_up


def test_a_reason_is_demanded(stuck: World) -> None:
    assert stuck.run(*RETRY[:5], "--yes").code == 2
    blank = stuck.run(*RETRY[:5], "--reason", " \n ", "--yes")
    assert blank.code == 2
    assert "--reason is empty" in blank.err
    assert not stuck.went_up


def test_after_the_file_was_put_back_the_failed_version_is_named(world: World, journal: JournalStore) -> None:
    tried(journal, "1.0.0", Outcome.SUCCEEDED)
    tried(journal, "1.1.0", minute=5)
    world.pulumi.answers(stack_history=FAILED, stack_export=state("1.0.0", 1), up=dict(UP_WORKS), **real_edits(world))
    done = world.run(*RETRY)
    assert done.code == 2
    assert "auth-service 1.0.0 did not fail in test, it was verified; to try 1.1.0 again, add -v 1.1.0" in done.err
    assert not world.went_up
    assert world.run(*RETRY, "-v", "1.1.0").code == 0
    assert (section(world)["version"], section(world)["attempt"]) == ("1.1.0", 2)


def test_what_did_not_fail_is_not_tried_again_by_accident(world: World, journal: JournalStore) -> None:
    tried(journal, "1.0.0", Outcome.SUCCEEDED)
    done = world.run(*RETRY)
    assert done.code == 2
    assert "to deploy it once more all the same, add -v 1.0.0" in done.err


def test_a_service_without_a_version_has_nothing_to_try_again(world: World) -> None:
    world.write("test", STACK_FILE.replace("version: 1.0.0, ", ""))
    done = world.run(*RETRY)
    assert done.code == 2
    assert "Pulumi.test.yaml asks for no version of it" in done.err


def test_an_attempt_that_has_not_ended_is_gone_on_with_instead(stuck: World, journal: JournalStore) -> None:
    begin(journal, "1.1.0")
    done = stuck.run(*RETRY)
    assert done.code == 2
    assert "attempt 1 of auth-service 1.1.0 has not ended: `pulumi up -s test` goes on with it" in done.err
    assert not stuck.went_up


def test_an_open_attempt_of_another_version_is_the_gates_to_judge(stuck: World, journal: JournalStore) -> None:
    tried(journal, "1.1.0")
    begin(journal, "1.0.0-rc1", minute=5)
    assert stuck.run(*RETRY).code == 0


def test_a_journal_that_cannot_be_read_stops_it(stuck: World, journal: JournalStore) -> None:
    del journal
    stuck.aws.faults["list_objects_v2"] = AwsFault("ada may not call s3:ListBucket", code="AccessDenied")
    done = stuck.run(*RETRY)
    assert done.code == 2
    assert "ada may not call s3:ListBucket. Nothing was changed" in done.err


def test_a_retry_that_fails_again_puts_the_file_back_and_can_be_repeated(stuck: World, journal: JournalStore) -> None:
    tried(journal, "1.1.0")
    stuck.pulumi.answers(
        stack_history=FAILED,
        stack_export=state("1.0.0", 1),
        up=dict(UP_FAILS)
        | {"then": {"stack history": past(("1.0.0", "succeeded"), ("1.1.0", "failed"), ("1.1.0", "failed"))}},
        **real_edits(stuck),
    )
    assert stuck.run(*RETRY).code == 1
    assert section(stuck) == {"version": "1.0.0", "desiredCount": 2, "cpu": 256, "memory": 512}
    tried(journal, "1.1.0", minute=3, attempt=2)
    stuck.run(*RETRY, "-v", "1.1.0")
    assert "--stack test config set --path --type int slipway:services.auth-service.attempt -- 3" in stuck.pulumi.asked
