"""A release of a service that no load balancer looks at: by what its tasks say themselves, else by time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from provider.fail_fast import FailFast
from provider.service_deployment import ServiceReader
from provider.task_health import PROVEN_AFTER, SHORT_LIVED
from provider.verdict import State, Verdict, judge
from tests.provider.fake_ecs import FakeEcs, release

if TYPE_CHECKING:
    from provider.facts import ServiceFacts

WORKER = replace(release(2), target_groups=())
LONG_AGO = 60 * 60


def worker(*ran_for: float, status: str = "SUCCESSFUL", **task: Any) -> FakeEcs:
    """With a task for each of these seconds that it has run."""
    ecs = FakeEcs(current=2, desired=len(ran_for))
    ecs.deploy(2, status)
    ecs.run(2, len(ran_for))
    for one, seconds in zip(ecs.tasks, ran_for, strict=True):
        one |= {"startedAt": datetime.now(UTC) - timedelta(seconds=seconds), **task}
    return ecs


def crashing(ecs: FakeEcs, times: int, after: float = 3) -> FakeEcs:
    for minute in range(times):
        ecs.stop(2, "Essential container in task exited", minute=minute + 2, exitCode=1)
        ended = ecs.tasks[-1]["stoppedAt"]
        ecs.tasks[-1] |= {"startedAt": ended - timedelta(seconds=after), "createdAt": ended - timedelta(seconds=30)}
    return ecs


def reader(ecs: FakeEcs) -> ServiceReader:
    return ServiceReader(ecs, "microservices-cluster", WORKER)  # type: ignore[arg-type]


def look(ecs: FakeEcs) -> ServiceFacts:
    facts = reader(ecs).read()
    assert facts is not None
    return facts


def verdict(ecs: FakeEcs) -> Verdict:
    return judge(WORKER, look(ecs))


def test_it_runs_when_its_tasks_have_run_for_a_while_and_no_load_balancer_is_asked() -> None:
    ecs = worker(LONG_AGO, PROVEN_AFTER + 1)
    assert verdict(ecs).state is State.RUNS
    assert verdict(ecs).sentence == "auth-service 1.1.0 runs: tasks 2/2 running"
    assert "describe_target_health" not in ecs.calls


def test_tasks_that_have_only_just_started_prove_nothing() -> None:
    said = verdict(worker(LONG_AGO, 1))
    assert said.state is State.SETTLING
    assert "1 of 2 tasks have run for less than 40 s" in said.sentence


def test_a_task_that_passes_the_health_check_of_its_container_has_proven_itself_at_once() -> None:
    assert verdict(worker(1, 1, healthStatus="HEALTHY")).state is State.RUNS


def test_a_task_that_fails_it_has_not_however_long_it_runs() -> None:
    said = verdict(worker(LONG_AGO, LONG_AGO, healthStatus="UNHEALTHY"))
    assert said.state is State.SETTLING
    assert "2 of 2 tasks fail the health check of their container" in said.sentence


def test_a_release_that_ecs_calls_a_success_while_its_tasks_end_again_and_again_does_not_run() -> None:
    said = verdict(crashing(worker(1, 1), 3))
    assert said.state is State.SETTLING
    words = "and 3 ended before them, the last one after 3 s (Essential container in task exited, exit code 1)"
    assert words in said.sentence


@pytest.mark.parametrize(
    ("lived", "runs", "state"),
    [
        (60, 50, State.SETTLING),
        (60, 61, State.RUNS),
        (SHORT_LIVED, 50, State.RUNS),
    ],
    ids=["not as long as those before", "longer than those before", "those before ended for a reason of their own"],
)
def test_a_task_must_outlive_those_that_ended_soon_after_their_start(lived: float, runs: float, state: State) -> None:
    assert verdict(crashing(worker(runs, runs), 2, after=lived)).state is state


def test_a_task_that_ecs_retired_tells_nothing() -> None:
    ecs = crashing(worker(50, 50), 1, after=60)
    ecs.tasks[-1]["stoppedReason"] = "Scaling activity initiated by (deployment ecs-svc/1)"
    assert verdict(ecs).state is State.RUNS


def test_behind_a_load_balancer_its_word_is_enough() -> None:
    ecs = worker(1, 1)
    facts = ServiceReader(ecs, "c", release(2)).read()  # type: ignore[arg-type]
    assert facts is not None
    assert judge(release(2), facts).state is State.RUNS


@pytest.mark.parametrize(
    ("ran_for", "health", "stopped"),
    [
        ((), "UNKNOWN", True),
        ((1,), "UNKNOWN", True),
        ((PROVEN_AFTER,), "UNKNOWN", False),
        ((1,), "HEALTHY", False),
    ],
    ids=["none runs", "the next one has just started", "one runs longer than any that ended", "one passes its check"],
)
def test_a_deployment_is_hopeless_when_its_tasks_crash_and_none_does_better(
    ran_for: tuple[float, ...], health: str, *, stopped: bool
) -> None:
    ecs = crashing(worker(*ran_for, status="IN_PROGRESS", healthStatus=health), 3)
    FailFast(reader(ecs), WORKER).read()
    assert bool(ecs.stops) is stopped
