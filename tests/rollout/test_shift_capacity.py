"""Tasks and traffic of both revisions while a deployment shifts traffic, whatever happens to them."""

from __future__ import annotations

import pickle
from dataclasses import replace
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollout.alarms import Alarms
from rollout.deployment import State
from rollout.reactions import PUBLISHED
from rollout.service import Service
from rollout.settings import Breaker, Settings, ThresholdType
from rollout.strategy import Hook, Shifting, Stage, Strategy
from rollout.timeline import Cause, Kind
from tests.rollout.test_shift import BEHAVIOURS, SHIFTINGS, at, rolled, shares, stages
from tests.rollout.worlds import HORIZON, Watch, kinds, revision, roll_out

ALARMS = Alarms(names=frozenset({"errors"}), enabled=True, rollback=True)
BLUE_GREEN = Shifting(strategy=Strategy.BLUE_GREEN, bake=600)
TRIPS_AT_ONCE = Breaker(enabled=True, threshold_type=ThresholdType.COUNT, threshold_value=1)
HEALTHY_AFTER = 52.0


def baking(service: Service) -> None:
    """Let a new revision take over, up to its bake time."""
    service.deploy(revision("new"))
    service.advance(service.now + HEALTHY_AFTER + 10)
    assert service.production == {2: 100}
    service.take_events()


def test_traffic_goes_back_at_once_even_while_an_old_task_is_being_replaced() -> None:
    service = rolled(BLUE_GREEN, alarms=ALARMS)
    baking(service)
    service.stop_task(1)
    service.set_alarm("errors", alarming=True)
    assert service.count(1) == (1, 1)
    assert service.production == service.test == {1: 100}
    service.run()
    assert service.count(1) == (0, 2)
    assert service.fleet.deployments() == {1}


def test_an_old_revision_whose_last_task_ended_by_itself_is_replaced_until_the_clean_up() -> None:
    service = Service(Settings(desired_count=1), revision("old", "crash:after=300"))
    service.advance(100)
    service.configure(replace(service.settings, shifting=BLUE_GREEN))
    service.deploy(revision("new"))
    service.advance(400)
    assert service.count(1) == (0, 1)
    assert service.fleet.find(1) is None


def test_the_first_deployment_runs_its_hooks_but_has_nothing_to_bake_or_to_shift_in_steps() -> None:
    hook = Hook(stages=frozenset({Stage.POST_SCALE_UP}), after=20)
    canary = Shifting(strategy=Strategy.CANARY, step=10, step_bake=600, bake=600, hooks=(hook,))
    service = Service(Settings(desired_count=2, shifting=canary), revision("first"))
    service.run()
    events = service.take_events()
    assert kinds(events, Kind.HOOK_PASSED) == [Kind.HOOK_PASSED]
    assert at(events, Kind.DEPLOYMENT_COMPLETED) == HEALTHY_AFTER + 20
    assert shares(events) == [(HEALTHY_AFTER + 20, 1, 100)]
    assert stages(events).count(Stage.PRODUCTION_TRAFFIC_SHIFT) == 1


def test_a_function_can_be_answered_from_outside() -> None:
    for passes, primary in ((True, 2), (False, 1)):
        hook = Hook(stages=frozenset({Stage.POST_SCALE_UP}), after=inf)
        service = rolled(replace(BLUE_GREEN, hooks=(hook,)))
        service.deploy(revision("new"))
        service.advance(service.now + HEALTHY_AFTER + 100)
        assert not service.continue_deployment(1, proceed=True)
        assert service.answer_hook(1, passes=passes)
        assert not service.answer_hook(1, passes=passes)
        service.run()
        assert service.primary.id == primary
        events = service.take_events()
        assert kinds(events, Kind.HOOK_PASSED, Kind.HOOK_FAILED) == [Kind.HOOK_PASSED if passes else Kind.HOOK_FAILED]
        if not passes:
            assert [event.cause for event in events if event.kind is Kind.DEPLOYMENT_FAILED] == [Cause.HOOK_FAILED]


def test_a_revision_that_never_starts_trips_the_breaker_in_a_blue_green_deployment_too() -> None:
    service = rolled(BLUE_GREEN)
    events = roll_out(service, revision("new", "missing"))
    assert [event.cause for event in events if event.kind is Kind.DEPLOYMENT_FAILED] == [Cause.TASKS_FAILED_TO_START]
    assert shares(events) == []


def test_a_breaker_without_rollback_leaves_both_revisions_and_the_weights_as_they_are() -> None:
    service = rolled(BLUE_GREEN, breaker=Breaker(enabled=True))
    service.deploy(revision("new", "unhealthy"))
    service.run(service.now + 2 * HORIZON)
    assert service.primary.state is State.FAILED
    assert service.production == {1: 100}
    assert service.count(1) == (0, 2)


