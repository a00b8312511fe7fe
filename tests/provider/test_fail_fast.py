"""A deployment that can never succeed is stopped at once, by the look that finds it so, and only once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from account.aws_faults import AwsFault
from provider.fail_fast import FailFast
from provider.follow import ReleaseFailed
from provider.service_deployment import ServiceReader
from provider.verdict import judge
from release.journal import Outcome
from tests.provider.fake_ecs import FakeEcs, release
from tests.provider.test_rollout import Engine

if TYPE_CHECKING:
    from collections.abc import Callable

MISSING = "CannotPullContainerError: failed to resolve ref r/a:1: not found"
CAPACITY = "Capacity is unavailable at this time. Please try again later or in a different availability zone"


def underway(why: str = MISSING, revisions: tuple[int, ...] = (2, 2), **container: Any) -> FakeEcs:
    ecs = FakeEcs(current=2, rollout_state="IN_PROGRESS", draining=True)
    ecs.deploy(1)
    ecs.deploy(2, "IN_PROGRESS", sourceServiceRevisions=[{"arn": "x"}])
    ecs.run(1)
    for minute, revision in enumerate(revisions):
        ecs.stop(revision, why, minute=3 + minute, **container)
    return ecs


def reader(ecs: FakeEcs) -> FailFast:
    return FailFast(ServiceReader(ecs, "microservices-cluster", release(2)), release(2))  # type: ignore[arg-type]


def test_a_hopeless_deployment_is_rolled_back_once_and_people_are_told_why() -> None:
    ecs = underway()
    looks = reader(ecs)
    looks.read()
    looks.read()
    assert ecs.stops == [(ecs.history[1]["serviceDeploymentArn"], "ROLLBACK")]
    told = "auth-service 1.1.0 can never run: the image r/a:1 is not in its registry. "
    assert looks.remarks() == [f"{told}Its deployment is stopped, ECS goes back"]
    assert looks.remarks() == []


def test_at_the_first_deployment_there_is_nothing_to_go_back_to_and_that_is_said() -> None:
    ecs = underway()
    ecs.history = [{**ecs.history[1], "sourceServiceRevisions": []}]
    looks = reader(ecs)
    looks.read()
    assert "there is nothing to go back to" in looks.remarks()[0]
    assert len(ecs.stops) == 1


def before(ecs: FakeEcs) -> FakeEcs:
    for task in ecs.tasks:
        if "stoppedAt" in task:
            task["createdAt"] = ecs.history[0]["createdAt"]
    return ecs


def serving(ecs: FakeEcs) -> FakeEcs:
    ecs.run(2, 1)
    return ecs


def followed_by_another(ecs: FakeEcs) -> FakeEcs:
    ecs.deploy(3, "IN_PROGRESS")
    return ecs


def ended(status: str) -> FakeEcs:
    ecs = underway()
    ecs.history[1]["status"] = status
    return ecs


@pytest.mark.parametrize(
    "world",
    [
        lambda: underway(CAPACITY),
        lambda: underway("Task failed ELB health checks in (target-group x)"),
        lambda: underway("CannotPullContainerError: toomanyrequests: You have reached your pull rate limit"),
        lambda: underway("Essential container in task exited", exitCode=1),
        lambda: underway(revisions=(2,)),
        lambda: underway(revisions=(2, 1, 3)),
        lambda: before(underway()),
        lambda: serving(underway()),
        lambda: followed_by_another(underway()),
        lambda: ended("ROLLBACK_IN_PROGRESS"),
        lambda: ended("SUCCESSFUL"),
        lambda: ended("STOP_REQUESTED"),
    ],
    ids=[
        "no capacity",
        "unhealthy",
        "throttled",
        "crash after an unknown time",
        "one task only",
        "other revisions",
        "tasks of a deployment before",
        "some serve",
        "replaced",
        "goes back already",
        "successful",
        "stops already",
    ],
)
def test_what_may_come_right_or_ends_anyway_is_not_stopped(world: Callable[[], FakeEcs]) -> None:
    ecs = world()
    looks = reader(ecs)
    looks.read()
    assert ecs.stops == []
    assert looks.remarks() == []


@pytest.mark.parametrize(("why", "outcome"), [(MISSING, Outcome.FAILED), (CAPACITY, Outcome.STOPPED)])
def test_what_was_stopped_for_a_hopeless_cause_has_failed_and_was_not_stopped_by_a_person(
    why: str, outcome: Outcome
) -> None:
    ecs = underway(why)
    ecs.current = 1
    ecs.history[1] |= {"status": "ROLLBACK_SUCCESSFUL", "rollback": {"reason": "Stopped by user."}}
    facts = ServiceReader(ecs, "microservices-cluster", release(2)).read()  # type: ignore[arg-type]
    assert facts is not None
    assert judge(release(2), facts).outcome is outcome


def test_a_stop_that_may_not_be_asked_for_is_told_and_not_asked_for_again() -> None:
    ecs = underway()
    ecs.faults["stop_service_deployment"] = AwsFault("may not call ecs:StopServiceDeployment")
    looks = reader(ecs)
    looks.read()
    looks.read()
    assert ecs.calls.count("stop_service_deployment") == 1
    assert "It could not be stopped (may not call ecs:StopServiceDeployment)" in looks.remarks()[0]


def test_a_stop_that_comes_too_late_is_passed_over_in_silence() -> None:
    ecs = underway()
    ecs.faults["stop_service_deployment"] = AwsFault("too late", code="ConflictException")
    looks = reader(ecs)
    looks.read()
    assert looks.remarks() == []


def test_a_stop_that_was_throttled_is_asked_for_at_the_next_look() -> None:
    ecs = underway()
    ecs.faults["stop_service_deployment"] = AwsFault("Throttling", passing=True)
    looks = reader(ecs)
    looks.read()
    ecs.faults.clear()
    looks.read()
    assert len(ecs.stops) == 1


def test_the_update_that_stopped_it_fails_with_the_cause_and_a_preview_stops_nothing() -> None:
    ecs = underway()
    engine = Engine(ecs)
    assert engine.diff().changes
    assert ecs.stops == []

    def rolled_back() -> None:
        ecs.history[1]["status"] = "ROLLBACK_SUCCESSFUL"
        ecs.current = 1

    ecs.at_call[len(ecs.calls) + 25] = rolled_back
    with pytest.raises(ReleaseFailed, match=r"^auth-service 1\.1\.0 does not run: .*the image r/a:1 is not in its reg"):
        engine.update()
    assert len(ecs.stops) == 1
    assert "can never run" in engine.notes.warnings[-1]
