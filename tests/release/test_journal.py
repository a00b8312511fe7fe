"""The journal's records, and what is read from them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from release import journal
from release.abort import ended_by_stop
from release.journal import Aborted, Attempt, Begun, Ended, JournalError, Outcome, Override

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def begun(version: str = "1.0.0", minute: int = 0, **known: object) -> Begun:
    given_ = {
        "service": "auth-service",
        "digest": f"sha256:{version}",
        "release_hash": f"{version}-0123456789",
        **known,
    }
    return Begun(
        version=version, config={"version": version}, at=NOON + timedelta(minutes=minute), who="arn:ada", **given_
    )  # type: ignore[arg-type]


def ended(outcome: Outcome = Outcome.SUCCEEDED, **known: object) -> Ended:
    return Ended(outcome=outcome, at=NOON + timedelta(hours=1), **known)  # type: ignore[arg-type]


def objects(*attempts: tuple[Begun, Ended | None]) -> dict[str, str]:
    found = {}
    for begin, end in attempts:
        found[f"{begin.folder}/begun.json"] = journal.write(begin)
        if end:
            found[f"{begin.folder}/ended.json"] = journal.write(end)
    return found


def test_what_is_written_is_read_again_newest_first() -> None:
    first, second = begun("1.0.0"), begun("1.1.0", minute=5, reason="feature", overrides=(
        Override(gate="window", refusal="outside", reason="outage"),))  # fmt: skip
    attempts = journal.read(objects((first, ended()), (second, None)))
    assert attempts == (Attempt(begun=second), Attempt(begun=first, ended=ended()))


def test_the_names_of_attempts_sort_by_time_whatever_the_zone_they_were_given_in() -> None:
    tokyo = timezone(timedelta(hours=9))
    early = begun(minute=1)
    late = Begun.model_validate({**begun().model_dump(), "at": (NOON + timedelta(minutes=2)).astimezone(tokyo)})
    assert early.folder < late.folder
    assert late.folder == "auth-service/20261123T120200.000000Z-1.0.0-01-1"


def test_no_record_holds_a_secret_that_came_in_a_text() -> None:
    canary = "password=hunter2"
    begin = begun(reason=canary, overrides=(Override(gate="window", refusal="no", reason=canary),))
    end = ended(Outcome.FAILED, sentence=canary, timeline=(canary,))
    assert "hunter2" not in journal.write(begin) + journal.write(end)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="a moment needs its time zone"):
        Begun.model_validate({**begun().model_dump(), "at": datetime(2026, 11, 23)})  # noqa: DTZ001


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"form": 2}, "begun.json cannot be read: form: Input should be 1"),
        ({"digest": None}, "begun.json cannot be read: digest: Input should be a valid string"),
        ({"colour": "red"}, "begun.json cannot be read: colour: Extra inputs are not permitted"),
    ],
)
def test_a_record_of_another_form_is_named(change: dict[str, object], words: str) -> None:
    begin = begun()
    text = json.dumps({**json.loads(journal.write(begin)), **change})
    with pytest.raises(JournalError, match=words):
        journal.read({f"{begin.folder}/begun.json": text})


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("auth-service/x/ended.json", "holds auth-service/x/ended.json without begun.json"),
        ("auth-service/x/aborted.json", "holds auth-service/x/aborted.json without begun.json"),
        ("auth-service/x/notes.txt", "holds auth-service/x/notes.txt, which is no record"),
    ],
)
def test_an_object_that_is_no_whole_record_is_named(name: str, words: str) -> None:
    with pytest.raises(JournalError, match=words):
        journal.read({name: journal.write(ended())})


def test_the_last_verified_release_is_not_the_last_attempt() -> None:
    attempts = journal.read(
        objects(
            (begun("1.0.0"), ended()),
            (begun("1.1.0", 1), ended()),
            (begun("1.2.0", 2), ended(Outcome.BREAKER_ROLLED_BACK)),
        )
    )
    last, good = journal.newest(attempts, "auth-service"), journal.last_verified(attempts, "auth-service")
    assert (last and last.begun.version, good and good.begun.version) == ("1.2.0", "1.1.0")
    assert journal.newest(attempts, "other") is None


def test_promotion_finds_a_digest_that_was_verified_at_any_time_and_no_other() -> None:
    attempts = journal.read(
        objects((begun("1.0.0"), ended()), (begun("1.1.0", 1), ended()), (begun("1.2.0", 2), ended(Outcome.FAILED)))
    )
    assert journal.verified_digest(attempts, "auth-service", "sha256:1.0.0") is not None
    assert journal.verified_digest(attempts, "auth-service", "sha256:1.2.0") is None
    assert journal.verified_digest(attempts, "other", "sha256:1.0.0") is None


@pytest.mark.parametrize("outcome", [Outcome.IN_PROGRESS, Outcome.PAUSED])
def test_what_goes_on_is_not_written_as_an_end(outcome: Outcome) -> None:
    with pytest.raises(ValueError, match="has not ended"):
        ended(outcome)


@pytest.mark.parametrize("outcome", [outcome for outcome in Outcome if outcome.final])
def test_a_release_is_quarantined_when_its_last_attempt_ended_for_good_and_badly(outcome: Outcome) -> None:
    attempts = journal.read(objects((begun(), ended(outcome))))
    held = journal.quarantine(attempts, "auth-service", "1.0.0-0123456789", 1) is not None
    assert held is (outcome is not Outcome.SUCCEEDED)


def test_an_attempt_without_an_end_is_open_for_its_own_release_alone() -> None:
    attempts = journal.read(objects((begun(), None), (begun("1.1.0", minute=1), ended())))
    assert journal.open_attempt(attempts, "auth-service", "1.0.0-0123456789", 1) == attempts[1]
    assert journal.open_attempt(attempts, "auth-service", "1.0.0-0123456789", 2) is None
    assert journal.open_attempt(attempts, "auth-service", "1.1.0-0123456789", 1) is None


def test_a_raised_attempt_and_a_changed_release_leave_the_quarantine() -> None:
    attempts = journal.read(objects((begun(), ended(Outcome.FAILED))))
    assert journal.quarantine(attempts, "auth-service", "1.0.0-0123456789", 2) is None
    assert journal.quarantine(attempts, "auth-service", "another", 1) is None


def test_a_release_that_a_later_attempt_verified_is_in_quarantine_no_more() -> None:
    """Else a rollback to it, which counts its attempts anew, would be held for what a retry has mended."""
    first, second = begun(), begun(minute=1, attempt=2)
    attempts = journal.read(objects((first, ended(Outcome.FAILED)), (second, ended())))
    assert journal.quarantine(attempts, "auth-service", "1.0.0-0123456789", 1) is None
    again = begun(minute=2)
    attempts = journal.read(objects((first, ended(Outcome.FAILED)), (second, ended()), (again, ended(Outcome.FAILED))))
    held = journal.quarantine(attempts, "auth-service", "1.0.0-0123456789", 1)
    assert held is not None
    assert held.begun == again, "what failed last, counts"


def test_attempts_without_an_end_are_found_oldest_first() -> None:
    attempts = journal.read(objects((begun("1.0.0"), None), (begun("1.1.0", 1), ended()), (begun("1.2.0", 2), None)))
    assert [one.begun.version for one in journal.unfinished(attempts, "auth-service")] == ["1.0.0", "1.2.0"]


@given(st.dictionaries(st.text(max_size=30), st.text(max_size=30), max_size=4))
def test_whatever_objects_there_are_it_reads_them_or_names_what_it_cannot_read(found: dict[str, str]) -> None:
    try:
        journal.read(found)
    except JournalError as error:
        assert str(error).startswith("the journal")  # noqa: PT017 - it may also read them


def test_a_number_of_attempt_that_was_left_in_the_file_makes_no_retry_of_another_release() -> None:
    attempts = journal.read(objects((begun("1.0.0"), ended(Outcome.FAILED))))
    assert journal.purpose_of(attempts, "auth-service", "sha256:1.0.0", 2) is journal.Purpose.RETRY
    assert journal.purpose_of(attempts, "auth-service", "sha256:1.1.0", 2) is journal.Purpose.RELEASE


def test_a_word_to_stop_is_part_of_its_attempt_and_no_end_of_it() -> None:
    begin = begun()
    word = Aborted(at=NOON, who="arn:ada", deployment="arn:deployment/2", reason="password=hunter2")
    found = {**objects((begin, None)), f"{begin.folder}/aborted.json": journal.write(word)}
    assert "hunter2" not in found[f"{begin.folder}/aborted.json"]
    assert journal.read(found) == (Attempt(begun=begin, aborted=word),)
    assert not journal.read(found)[0].quarantined


@pytest.mark.parametrize(
    ("task_definition", "deployment", "found"),
    [
        ("auth-service:2", "arn:deployment/2", True),
        ("auth-service:1", "arn:deployment/2", False),
        ("auth-service:2", "arn:deployment/1", False),
    ],
    ids=["its own", "of another revision", "from before it began"],
)
def test_a_deployment_under_way_belongs_to_the_open_attempt_of_its_revision(
    task_definition: str, deployment: str, *, found: bool
) -> None:
    begin = begun(task_definition="auth-service:2", after="arn:deployment/1")
    asked = {"task_definition": task_definition, "deployment": deployment}
    attempts = journal.read(objects((begin, None)))
    assert (journal.attempt_behind(attempts, "auth-service", **asked) is not None) is found
    assert journal.attempt_behind(attempts, "billing", **asked) is None
    over = journal.read(objects((begin, ended())))
    assert journal.attempt_behind(over, "auth-service", **asked) is None


def test_the_end_by_a_stop_says_who_asked_for_it_and_keeps_the_first_line_whole() -> None:
    word = Aborted(at=NOON, who="arn:ada", deployment="arn:deployment/2", reason="the wrong config.")
    end = ended_by_stop("auth-service 1.1.0", word, "Now 1.0.0 runs", NOON)
    assert (end.outcome, end.deployment, end.closed_later) == (Outcome.STOPPED, "arn:deployment/2", True)
    assert end.sentence == (
        "auth-service 1.1.0 does not run: its deployment was stopped, as arn:ada asked: the wrong config. "
        "Now 1.0.0 runs. To try it again, run `slipway retry --reason ...`"
    )


def test_a_release_that_is_held_to_a_revision_that_was_verified_is_a_rollback_whatever_its_attempt() -> None:
    attempts = journal.read(objects((begun("1.0.0", task_definition="arn:one:1"), ended()), (begun("1.0.0", 1), None)))
    for attempt in (1, 2):
        asked = journal.purpose_of(attempts, "auth-service", "sha256:1.0.0", attempt, "arn:one:1")
        assert asked is journal.Purpose.ROLLBACK
    assert journal.purpose_of(attempts, "auth-service", "sha256:2", 1, "arn:one:9") is journal.Purpose.RELEASE
