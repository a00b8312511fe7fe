"""`slipway history -s` and `slipway config-of`: the record of a service, and the config of any past update."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from release.history import read_history
from release.journal import Ended, Outcome
from slipway.pulumi_command import Pulumi
from tests.release.test_history import START, entry
from tests.release.test_journal import begun

if TYPE_CHECKING:
    from account.journal_store import JournalStore
    from tests.slipway.conftest import World

SERVICE = ("-e", "test", "-s", "auth-service")
ADA = "arn:aws:sts::111111111111:assumed-role/people/ada"


def answer(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"stdout": json.dumps(entries[::-1])}


def noted(journal: JournalStore, minute: float, version: str, outcome: Outcome = Outcome.SUCCEEDED) -> None:
    at = START + timedelta(minutes=minute)
    begin = begun(version, reason="it was time", commit="0123456789abcdef").model_copy(
        update={"at": at, "who": ADA, "task_definition": "arn:aws:ecs:eu-west-1:1:task-definition/auth-service:7"}
    )
    journal.begin(begin)
    journal.end(begin, Ended(outcome=outcome, at=at + timedelta(seconds=20)))


def test_the_releases_of_a_service_are_told_by_journal_and_history_together(
    world: World, journal: JournalStore
) -> None:
    world.pulumi.answers(stack_history=answer(entry(0, "1.0.0"), entry(2, "1.1.0", "failed"), entry(4, "1.1.0")))
    noted(journal, 2.5, "1.1.0", Outcome.FAILED)
    done = world.run("history", *SERVICE)
    assert done.code == 0
    assert done.err == ""
    header, newest, oldest = (line.split("  ") for line in done.out.splitlines())
    cells = [[cell.strip() for cell in row if cell.strip()] for row in (header, newest, oldest)]
    who = ["people/ada", "01234567", "it was time"]
    unknown = "succeeded; not known whether it ran verified"
    assert cells == [
        ["entry", "time (UTC)", "version", "purpose", "outcome", "took", "who", "commit", "reason"],
        ["20260101T000200", "2026-01-01 00:02:30", "1.1.0", "release", "failed", "20 s", *who],
        ["20260101T000000", "2026-01-01 00:00:00", "1.0.0", "-", unknown, "1 min 0 s", "Ada", "-", "release 1.0.0"],
    ]


def test_machines_are_told_digest_revision_settings_and_who_knows_of_it(world: World, journal: JournalStore) -> None:
    world.pulumi.answers(stack_history=answer(entry(0, "1.0.0"), entry(2, "1.1.0", memory=512)))
    noted(journal, 2.5, "1.1.0")
    (newest,) = json.loads(world.run("history", *SERVICE, "--json", "-n", "1").out)
    assert newest == {
        "entry": "20260101T000200",
        "service": "auth-service",
        "at": "2026-01-01T00:02:30+00:00",
        "ended": "2026-01-01T00:02:50+00:00",
        "version": "1.1.0",
        "digest": "sha256:1.1.0",
        "revision": "auth-service:7",
        "config": {"version": "1.1.0", "desiredCount": 2, "memory": 512},
        "outcome": "succeeded",
        "verified": True,
        "author": ADA,
        "commit": "0123456789abcdef",
        "reason": "it was time",
        "purpose": "release",
        "overrides": [],
        "source": "both",
    }


def test_a_journal_that_cannot_be_read_is_one_line_and_pulumi_tells_what_it_knows(
    world: World, journal: JournalStore
) -> None:
    world.pulumi.answers(stack_history=answer(entry(0, "1.0.0")))
    world.aws.s3.put_object(Bucket=journal.bucket, Key="attempts/auth-service/x/begun.json", Body=b"{")
    done = world.run("history", *SERVICE)
    assert done.code == 0
    assert done.err.startswith("the journal cannot be read, this is what Pulumi's history knows alone: ")
    assert done.err.count("\n") == 1
    assert "1.0.0" in done.out


def test_a_service_that_the_catalogue_no_longer_has_is_found_where_history_knows_it(world: World) -> None:
    world.pulumi.answers(stack_history=answer(entry(0, "1.0.0")))
    assert "9.9.9" in world.run("history", "-e", "test", "-s", "other").out
    assert world.run("history", "-e", "test", "-s", "nobody").code == 2


def past_file(done: Any) -> Any:
    assert done.code == 0, done.err
    return yaml.safe_load(done.out)


def test_the_config_of_a_past_update_is_a_stack_file_in_the_order_of_todays(world: World) -> None:
    world.write("test", world.stack_file.read_text() + "encryptionsalt: v1:abc\n")
    known = entry(0, "0.9.0", cpu=512, image="007")
    known["config"]["slipway:aws"] = {
        "objectValue": {"account": "111111111111", "deployRole": "slipway-deployer", "zones": ["a", "b"]},
        "secret": False,
    }
    world.pulumi.answers(stack_history=answer(known, entry(1, "1.0.0")))
    done = world.run("config-of", "-e", "test", "20260101T000000")
    assert done.out == (
        "config:\n"
        "  slipway:aws:\n"
        '    account: "111111111111"\n'
        "    deployRole: slipway-deployer\n"
        "    zones: [a, b]\n"
        "  slipway:services:\n"
        "    auth-service:\n"
        "      version: 0.9.0\n"
        "      desiredCount: 2\n"
        "      cpu: 512\n"
        '      image: "007"\n'
        "    other:\n"
        "      version: 9.9.9\n"
        '  slipway:prefix: ""\n'
        "encryptionsalt: v1:abc\n"
    )


def test_secrets_stay_encrypted_as_they_are_today_or_are_left_out_and_said(world: World) -> None:
    text = world.stack_file.read_text().replace("config:\n", "config:\n  slipway:token: {secure: v1:x:y}\n")
    world.write("test", text)
    known = entry(0, "1.0.0")
    known["config"] |= {"slipway:token": {"secret": True}, "slipway:gone": {"secret": True}}
    world.pulumi.answers(stack_history=answer(known))
    done = world.run("config-of", "-e", "test", "20260101T000000")
    config = past_file(done)["config"]
    assert config["slipway:token"] == {"secure": "v1:x:y"}
    assert "slipway:gone" not in config
    assert "slipway:token is a secret" in done.err
    assert "slipway:gone is or holds a secret" in done.err
    assert not [asked for asked in world.pulumi.asked if "--show-secrets" in asked or "--full-dates" in asked]


def test_one_service_alone_is_printed_where_it_was_in_the_update(world: World) -> None:
    world.pulumi.answers(stack_history=answer(entry(0, "1.0.0"), entry(1, "1.1.0")))
    done = world.run("config-of", "20260101T000000", *SERVICE)
    assert past_file(done) == {
        "config": {"slipway:services": {"auth-service": {"version": "1.0.0", "desiredCount": 2}}}
    }
    strange = world.run("config-of", "20260101T000000", "-e", "test", "-s", "nobody")
    assert strange.code == 2
    assert "auth-service, other" in strange.err


def test_of_a_release_that_the_journal_alone_knows_the_journal_has_the_settings(
    world: World, journal: JournalStore
) -> None:
    noted(journal, 2.5, "1.1.0")
    (only,) = json.loads(world.run("history", *SERVICE, "--json").out)
    done = world.run("config-of", only["entry"], *SERVICE)
    assert past_file(done) == {"config": {"slipway:services": {"auth-service": {"version": "1.1.0"}}}}


def test_the_command_that_lists_what_the_journal_alone_knows_can_be_typed_as_it_is_told(
    world: World, journal: JournalStore
) -> None:
    noted(journal, 2.5, "1.1.0")
    done = world.run("config-of", "19990101j", *SERVICE)
    assert done.code == 2
    assert "`slipway history -e test -s auth-service`" in done.err


UNCLEAR = {
    "another time": ("20260101T000110", "20260101T000100, 20260101T000200"),
    "no time at all": ("banana", "20260101T000200, 20260101T000100, 20260101T000000"),
    "several begin so": ("20260101T00", "3 updates of test begin so"),
    "nothing": ("", "the nearest are"),
}


@pytest.mark.parametrize(("asked", "words"), UNCLEAR.values(), ids=UNCLEAR)
def test_an_entry_that_is_not_there_or_not_clear_is_answered_with_the_nearest(
    world: World, asked: str, words: str
) -> None:
    world.pulumi.answers(stack_history=answer(entry(0, "1.0.0"), entry(1, "1.1.0"), entry(2, "1.2.0")))
    done = world.run("config-of", "-e", "test", asked)
    assert done.code == 2
    assert words in done.err


def test_the_beginning_of_an_entry_is_enough_where_one_alone_begins_so(world: World) -> None:
    world.pulumi.answers(stack_history=answer(entry(0, "1.0.0"), entry(1, "1.1.0")))
    done = world.run("config-of", "-e", "test", "20260101T0000")
    assert past_file(done)["config"]["slipway:services"]["auth-service"]["version"] == "1.0.0"


CLOUD = {
    "version": 12,
    "kind": "update",
    "startTime": "2026-11-23T04:51:26.000Z",
    "message": "release 1.0.0",
    "environment": {"git.author": "Ada", "git.head": "0123abc", "exec.kind": "cli", "vcs.kind": "github.com"},
    "config": {
        "slipway:services": {"value": "{}", "objectValue": {"auth-service": {"version": "1.0.0"}}, "secret": False},
        "slipway:token": {"secret": True},
    },
    "result": "succeeded",
    "endTime": "2026-11-23T04:53:26.000Z",
    "resourceChanges": {"same": 40, "update": 2},
}
"""An entry by the shape that `pulumi stack history --json` has for Pulumi Cloud."""
DIY = CLOUD | {"version": 0, "environment": {"exec.kind": "cli"}}
"""The same on a file or S3 backend, where no update has a number."""
UNDER_WAY = {key: value for key, value in CLOUD.items() if key not in ("endTime", "resourceChanges")} | {
    "result": "in-progress"
}
NOT_BEGUN = CLOUD | {"result": "not-started", "endTime": "1970-01-01T00:00:00.000Z"}


@pytest.mark.parametrize(
    ("shape", "author", "ends"),
    [(CLOUD, "Ada", True), (DIY, "", True), (UNDER_WAY, "Ada", False), (NOT_BEGUN, "Ada", False)],
    ids=["Pulumi Cloud", "file and S3", "under way", "not begun"],
)
def test_every_backend_tells_the_same_story(shape: dict[str, Any], author: str, ends: bool) -> None:  # noqa: FBT001 - a table
    (update,) = read_history([shape])
    assert (update.author, update.version("auth-service")) == (author, "1.0.0")
    assert (update.ended is not None) == ends


def test_an_update_that_begins_while_pages_are_read_makes_no_entry_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = [entry(minute, f"1.{minute}.0") for minute in range(250)][::-1]

    def page(_self: Pulumi, size: int, number: int) -> str:
        now = entries if number == 1 else [entry(999, "9.9.9"), *entries]
        return json.dumps(now[size * (number - 1) : size * number])

    monkeypatch.setattr(Pulumi, "_history_page", page)
    assert len(Pulumi(world.root, "test").history()) == 250
