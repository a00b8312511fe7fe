"""Availability Zones: where tasks start, which ones stop, and how a service gets back into balance."""

from __future__ import annotations

from collections import Counter

import pytest

from rollout.service import Service
from rollout.settings import Settings
from rollout.timeline import Cause, Kind
from rollout.zones import moves, spread
from tests.rollout.worlds import HORIZON, Watch, kinds, revision, roll_out

ZONES = ("a", "b", "c")


def in_zones(service: Service) -> dict[str, int]:
    """Tasks that are wanted, by zone."""
    return dict(sorted(service.fleet.in_zones().items()))


def settled(
    desired: int, *, zones: tuple[str, ...] = ZONES, full: tuple[str, ...] = (), **settings: int | bool
) -> Service:
    """A steady service, started while there was no place in the zones in ``full``."""
    service = Service(Settings(desired_count=0, **settings), revision("old", zones=zones))  # type: ignore[arg-type]
    service.limit(dict.fromkeys(full, 0))
    service.scale(desired)
    service.run()
    assert service.steady
    service.take_events()
    return service


@pytest.mark.parametrize(
    ("number", "held", "free", "chosen"),
    [
        (4, {}, {}, ["a", "b", "c", "a"]),
        (2, {"a": 1}, {}, ["b", "c"]),
        (3, {"a": 2, "b": 0, "c": 1}, {}, ["b", "c", "b"]),
        (3, {}, {"b": 0}, ["a", "c", "a"]),
        (3, {}, {"a": 1, "b": 0, "c": 1}, ["a", "c"]),
    ],
)
def test_a_new_task_goes_to_the_zone_with_fewest_tasks_that_has_a_place(
    number: int, held: dict[str, int], free: dict[str, int], chosen: list[str]
) -> None:
    assert spread(number, ZONES, held, {}, free) == chosen


def test_between_zones_with_as_many_tasks_the_deployment_s_own_decide() -> None:
    assert spread(2, ZONES, {"a": 2, "b": 2, "c": 2}, {"a": 1}, {}) == ["b", "c"]


def test_a_rollout_of_one_task_at_a_time_keeps_the_zones_in_balance() -> None:
    service = settled(6, maximum_percent=117)
    roll_out(service, revision("new", zones=ZONES))
    assert in_zones(service) == {"a": 2, "b": 2, "c": 2}


@pytest.mark.parametrize(
    ("held", "free", "number"),
    [
        ({"a": 2, "b": 2, "c": 2}, {}, 0),
        ({"a": 2, "b": 2, "c": 1}, {}, 0),
        ({"a": 3, "b": 3}, {}, 2),
        ({"a": 6}, {}, 4),
        ({"a": 6}, {"b": 1, "c": 0}, 1),
    ],
)
def test_tasks_move_until_no_zone_has_two_more_than_another(
    held: dict[str, int], free: dict[str, int], number: int
) -> None:
    assert moves(ZONES, held, free) == number


def test_a_rollout_keeps_the_zones_in_balance_at_its_end() -> None:
    service = settled(7)
    roll_out(service, revision("new", zones=ZONES))
    assert in_zones(service) == {"a": 2, "b": 3, "c": 2}


def test_old_tasks_stop_in_the_zone_that_has_most() -> None:
    service = settled(6)
    service.scale(3)
    assert in_zones(service) == {"a": 1, "b": 1, "c": 1}


def test_a_start_tells_the_zone_of_each_task() -> None:
    service = Service(Settings(desired_count=3), revision("old", zones=ZONES))
    (started,) = [event for event in service.take_events() if event.kind is Kind.TASKS_STARTED]
    assert started.zones == ZONES


def test_without_rebalancing_tasks_stay_where_they_are() -> None:
    service = settled(6, full=("c",))
    service.limit({})
    service.run()
    assert in_zones(service) == {"a": 3, "b": 3}
    assert service.take_events() == []


def test_rebalancing_starts_tasks_where_there_are_fewest_and_then_stops_them_where_there_are_most() -> None:
    service = settled(6, full=("c",), rebalancing=True)
    watch = Watch(service)
    service.limit({})
    watch.follow()
    events = service.take_events()
    assert in_zones(service) == {"a": 2, "b": 2, "c": 2}
    assert watch.lowest_healthy == 6
    assert watch.most_tasks == 8
    assert kinds(
        events, Kind.REBALANCING_STARTED, Kind.TASKS_STARTED, Kind.HEALTHY, Kind.TASKS_STOPPED, Kind.REBALANCED
    ) == [
        Kind.REBALANCING_STARTED,
        Kind.TASKS_STARTED,
        Kind.HEALTHY,
        Kind.TASKS_STOPPED,
        Kind.REBALANCED,
    ]
    moved = [event for event in events if event.kind in {Kind.TASKS_STARTED, Kind.TASKS_STOPPED}]
    assert {event.cause for event in moved} == {Cause.REBALANCING}


def test_rebalancing_stays_within_the_maximum() -> None:
    service = settled(6, full=("c",), rebalancing=True, maximum_percent=117)
    watch = Watch(service)
    service.limit({})
    watch.follow()
    assert in_zones(service) == {"a": 2, "b": 2, "c": 2}
    assert watch.most_tasks == 7


def test_without_room_above_the_desired_count_nothing_is_rebalanced() -> None:
    service = settled(6, full=("c",), rebalancing=True, maximum_percent=100)
    service.limit({})
    service.run()
    assert in_zones(service) == {"a": 3, "b": 3}


def test_a_deployment_in_the_middle_of_rebalancing_takes_over() -> None:
    service = settled(6, full=("c",), rebalancing=True)
    service.limit({})
    service.advance(service.now + 5)
    roll_out(service, revision("new", zones=ZONES))
    assert service.steady
    assert service.fleet.tasks() == 6
    assert {zone for _, zone in service.fleet.zones.items()} == set(ZONES)


def test_scaling_in_the_middle_of_rebalancing_ends_with_the_wanted_number() -> None:
    service = settled(6, full=("c",), rebalancing=True)
    service.limit({})
    service.advance(service.now + 5)
    service.scale(3)
    service.run()
    assert in_zones(service) == {"a": 1, "b": 1, "c": 1}


def test_a_task_that_dies_while_tasks_move_is_replaced() -> None:
    service = settled(6, full=("c",), rebalancing=True)
    service.limit({})
    service.advance(service.now + 5)
    service.stop_task(1)
    service.run()
    assert in_zones(service) == {"a": 2, "b": 2, "c": 2}


def test_tasks_of_a_revision_without_zones_have_none() -> None:
    service = settled(4, zones=())
    roll_out(service, revision("new"))
    assert Counter(service.fleet.zones) == {}


def test_no_task_moves_while_one_is_protected() -> None:
    service = settled(6, full=("c",), rebalancing=True)
    service.protect(1, service.now + 1000)
    service.limit({})
    service.advance(service.now + 999)
    assert in_zones(service) == {"a": 3, "b": 3}
    service.run(service.now + HORIZON)
    assert in_zones(service) == {"a": 2, "b": 2, "c": 2}
