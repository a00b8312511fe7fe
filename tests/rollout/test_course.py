"""The course of whole rollouts: what happens, in which order, and how it ends."""

from __future__ import annotations

from itertools import pairwise

import pytest

from rollout.deployment import State
from rollout.revision import ContainerCheck, TargetCheck
from rollout.service import Service
from rollout.settings import Breaker, Settings
from rollout.timeline import Cause, Event, Kind
from tests.rollout.worlds import BREAKER, HORIZON, count, kinds, revision, roll_out, steady

ENDS = (
    Kind.DEPLOYMENT_STARTED,
    Kind.DEPLOYMENT_COMPLETED,
    Kind.DEPLOYMENT_FAILED,
    Kind.DEPLOYMENT_SUPERSEDED,
    Kind.ROLLBACK_STARTED,
    Kind.ROLLBACK_COMPLETED,
    Kind.ROLLBACK_FAILED,
    Kind.STEADY_STATE,
    Kind.BLOCKED,
)


def story(events: list[Event]) -> list[Kind]:
    """What the events tell of deployments."""
    return kinds(events, *ENDS)


def test_a_new_service_completes_its_first_deployment() -> None:
    service = Service(Settings(desired_count=2), revision("r"))
    service.run()
    assert story(service.take_events()) == [Kind.DEPLOYMENT_STARTED, Kind.DEPLOYMENT_COMPLETED, Kind.STEADY_STATE]


def test_a_service_of_no_tasks_is_steady_at_once() -> None:
    service = Service(Settings(desired_count=0), revision("r"))
    assert service.steady
    assert service.next_event_at() is None


def test_with_room_all_new_tasks_start_at_once_and_the_old_ones_stop_when_those_are_healthy() -> None:
    events = roll_out(steady(4), revision("new"))
    started = [event for event in events if event.kind is Kind.TASKS_STARTED]
    stopped = [event for event in events if event.kind is Kind.TASKS_STOPPED]
    healthy = [event for event in events if event.kind is Kind.HEALTHY]
    assert [len(event.tasks) for event in started] == [4]
    assert {event.at for event in stopped} == {event.at for event in healthy}
    assert count(events, Kind.TASKS_STOPPED) == 4


def test_without_room_half_of_the_old_tasks_stop_before_new_ones_start() -> None:
    events = roll_out(steady(4, minimum_healthy_percent=50, maximum_percent=100), revision("new"))
    moves = [(e.kind, len(e.tasks)) for e in events if e.kind in {Kind.TASKS_STARTED, Kind.TASKS_STOPPED}]
    assert moves == [(Kind.TASKS_STOPPED, 2), (Kind.TASKS_STARTED, 2)] * 2


def test_a_rollout_of_ten_with_room_for_two_goes_in_five_batches() -> None:
    events = roll_out(steady(10, maximum_percent=120), revision("new"))
    assert [len(event.tasks) for event in events if event.kind is Kind.TASKS_STARTED] == [2] * 5


def test_a_deployment_is_complete_only_when_the_old_tasks_have_stopped() -> None:
    slow_to_drain = revision("old", target=TargetCheck(interval=10, healthy_threshold=2, deregistration_delay=120))
    service = Service(Settings(desired_count=4, maximum_percent=150), slow_to_drain)
    service.run()
    service.take_events()
    events = roll_out(service, revision("new"))
    last_stop = max(event.at for event in events if event.kind is Kind.STOPPED)
    assert next(event.at for event in events if event.kind is Kind.DEPLOYMENT_COMPLETED) == last_stop


def test_no_room_in_either_direction_blocks_the_deployment_until_the_settings_change() -> None:
    service = steady(2, maximum_percent=100)
    assert story(roll_out(service, revision("new"))) == [Kind.DEPLOYMENT_STARTED, Kind.BLOCKED]
    service.configure(Settings(desired_count=2, maximum_percent=150))
    service.run()
    assert service.steady


@pytest.mark.parametrize("behave", ["crash", "oom", "unhealthy", "missing", "slow:start=600"])
def test_a_broken_revision_trips_the_breaker_and_the_old_one_stays(behave: str) -> None:
    service = steady(2)
    events = roll_out(service, revision("new", behave))
    assert story(events) == [
        Kind.DEPLOYMENT_STARTED,
        Kind.DEPLOYMENT_FAILED,
        Kind.ROLLBACK_STARTED,
        Kind.DEPLOYMENT_COMPLETED,
        Kind.ROLLBACK_COMPLETED,
        Kind.STEADY_STATE,
    ]
    assert service.primary.revision.name == "old"
    failed = next(event for event in events if event.kind is Kind.DEPLOYMENT_FAILED)
    assert failed.failures >= 3


