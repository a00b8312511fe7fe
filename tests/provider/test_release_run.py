"""A release with its journal: quarantine, what is started and by whom, verification, and the way back."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from account.aws_faults import AwsFault
from account.session import AwsPlace
from provider.follow import Limits, ReleaseFailed
from provider.release_run import Edges, Inputs, ReleaseRun
from provider.service_deployment import ServiceReader
from provider.verdict import State
from release.journal import Aborted, Attempt, Begun, Ended, Outcome
from release.verification import Finding
from tests.provider.fake_ecs import DIGESTS, PREFIX, FakeEcs, release, task_definition
from tests.provider.test_verdict import rolled_back, runs, starts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provider.verdict import Verdict

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LIMITS = Limits(total=2, start=0.05, settle=0.05, outage=0.05, first_poll=0.005, last_poll=0.01)


def deployment(number: int) -> str:
    return f"{PREFIX}:service-deployment/microservices-cluster/auth-service/{number:03}"


def attempt(
    revision: int, outcome: Outcome | None = None, *, number: int = 1, after: str = "", minute: int = 0
) -> Attempt:
    """The attempt to release that revision; without an outcome it goes on."""
    asked = release(revision)
    begun = Begun(
        service="auth", version=asked.version, digest=asked.digest, task_definition=asked.task_definition,
        release_hash=f"hash-of-{revision}", attempt=number, config={}, at=NOON + timedelta(minutes=minute), who="ada",
        after=after,
    )  # fmt: skip
    sentence = f"{asked.version} crashed"
    return Attempt(begun=begun, ended=Ended(outcome=outcome, at=NOON, sentence=sentence) if outcome else None)


class Journal:
    """A journal in memory; its service is named otherwise than ECS's, as under a prefix."""

    service = "auth"

    def __init__(self, *attempts: Attempt) -> None:
        self.found = attempts
        self.written: list[tuple[str, Ended]] = []

    def attempts(self) -> tuple[Attempt, ...]:
        return self.found

    def aborted(self, begun: Begun) -> Aborted | None:
        return next(one.aborted for one in self.found if one.begun == begun)

    def end(self, begun: Begun, ended: Ended) -> bool:
        self.written.append((begun.version, ended))
        return True

    @property
    def ends(self) -> list[tuple[str, Outcome]]:
        return [(version, ended.outcome) for version, ended in self.written]


class Row:
    def __init__(self) -> None:
        self.said: list[str] = []

    async def progress(self, text: str) -> None:
        self.said.append(text)

    async def warning(self, text: str) -> None:
        self.said.append(text)

    async def remark(self, text: str) -> None:
        self.said.append(text)


class Verifier:
    def __init__(self, *findings: Finding) -> None:
        self.findings = findings
        self.remarks = ("latency is not judged",)
        self.asked: list[str] = []

    def check(self, deployment: str) -> Sequence[Finding]:
        self.asked.append(deployment)
        return self.findings


def follow(
    ecs: FakeEcs,
    journal: Journal | None,
    *,
    number: int = 1,
    verifier: Verifier | None = None,
    row: Row | None = None,
    keep_images: Any = None,
    **more: Any,
) -> Verdict:
    inputs = Inputs(
        cluster="microservices-cluster",
        release=release(2),
        release_hash="hash-of-2",
        attempt=number,
        journal="s3://bucket/attempts/auth",
        place=AwsPlace(account="111111111111", region="eu-west-1"),
        **more,
    )
    edges = Edges(
        open_reader=lambda asked, _: ServiceReader(ecs, asked.cluster, asked.release),  # type: ignore[arg-type]
        open_journal=lambda _: journal,
        open_verifier=lambda _: verifier,
        **({"keep_images": keep_images} if keep_images else {}),
    )

    async def run() -> Verdict:
        made = ReleaseRun(inputs, edges, row or Row(), LIMITS, cancelled=asyncio.Event(), known=None)
        return await made.to_the_end()

    return asyncio.run(run())


