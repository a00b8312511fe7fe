"""The journal's bucket: private, encrypted, written once, read by those who promote, and it outlives the stack."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from components.release_journal import ReleaseJournal, ReleaseJournalArgs, journal_exists
from tests.components.builders import JOURNAL, build
from tests.recording_engine import run

BUCKET = "aws:s3/bucket:Bucket"
LOOK_UP = "aws:s3/getBucket:getBucket"


def statements(args: ReleaseJournalArgs) -> list[dict[str, Any]]:
    policy = build(ReleaseJournal, args).one("aws:s3/bucketPolicy:BucketPolicy").inputs["policy"]
    found: list[dict[str, Any]] = json.loads(policy)["Statement"]
    return found


def test_everything_of_it_outlives_the_stack() -> None:
    engine = build(ReleaseJournal, JOURNAL)
    kept = [one for one in engine.registered if one.type.startswith("aws:s3/")]
    assert len(kept) == 6
    assert all(one.retain_on_delete for one in kept)


def test_a_bucket_that_outlived_its_stack_is_taken_over() -> None:
    assert build(ReleaseJournal, replace(JOURNAL, adopt=True)).one(BUCKET).import_id == JOURNAL.bucket_name
    assert build(ReleaseJournal, JOURNAL).one(BUCKET).import_id == ""


def test_nobody_gets_in_from_outside() -> None:
    """Security Hub S3.1 and S3.8."""
    block = build(ReleaseJournal, JOURNAL).one("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock").inputs
    assert [value for key, value in block.items() if key != "bucket"] == [True] * 4


def test_records_are_versioned_and_locked_for_the_days_of_the_environment() -> None:
    engine = build(ReleaseJournal, JOURNAL)
    versioning = engine.one("aws:s3/bucketVersioning:BucketVersioning").inputs["versioningConfiguration"]
    lock = engine.one("aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration").inputs["rule"]
    assert versioning == {"status": "Enabled"}
    assert lock == {"defaultRetention": {"mode": "GOVERNANCE", "days": 365}}


def test_its_policy_denies_what_is_not_encrypted_what_rewrites_and_what_deletes() -> None:
    denied = {one["Sid"]: one for one in statements(JOURNAL) if one["Effect"] == "Deny"}
    assert set(denied) == {"EncryptedOnTheWay", "WrittenOnce", "NeverDeleted"}
    assert denied["WrittenOnce"]["Condition"] == {"Null": {"s3:if-none-match": "true"}}
    assert {one["Principal"] for one in denied.values()} == {"*"}


def test_only_the_accounts_that_promote_from_here_may_read_it_besides_its_own() -> None:
    (allowed,) = [one for one in statements(JOURNAL) if one["Effect"] == "Allow"]
    assert allowed["Principal"] == {"AWS": ["arn:aws:iam::222222222222:root"]}
    assert allowed["Action"] == ["s3:GetObject", "s3:ListBucket"]
    alone = statements(replace(JOURNAL, readers=()))
    assert not [one for one in alone if one["Effect"] == "Allow"]


@pytest.mark.parametrize(
    ("answer", "exists"),
    [
        ({"bucket": "there"}, True),
        (({}, [("", "reading S3 Bucket (there): couldn't find resource")]), False),
        (({}, [("", "operation error S3: HeadBucket, https response error StatusCode: 404")]), False),
    ],
)
def test_the_account_is_asked_whether_the_bucket_exists(answer: object, exists: bool) -> None:  # noqa: FBT001
    found: list[bool] = []
    run(
        lambda: found.append(journal_exists("there", aws.Provider("aws", region="eu-west-1"))),
        calls={LOOK_UP: lambda _args: answer},
    )
    assert found == [exists]


def test_an_account_that_does_not_answer_is_an_error_in_words() -> None:
    with pytest.raises(pulumi.RunError, match=r"AWS did not say whether the journal there exists: .*AccessDenied"):
        run(
            lambda: journal_exists("there", aws.Provider("aws", region="eu-west-1")),
            calls={LOOK_UP: lambda _args: ({}, [("", "HeadBucket: AccessDenied")])},
        )
