"""The journal's objects in S3: what is written can be read from any clone, and nobody writes it twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from account.aws_faults import AwsFault
from account.journal_store import JournalStore, ServiceJournal
from account.session import AwsPlace, AwsSession, Patience
from release.approval import Approval
from release.journal import Aborted, Attempt, Begun, Ended, JournalError, Outcome
from release.migration import MigrationRun, MigrationStarted
from release.question import journal_bucket

if TYPE_CHECKING:
    from collections.abc import Iterator

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
PLACE = AwsPlace(account="123456789012", region="eu-west-1")
BUCKET = journal_bucket("", PLACE.account, PLACE.region)


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[AwsSession]:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        aws = boto3.Session(region_name=PLACE.region)
        aws.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": PLACE.region})
        yield AwsSession(PLACE, aws, Patience(connect=1, read=1, attempts=1).config())


@pytest.fixture
def store(session: AwsSession) -> JournalStore:
    return JournalStore(session, BUCKET)


def begun(version: str, minute: int, service: str = "auth-service") -> Begun:
    return Begun(
        service=service,
        version=version,
        digest=f"sha256:{version}",
        release_hash=f"{version}-0123456789",
        config={},
        at=NOON + timedelta(minutes=minute),
        who="arn:ada",
    )


ENDED = Ended(outcome=Outcome.SUCCEEDED, at=NOON + timedelta(hours=1))


def test_the_attempts_of_a_service_are_read_newest_first(store: JournalStore) -> None:
    first, second = begun("1.0.0", 0), begun("1.1.0", 5)
    for one in (first, second, begun("7.0.0", 1, "billing")):
        store.begin(one)
    assert store.end(first, ENDED)
    assert store.attempts("auth-service") == (Attempt(begun=second), Attempt(begun=first, ended=ENDED))


def test_a_service_that_was_never_released_has_no_attempts(store: JournalStore) -> None:
    assert store.attempts("auth-service") == ()


def test_the_first_end_stands(store: JournalStore) -> None:
    one = begun("1.0.0", 0)
    store.begin(one)
    assert store.end(one, ENDED)
    assert not store.end(one, Ended(outcome=Outcome.UNKNOWN, at=NOON))
    assert store.attempts("auth-service")[0].ended == ENDED


def test_no_attempt_begins_twice(store: JournalStore) -> None:
    store.begin(begun("1.0.0", 0))
    with pytest.raises(AwsFault, match="PreconditionFailed"):
        store.begin(begun("1.0.0", 0))


def test_more_objects_than_one_answer_holds_are_all_read(store: JournalStore, session: AwsSession) -> None:
    for minute in range(3):
        store.begin(begun("1.0.0", minute))
    client = session.client("s3")
    whole = client.list_objects_v2
    client.list_objects_v2 = lambda **asked: whole(**asked, MaxKeys=1)
    assert len(store.attempts("auth-service")) == 3


def test_approvals_of_a_version_are_read_oldest_first(store: JournalStore) -> None:
    def yes(version: str, minute: int) -> Approval:
        at = NOON + timedelta(minutes=minute)
        return Approval(
            service="auth-service", version=version, digest="sha256:1", by="arn:eve", at=at, expires=at + timedelta(1)
        )

    for one in (yes("1.0.0", 5), yes("1.0.0", 1), yes("1.0.01", 2)):
        store.approve(one)
    assert store.approvals("auth-service", "1.0.0") == (yes("1.0.0", 1), yes("1.0.0", 5))


def test_a_record_that_cannot_be_read_is_named(store: JournalStore, session: AwsSession) -> None:
    session.client("s3").put_object(Bucket=BUCKET, Key="attempts/auth-service/2026-1/begun.json", Body=b"{}")
    with pytest.raises(JournalError, match=r"auth-service/2026-1/begun\.json cannot be read"):
        store.attempts("auth-service")


def test_a_bucket_that_is_not_there_is_a_fault_in_words(session: AwsSession) -> None:
    with pytest.raises(AwsFault, match="NoSuchBucket"):
        JournalStore(session, "nobody-has-it").attempts("auth-service")


def test_what_is_written_of_a_migration_is_read_by_its_folder_and_stands(store: JournalStore) -> None:
    first, second = (MigrationStarted(task=task, at=NOON) for task in ("arn:1", "arn:2"))
    store.note_migration("auth-service/token/run/started.json", first)
    store.note_migration("auth-service/token/run/started.json", second)
    store.note_migration("auth-service/token2/run/started.json", second)
    assert store.migration_runs("auth-service/token") == (MigrationRun(run="run", started=first),)
    assert store.migration_runs("billing/token") == ()


def test_a_migration_is_not_noted_where_there_is_no_journal(session: AwsSession) -> None:
    with pytest.raises(AwsFault, match="NoSuchBucket"):
        JournalStore(session, "elsewhere").note_migration("a/b/c/started.json", MigrationStarted(task="t", at=NOON))


def test_the_first_word_to_stop_an_attempt_stands(store: JournalStore, session: AwsSession) -> None:
    one, kept = begun("1.0.0", 0), ServiceJournal(session, f"s3://{BUCKET}/attempts/auth-service")
    store.begin(one)
    assert kept.aborted(one) is None
    ada, bob = (Aborted(at=NOON, who=f"arn:{who}", deployment="arn:deployment/2") for who in ("ada", "bob"))
    assert store.abort(one, ada)
    assert not store.abort(one, bob)
    assert kept.aborted(one) == ada
    assert store.attempts("auth-service") == (Attempt(begun=one, aborted=ada),)


def test_a_journal_that_refuses_to_say_who_stopped_is_no_journal_without_a_word(session: AwsSession) -> None:
    with pytest.raises(AwsFault) as fault:
        JournalStore(session, "elsewhere").aborted(begun("1.0.0", 0))
    assert fault.value.code == "NoSuchBucket"