def test_a_release_that_runs_is_written_down_as_succeeded() -> None:
    journal = Journal(attempt(2, after=deployment(1)))
    follow(runs(), journal)
    assert journal.ends == [("1.1.0", Outcome.SUCCEEDED)]
    assert journal.written[0][1].deployment == deployment(2)


def test_one_that_ecs_took_back_is_written_down_with_its_cause() -> None:
    journal = Journal(attempt(2, after=deployment(1)))
    with pytest.raises(ReleaseFailed):
        follow(rolled_back(), journal)
    ((_, ended),) = journal.written
    assert (ended.outcome, ended.deployment) == (Outcome.FAILED, deployment(2))
    assert "1.1.0 does not run" in ended.sentence
    assert "hunter2" not in ended.model_dump_json()


def test_what_failed_before_fails_at_once_with_the_recorded_cause_and_asks_ecs_nothing() -> None:
    ecs, journal = rolled_back(), Journal(attempt(2, Outcome.BREAKER_ROLLED_BACK))
    with pytest.raises(ReleaseFailed, match=r"quarantine: 1\.1\.0 crashed") as failed:
        follow(ecs, journal)
    assert "slipway retry" in str(failed.value)
    assert (ecs.calls, journal.written) == ([], [])


def test_a_retry_starts_one_deployment_although_the_former_one_of_the_same_revision_failed() -> None:
    ecs = rolled_back()
    journal = Journal(attempt(2, number=2, after=deployment(2), minute=5), attempt(2, Outcome.FAILED))
    follow(ecs, journal, number=2)
    assert ecs.calls.count("update_service") == 1
    assert ecs.current == 2
    assert journal.ends == [("1.1.0", Outcome.SUCCEEDED)]


def test_an_attempt_whose_deployment_never_came_is_started_once() -> None:
    ecs = FakeEcs(current=1)
    ecs.deploy(1)
    ecs.run(1)
    follow(ecs, Journal(attempt(2, after=deployment(1))))
    assert ecs.calls.count("update_service") == 1


def test_nothing_is_started_where_no_attempt_was_begun() -> None:
    ecs = FakeEcs(current=1)
    ecs.deploy(1)
    ecs.run(1)
    with pytest.raises(ReleaseFailed, match="ECS has no deployment of auth-service:2"):
        follow(ecs, Journal(attempt(2, Outcome.SUCCEEDED)))
    assert "update_service" not in ecs.calls


def test_a_service_that_is_gone_ends_the_attempt() -> None:
    journal = Journal(attempt(2, after=deployment(1)))
    with pytest.raises(ReleaseFailed, match="there is no service"):
        follow(FakeEcs(status="MISSING"), journal)
    assert journal.ends == [("1.1.0", Outcome.DELETED)]


def test_what_is_still_in_progress_at_the_limit_or_paused_has_no_end_yet() -> None:
    paused = starts()
    hook = {"hookId": "ecs-pause-x", "targetType": "PAUSE", "status": "AWAITING_ACTION"}
    paused.history[-1] |= {"lifecycleStage": "POST_TEST_TRAFFIC_SHIFT", "lifecycleHookDetails": [hook]}
    journal = Journal(attempt(2, after=deployment(1)))
    with pytest.raises(ReleaseFailed, match="not finished: waits for a person"):
        follow(paused, journal)
    with pytest.raises(ReleaseFailed, match="still in progress"):
        follow(starts(), journal)
    assert journal.written == []


def test_an_attempt_that_nobody_follows_any_more_is_closed_by_the_next_one() -> None:
    left, mine = attempt(3, minute=1), attempt(2, after=deployment(1), minute=5)
    journal = Journal(mine, left)
    follow(runs(), journal)
    assert journal.ends == [("1.2.0", Outcome.UNKNOWN), ("1.1.0", Outcome.SUCCEEDED)]
    assert journal.written[0][1].closed_later


