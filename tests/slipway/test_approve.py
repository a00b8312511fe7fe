"""`slipway approve`: who says yes to which image, and where it is written."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from account.aws_faults import AwsFault
from release.approval import approvers
from tests.slipway.conftest import ADA, at_a_terminal, digest_of, journal_of

if TYPE_CHECKING:
    from account.journal_store import JournalStore
    from tests.slipway.conftest import World

APPROVE = ("approve", "-e", "prod", "-s", "auth-service", "-v", "1.1.0")
BUCKET = "slipway-journal-333333333333-eu-west-1"


@pytest.fixture
def prod(world: World, journal: JournalStore) -> JournalStore:
    del journal
    return journal_of(world, "3")


def test_a_yes_is_bound_to_the_image_and_the_caller(world: World, prod: JournalStore) -> None:
    began = datetime.now(UTC)
    done = world.run(*APPROVE, "--yes", "--reason", "tried it in stage")
    assert done.code == 0, done.err
    (written,) = prod.approvals("auth-service", "1.1.0")
    assert (written.service, written.version, written.digest) == ("auth-service", "1.1.0", digest_of("1.1.0"))
    assert (written.by, written.reason, written.attests) == (ADA, "tried it in stage", ())
    assert began <= written.at <= datetime.now(UTC)
    assert written.expires - written.at == timedelta(days=7)
    assert done.out.startswith("auth-service 1.1.0 is approved in prod until ")


def test_the_gate_counts_it_for_this_image_alone(world: World, prod: JournalStore) -> None:
    world.run(*APPROVE, "--yes")
    written = prod.approvals("auth-service", "1.1.0")
    now = datetime.now(UTC)

    def people(digest: str, releaser: str = "") -> tuple[str, ...]:
        return approvers(written, service="auth-service", version="1.1.0", digest=digest, at=now, releaser=releaser)

    assert people(digest_of("1.1.0")) == ("people/ada",)
    assert people(digest_of("another")) == ()
    assert people(digest_of("1.1.0"), releaser=ADA) == ()


def test_two_people_are_two_records(world: World, prod: JournalStore) -> None:
    world.run(*APPROVE, "--yes")
    world.aws.caller = ADA.replace("ada", "grace")
    world.run(*APPROVE, "--yes")
    assert [one.by.rpartition("/")[2] for one in prod.approvals("auth-service", "1.1.0")] == ["ada", "grace"]


def test_what_is_approved_is_shown_before_the_question(
    world: World, prod: JournalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_a_terminal(monkeypatch, answer=False)
    done = world.run(*APPROVE, "--attest", "load-tested")
    assert done.code == 1
    assert "was not approved: nothing was written" in done.err
    for shown in ("auth-service 1.1.0 in prod", digest_of("1.1.0"), ADA, "load-tested"):
        assert shown in done.err
    assert prod.approvals("auth-service", "1.1.0") == ()


def test_a_yes_at_the_terminal_is_written(world: World, prod: JournalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    at_a_terminal(monkeypatch, answer=True)
    assert world.run(*APPROVE).code == 0
    assert len(prod.approvals("auth-service", "1.1.0")) == 1


def test_without_a_terminal_nobody_can_be_asked(
    world: World, prod: JournalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    done = world.run(*APPROVE)
    assert done.code == 2
    assert "--yes" in done.err
    assert prod.approvals("auth-service", "1.1.0") == ()


def test_items_of_the_checklist_are_attested_by_name(world: World, prod: JournalStore) -> None:
    assert world.run(*APPROVE, "--yes", "--attest", "load-tested", "--attest", "load-tested").code == 0
    assert prod.approvals("auth-service", "1.1.0")[0].attests == ("load-tested",)


@pytest.mark.parametrize(
    ("environment", "item", "words"),
    [
        ("prod", "load-testd", "the checklist of prod has no such item for a person; people attest load-tested"),
        ("prod", "approvals", "Slipway checks this itself; people attest load-tested"),
        ("stage", "load-tested", "people attest dependencies-updated"),
        ("test", "load-tested", "people attest nothing here"),
    ],
)
def test_what_nobody_can_attest_is_named_with_what_can(
    world: World, prod: JournalStore, environment: str, item: str, words: str
) -> None:
    done = world.run("approve", "-e", environment, "-s", "auth-service", "-v", "1.1.0", "--yes", "--attest", item)
    assert done.code == 2
    assert f"--attest {item}: " in done.err
    assert words in done.err
    assert prod.approvals("auth-service", "1.1.0") == ()


@pytest.mark.parametrize(
    ("text", "lasts"),
    [("30m", timedelta(minutes=30)), ("12h", timedelta(hours=12)), ("90d", timedelta(days=90))],
)
def test_how_long_it_holds_can_be_said(world: World, prod: JournalStore, text: str, lasts: timedelta) -> None:
    assert world.run(*APPROVE, "--yes", "--expires", text).code == 0
    (written,) = prod.approvals("auth-service", "1.1.0")
    assert written.expires - written.at == lasts


@pytest.mark.parametrize("text", ["", "7", "d", "0d", "-1d", "91d", "999999d", "7 d", "1w", "1.5d", "\u0661d"])
def test_a_time_that_is_none_is_refused(world: World, text: str) -> None:
    done = world.run(*APPROVE, "--yes", "--expires", text)
    assert done.code == 2
    assert f"--expires {text}: write minutes, hours or days, like 30m, 12h or 7d, 90d at most" in done.err


def test_json_says_everything_that_was_written(world: World, prod: JournalStore) -> None:
    done = world.run(*APPROVE, "--yes", "--json", "--reason", "good")
    said = json.loads(done.out)
    (written,) = prod.approvals("auth-service", "1.1.0")
    assert said["environment"] == "prod"
    assert (said["digest"], said["by"], said["reason"]) == (written.digest, written.by, "good")
    assert datetime.fromisoformat(said["expires"]) == written.expires


def test_a_missing_journal_is_named_with_what_makes_it(world: World) -> None:
    done = world.run(*APPROVE, "--yes")
    assert done.code == 2
    assert f"there is no S3 bucket {BUCKET}" in done.err
    assert "`pulumi up -s prod` makes it" in done.err


def test_who_may_not_write_is_told_which_permission_is_missing(world: World, prod: JournalStore) -> None:
    del prod
    world.aws.faults["put_object"] = AwsFault("ada may not call s3:PutObject", code="AccessDenied")
    done = world.run(*APPROVE, "--yes")
    assert done.code == 2
    assert "ada may not call s3:PutObject. Nothing was written" in done.err


def test_a_version_without_an_image_cannot_be_approved(world: World, prod: JournalStore) -> None:
    done = world.run("approve", "-e", "prod", "-s", "auth-service", "-v", "9.9.9", "--yes")
    assert done.code == 2
    assert "has no image 9.9.9: push or promote it first" in done.err
    world.aws.repository = False
    assert "makes it" in world.run(*APPROVE, "--yes").err
    assert prod.approvals("auth-service", "9.9.9") == ()


def test_a_version_that_the_environment_does_not_take_is_refused(world: World) -> None:
    done = world.run("approve", "-e", "prod", "-s", "auth-service", "-v", "1.0.0-rc1", "--yes")
    assert done.code == 2
    assert "-v: prod does not take it" in done.err


def test_a_secret_in_the_reason_does_not_reach_the_journal(world: World, prod: JournalStore) -> None:
    done = world.run(*APPROVE, "--yes", "--reason", "password=c4n4ry was changed")
    assert "c4n4ry" not in prod.approvals("auth-service", "1.1.0")[0].model_dump_json()
    assert "c4n4ry" not in done.out + done.err