@pytest.mark.parametrize(
    ("behave", "cause"),
    [
        ("crash", Cause.TASKS_FAILED_TO_START),
        ("missing", Cause.TASKS_FAILED_TO_START),
        ("unhealthy", Cause.TASKS_FAILED_HEALTH_CHECKS),
    ],
)
def test_a_failure_tells_which_stage_of_the_breaker_saw_it(behave: str, cause: Cause) -> None:
    events = roll_out(steady(2), revision("new", behave))
    assert [event.cause for event in events if event.kind is Kind.DEPLOYMENT_FAILED] == [cause]


def test_a_rollback_starts_again_what_the_failed_deployment_had_replaced() -> None:
    service = steady(4, minimum_healthy_percent=50, maximum_percent=100)
    events = roll_out(service, revision("new", "crash"))
    after = events[kinds(events).index(Kind.ROLLBACK_STARTED) :]
    assert count(after, Kind.TASKS_STARTED) == 2
    assert service.steady
    assert service.primary.id == 1


def test_without_rollback_the_failed_deployment_stalls_and_nothing_more_starts() -> None:
    service = steady(2, breaker=Breaker(enabled=True, rollback=False))
    events = roll_out(service, revision("new", "crash"))
    assert story(events) == [Kind.DEPLOYMENT_STARTED, Kind.DEPLOYMENT_FAILED]
    assert service.primary.state is State.FAILED
    assert service.count(1) == (0, 2)
    assert service.next_event_at() is None


def test_unhealthy_tasks_of_a_stalled_deployment_are_stopped_and_not_replaced() -> None:
    service = steady(2, breaker=Breaker(enabled=True, rollback=False))
    roll_out(service, revision("new", "unhealthy"))
    assert service.count(2) == (0, 0)
    assert service.count(1) == (0, 2)


def test_a_first_deployment_that_fails_has_nothing_to_go_back_to() -> None:
    service = Service(Settings(desired_count=2, breaker=BREAKER), revision("r", "crash"))
    service.run()
    assert story(service.take_events()) == [Kind.DEPLOYMENT_STARTED, Kind.DEPLOYMENT_FAILED, Kind.ROLLBACK_FAILED]
    assert service.fleet.tasks() == 0


def test_the_rollback_goes_to_the_last_completed_deployment_not_to_the_last_one() -> None:
    service = steady(2)
    roll_out(service, revision("good"))
    service.deploy(revision("interrupted"))
    service.advance(service.now + 20)
    roll_out(service, revision("bad", "crash"))
    assert service.primary.revision.name == "good"
    assert service.steady


def test_a_deployment_in_the_place_of_one_in_progress_stops_the_tasks_of_both_others() -> None:
    service = steady(2)
    service.deploy(revision("second"))
    service.advance(service.now + 35)
    events = roll_out(service, revision("third"))
    assert story(events)[-2:] == [Kind.DEPLOYMENT_COMPLETED, Kind.STEADY_STATE]
    assert Kind.DEPLOYMENT_SUPERSEDED in kinds(events)
    assert service.fleet.deployments() == {3}


def test_a_person_can_stop_a_deployment_even_where_no_rollback_is_configured() -> None:
    service = steady(2, breaker=Breaker())
    service.deploy(revision("new"))
    service.advance(service.now + 60)
    assert service.stop_deployment()
    service.run()
    events = service.take_events()
    assert Kind.ROLLBACK_COMPLETED in kinds(events)
    assert service.primary.revision.name == "old"
    assert not service.stop_deployment()


def test_a_healthy_task_sets_the_count_of_failures_back_unless_configured_otherwise() -> None:
    flapping = revision("new", "crash:after=60")
    forgiving = steady(2, minimum_healthy_percent=50, maximum_percent=100)
    forgiving.deploy(flapping)
    forgiving.advance(forgiving.now + 3600)
    assert forgiving.primary.state is State.IN_PROGRESS
    strict = steady(
        2,
        minimum_healthy_percent=50,
        maximum_percent=100,
        breaker=Breaker(enabled=True, rollback=True, reset_on_healthy_task=False),
    )
    strict.deploy(flapping)
    strict.advance(strict.now + 3600)
    assert strict.primary.revision.name == "old"


def test_a_deployment_in_the_place_of_another_stops_what_is_not_healthy_and_keeps_the_minimum() -> None:
    service = steady(2)
    service.deploy(revision("second"))
    service.advance(service.now + 20)
    service.deploy(revision("third"))
    assert service.count(2) == (0, 0)
    assert service.count(1) == (0, 2)


