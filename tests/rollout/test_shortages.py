"""Launches for which there is no place: no capacity, or no free address."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rollout.alarms import Alarms
from rollout.deployment import State
from rollout.settings import Breaker, EarlySuccess
from rollout.strategy import Shifting, Strategy
from rollout.timeline import Cause, Event, Kind
from tests.rollout.worlds import HORIZON, Watch, count, kinds, revision, roll_out, steady

OFF = Breaker()
BAKES_AN_HOUR = Alarms(names=frozenset({"errors"}), enabled=True, bake_time=3600)


def test_a_launch_without_places_is_told_and_tried_again_at_growing_distances() -> None:
    service = steady(2, breaker=OFF)
    begin = service.now
    service.limit({"": 2}, Cause.ADDRESSES)
    service.deploy(revision("new"))
    service.advance(begin + 1000)
    failures = [event for event in service.take_events() if event.kind is Kind.PLACEMENT_FAILED]
    assert [event.at - begin for event in failures] == [0, 30, 60, 360, 960]
    assert {event.cause for event in failures} == {Cause.ADDRESSES}


def test_as_many_tasks_start_as_there_are_places_and_the_rest_when_old_ones_have_gone() -> None:
    service = steady(4, breaker=OFF)
    service.limit({"": 6})
    watch = Watch(service)
    service.deploy(revision("new"))
    watch.follow()
    events = service.take_events()
    assert service.steady
    assert service.count(2) == (0, 4)
    assert [len(event.tasks) for event in events if event.kind is Kind.TASKS_STARTED] == [2, 2]
    assert watch.lowest_healthy == 4


def test_a_deployment_goes_on_when_places_are_there_again() -> None:
    service = steady(2, breaker=OFF)
    service.limit({"": 2})
    service.deploy(revision("new"))
    service.advance(service.now + 40)
    service.limit({})
    service.run(service.now + HORIZON)
    assert service.primary.state is State.COMPLETED


def test_the_breaker_counts_every_try_without_a_place_and_rolls_back() -> None:
    service = steady(2)
    service.limit({"": 2})
    events = roll_out(service, revision("new"))
    assert kinds(events, Kind.PLACEMENT_FAILED, Kind.DEPLOYMENT_FAILED, Kind.ROLLBACK_COMPLETED) == [
        *[Kind.PLACEMENT_FAILED] * 3,
        Kind.DEPLOYMENT_FAILED,
        Kind.ROLLBACK_COMPLETED,
    ]
    assert count(events, Kind.TASKS_STARTED) == 0
    assert service.steady


def test_a_task_holds_its_place_until_it_has_stopped() -> None:
    service = steady(1, minimum_healthy_percent=0, maximum_percent=100, breaker=OFF)
    service.limit({"": 1})
    begin = service.now
    events = roll_out(service, revision("new"))
    assert service.primary.state is State.COMPLETED
    stopped, started = ([e.at - begin for e in events if e.kind is k] for k in (Kind.STOPPED, Kind.TASKS_STARTED))
    assert stopped == [42]
    assert started == [60]


def test_running_tasks_stay_when_places_become_fewer() -> None:
    service = steady(4)
    service.limit({"": 1})
    service.run()
    assert service.fleet.tasks() == 4


# A retry and the end of a bake time, both of which wake the scheduler


def times(events: list[Event], kind: Kind, begin: float) -> list[float]:
    return [event.at - begin for event in events if event.kind is kind]


def test_a_launch_is_tried_again_in_time_while_an_early_success_bakes_and_the_bake_time_ends_in_time_too() -> None:
    early = EarlySuccess(healthy_percent=50, leaves_old_tasks=True)
    service = steady(2, breaker=OFF, alarms=BAKES_AN_HOUR, early_success=early)
    begin = service.now
    service.limit({"": 3})
    events = roll_out(service, revision("new"))
    assert times(events, Kind.PLACEMENT_FAILED, begin) == [0, 30, 60]
    assert times(events, Kind.TASKS_STARTED, begin) == [0, 360]
    assert times(events, Kind.BAKE_STARTED, begin) == [52]
    assert times(events, Kind.DEPLOYMENT_COMPLETED, begin) == [52 + 3600]


@pytest.mark.parametrize(
    "baking",
    [{"alarms": BAKES_AN_HOUR}, {"shifting": Shifting(strategy=Strategy.BLUE_GREEN, bake=3600)}],
    ids=["alarms", "shift"],
)
def test_a_bake_time_ends_when_it_should_though_a_lost_task_was_tried_again_in_it(baking: dict[str, Any]) -> None:
    service = steady(2, breaker=OFF)
    service.configure(replace(service.settings, **baking))
    service.deploy(revision("new"))
    service.advance(service.now + 200)
    baked = service.primary.bake_until
    assert baked is not None
    service.limit({"": 1})
    service.stop_task(3)
    service.advance(service.now + 300)
    service.limit({})
    service.advance(baked - 1)
    assert service.count(2) == (0, 2)
    events = service.take_events()
    assert Kind.PLACEMENT_FAILED in kinds(events)
    service.run(service.now + HORIZON)
    ended = {Kind.DEPLOYMENT_COMPLETED} if "alarms" in baking else {Kind.STAGE_REACHED}
    assert next(event.at for event in service.take_events() if event.kind in ended) == baked
