"""A deployment told in words, and as curves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rollout.course import Moment, TaskState, follow
from rollout.prediction import Prediction, predict
from rollout.settings import Settings
from rollout.story import Tone, clock, tell
from rollout.timeline import Event, Kind
from tests.rollout.worlds import BREAKER, revision

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMES = {1: "1.4.2", 2: "1.5.0"}


def run(behave: str = "", desired: int = 3, maximum: int = 200) -> Prediction:
    settings = Settings(desired_count=desired, breaker=BREAKER, maximum_percent=maximum)
    return predict(settings, revision("old"), revision("new", behave))


def story(prediction: Prediction) -> list[str]:
    return [f"{clock(line.at)} {line.text}" for line in tell(prediction.events, NAMES)]


def test_a_good_release_reads_like_what_happened() -> None:
    assert story(run()) == [
        "0:00 the deployment of 1.5.0 begins",
        "0:00 3 tasks of 1.5.0 launched",
        "0:10 3 tasks of 1.5.0 with network interface, pulling the image",
        "0:28 3 tasks of 1.5.0 with the image, creating containers",
        "0:32 3 tasks of 1.5.0 running, waiting for health checks",
        "0:52 3 tasks of 1.5.0 counted as healthy",
        "0:52 3 tasks of 1.4.2 told to stop: others take their place, or fewer are wanted",
        "0:52 3 tasks of 1.4.2 draining, no new requests",
        "1:22 3 tasks of 1.4.2 asked to end (SIGTERM)",
        "1:24 3 tasks of 1.4.2 ended, giving back the network interface",
        "1:34 3 tasks of 1.4.2 gone",
        "1:34 the deployment of 1.5.0 is complete",
    ]


def test_a_bad_release_is_told_with_its_cause_and_where_ecs_goes_back_to() -> None:
    lines = tell(run("crash").events, NAMES)
    bad = [line.text for line in lines if line.tone is Tone.BAD]
    assert bad == [
        "3 tasks of 1.5.0 ended by themselves",
        "the deployment of 1.5.0 has failed: tasks failed to start (3 failures counted)",
        "ECS rolls back to 1.4.2",
        "the rollback to 1.4.2 is complete",
    ]


def test_what_happens_to_many_batches_at_one_moment_is_one_line() -> None:
    events = [Event(5, Kind.RUNNING, 2, (1, 2)), Event(5, Kind.RUNNING, 2, (3,)), Event(6, Kind.RUNNING, 2, (4,))]
    assert [(line.at, line.tasks) for line in tell(events, NAMES)] == [(5, 3), (6, 1)]


def test_one_task_is_no_tasks() -> None:
    assert "0:00 1 task of 1.5.0 launched" in story(run(desired=1))


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_of_event_can_be_told(kind: Kind) -> None:
    (line,) = tell([Event(1, kind, 2, (7,))], NAMES)
    assert line.text
    assert "{" not in line.text


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0:00"), (59.4, "0:59"), (59.6, "1:00"), (3599, "59:59"), (3600, "1:00:00")]
)
def test_a_clock_shows_minutes_and_hours_where_there_are_some(seconds: float, shown: str) -> None:
    assert clock(seconds) == shown


def shown(moment: Moment) -> tuple[float, Mapping[tuple[int, TaskState], int]]:
    return moment.at, dict(moment.tasks)


def test_a_course_names_every_state_of_every_revision_while_it_lasts() -> None:
    assert [shown(moment) for moment in follow(run().events, 3)] == [
        (0, {(1, TaskState.HEALTHY): 3, (2, TaskState.STARTING): 3}),
        (32, {(1, TaskState.HEALTHY): 3, (2, TaskState.CHECKING): 3}),
        (52, {(1, TaskState.LEAVING): 3, (2, TaskState.HEALTHY): 3}),
        (94, {(2, TaskState.HEALTHY): 3}),
    ]


@pytest.mark.parametrize("behave", ["", "crash", "unhealthy:after=60", "oom", "missing", "slow:start=300"])
@pytest.mark.parametrize("maximum", [200, 150])
def test_a_course_agrees_with_the_prediction(behave: str, maximum: int) -> None:
    prediction = run(behave, desired=4, maximum=maximum)
    moments = follow(prediction.events, 4)
    assert min(moment.healthy for moment in moments) == prediction.lowest_healthy
    present = [sum(n for (_, state), n in one.tasks.items() if state is not TaskState.LEAVING) for one in moments]
    assert max(present) == prediction.peak_tasks
    assert [moment.at for moment in moments] == sorted({moment.at for moment in moments})
    assert moments[-1].at <= prediction.duration


def test_a_first_release_finds_nothing_running() -> None:
    prediction = predict(Settings(desired_count=2, breaker=BREAKER), None, revision("new"))
    assert shown(follow(prediction.events, 0)[0]) == (0, {(1, TaskState.STARTING): 2})
    assert follow(prediction.events, 0)[-1].share(1) == 1
