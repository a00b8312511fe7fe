"""`slipway rollback` where there is a journal: the exact revision comes back, or it says what is gone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from account import former_release
from account.former_release import FormerRelease
from account.gathering import Gathered
from release.gates import Candidate
from release.journal import Begun, Ended, Outcome, Purpose
from release.migration import MigrationBegun, MigrationEnded
from slipway import check
from slipway.rollback_plan import Plan
from slipway.rollback_text import traded
from tests.slipway.conftest import digest_of
from tests.slipway.test_deploy import state

if TYPE_CHECKING:
    from account.journal_store import JournalStore
    from tests.slipway.conftest import World

ROLLBACK = ("rollback", "-e", "test", "-s", "auth-service", "--yes")
START = datetime(2026, 11, 20, 12, tzinfo=UTC)
FAMILY = "arn:aws:ecs:eu-west-1:111111111111:task-definition/auth-service"


def told(journal: JournalStore, hours: int, version: str, outcome: Outcome | None, **known: Any) -> None:
    """One attempt in the journal."""
    at = START + timedelta(hours=hours)
    begun = Begun(
        service="auth-service",
        version=version,
        digest=digest_of(version),
        task_definition=f"{FAMILY}:{hours}",
        release_hash=f"hash-of-{hours}",
        config={"version": version, "cpu": 256, "memory": 512, "desiredCount": 2},
        at=at,
        who="arn:aws:sts::111111111111:assumed-role/people/ada",
        **known,
    )
    journal.begin(begun)
    if outcome:
        journal.end(begun, Ended(outcome=outcome, at=at))


def definition(revision: str, **more: Any) -> dict[str, Any]:
    return {
        "status": "ACTIVE",
        "cpu": "256",
        "memory": "512",
        "containerDefinitions": [
            {"name": "auth-service", "image": f"auth@{revision}", "environment": [{"name": "LEVEL", "value": revision}]}
        ],
        **more,
    }


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> dict[str, FormerRelease]:
    """What is left of revisions that are not whole; the gates let everything pass."""
    found: dict[str, FormerRelease] = {}

    def look(_session: object, arn: str, _repository: str, _digest: str) -> FormerRelease:
        revision = arn.rpartition(":")[2]
        return found.get(revision, FormerRelease(definition=definition(revision)))

    def gathered(_project: object, _settings: object, service: str, version: str) -> Gathered:
        candidate = Candidate(
            environment="test", service=service, version=version, digest="sha256:1", purpose=Purpose.ROLLBACK,
            now=START, releaser="arn:ada", other_deployment="arn:another",
        )  # fmt: skip
        return Gathered(candidate=candidate, attempts=(), newest_deployment="", session=None)  # type: ignore[arg-type]

    monkeypatch.setattr(former_release, "look", look)
    monkeypatch.setattr(former_release, "describe", lambda _session, arn: definition(arn.rpartition(":")[2]))
    monkeypatch.setattr(check, "gather_for", gathered)
    return found


def test_the_revision_is_pinned_and_what_is_traded_is_shown(
    world: World, journal: JournalStore, looks: dict[str, FormerRelease]
) -> None:
    del looks
    told(journal, 1, "1.0.0", Outcome.SUCCEEDED)
    told(journal, 2, "1.1.0", Outcome.SUCCEEDED)
    world.write("test", world.stack_file.read_text().replace("version: 1.0.0", "version: 1.1.0"))
    world.pulumi.answers(stack_export=state("1.0.0", 1))
    done = world.run(*ROLLBACK, "--reason", "errors")
    assert done.code == 0, done.err
    edits = [asked.partition("slipway:services.auth-service.")[2] for asked in world.pulumi.asked if "config" in asked]
    assert sorted(edits) == [
        f"pin.digest -- {digest_of('1.0.0')}",
        "pin.revision -- 1",
        "pin.version -- 1.0.0",
        "version -- 1.0.0",
    ]
    assert "back to 1.0.0, at its revision auth-service:1, released 2026-11-20 13:00 UTC" in done.err
    assert "by ada" in done.err
    assert "definition: auth-service.environment.LEVEL  2" in done.err
    assert "warned of, and no more: alone" in done.err
    assert world.pulumi.told("up") == {"SLIPWAY_REASON": "errors"}


def test_what_is_gone_is_named_with_the_nearest_release_that_is_whole(
    world: World, journal: JournalStore, looks: dict[str, FormerRelease]
) -> None:
    for hours, version in enumerate(("1.0.0", "1.0.1", "1.1.0", "1.2.0"), start=1):
        told(journal, hours, version, Outcome.SUCCEEDED)
    looks["3"] = FormerRelease(definition=definition("3"), gone=("secret auth/db is gone",))
    looks["2"] = FormerRelease(definition={}, gone=("revision auth-service:2 is gone",))
    before = world.stack_file.read_text()
    done = world.run(*ROLLBACK)
    assert done.code == 2
    assert "auth-service 1.1.0 cannot come back as it was: secret auth/db is gone" in done.err
    assert "`slipway rollback -e test -s auth-service --to 1.0.0` works; or --with-current-definition" in done.err
    assert world.stack_file.read_text() == before
    assert not world.went_up


def test_an_irreversible_migration_since_stops_it_unless_told(
    world: World, journal: JournalStore, looks: dict[str, FormerRelease]
) -> None:
    del looks
    told(journal, 1, "1.0.0", Outcome.SUCCEEDED)
    told(journal, 3, "1.1.0", Outcome.SUCCEEDED)
    begun = MigrationBegun(
        version="1.1.0", digest=digest_of("1.1.0"), command=("migrate",), task_definition="arn", attempt=1,
        irreversible=True, at=START + timedelta(hours=2),
    )  # fmt: skip
    ended = MigrationEnded(succeeded=True, task="arn:task", at=START + timedelta(hours=2))
    for name, record in (("begun", begun), ("ended", ended)):
        journal.note_migration(f"auth-service/token/run/{name}.json", record)
    done = world.run(*ROLLBACK)
    assert done.code == 2
    assert "the irreversible migration of 1.1.0 ran since auth-service 1.0.0" in done.err
    assert not world.went_up
    world.pulumi.answers(stack_export=state("1.0.0", 1))
    assert world.run(*ROLLBACK, "--across-migrations").code == 0


def test_under_todays_definition_only_the_version_comes_back(
    world: World, journal: JournalStore, looks: dict[str, FormerRelease]
) -> None:
    looks["1"] = FormerRelease(definition={}, gone=("revision auth-service:1 is gone",))
    told(journal, 1, "1.0.0", Outcome.SUCCEEDED)
    told(journal, 2, "1.1.0", Outcome.SUCCEEDED)
    world.write("test", world.stack_file.read_text().replace("version: 1.0.0", "version: 1.1.0, attempt: 2"))
    world.pulumi.answers(stack_export=state("1.0.0", 1))
    assert world.run(*ROLLBACK, "--with-current-definition").code == 0
    edits = {asked.partition("slipway:services.auth-service.")[2] for asked in world.pulumi.asked if "config" in asked}
    assert edits == {"version -- 1.0.0", "attempt"}


def test_a_rollback_that_failed_is_tried_again_as_another_attempt(
    world: World, journal: JournalStore, looks: dict[str, FormerRelease]
) -> None:
    del looks
    told(journal, 1, "1.0.0", Outcome.SUCCEEDED)
    told(journal, 2, "1.1.0", Outcome.SUCCEEDED)
    pinned = {"version": "1.0.0", "pin": {"revision": 1}}
    begun = Begun(
        service="auth-service", version="1.0.0", digest=digest_of("1.0.0"), task_definition=f"{FAMILY}:1",
        release_hash="pinned", config=pinned, at=START + timedelta(hours=3), who="arn:ada", purpose=Purpose.ROLLBACK,
    )  # fmt: skip
    journal.begin(begun)
    journal.end(begun, Ended(outcome=Outcome.FAILED, at=START + timedelta(hours=3)))
    world.pulumi.answers(stack_export=state("1.0.0", 1))
    assert world.run(*ROLLBACK, "--to", "1.0.0").code == 0
    assert any(asked.endswith("auth-service.attempt -- 2") for asked in world.pulumi.asked)


def test_a_dry_run_changes_nothing(world: World, journal: JournalStore, looks: dict[str, FormerRelease]) -> None:
    del looks
    told(journal, 1, "1.0.0", Outcome.SUCCEEDED)
    told(journal, 2, "1.1.0", Outcome.SUCCEEDED)
    before = world.stack_file.read_text()
    assert world.run(*ROLLBACK[:-1], "--dry-run").code == 0
    assert world.stack_file.read_text() == before
    assert not world.went_up


def test_a_journal_that_cannot_be_read_stops_it(world: World, journal: JournalStore) -> None:
    world.aws.s3.put_object(Bucket=journal.bucket, Key="attempts/auth-service/x/begun.json", Body=b"{")
    done = world.run(*ROLLBACK)
    assert done.code == 2
    assert "what was verified is not known" in done.err


def test_settings_of_that_time_that_no_longer_load_are_named(
    world: World, journal: JournalStore, looks: dict[str, FormerRelease]
) -> None:
    del looks
    told(journal, 1, "0.9", Outcome.SUCCEEDED)
    told(journal, 2, "1.1.0", Outcome.SUCCEEDED)
    done = world.run(*ROLLBACK)
    assert done.code == 2
    assert "auth-service 0.9 cannot come back with its settings of that time" in done.err


def test_two_images_of_one_repository_are_told_apart_in_what_is_shown() -> None:
    repository = "111111111111.dkr.ecr.eu-west-1.amazonaws.com/auth-service"
    images = [f"{repository}@{digest_of(tag)}" for tag in ("1.1.0", "1.0.0")]
    now, then = ({"containerDefinitions": [{"name": "auth", "image": image}]} for image in images)
    plan = Plan(
        service="auth-service", version="1.0.0", digest=digest_of("1.0.0"), now={}, then={},
        task_definition=f"{FAMILY}:1", before=FormerRelease(definition=now), former=FormerRelease(definition=then),
    )  # fmt: skip
    ((key, left, right),) = traded(plan)
    assert key == "definition: auth.image"
    assert (left[-19:], right[-19:]) == (digest_of("1.1.0")[:19], digest_of("1.0.0")[:19])