def test_a_service_can_be_deleted_in_the_middle() -> None:
    service = rolled(BLUE_GREEN)
    baking(service)
    service.delete()
    service.run()
    assert service.inactive
    assert not service.fleet.batches


def test_a_function_that_answers_in_progress_is_heard_when_it_is_called_again() -> None:
    hook = Hook(stages=frozenset({Stage.POST_SCALE_UP}), after=70, call_back_delay=30)
    events = roll_out(rolled(replace(BLUE_GREEN, hooks=(hook,))), revision("new"))
    assert at(events, Kind.HOOK_PASSED) - at(events, Kind.HOOK_STARTED) == 90


def test_protected_tasks_of_the_old_revision_outlast_its_clean_up() -> None:
    service = rolled(BLUE_GREEN)
    until = service.now + 5000
    service.protect(1, until)
    service.deploy(revision("new"))
    service.advance(until - 1)
    assert service.production == {2: 100}
    assert service.count(1) == (0, 1)
    service.run()
    assert service.primary.state is State.COMPLETED
    assert service.fleet.deployments() == {2}


def test_an_old_task_that_finds_no_place_is_tried_again_while_the_new_revision_bakes() -> None:
    service = rolled(replace(BLUE_GREEN, bake=3600), breaker=Breaker())
    baking(service)
    service.limit({"": 3})
    service.stop_task(1)
    service.advance(service.now + 100)
    assert service.count(1) == (0, 1)
    service.limit({})
    service.advance(service.now + 900)
    assert service.count(1) == (0, 2)


def test_a_rolling_deployment_in_the_place_of_a_shift_takes_all_traffic_back_first() -> None:
    service = rolled(Shifting(strategy=Strategy.CANARY, step=10, step_bake=600))
    service.deploy(revision("new"))
    service.advance(service.now + HEALTHY_AFTER + 10)
    assert service.production == {1: 90, 2: 10}
    service.configure(replace(service.settings, shifting=None))
    service.deploy(revision("newer"))
    assert service.production == service.test == {1: 100}
    service.run()
    assert service.production == {3: 100}
    assert service.fleet.deployments() == {3}


def cleaning_up(service: Service) -> None:
    """Let a new revision take over, up to its clean-up."""
    service.deploy(revision("new"))
    service.advance(service.now + HEALTHY_AFTER + 600 + 1)
    assert service.count(1) == (0, 0)
    service.take_events()


def healthy_after_all(service: Service) -> int:
    """The fewest healthy tasks from now on."""
    watch = Watch(service)
    watch.follow(service.now + HORIZON)
    return watch.lowest_healthy


def test_a_deployment_that_begins_in_a_clean_up_leaves_the_traffic_where_the_tasks_still_run() -> None:
    service = rolled(BLUE_GREEN)
    cleaning_up(service)
    service.deploy(revision("newer"))
    assert service.production == service.test == {2: 100}
    service.advance(service.now + 20)
    service.deploy(revision("newest"))
    assert service.production == service.test == {2: 100}
    assert healthy_after_all(service) == 2
    assert service.production == {4: 100}
    assert service.fleet.deployments() == {4}


def test_one_that_began_in_a_clean_up_and_fails_gives_its_traffic_back_before_old_tasks_are_started_again() -> None:
    service = rolled(replace(BLUE_GREEN, strategy=Strategy.CANARY, step=10, step_bake=60), alarms=ALARMS)
    service.deploy(revision("new"))
    service.advance(service.now + HEALTHY_AFTER + 60 + 600 + 1)
    service.deploy(revision("newer"))
    service.advance(service.now + 100)
    assert service.production == {2: 90, 3: 10}
    service.set_alarm("errors", alarming=True)
    assert service.production == service.test == {2: 100}
    began, watch = service.now, Watch(service)
    watch.follow(began + HORIZON)
    assert (watch.lowest_healthy, watch.most_tasks) == (2, 4)
    assert service.steady
    assert service.primary.revision.name == "old"
    assert service.production == {1: 100}
    told = [event for event in service.take_events() if event.kind is Kind.STAGE_REACHED and event.at > began]
    assert {event.deployment for event in told} == {3}


def test_a_deployment_in_the_place_of_a_rollback_whose_old_tasks_are_starting_leaves_the_traffic_where_it_is() -> None:
    service = rolled(BLUE_GREEN, alarms=ALARMS)
    cleaning_up(service)
    service.stop_deployment()
    service.advance(service.now + 10)
    service.deploy(revision("newer"))
    assert service.production == {2: 100}
    assert healthy_after_all(service) == 2
    assert service.production == {3: 100}


