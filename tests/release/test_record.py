"""The release record: the journal joined with stack history."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from release.history import Update, read_history
from release.journal import Attempt, Outcome, Override, Purpose
from release.record import CLOCKS, NOT_KNOWN, Source, entries, record, services_of
from tests.release.test_history import START, entry
from tests.release.test_journal import begun, ended

SERVICE = "auth-service"
FAMILY = "arn:aws:ecs:eu-west-1:111111111111:task-definition/auth-service:"


def attempt(minute: float, version: str, outcome: Outcome | None = Outcome.SUCCEEDED, **known: Any) -> Attempt:
    """One that begins so many minutes after `START`, and takes half a minute."""
    at = START + timedelta(minutes=minute)
    begin = begun(version).model_copy(update={"at": at, **known})
    end = ended(outcome).model_copy(update={"at": at + timedelta(seconds=30)}) if outcome else None
    return Attempt(begun=begin, ended=end)


def update(minute: float, version: str, result: str = "succeeded", kind: str = "update", **section: Any) -> Update:
    """One that begins so many minutes after `START`, and takes a minute unless it is in progress."""
    (made,) = read_history([entry(0, version, result, kind, **section)])
    moved = timedelta(minutes=minute)
    over = None if result == "in-progress" else START + moved + timedelta(minutes=1)
    return Update(**{**vars(made), "started": START + moved, "ended": over})


def told(*known: Any) -> list[tuple[str, str, Source]]:
    attempts = [one for one in known if isinstance(one, Attempt)]
    updates = [one for one in known if isinstance(one, Update)]
    return [(one.version, one.outcome, one.source) for one in record(SERVICE, attempts, updates)]


def test_an_attempt_belongs_to_the_update_in_which_it_began_and_both_tell_what_they_know() -> None:
    override = Override(gate="calendar", refusal="freeze", reason="outage")
    known = {
        "task_definition": f"{FAMILY}7",
        "purpose": Purpose.ROLLBACK,
        "overrides": (override,),
        "reason": "it crashes",
        "commit": "abc",
    }
    (one,) = record(SERVICE, [attempt(0.5, "1.0.0", **known)], [update(0, "1.0.0", memory=512)])
    assert one.source is Source.BOTH
    assert (one.entry, one.at) == ("20260101T000000", START + timedelta(seconds=30))
    assert (one.version, one.digest, one.revision) == ("1.0.0", "sha256:1.0.0", "auth-service:7")
    assert one.config == {"version": "1.0.0", "desiredCount": 2, "memory": 512}, "as it was written in the stack file"
    assert (one.outcome, one.verified, one.purpose) == ("succeeded", True, "rollback")
    assert (one.author, one.commit, one.reason, one.overrides) == ("arn:ada", "abc", "it crashes", (override,))
    assert one.update is not None
    assert one.update.message == "release 1.0.0"


def test_what_the_journal_does_not_say_pulumi_may() -> None:
    made = update(0, "1.0.0")
    known = Update(**{**vars(made), "commit": "def", "message": "release 1.0.0\n\nlong"})
    (one,) = record(SERVICE, [attempt(0.5, "1.0.0", who="")], [known])
    assert (one.author, one.commit, one.reason) == ("Ada", "def", "release 1.0.0")


JOINED, APART = {Source.BOTH}, {Source.JOURNAL, Source.HISTORY}
WHERE = {
    "in the middle": (0.5, JOINED),
    "as it starts": (0, JOINED),
    "before it starts, by a clock that is slow": (-CLOCKS.seconds / 60, JOINED),
    "after it ended, by a clock that is fast": (1 + CLOCKS.seconds / 60, JOINED),
    "long before": (-CLOCKS.seconds / 60 - 0.1, APART),
    "long after": (1.1 + CLOCKS.seconds / 60, APART),
}


@pytest.mark.parametrize(("minute", "sources"), WHERE.values(), ids=WHERE)
def test_it_is_joined_within_the_time_of_the_update_and_a_little_for_the_clocks(
    minute: float, sources: set[Source]
) -> None:
    found = record(SERVICE, [attempt(minute, "1.0.0")], [update(0, "1.0.0")])
    assert {one.source for one in found} == sources
    assert len(found) == len(sources)


def test_of_two_updates_close_together_the_one_that_was_under_way_is_taken() -> None:
    first, second = update(0, "1.0.0"), update(1.05, "1.0.0", memory=512)
    found = record(SERVICE, [attempt(0.95, "1.0.0"), attempt(1.1, "1.0.0")], [first, second])
    assert [one.update for one in found] == [second, first]


def test_another_version_than_the_update_asked_for_is_not_of_it() -> None:
    assert told(attempt(0.5, "1.1.0"), update(0, "1.0.0")) == [
        ("1.1.0", "succeeded", Source.JOURNAL),
        ("1.0.0", f"succeeded; {NOT_KNOWN}", Source.HISTORY),
    ]


def test_an_update_that_did_not_change_the_section_is_no_release_of_the_service() -> None:
    assert told(attempt(0.5, "1.0.0"), update(0, "1.0.0"), update(2, "1.0.0"), update(4, "1.0.0", "failed")) == [
        ("1.0.0", "succeeded", Source.BOTH)
    ]


def test_history_from_before_the_journal_says_that_nobody_knows_whether_it_ran_verified() -> None:
    known = (update(0, "1.0.0"), update(2, "1.1.0", "failed"), update(4, "1.2.0"), attempt(4.5, "1.2.0"))
    assert told(*known) == [
        ("1.2.0", "succeeded", Source.BOTH),
        ("1.1.0", "failed; not known whether it ran verified", Source.HISTORY),
        ("1.0.0", "succeeded; not known whether it ran verified", Source.HISTORY),
    ]


def test_a_try_again_from_before_the_journal_is_a_try_and_one_that_quarantine_refused_is_none() -> None:
    tries = (update(0, "1.0.0", "failed"), update(2, "1.0.0"))
    assert [outcome for _, outcome, _ in told(*tries)] == [f"succeeded; {NOT_KNOWN}", f"failed; {NOT_KNOWN}"]
    refused = (update(0, "1.0.0", "failed"), attempt(0.5, "1.0.0", Outcome.FAILED), update(2, "1.0.0", "failed"))
    assert told(*refused) == [("1.0.0", "failed", Source.BOTH)]


def test_an_update_that_was_refused_before_it_began_and_one_that_deployed_nothing_are_named() -> None:
    first = (update(0, "1.0.0"), attempt(0.5, "1.0.0"))
    assert told(*first, update(2, "9.9.9", "failed"))[0] == (
        "9.9.9",
        "failed before a deployment began",
        Source.HISTORY,
    )
    assert told(*first, update(2, "1.0.0", desiredCount=3))[0][1] == "succeeded without a deployment"


def test_a_service_that_runs_in_an_update_that_failed_elsewhere_succeeded() -> None:
    assert told(update(0, "1.0.0", "failed"), attempt(0.5, "1.0.0")) == [
        ("1.0.0", "succeeded; the update failed elsewhere", Source.BOTH)
    ]


def test_what_has_no_end_is_in_progress_while_it_can_be_and_interrupted_after() -> None:
    under_way = (update(0, "1.0.0", "in-progress"), attempt(0.5, "1.0.0", None))
    assert told(*under_way)[0][1] == "still in progress"
    assert told(attempt(0.5, "1.0.0", None)) == [("1.0.0", "still in progress", Source.JOURNAL)]
    assert told(update(0, "1.0.0", "failed"), attempt(0.5, "1.0.0", None))[0][1].startswith("interrupted")
    later = told(*under_way, update(5, "1.1.0"), attempt(5.5, "1.1.0"))
    assert later[1][1:] == ("interrupted, nobody wrote down its end", Source.BOTH)
    killed = told(update(0, "1.0.0", "in-progress"), update(5, "1.1.0"))
    assert killed[1][1] == f"interrupted; {NOT_KNOWN}"
    assert told(update(0, "1.0.0", "in-progress"))[0][1] == "still in progress"


def test_an_interrupted_attempt_is_not_told_again_by_the_update_that_goes_on_with_it() -> None:
    assert told(update(0, "1.0.0", "in-progress"), attempt(0.5, "1.0.0"), update(3, "1.0.0")) == [
        ("1.0.0", "succeeded", Source.BOTH)
    ]


def test_a_refresh_is_no_release_though_the_file_had_changed_and_the_update_after_it_is() -> None:
    assert told(update(0, "1.0.0"), update(2, "1.1.0", kind="refresh"), update(4, "1.1.0")) == [
        ("1.1.0", f"succeeded; {NOT_KNOWN}", Source.HISTORY),
        ("1.0.0", f"succeeded; {NOT_KNOWN}", Source.HISTORY),
    ]


def test_a_destroy_is_named_and_the_same_section_after_it_is_a_release_again() -> None:
    known = [update(0, "1.0.0"), update(2, "1.0.0", kind="destroy"), update(4, "1.0.0")]
    found = record(SERVICE, [], known)
    assert [(one.purpose, one.outcome) for one in found] == [
        ("", f"succeeded; {NOT_KNOWN}"),
        ("destroy", "destroyed"),
        ("", f"succeeded; {NOT_KNOWN}"),
    ]
    half = [update(0, "1.0.0"), update(2, "1.0.0", "failed", kind="destroy")]
    assert record(SERVICE, [], half)[0].outcome == "destroy failed"


@pytest.mark.parametrize("kind", ["import", "resource-import"])
def test_an_import_is_named_and_releases_nothing(kind: str) -> None:
    (one,) = record(SERVICE, [], [update(0, "1.0.0", kind=kind)])
    assert (one.purpose, one.outcome) == (kind, "imported (succeeded), nothing was deployed")


def test_an_attempt_that_history_does_not_know_is_kept_with_the_journals_config() -> None:
    (one,) = record(SERVICE, [attempt(0.5, "1.0.0")], [])
    assert (one.source, one.entry) == (Source.JOURNAL, "20260101T000030j")
    assert one.config == {"version": "1.0.0"}


def test_a_renamed_service_is_found_under_its_old_name() -> None:
    renamed = update(2, "1.1.0")
    renamed = Update(**{**vars(renamed), "services": {"login-service": renamed.services[SERVICE]}})
    updates = [update(0, "1.0.0"), renamed]
    assert [one.version for one in record(SERVICE, [], updates)] == ["1.0.0"]
    assert [one.version for one in record("login-service", [], updates)] == ["1.1.0"]
    assert services_of([attempt(0, "1.0.0", service="audit")], updates) == {SERVICE, "login-service", "other", "audit"}


def test_entries_are_the_start_times_and_two_in_one_second_are_told_apart() -> None:
    updates = read_history([entry(1, "1.1.0"), entry(1, "1.0.1"), entry(0, "1.0.0")])
    assert entries(updates) == ("20260101T000100-2", "20260101T000100", "20260101T000000")
    assert [one.entry for one in record(SERVICE, [], updates)] == list(entries(updates))


versions = st.sampled_from("abc")
minutes = st.integers(0, 60).map(lambda quarter: quarter / 4)
many_attempts = st.lists(
    st.builds(
        attempt,
        minutes,
        versions,
        st.sampled_from([None, Outcome.SUCCEEDED, Outcome.FAILED]),
        service=st.sampled_from([SERVICE, "other"]),
    ),
    max_size=12,
)
many_updates = st.lists(
    st.builds(
        update,
        minutes,
        versions,
        st.sampled_from(["succeeded", "failed", "in-progress"]),
        st.sampled_from(["update", "update", "update", "refresh", "destroy", "import"]),
        memory=st.sampled_from([512, 1024]),
    ),
    max_size=12,
    unique_by=lambda one: one.started,
)


@given(many_attempts, many_updates, st.randoms())
def test_nothing_is_lost_nothing_is_there_twice_and_the_newest_comes_first(
    attempts: list[Attempt], updates: list[Update], chance: random.Random
) -> None:
    found = record(SERVICE, attempts, updates)
    own = sorted(one.begun.at for one in attempts if one.begun.service == SERVICE)
    assert sorted(one.at for one in found if one.source is not Source.HISTORY) == own, "every attempt once"
    alone = [one.update for one in found if one.source is Source.HISTORY]
    joined = [one.update for one in found if one.source is Source.BOTH]
    assert len({one.started for one in alone if one}) == len(alone), "no update twice"
    assert not [one for one in alone if one in joined], "what the journal tells, history does not tell again"
    assert [one.at for one in found] == sorted((one.at for one in found), reverse=True)
    named = {one.started for one in [*alone, *joined] if one}
    before: Update | None = None
    for one in sorted(updates, key=lambda each: each.started):
        if one.kind == "update":
            changed = before is None or before.services[SERVICE] != one.services[SERVICE]
            assert one.started in named or not changed, "every update that changed the section is there"
            before = one
        elif one.kind == "destroy" and one.succeeded:
            before = None
    for one in found:
        if one.source is Source.BOTH:
            assert one.update is not None
            assert one.update.kind == "update"
            assert one.update.version(SERVICE) == one.version
            assert one.at >= one.update.started - CLOCKS
            assert one.update.ended is None or one.at <= one.update.ended + CLOCKS
    attempts, updates = list(attempts), list(updates)
    chance.shuffle(updates)
    assert record(SERVICE, attempts, updates) == found, "whatever the order in which they come"


def long_history(length: int) -> tuple[list[Attempt], list[Update]]:
    """That many updates, two minutes apart, and an attempt in each; versions come back now and then."""
    versions = [f"1.{number % 50}.0" for number in range(length)]
    return (
        [attempt(2 * number + 0.5, version) for number, version in enumerate(versions)],
        [update(2 * number, version) for number, version in enumerate(versions)],
    )


def test_a_thousand_updates_are_joined() -> None:
    found = record(SERVICE, *long_history(1000))
    assert len(found) == 1000
    assert {one.source for one in found} == {Source.BOTH}


def test_joining_does_not_look_at_every_update_for_every_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    attempts, updates = long_history(1000)
    looked = 0
    original = Update.version

    def counted(self: Update, service: str) -> str:
        nonlocal looked
        looked += 1
        return original(self, service)

    monkeypatch.setattr(Update, "version", counted)
    record(SERVICE, attempts, updates)
    assert looked < 10 * len(updates)
