"""`slipway abort`: what is stopped, by whom, what runs then, and what the journal has of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from account.aws_faults import AwsFault
from release.journal import Aborted, Attempt, Ended, Outcome
from slipway.abort import TooLate, in_flight, stop_deployment
from slipway.project import Project
from tests.provider.fake_ecs import START, task_definition
from tests.provider.test_release_run import deployment
from tests.slipway.conftest import ADA, at_a_terminal
from tests.slipway.test_put_back import begin, tried

if TYPE_CHECKING:
    from collections.abc import Callable

    from account.journal_store import JournalStore
    from tests.slipway.conftest import World

ABORT = ("abort", "-e", "test", "-s", "auth-service", "--reason", "the wrong config", "--yes")
BY_HAND = f"aws ecs stop-service-deployment --stop-type ROLLBACK --service-deployment-arn {deployment(2)}"


@pytest.fixture
def moving(world: World, journal: JournalStore, monkeypatch: pytest.MonkeyPatch) -> World:
    """A world in which 1.0.0 runs and 1.1.0 is being deployed. Whoever waits for ECS sees it gone back."""
    tried(journal, "1.0.0", Outcome.SUCCEEDED, task_definition=task_definition(1))
    begin(journal, "1.1.0", minute=5, task_definition=task_definition(2), after=deployment(1))
    world.aws.deploy(1)
    world.aws.deploy(2, "IN_PROGRESS", sourceServiceRevisions=[{"arn": "x"}])
    world.aws.current = 2
    monkeypatch.setattr("slipway.abort.sleep", lambda _seconds: ends(world))
    return world


def ends(world: World, status: str = "ROLLBACK_SUCCESSFUL", **more: Any) -> None:
    world.aws.history[-1] |= {"status": status, **more}
    if status.startswith("ROLLBACK"):
        world.aws.current = 1


def end_as(monkeypatch: pytest.MonkeyPatch, world: World, status: str, **more: Any) -> None:
    monkeypatch.setattr("slipway.abort.sleep", lambda _seconds: ends(world, status, **more))


def last(journal: JournalStore) -> Attempt:
    return journal.attempts("auth-service")[0]


def test_it_stops_the_deployment_waits_until_ecs_has_gone_back_and_says_what_runs(
    moving: World, journal: JournalStore
) -> None:
    done = moving.run(*ABORT)
    assert done.code == 0, done.err
    assert moving.aws.stops == [(deployment(2), "ROLLBACK")]
    assert done.out == "auth-service 1.1.0 is stopped in test: 1.0.0 runs (auth-service:1), 2 of 2 tasks\n"
    written = last(journal).aborted
    assert written is not None
    assert (written.who, written.reason, written.deployment) == (ADA, "the wrong config", deployment(2))


def test_an_attempt_that_nobody_waits_for_is_closed_with_who_and_why(moving: World, journal: JournalStore) -> None:
    moving.run(*ABORT)
    ended = last(journal).ended
    assert ended is not None
    assert (ended.outcome, ended.cause, ended.deployment) == (Outcome.STOPPED, "stopped by a person", deployment(2))
    assert ended.sentence == (
        "auth-service 1.1.0 does not run: its deployment was stopped, as people/ada asked: the wrong config. "
        "Now 1.0.0 runs (auth-service:1), 2 of 2 tasks. To try it again, run `slipway retry --reason ...`"
    )
    assert last(journal).quarantined


def test_the_end_that_a_waiting_update_has_written_stands(
    moving: World, journal: JournalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def up_ends(_seconds: float) -> None:
        if not last(journal).ended:
            journal.end(last(journal).begun, Ended(outcome=Outcome.STOPPED, at=START, sentence="up saw it"))
        ends(moving)

    monkeypatch.setattr("slipway.abort.sleep", up_ends)
    assert moving.run(*ABORT).code == 0
    ended = last(journal).ended
    assert ended is not None
    assert ended.sentence == "up saw it"


def test_the_word_is_in_the_journal_before_ecs_is_asked(
    moving: World, journal: JournalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop, seen = moving.aws._stop_service_deployment, []

    def look(params: dict[str, Any]) -> dict[str, Any]:
        seen.append(last(journal).aborted)
        return stop(params)

    monkeypatch.setattr(moving.aws, "_stop_service_deployment", look)
    moving.run(*ABORT)
    assert [one.who for one in seen if one] == [ADA]


def test_what_is_about_to_be_stopped_is_shown_before_the_question(
    moving: World, journal: JournalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    moving.aws.history[-1]["targetServiceRevision"]["requestedProductionTrafficWeight"] = 10.0
    moving.aws.history[-1]["createdAt"] = datetime.now(UTC) - timedelta(minutes=3)
    at_a_terminal(monkeypatch, answer=False)
    done = moving.run(*ABORT[:-1])
    assert done.code == 1
    assert done.err.endswith("error: auth-service 1.1.0 was not stopped: nothing was changed\n")
    for words in ("auth-service 1.1.0 in test", "auth-service:2", "IN_PROGRESS", "10 %", "3 min", "what ran before"):
        assert words in done.err
    assert moving.aws.stops == []
    assert last(journal).aborted is None


def test_at_a_terminal_a_yes_stops_it(moving: World, monkeypatch: pytest.MonkeyPatch) -> None:
    at_a_terminal(monkeypatch, answer=True)
    assert moving.run(*ABORT[:-1]).code == 0
    assert len(moving.aws.stops) == 1


@pytest.mark.parametrize("status", ["SUCCESSFUL", "ROLLBACK_SUCCESSFUL", "STOPPED"])
def test_with_nothing_in_flight_nothing_is_changed_and_what_has_begun_is_named(
    moving: World, journal: JournalStore, status: str
) -> None:
    ends(moving, status)
    done = moving.run(*ABORT)
    assert done.code == 2
    assert done.err == (
        "error: ECS has no deployment of auth-service in flight in test: there is nothing to stop. "
        "1.1.0 has begun and not ended: Ctrl-C ends the `pulumi up` that follows it. Nothing was changed\n"
    )
    assert last(journal).aborted is None
    assert moving.aws.stops == []


def test_what_has_ended_is_not_named(moving: World, journal: JournalStore) -> None:
    moving.run(*ABORT)
    done = moving.run(*ABORT)
    assert done.code == 2
    assert done.err.endswith("in flight in test: there is nothing to stop. Nothing was changed\n")
    assert last(journal).ended


@pytest.mark.parametrize("status", ["STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"])
def test_what_goes_back_already_is_waited_for_and_not_called_somebodys_stop(
    moving: World, journal: JournalStore, status: str
) -> None:
    ends(moving, status)
    done = moving.run(*ABORT)
    assert done.code == 0
    assert f"status        {status}" in done.err
    assert done.out == "auth-service 1.1.0 was going back already in test: 1.0.0 runs (auth-service:1), 2 of 2 tasks\n"
    assert moving.aws.stops == []
    assert (last(journal).aborted, last(journal).ended) == (None, None)


def conflict(world: World, status: str, **more: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def refuse(_params: dict[str, Any]) -> dict[str, Any]:
        ends(world, status, **more)
        raise AwsFault("AWS answered StopServiceDeployment with ConflictException", code="ConflictException")

    return refuse


def test_a_deployment_that_was_done_before_it_could_be_stopped_is_told_as_it_is(
    moving: World, journal: JournalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving.aws, "_stop_service_deployment", conflict(moving, "SUCCESSFUL"))
    done = moving.run(*ABORT)
    assert done.code == 1
    assert "cannot be stopped any more" in done.err
    assert (
        "error: auth-service 1.1.0 was deployed in test before it could be stopped: 1.1.0 runs (auth-service:2), "
        "2 of 2 tasks. `slipway rollback -e test -s auth-service` takes it back" in done.err
    )
    assert last(journal).ended is None


def test_where_the_breaker_was_first_the_attempt_is_not_closed_as_stopped_by_a_person(
    moving: World, journal: JournalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    breaker = {"deploymentCircuitBreaker": {"status": "TRIGGERED", "failureCount": 3, "threshold": 3}}
    monkeypatch.setattr(moving.aws, "_stop_service_deployment", conflict(moving, "ROLLBACK_IN_PROGRESS", **breaker))
    done = moving.run(*ABORT)
    assert done.code == 0
    assert "was going back already in test" in done.out
    assert last(journal).ended is None
    assert last(journal).aborted is not None, "it was written first, and proves nothing"


def test_ecs_may_accept_a_stop_that_the_breaker_was_ahead_of(
    moving: World, journal: JournalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    breaker = {"deploymentCircuitBreaker": {"status": "TRIGGERED", "failureCount": 3, "threshold": 3}}
    end_as(monkeypatch, moving, "ROLLBACK_SUCCESSFUL", **breaker)
    assert moving.run(*ABORT).code == 0
    assert last(journal).ended is None


def test_a_stop_that_ecs_refuses_is_told_and_the_word_in_the_journal_does_no_harm(
    moving: World, journal: JournalStore
) -> None:
    moving.aws.faults["stop_service_deployment"] = AwsFault("ada may not call ecs:StopServiceDeployment")
    done = moving.run(*ABORT)
    assert done.code == 1
    assert done.err.endswith("error: auth-service 1.1.0 was not stopped: ada may not call ecs:StopServiceDeployment\n")
    assert last(journal).ended is None


def test_who_asked_first_stands_in_the_journal_and_that_is_said(moving: World, journal: JournalStore) -> None:
    word = Aborted(at=START, who=ADA.replace("ada", "grace"), deployment=deployment(2), reason="me first")
    journal.abort(last(journal).begun, word)
    done = moving.run(*ABORT)
    assert done.code == 0
    assert "people/grace asked for it at 00:00 UTC already; that word stands in the journal" in done.err
    ended = last(journal).ended
    assert ended is not None
    assert "as people/grace asked: me first" in ended.sentence


def test_a_journal_that_takes_no_word_keeps_the_deployment_from_being_stopped_without_a_trace(
    moving: World,
) -> None:
    moving.aws.faults["put_object"] = AwsFault("ada may not call s3:PutObject", code="AccessDenied")
    done = moving.run(*ABORT)
    assert done.code == 2
    assert "ada may not call s3:PutObject. Nothing was changed" in done.err
    assert BY_HAND in done.err, "in need it can be stopped all the same"
    assert moving.aws.stops == []


def test_a_journal_that_cannot_be_read_stops_it(moving: World) -> None:
    moving.aws.faults["list_objects_v2"] = AwsFault("ada may not call s3:ListBucket", code="AccessDenied")
    done = moving.run(*ABORT)
    assert done.code == 2
    assert "ada may not call s3:ListBucket. Nothing was changed" in done.err
    assert moving.aws.stops == []


def test_a_deployment_that_slipway_did_not_begin_is_stopped_and_the_missing_trace_is_said(
    moving: World, journal: JournalStore
) -> None:
    moving.aws.deploy(3, "IN_PROGRESS", sourceServiceRevisions=[{"arn": "x"}])
    done = moving.run(*ABORT)
    assert done.code == 0, done.err
    assert "the journal has no attempt that this deployment of auth-service belongs to" in done.err
    assert done.out.startswith("auth-service (auth-service:3) is stopped in test: 1.0.0 runs")
    assert moving.aws.stops == [(deployment(3), "ROLLBACK")]
    assert last(journal).aborted is None


def test_without_a_journal_it_stops_all_the_same(moving: World) -> None:
    moving.aws.s3 = None
    done = moving.run(*ABORT)
    assert done.code == 0, done.err
    assert done.out == "auth-service (auth-service:2) is stopped in test: auth-service:1 runs, 2 of 2 tasks\n"


def test_a_first_deployment_has_nothing_to_go_back_to_and_that_is_said_before_and_after(
    moving: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    moving.aws.history[-1]["sourceServiceRevisions"] = []
    moving.aws.tasks, moving.aws.targets = [], []
    end_as(monkeypatch, moving, "ROLLBACK_FAILED", statusReason="No rollback candidate was found to run the rollback.")
    done = moving.run(*ABORT)
    assert done.code == 0
    assert "nothing, it is the first deployment: ECS starts no more tasks of it" in done.err
    assert done.out == "auth-service 1.1.0 is stopped in test, and there was nothing to go back to: nothing runs\n"


def test_a_rollback_that_fails_is_no_success(moving: World, monkeypatch: pytest.MonkeyPatch) -> None:
    end_as(monkeypatch, moving, "ROLLBACK_FAILED", statusReason="A new service deployment was started.")
    done = moving.run(*ABORT)
    assert done.code == 1
    assert "is stopped in test, but ECS could not go back (A new service deployment was started): 1.0.0" in done.err


def test_a_service_that_is_deleted_meanwhile_is_told(moving: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("slipway.abort.sleep", lambda _seconds: moving.aws.history.clear())
    done = moving.run(*ABORT)
    assert done.code == 1
    assert "auth-service does not run in test: it was deleted meanwhile" in done.err


def test_nobody_waits_for_ever(moving: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("slipway.abort.sleep", lambda _seconds: None)
    monkeypatch.setattr("slipway.abort.LONGEST", 3.0)
    done = moving.run(*ABORT)
    assert done.code == 1
    assert "auth-service 1.1.0 still goes back after" in done.err
    assert "(ROLLBACK_REQUESTED): ECS goes on" in done.err


def test_another_verb_can_stop_what_is_in_flight_first(moving: World, journal: JournalStore) -> None:
    settings = Project.find().settings("test")
    found = in_flight(settings, "auth-service")
    assert found is not None
    assert (found.name, found.revision, found.goes_back) == ("auth-service 1.1.0", "auth-service:2", False)
    assert "1.0.0 runs" in stop_deployment(settings, found, "rolled back to 1.0.0")
    assert in_flight(settings, "auth-service") is None
    assert last(journal).quarantined


@pytest.mark.parametrize("code", ["ServiceNotFoundException", "ClusterNotFoundException"])
def test_a_service_that_was_never_deployed_has_nothing_in_flight(moving: World, code: str) -> None:
    moving.aws.faults["list_service_deployments"] = AwsFault("no such thing", code=code)
    done = moving.run(*ABORT)
    assert done.code == 2
    assert "there is nothing to stop" in done.err


def test_another_verb_can_tell_that_it_came_too_late(moving: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moving.aws, "_stop_service_deployment", conflict(moving, "SUCCESSFUL"))
    settings = Project.find().settings("test")
    found = in_flight(settings, "auth-service")
    assert found is not None
    with pytest.raises(TooLate):
        stop_deployment(settings, found)


def test_an_empty_reason_is_refused(moving: World) -> None:
    done = moving.run(*ABORT[:5], "--reason", " ", "--yes")
    assert done.code == 2
    assert "--reason is empty" in done.err
    assert moving.aws.calls == []