WORSE = Finding(check="error rate", sentence="12 % of 500 requests; before it was 0.1 %, and at most 1 % is allowed")


def test_a_verification_is_asked_about_the_deployment_and_lets_a_good_release_pass() -> None:
    journal, verifier = Journal(attempt(2, after=deployment(1))), Verifier()
    follow(runs(), journal, verifier=verifier)
    assert verifier.asked == [deployment(2)]
    assert journal.ends == [("1.1.0", Outcome.SUCCEEDED)]


def test_what_is_no_new_release_is_not_verified_again() -> None:
    verifier = Verifier(WORSE)
    follow(runs(), Journal(attempt(2, Outcome.SUCCEEDED)), verifier=verifier)
    assert verifier.asked == []


def test_a_failed_verification_fails_the_release_and_says_what_got_worse() -> None:
    ecs, journal = runs(), Journal(attempt(2, after=deployment(1)), attempt(1, Outcome.SUCCEEDED))
    with pytest.raises(ReleaseFailed, match=r"its verification failed: error rate: 12 % of 500 requests"):
        follow(ecs, journal, verifier=Verifier(WORSE))
    assert journal.ends == [("1.1.0", Outcome.FAILED)]
    assert ecs.current == 2, "where the environment does not say so, nothing is put back"


def test_where_the_environment_says_so_the_last_verified_revision_is_put_back_once() -> None:
    ecs, journal = runs(), Journal(attempt(2, after=deployment(1)), attempt(1, Outcome.SUCCEEDED))
    with pytest.raises(ReleaseFailed, match=r"Slipway put 1\.0\.0 back: auth-service 1\.0\.0 runs") as failed:
        follow(ecs, journal, verifier=Verifier(WORSE), rolls_back=True)
    assert str(failed.value).startswith("auth-service 1.1.0 runs, but its verification failed")
    assert journal.ends == [("1.1.0", Outcome.VERIFICATION_ROLLED_BACK)]
    assert ecs.current == 1
    assert task_definition(1).endswith("auth-service:1")
    assert ecs.calls.count("update_service") == 1


def test_with_nothing_verified_before_a_failed_verification_puts_nothing_back() -> None:
    ecs, journal = runs(), Journal(attempt(2, after=deployment(1)))
    with pytest.raises(ReleaseFailed, match="its verification failed"):
        follow(ecs, journal, verifier=Verifier(WORSE), rolls_back=True)
    assert ecs.current == 2


KEPT: Any = {"repository": "auth-service", "kept_releases": 2}


def test_the_images_of_the_last_verified_releases_are_marked_once_the_release_runs() -> None:
    marked: list[tuple[str, ...]] = []
    journal = Journal(attempt(2, after=deployment(1)), attempt(1, Outcome.SUCCEEDED))
    follow(runs(), journal, keep_images=lambda _inputs, digests: marked.append(tuple(digests)), **KEPT)
    assert marked == [(DIGESTS[2], DIGESTS[1])]


def test_a_release_runs_although_its_image_cannot_be_marked_and_that_is_said() -> None:
    def denied(*_: object) -> None:
        raise AwsFault("the role may not call ecr:PutImage", code="AccessDeniedException")

    row, journal = Row(), Journal(attempt(2, after=deployment(1)))
    assert follow(runs(), journal, row=row, keep_images=denied, **KEPT).state is State.RUNS
    assert journal.ends == [("1.1.0", Outcome.SUCCEEDED)]
    assert any("not marked as kept: the role may not call ecr:PutImage" in said for said in row.said)


def test_nothing_is_marked_where_nothing_is_released_or_nothing_is_written_down() -> None:
    marked: list[object] = []
    follow(runs(), Journal(attempt(2, Outcome.SUCCEEDED)), keep_images=lambda *asked: marked.append(asked), **KEPT)
    follow(runs(), None, keep_images=lambda *asked: marked.append(asked), **KEPT)
    assert marked == []
