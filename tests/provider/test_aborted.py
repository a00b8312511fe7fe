"""`pulumi up` waits for a release whose deployment somebody stops: with `slipway abort`, or past it."""

from __future__ import annotations

from typing import Any

import pytest

from account.aws_faults import AwsFault
from provider.follow import ReleaseFailed
from release.journal import Aborted, Attempt, Outcome
from tests.provider.fake_ecs import FakeEcs
from tests.provider.test_fail_fast import underway
from tests.provider.test_release_run import NOON, Journal, attempt, deployment, follow
from tests.provider.test_verdict import of_status

ADA = "arn:aws:sts::111111111111:assumed-role/people/ada"
BY_USER = "Service deployment rolled back because of a user-initiated stop."


def aborted(number: int = 2, reason: str = "the wrong config") -> Aborted:
    return Aborted(at=NOON, who=ADA, deployment=deployment(number), reason=reason)


def begun_and(record: Aborted | None) -> Journal:
    return Journal(Attempt(begun=attempt(2, after=deployment(1)).begun, aborted=record))


def going_back(status: str = "ROLLBACK_IN_PROGRESS", **more: Any) -> FakeEcs:
    ecs = of_status(status, current=2 if status.endswith("REQUESTED") else 1)
    ecs.history[-1] |= {"sourceServiceRevisions": [{"arn": "x"}], **more}
    return ecs


def refused(ecs: FakeEcs, journal: Journal) -> str:
    with pytest.raises(ReleaseFailed) as failed:
        follow(ecs, journal)
    return str(failed.value).partition("\n")[0]


@pytest.mark.parametrize(
    ("status", "now"),
    [
        ("STOP_REQUESTED", "ECS goes back to what ran before"),
        ("ROLLBACK_REQUESTED", "ECS goes back to what ran before"),
        ("ROLLBACK_IN_PROGRESS", "ECS goes back to auth-service:1"),
        ("ROLLBACK_SUCCESSFUL", "Now auth-service:1 runs, 2 of 2 tasks"),
    ],
)
def test_whoever_waits_is_told_at_once_who_stopped_it_and_why(status: str, now: str) -> None:
    ecs, journal = going_back(status), begun_and(aborted())
    assert refused(ecs, journal) == (
        f"auth-service 1.1.0 does not run: its deployment was stopped, as people/ada asked: the wrong config. "
        f"{now}. To try it again, run `slipway retry --reason ...`"
    )
    ((version, ended),) = journal.written
    assert (version, ended.outcome, ended.deployment) == ("1.1.0", Outcome.STOPPED, deployment(2))
    assert ended.cause == "stopped by a person"
    assert "people/ada" in ended.sentence


def test_a_first_deployment_has_nothing_to_go_back_to() -> None:
    ecs = going_back("ROLLBACK_FAILED", sourceServiceRevisions=[])
    assert "for no reason that was given. ECS has nothing to go back to: 2 of 2 tasks are left" in refused(
        ecs, begun_and(aborted(reason=""))
    )


@pytest.mark.parametrize(
    "more",
    [
        {"deploymentCircuitBreaker": {"status": "TRIGGERED", "failureCount": 3, "threshold": 3}},
        {"alarms": {"status": "TRIGGERED", "triggeredAlarmNames": ["auth-errors"]}},
    ],
    ids=["breaker", "alarm"],
)
def test_a_word_that_came_too_late_is_not_what_ended_it(more: dict[str, Any]) -> None:
    journal = begun_and(aborted())
    said = refused(going_back("ROLLBACK_SUCCESSFUL", **more), journal)
    assert "ada" not in said
    assert journal.ends[0][1] in {Outcome.BREAKER_ROLLED_BACK, Outcome.ALARM_ROLLED_BACK}


def test_a_word_that_ecs_never_followed_is_no_end() -> None:
    """Its stop was refused, and nobody goes back."""
    ecs, journal = of_status("SUCCESSFUL", current=2), begun_and(aborted())
    ecs.tasks, ecs.targets = [], []
    ecs.run(2)
    follow(ecs, journal)
    assert journal.ends == [("1.1.0", Outcome.SUCCEEDED)]


@pytest.mark.parametrize("record", [None, aborted(1)], ids=["none", "of another deployment"])
def test_a_stop_past_slipway_is_waited_for_until_ecs_has_gone_back(record: Aborted | None) -> None:
    journal = begun_and(record)
    assert "still in progress" in refused(going_back(), journal)
    assert journal.written == []
    said = refused(going_back("ROLLBACK_SUCCESSFUL", statusReason=BY_USER), journal)
    assert "somebody stopped the deployment" in said
    assert journal.ends == [("1.1.0", Outcome.STOPPED)]


def test_what_slipway_itself_stopped_is_told_with_its_cause_although_a_person_asked_too() -> None:
    ecs, journal = underway(), begun_and(aborted())
    assert "ada" not in refused(ecs, journal)
    assert ecs.stops == [(deployment(2), "ROLLBACK")]


def test_a_journal_that_cannot_be_read_for_a_moment_is_asked_again() -> None:
    class Shaky(Journal):
        asked = 0

        def aborted(self, begun: Any) -> Aborted | None:
            self.asked += 1
            if self.asked == 1:
                raise AwsFault("S3 is slow", passing=True)
            return super().aborted(begun)

    journal = Shaky(*begun_and(aborted()).found)
    assert "people/ada" in refused(going_back(), journal)


def test_the_next_release_closes_a_stopped_attempt_that_nobody_followed_and_names_who_asked() -> None:
    left = Attempt(begun=attempt(3, minute=1).begun, aborted=aborted(7))
    mine = attempt(2, after=deployment(1), minute=5)
    journal = Journal(mine, left)
    refused(going_back("ROLLBACK_SUCCESSFUL"), journal)
    version, ended = journal.written[0]
    assert (version, ended.outcome, ended.closed_later) == ("1.2.0", Outcome.UNKNOWN, True)
    assert ended.sentence.endswith(f"{ADA} had asked to stop it")
