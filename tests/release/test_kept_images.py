"""The images of the last verified releases stay, whatever their age: by the policy that the component renders."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from components.repository import lifecycle_document
from release.journal import Attempt, Begun, Ended, Outcome
from release.kept_images import MARK, changes, last_verified_images, mark_of
from sandbox.ecr.lifecycle import Candidate, expiring
from sandbox.ecr.lifecycle_policy import parse

START = datetime(2026, 1, 1, tzinfo=UTC)
KEPT_IMAGES, KEPT_RELEASES = 4, 3
RULES = parse(json.dumps(lifecycle_document(KEPT_IMAGES)))


def digest_of(number: int) -> str:
    return f"sha256:{number:02x}{'0' * 62}"


@dataclass
class Repository:
    """Images, and what befalls them."""

    now: datetime = START
    images: dict[str, Candidate] = field(default_factory=dict)
    attempts: list[Attempt] = field(default_factory=list)
    """The newest first."""

    def push(self, number: int) -> None:
        digest = digest_of(number)
        if digest not in self.images:
            self.images[digest] = Candidate(digest=digest, tags=(f"1.{number}.0",), pushed_at=self.now)

    def release(self, number: int, outcome: Outcome) -> None:
        digest = digest_of(number)
        if digest not in self.images:
            return
        begun = Begun(
            service="auth", version=f"1.{number}.0", digest=digest, release_hash="x", config={}, at=self.now, who="ada"
        )
        verified = outcome is Outcome.SUCCEEDED
        if verified:
            self.mark(last_verified_images(self.attempts, "auth", digest, KEPT_RELEASES))
        self.attempts.insert(0, Attempt(begun=begun, ended=Ended(outcome=outcome, at=self.now)))

    def mark(self, wanted: tuple[str, ...]) -> None:
        missing, gone = changes(wanted, [tag for image in self.images.values() for tag in image.tags])
        for digest in missing:
            if digest in self.images:
                self._tag(digest, (*self.images[digest].tags, mark_of(digest)))
        for image in list(self.images.values()):
            self._tag(image.digest, tuple(tag for tag in image.tags if tag not in gone))

    def _tag(self, digest: str, tags: tuple[str, ...]) -> None:
        self.images[digest] = Candidate(digest=digest, tags=tags, pushed_at=self.images[digest].pushed_at)

    def clean_up(self) -> None:
        for digest in expiring(RULES, list(self.images.values()), self.now):
            del self.images[digest]


ACTS = st.lists(
    st.tuples(st.sampled_from(["push", "push", "push", "release", "fail"]), st.integers(0, 12)),
    min_size=30,
    max_size=60,
)


@given(ACTS)
def test_none_of_the_last_verified_images_ever_expires_and_all_others_go_in_their_turn(
    acts: list[tuple[str, int]],
) -> None:
    repository = Repository()
    for act, number in acts:
        repository.now += timedelta(hours=1)
        if act == "push":
            repository.push(number)
        else:
            repository.release(number, Outcome.SUCCEEDED if act == "release" else Outcome.FAILED)
        repository.clean_up()
        verified = list(dict.fromkeys(one.begun.digest for one in repository.attempts if one.verified))
        assert set(verified[:KEPT_RELEASES]) <= repository.images.keys()
        assert len(repository.images) <= KEPT_IMAGES + KEPT_RELEASES, "what is neither new nor verified goes"


def test_what_runs_comes_first_and_each_image_counts_once() -> None:
    def attempt(number: int, outcome: Outcome) -> Attempt:
        begun = Begun(
            service="auth", version="1", digest=digest_of(number), release_hash="x", config={}, at=START, who="ada"
        )
        return Attempt(begun=begun, ended=Ended(outcome=outcome, at=START))

    good, bad = Outcome.SUCCEEDED, Outcome.FAILED
    attempts = [attempt(number, end) for number, end in ((3, bad), (2, good), (1, good), (2, good), (4, good))]
    assert last_verified_images(attempts, "auth", digest_of(1), 3) == (digest_of(1), digest_of(2), digest_of(4))
    assert last_verified_images(attempts, "billing", digest_of(9), 3) == (digest_of(9),)


def test_only_what_is_missing_is_marked_and_only_marks_go() -> None:
    old, new = digest_of(1), digest_of(2)
    assert changes([new], [mark_of(old), "1.0.0"]) == ((new,), (mark_of(old),))
    assert changes([old], [mark_of(old), "1.0.0"]) == ((), ())
    assert mark_of(old).startswith(MARK)