def test_a_deployment_is_not_forgotten_while_it_has_traffic_though_its_tasks_are_gone() -> None:
    service = rolled(BLUE_GREEN, breaker=TRIPS_AT_ONCE, reactions=PUBLISHED)
    service.deploy(revision("new", "crash:after=200"))
    service.advance(service.now + 1000)
    assert (service.primary.state, service.production, service.count(2)) == (State.FAILED, {2: 100}, (0, 0))
    service.deploy(revision("newer"))
    assert service.production == {2: 100}
    assert set(service.deployments) == {1, 2, 3}
    service.run(service.now + HORIZON)
    assert service.production == {3: 100}
    assert set(service.deployments) == {3}


@pytest.mark.parametrize("behave", ["crash:after=30", "crash:after=100"], ids=["test traffic", "all traffic"])
def test_traffic_that_met_nobody_any_more_is_back_at_the_old_revision_before_the_next_one_starts(behave: str) -> None:
    hook = Hook(stages=frozenset({Stage.TEST_TRAFFIC_SHIFT}), after=20)
    service = rolled(BLUE_GREEN, desired=1, breaker=TRIPS_AT_ONCE)
    service.configure(replace(service.settings, shifting=replace(BLUE_GREEN, hooks=(hook,))))
    service.deploy(revision("new", behave))
    service.advance(service.now + 1000)
    assert (service.primary.state, service.test) == (State.FAILED, {2: 100})
    assert service.count(2) == (0, 0)
    service.deploy(revision("newer"))
    assert service.production == service.test == {1: 100}


@settings(deadline=None, max_examples=300, derandomize=True)
@given(shifting=SHIFTINGS, behave=BEHAVIOURS, desired=st.integers(1, 12))
def test_the_old_capacity_never_falls_under_the_desired_count_before_the_clean_up_whatever_the_new_revision_does(
    shifting: Shifting, behave: str, desired: int
) -> None:
    service = rolled(shifting, desired=desired)
    service.deploy(revision("new", behave))
    until = service.now + 2 * HORIZON
    while (moment := service.next_event_at()) is not None and moment < until:
        service.advance(moment)
        shift = service.primary.shift
        if service.primary.id != 1 and (shift is None or shift.stage is Stage.CLEAN_UP):
            return
        old = [batch for batch in service.fleet.wanted() if batch.deployment == 1 and batch.healthy]
        assert sum(len(batch.tasks) for batch in old) >= desired


@settings(deadline=None, max_examples=200, derandomize=True)
@given(shifting=SHIFTINGS, behave=BEHAVIOURS, naps=st.lists(st.floats(0.1, 500), max_size=20))
def test_the_same_shift_has_the_same_timeline_however_time_passes_and_across_pickling(
    shifting: Shifting, behave: str, naps: list[float]
) -> None:
    at_once, in_steps = rolled(shifting), rolled(shifting)
    until = at_once.now + 5000
    for service in (at_once, in_steps):
        service.deploy(revision("new", behave))
    at_once.advance(until)
    for nap in naps:
        in_steps.advance(min(until, in_steps.now + nap))
        in_steps = pickle.loads(pickle.dumps(in_steps))  # noqa: S301 - our own bytes
    in_steps.advance(until)
    assert at_once.take_events() == in_steps.take_events()


@settings(deadline=None, max_examples=300, derandomize=True)
@given(
    shifting=SHIFTINGS,
    behave=BEHAVIOURS,
    commands=st.lists(
        st.tuples(
            st.floats(0, 400), st.sampled_from(["deploy", "scale", "stop", "back", "continue", "answer", "alarm"])
        ),
        max_size=8,
    ),
    number=st.integers(0, 8),
)
def test_no_task_is_without_an_owner_and_traffic_always_meets_somebody_whatever_is_done(
    shifting: Shifting, behave: str, commands: list[tuple[float, str]], number: int
) -> None:
    service = rolled(shifting, alarms=ALARMS)
    service.deploy(revision("new", behave))
    for nap, command in commands:
        service.advance(service.now + nap)
        match command:
            case "deploy":
                service.deploy(revision("newer", behave))
            case "scale":
                service.scale(number)
            case "stop":
                service.stop_task(number)
            case "back":
                service.stop_deployment()
            case "alarm":
                service.set_alarm("errors", alarming=number % 2 == 0)
            case "continue":
                service.continue_deployment(number, proceed=number % 2 == 0)
            case _:
                service.answer_hook(number, passes=number % 2 == 0)
        assert service.fleet.deployments() <= set(service.deployments)
        assert sum(service.production.values()) == 100
        assert set(service.production) <= set(service.deployments)
    service.delete()
    service.run(service.now + HORIZON)
    assert service.inactive
    assert not service.fleet.batches
