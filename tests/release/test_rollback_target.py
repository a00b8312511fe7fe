"""What a rollback goes back to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from release.journal import Attempt, Begun, Ended, Outcome, Purpose
from release.rollback_target import NoTarget, alternatives, rollback_target

START = datetime(2026, 11, 1, tzinfo=UTC)
GOOD, BAD, OPEN = Outcome.SUCCEEDED, Outcome.BREAKER_ROLLED_BACK, None


def attempt(number: int, release: int, outcome: Outcome | None, purpose: Purpose = Purpose.RELEASE) -> Attempt:
    at = START + timedelta(hours=number)
    begun = Begun(
        service="auth-service",
        version=f"1.{release}.0",
        digest=f"sha256:{release}",
        task_definition=f"arn:auth-service:{release}",
        release_hash=f"hash{release}",
        purpose=purpose,
        config={"version": f"1.{release}.0"},
        at=at,
        who="arn:ada",
    )
    return Attempt(begun=begun, ended=Ended(outcome=outcome, at=at) if outcome else None)


Told = tuple[int, Outcome | None] | tuple[int, Outcome | None, Purpose]


def past(*told: Told) -> tuple[Attempt, ...]:
    """Attempts told oldest first, as the journal gives them: newest first."""
    return tuple(reversed([attempt(number, *one) for number, one in enumerate(told)]))


def target(*told: Told, to: str = "") -> str:
    return rollback_target(past(*told), "auth-service", to).begun.version


BACK = Purpose.ROLLBACK


@pytest.mark.parametrize(
    ("told", "version"),
    [
        (((0, GOOD), (1, GOOD)), "1.0.0"),
        (((0, GOOD), (1, GOOD), (2, BAD)), "1.1.0"),
        (((0, GOOD), (1, GOOD), (2, BAD), (3, BAD), (2, BAD)), "1.1.0"),
        (((0, GOOD), (1, GOOD), (2, OPEN)), "1.1.0"),
        (((0, GOOD), (1, GOOD), (2, GOOD), (1, GOOD, BACK)), "1.0.0"),
        (((0, GOOD), (1, GOOD), (2, GOOD), (1, GOOD, BACK), (3, GOOD)), "1.1.0"),
        (((0, GOOD), (1, GOOD), (2, GOOD), (1, GOOD, BACK), (3, BAD)), "1.1.0"),
        (((0, GOOD), (1, GOOD), (2, GOOD), (1, OPEN, BACK)), "1.1.0"),
        (((0, GOOD), (1, GOOD), (2, GOOD), (1, BAD, BACK)), "1.0.0"),
        (((0, GOOD), (1, GOOD), (2, GOOD), (1, Outcome.STOPPED, BACK)), "1.1.0"),
    ],
    ids=[
        "the one before",
        "what ran before a failed release",
        "the same after many failures",
        "what ran before a release that has not ended",
        "further back the second time, not forth to what was fled from",
        "to what was gone back to, from a release after it",
        "to what was gone back to, after a failure",
        "an unfinished rollback is gone on with",
        "further back, where going back failed",
        "to the same, where a person stopped going back",
    ],
)
def test_it_goes_back_to_the_last_verified_release_that_was_not_fled_from(told: tuple[Told, ...], version: str) -> None:
    assert target(*told) == version


def test_a_version_can_be_named_though_it_was_fled_from() -> None:
    assert target((0, GOOD), (1, GOOD), (0, GOOD, BACK), to="1.1.0") == "1.1.0"


@pytest.mark.parametrize(
    ("told", "to", "words"),
    [
        ((), "", "was never released here"),
        (((0, BAD),), "", "nothing that was verified of auth-service stands before 1.0.0"),
        (((0, GOOD),), "", "nothing that was verified of auth-service stands before 1.0.0"),
        (((0, GOOD), (1, BAD)), "1.1.0", "1.1.0 was never verified here; verified releases: 1.0.0"),
        (((0, GOOD),), "1.7.0", "1.7.0 was never released here; verified releases: 1.0.0"),
    ],
)
def test_where_there_is_no_way_back_it_says_why(told: tuple[Told, ...], to: str, words: str) -> None:
    with pytest.raises(NoTarget, match=words):
        target(*told, to=to)


@given(st.lists(st.tuples(st.integers(0, 4), st.sampled_from([GOOD, BAD, OPEN]), st.sampled_from(list(Purpose)))))
def test_what_comes_back_was_verified_and_others_are_offered_once_each(told: list[Told]) -> None:
    attempts = past(*told)
    try:
        found = rollback_target(attempts, "auth-service")
    except NoTarget:
        return
    assert found.verified
    others = [one.begun.task_definition for one in alternatives(attempts, "auth-service", found)]
    assert len(others) == len(set(others))
    assert found.begun.task_definition not in others


@given(st.lists(st.integers(0, 9), min_size=2, unique=True))
def test_going_back_again_and_again_ends_at_the_first_release(order: list[int]) -> None:
    told: list[Told] = [(release, GOOD) for release in order]
    for release in reversed(order[:-1]):
        assert target(*told) == f"1.{release}.0"
        told.append((release, GOOD, BACK))
    with pytest.raises(NoTarget):
        target(*told)