def test_a_deployment_that_fails_while_the_service_is_still_rolling_back_has_nothing_to_go_back_to() -> None:
    service = steady(4, minimum_healthy_percent=50, maximum_percent=100)
    service.deploy(revision("new", "crash"))
    while Kind.ROLLBACK_STARTED not in kinds(service.take_events()):
        at = service.next_event_at()
        assert at is not None
        service.advance(at)
    events = roll_out(service, revision("another", "crash"))
    assert Kind.ROLLBACK_FAILED in kinds(events)
    assert service.primary.state is State.FAILED


def test_a_task_that_ended_by_itself_is_replaced_when_it_has_stopped() -> None:
    service = Service(Settings(desired_count=1), revision("r", "crash"))
    service.advance(200)
    events = service.take_events()
    starts = [event.at for event in events if event.kind is Kind.TASKS_STARTED]
    stops = [event.at for event in events if event.kind is Kind.STOPPED]
    assert starts[1:] == stops
    assert len(starts) > 3


def test_a_stopped_task_is_replaced() -> None:
    service = steady(3)
    assert service.stop_task(2)
    service.run()
    events = service.take_events()
    assert [event.tasks for event in events if event.kind is Kind.TASKS_STARTED] == [(4,)]
    assert story(events) == [Kind.STEADY_STATE]
    assert not service.stop_task(2)


def test_after_the_rollout_an_unhealthy_task_is_replaced_before_it_is_stopped() -> None:
    service = Service(
        Settings(desired_count=2),
        revision("r", "unhealthy:after=600", target=None, container=ContainerCheck(interval=10)),
    )
    service.advance(700)
    moves = [e.kind for e in service.take_events() if e.at > 600 and e.kind in {Kind.TASKS_STARTED, Kind.TASKS_STOPPED}]
    assert moves == [Kind.TASKS_STARTED, Kind.TASKS_STOPPED]


def test_without_room_for_a_replacement_unhealthy_tasks_are_stopped_one_at_a_time() -> None:
    service = Service(
        Settings(desired_count=3, maximum_percent=100),
        revision("r", "unhealthy:after=600", target=None, container=ContainerCheck(interval=10)),
    )
    service.advance(1000)
    moves = [e for e in service.take_events() if e.at > 600 and e.kind in {Kind.TASKS_STARTED, Kind.TASKS_STOPPED}]
    assert [(event.kind, len(event.tasks)) for event in moves] == [(Kind.TASKS_STOPPED, 1), (Kind.TASKS_STARTED, 1)] * 3
    assert len({event.at for event in moves}) == 3


def test_scaling_is_no_deployment_and_stops_the_newest_tasks_first() -> None:
    service = steady(2)
    service.scale(4)
    service.run()
    service.scale(3)
    service.run()
    events = service.take_events()
    assert Kind.DEPLOYMENT_STARTED not in kinds(events)
    assert [event.tasks for event in events if event.kind is Kind.TASKS_STOPPED] == [(3,)]
    assert service.steady


def test_scaling_in_the_middle_of_a_rollout_ends_with_the_new_number_of_new_tasks() -> None:
    service = steady(4)
    service.deploy(revision("new"))
    service.advance(service.now + 20)
    service.scale(6)
    service.run()
    assert service.count(2) == (0, 6)
    assert service.steady


def test_a_deleted_service_is_inactive_when_its_last_task_has_stopped() -> None:
    service = steady(2)
    service.delete()
    assert not service.inactive
    service.run()
    assert service.inactive
    assert kinds(service.take_events())[-1] is Kind.SERVICE_INACTIVE


def test_tasks_that_never_start_are_tried_again_at_growing_distances() -> None:
    service = steady(1, breaker=Breaker())
    service.deploy(revision("new", "missing"))
    service.advance(service.now + HORIZON / 4)
    starts = [event.at for event in service.take_events() if event.kind is Kind.TASKS_STARTED]
    gaps = [round(later - earlier) for earlier, later in pairwise(starts)]
    assert gaps[:6] == [125, 125, 395, 695, 1295, 1715]


def test_tasks_that_never_ran_count_for_the_breaker_when_ecs_tries_again() -> None:
    service = steady(1, breaker=Breaker(enabled=True, rollback=True))
    begin = service.now
    service.deploy(revision("new", "missing"))
    service.run()
    events = service.take_events()
    starts = [event.at - begin for event in events if event.kind is Kind.TASKS_STARTED]
    failed = next(event.at - begin for event in events if event.kind is Kind.DEPLOYMENT_FAILED)
    stopped = next(event.at - begin for event in events if event.kind is Kind.TASKS_STOPPED)
    assert starts == [0, 125, 250, 645]
    assert failed == stopped == 645


def test_an_image_pushed_meanwhile_is_used_by_the_next_launch() -> None:
    service = steady(1)
    number = service.deploy(revision("new", "missing"))
    service.advance(service.now + 20)
    service.revise(number, revision("new"))
    service.run()
    assert service.primary.id == number
    assert service.steady
