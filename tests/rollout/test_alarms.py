"""Deployment alarms."""

from __future__ import annotations

from rollout.alarms import Alarms
from rollout.timeline import Cause, Kind
from tests.rollout.worlds import kinds, revision, roll_out, steady

ALARMS = Alarms(names=frozenset({"errors", "latency"}), enabled=True, rollback=True, bake_time=120)


def test_an_alarm_during_the_deployment_fails_it_and_rolls_back() -> None:
    service = steady(2, alarms=ALARMS)
    service.deploy(revision("new"))
    service.advance(service.now + 60)
    service.set_alarm("errors", alarming=True)
    service.run()
    events = service.take_events()
    assert [event.cause for event in events if event.kind is Kind.DEPLOYMENT_FAILED] == [Cause.ALARM]
    assert Kind.ROLLBACK_COMPLETED in kinds(events)
    assert service.primary.revision.name == "old"


def test_the_bake_time_follows_the_end_of_the_old_tasks_and_an_alarm_in_it_rolls_back() -> None:
    service = steady(2, alarms=ALARMS)
    service.deploy(revision("new"))
    service.advance(service.now + 150)
    assert kinds(service.take_events(), Kind.BAKE_STARTED, Kind.DEPLOYMENT_COMPLETED) == [Kind.BAKE_STARTED]
    service.set_alarm("latency", alarming=True)
    service.run()
    assert service.primary.revision.name == "old"
    assert service.steady


def test_a_quiet_bake_time_completes_the_deployment_at_its_end() -> None:
    events = roll_out(steady(2, alarms=ALARMS), revision("new"))
    bake, done = (
        next(event.at for event in events if event.kind is kind)
        for kind in (Kind.BAKE_STARTED, Kind.DEPLOYMENT_COMPLETED)
    )
    assert done - bake == 120


def test_an_alarm_that_was_there_before_makes_ecs_watch_none_and_the_model_says_so() -> None:
    service = steady(2, alarms=ALARMS)
    service.set_alarm("errors", alarming=True)
    service.deploy(revision("new"))
    service.advance(service.now + 60)
    service.set_alarm("latency", alarming=True)
    service.run()
    events = service.take_events()
    assert Kind.ALARMS_IGNORED in kinds(events)
    assert Kind.BAKE_STARTED not in kinds(events)
    assert service.primary.revision.name == "new"


def test_alarms_of_other_names_and_alarms_after_the_deployment_change_nothing() -> None:
    service = steady(2, alarms=ALARMS)
    service.deploy(revision("new"))
    service.set_alarm("something else", alarming=True)
    service.run()
    service.set_alarm("errors", alarming=True)
    service.run()
    assert service.primary.revision.name == "new"
    assert Kind.DEPLOYMENT_FAILED not in kinds(service.take_events())


def test_an_alarm_that_has_cleared_before_the_deployment_is_watched_again() -> None:
    service = steady(2, alarms=ALARMS)
    service.set_alarm("errors", alarming=True)
    service.set_alarm("errors", alarming=False)
    service.deploy(revision("new"))
    assert service.primary.watched


def test_without_rollback_an_alarm_leaves_the_failed_deployment_as_it_is() -> None:
    service = steady(2, alarms=Alarms(names=ALARMS.names, enabled=True))
    service.deploy(revision("new"))
    service.advance(service.now + 60)
    service.set_alarm("errors", alarming=True)
    service.run()
    events = service.take_events()
    assert Kind.ROLLBACK_STARTED not in kinds(events)
    assert service.primary.revision.name == "new"
