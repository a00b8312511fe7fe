"""Scale-in protection: tasks that neither a deployment nor scaling stops."""

from __future__ import annotations

from rollout.deployment import State
from rollout.timeline import Cause, Kind
from tests.rollout.worlds import Watch, limits, revision, roll_out, steady


def test_a_deployment_waits_for_the_end_of_a_task_s_protection() -> None:
    service = steady(2)
    begin = service.now
    assert service.protect(1, begin + 1000)
    service.deploy(revision("new"))
    service.advance(begin + 999)
    assert service.primary.state is State.IN_PROGRESS
    assert service.count(1) == (0, 1)
    assert service.count(2) == (0, 2)
    service.run()
    assert service.primary.state is State.COMPLETED
    stopped = [event for event in service.take_events() if event.kind is Kind.TASKS_STOPPED]
    assert [(event.at - begin, event.tasks) for event in stopped] == [(52, (2,)), (1000, (1,))]


def test_protection_that_is_taken_away_lets_the_deployment_end() -> None:
    service = steady(2)
    service.protect(1, service.now + 10_000)
    service.deploy(revision("new"))
    service.advance(service.now + 500)
    assert service.protect(1, None)
    assert service.protected_until(1) is None
    service.advance(service.now + 60)
    assert service.primary.state is State.COMPLETED


def test_a_later_protection_replaces_the_former_one() -> None:
    service = steady(2)
    service.protect(1, service.now + 10_000)
    service.protect(1, service.now + 100)
    assert service.protected_until(1) == service.now + 100
    service.scale(1)
    service.protect(2, service.now + 10_000)
    service.run()
    assert service.count(1) == (0, 1)


def test_scaling_in_stops_only_tasks_that_are_not_protected() -> None:
    service = steady(4)
    for task in (2, 3, 4):
        service.protect(task, service.now + 1000)
    service.scale(2)
    assert service.count(1) == (0, 3)
    service.run()
    assert service.count(1) == (0, 2)


def test_protected_tasks_count_towards_the_maximum() -> None:
    service = steady(4, minimum_healthy_percent=50, maximum_percent=100)
    for task in (1, 2, 3, 4):
        service.protect(task, service.now + 1000)
    watch = Watch(service)
    service.deploy(revision("new"))
    watch.follow()
    assert watch.most_tasks == limits(service.settings)[1]
    assert service.primary.state is State.COMPLETED


def test_a_person_may_stop_a_protected_task() -> None:
    service = steady(2)
    service.protect(1, service.now + 1000)
    assert service.stop_task(1)
    assert service.protected_until(1) is not None
    service.run()
    assert service.protected_until(1) is None


def test_a_protected_task_that_fails_its_health_checks_is_replaced() -> None:
    service = steady(2)
    roll_out(service, revision("new", "unhealthy:after=500"))
    begin = service.now
    service.deploy(revision("ill", "unhealthy:after=500"))
    service.advance(begin + 100)
    for task in service.fleet.wanted()[0].tasks:
        service.protect(task, begin + 100_000)
    service.take_events()
    service.advance(begin + 700)
    stopped = [event for event in service.take_events() if event.kind is Kind.TASKS_STOPPED]
    assert {event.cause for event in stopped} == {Cause.HEALTH_CHECKS}


def test_a_deleted_service_stops_its_protected_tasks() -> None:
    service = steady(2)
    service.protect(1, service.now + 1000)
    service.delete()
    service.run()
    assert service.inactive


def test_a_task_that_is_unknown_or_on_its_way_out_cannot_be_protected() -> None:
    service = steady(2)
    service.stop_task(1)
    assert not service.protect(1, service.now + 1000)
    assert not service.protect(99, service.now + 1000)
