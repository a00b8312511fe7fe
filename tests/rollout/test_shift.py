"""Deployments that shift traffic: blue/green, linear and canary, with their stages, hooks and ways back."""

from __future__ import annotations

import pickle
from dataclasses import replace
from math import inf
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollout.alarms import Alarms
from rollout.deployment import State
from rollout.revision import Revision
from rollout.service import Service
from rollout.settings import Breaker, Settings
from rollout.strategy import Hook, Shifting, Stage, Strategy
from rollout.timeline import Cause, Event, Kind
from tests.rollout.worlds import HORIZON, count, revision, roll_out, steady

BLUE_GREEN = Shifting(strategy=Strategy.BLUE_GREEN, bake=300)
CANARY = Shifting(strategy=Strategy.CANARY, step=10, step_bake=600, bake=300)
LINEAR = Shifting(strategy=Strategy.LINEAR, step=25, step_bake=60, bake=120)
ALARMS = Alarms(names=frozenset({"errors"}), enabled=True, rollback=True)
HEALTHY_AFTER = 32.0 + 20.0
"""Seconds from launch: network interface, pull, container, and two health checks."""
HALF_OF_STAGES = [
    Stage.PRE_SCALE_UP,
    Stage.SCALE_UP,
    Stage.POST_SCALE_UP,
    Stage.TEST_TRAFFIC_SHIFT,
    Stage.POST_TEST_TRAFFIC_SHIFT,
]


def rolled(shifting: Shifting, *, desired: int = 2, **settings: Any) -> Service:
    """A service that runs revision "old", which came by rolling, and that shifts traffic from now on."""
    service = steady(desired, **settings)
    service.configure(replace(service.settings, shifting=shifting))
    service.take_events()
    return service


def shares(events: list[Event], kind: Kind = Kind.PRODUCTION_TRAFFIC_SHIFTED) -> list[tuple[float, int, float]]:
    """(time, deployment, percent) of every shift."""
    return [(event.at, event.deployment, event.percent) for event in events if event.kind is kind]


def stages(events: list[Event]) -> list[Stage]:
    return [event.stage for event in events if event.kind is Kind.STAGE_REACHED and event.stage]


def at(events: list[Event], kind: Kind) -> float:
    (event,) = [event for event in events if event.kind is kind]
    return event.at


def pause(*places: Stage, **more: Any) -> Hook:
    return Hook(stages=frozenset(places), pause=True, **more)


def function(*places: Stage, **more: Any) -> Hook:
    return Hook(stages=frozenset(places), **more)


def tasks_of(service: Service) -> set[int]:
    return service.fleet.deployments()


# The course


def test_blue_green_goes_through_all_stages_in_order_and_shifts_all_traffic_at_once() -> None:
    service = rolled(BLUE_GREEN)
    begin = service.now
    events = roll_out(service, revision("new"))
    assert stages(events) == [
        *HALF_OF_STAGES,
        Stage.PRE_PRODUCTION_TRAFFIC_SHIFT,
        Stage.PRODUCTION_TRAFFIC_SHIFT,
        Stage.POST_PRODUCTION_TRAFFIC_SHIFT,
        Stage.BAKE_TIME,
        Stage.CLEAN_UP,
    ]
    assert shares(events) == [(begin + HEALTHY_AFTER, 2, 100)]
    assert shares(events, Kind.TEST_TRAFFIC_SHIFTED) == [(begin + HEALTHY_AFTER, 2, 100)]
    old = [event for event in events if event.kind is Kind.TASKS_STOPPED]
    assert [(event.deployment, event.at) for event in old] == [(1, begin + HEALTHY_AFTER + 300)]
    assert service.primary.state is State.COMPLETED
    assert (service.steady, tasks_of(service)) == (True, {2})


def test_a_deployment_is_complete_when_the_last_old_task_has_stopped() -> None:
    service = rolled(BLUE_GREEN)
    begin = service.now
    events = roll_out(service, revision("new"))
    assert at(events, Kind.DEPLOYMENT_COMPLETED) == begin + HEALTHY_AFTER + 300 + 30 + 2 + 10


def test_both_revisions_run_in_full_from_scale_up_until_the_bake_time_is_over() -> None:
    service = rolled(BLUE_GREEN, desired=3)
    service.deploy(revision("new"))
    service.advance(service.now + HEALTHY_AFTER + 299)
    assert [service.count(number)[1] for number in (1, 2)] == [3, 3]


def test_a_canary_takes_its_share_waits_and_takes_the_rest() -> None:
    service = rolled(CANARY)
    begin = service.now
    events = roll_out(service, revision("new"))
    shifted = begin + HEALTHY_AFTER
    assert shares(events) == [(shifted, 2, 10), (shifted + 600, 2, 100)]
    assert stages(events).count(Stage.PRODUCTION_TRAFFIC_SHIFT) == 2


def test_a_linear_deployment_shifts_in_equal_steps_and_does_not_wait_after_the_last() -> None:
    service = rolled(LINEAR)
    begin = service.now
    events = roll_out(service, revision("new"))
    first = begin + HEALTHY_AFTER
    assert shares(events) == [(first + 60 * n, 2, 25 * (n + 1)) for n in range(4)]
    (bake,) = [event.at for event in events if event.stage is Stage.BAKE_TIME]
    assert bake == first + 180


@pytest.mark.parametrize(
    ("shifting", "expected"),
    [
        (Shifting(strategy=Strategy.LINEAR, step=30), (30, 60, 90, 100)),
        (Shifting(strategy=Strategy.LINEAR, step=33.3), (33.3, 66.6, 99.9, 100)),
        (Shifting(strategy=Strategy.LINEAR, step=100), (100,)),
        (Shifting(strategy=Strategy.CANARY, step=0.1), (0.1, 100)),
        (Shifting(strategy=Strategy.CANARY, step=100), (100,)),
        (Shifting(strategy=Strategy.BLUE_GREEN), (100,)),
    ],
)
def test_the_shares_of_a_strategy_rise_to_all_of_the_traffic(shifting: Shifting, expected: tuple[float, ...]) -> None:
    assert shifting.shares() == expected


def test_the_first_deployment_takes_the_traffic_from_nobody() -> None:
    service = Service(Settings(desired_count=2, shifting=CANARY), revision("first"))
    service.run()
    events = service.take_events()
    assert service.production == {1: 100}
    assert shares(events) == [(HEALTHY_AFTER, 1, 100)]
    assert service.primary.state is State.COMPLETED


def test_the_next_deployment_takes_the_traffic_from_the_last() -> None:
    service = rolled(BLUE_GREEN)
    roll_out(service, revision("new"))
    events = roll_out(service, revision("newer"))
    assert [(event.deployment, event.other) for event in events if event.kind is Kind.PRODUCTION_TRAFFIC_SHIFTED] == [
        (3, 2)
    ]
    assert service.production == service.test == {3: 100}


# Hooks


def test_a_deployment_waits_for_every_function_of_a_stage_and_they_run_side_by_side() -> None:
    hooks = (function(Stage.POST_SCALE_UP, after=90), function(Stage.POST_SCALE_UP, after=40))
    service = rolled(Shifting(strategy=Strategy.BLUE_GREEN, hooks=hooks))
    begin = service.now
    events = roll_out(service, revision("new"))
    passed = [(event.at, event.hook) for event in events if event.kind is Kind.HOOK_PASSED]
    assert passed == [(begin + HEALTHY_AFTER + 40, 1), (begin + HEALTHY_AFTER + 90, 0)]
    assert shares(events) == [(begin + HEALTHY_AFTER + 90, 2, 100)]


HOOKED = [one for one in Stage if one.name.endswith("SHIFT") or ("SCALE_UP" in one and one is not Stage.SCALE_UP)]
"""Stages that have hooks, but for RECONCILE_SERVICE, which a first shift does not go through."""


@pytest.mark.parametrize("stage", HOOKED)
def test_a_function_that_fails_sends_the_deployment_back_from_any_stage(stage: Stage) -> None:
    service = rolled(Shifting(strategy=Strategy.BLUE_GREEN, hooks=(function(stage, passes=False),)))
    events = roll_out(service, revision("new"))
    (failed,) = [event for event in events if event.kind is Kind.DEPLOYMENT_FAILED]
    assert failed.cause is Cause.HOOK_FAILED
    assert events[-1].kind is Kind.STEADY_STATE
    assert Kind.ROLLBACK_COMPLETED in {event.kind for event in events}
    assert (tasks_of(service), service.primary.id) == ({1}, 1)
    assert service.production == {1: 100}


def test_a_pause_waits_for_a_person_who_lets_it_go_on() -> None:
    shifting = Shifting(strategy=Strategy.BLUE_GREEN, hooks=(pause(Stage.POST_TEST_TRAFFIC_SHIFT),))
    service = rolled(shifting)
    service.deploy(revision("new"))
    service.advance(service.now + 3600)
    assert service.test == {2: 100}
    assert service.production == {1: 100}
    assert service.continue_deployment(1, proceed=True)
    assert service.production == {2: 100}
    assert not service.continue_deployment(1, proceed=True)
    service.run()
    assert service.primary.state is State.COMPLETED


def test_a_person_can_send_a_paused_deployment_back() -> None:
    shifting = Shifting(strategy=Strategy.BLUE_GREEN, hooks=(pause(Stage.POST_TEST_TRAFFIC_SHIFT),))
    service = rolled(shifting)
    service.deploy(revision("new"))
    service.advance(service.now + 3600)
    assert service.continue_deployment(1, proceed=False)
    service.run()
    events = service.take_events()
    assert [event.cause for event in events if event.kind is Kind.DEPLOYMENT_FAILED] == [Cause.PAUSE_ENDED]
    assert shares(events, Kind.TEST_TRAFFIC_SHIFTED)[-1][1:] == (1, 100)
    assert tasks_of(service) == {1}


@pytest.mark.parametrize(("proceeds", "state"), [(True, {2}), (False, {1})])
def test_a_pause_that_nobody_ends_times_out_and_does_what_it_was_told(proceeds: bool, state: set[int]) -> None:  # noqa: FBT001 - a table's column
    hook = pause(Stage.PRE_PRODUCTION_TRAFFIC_SHIFT, timeout=600, proceeds_on_timeout=proceeds)
    service = rolled(Shifting(strategy=Strategy.BLUE_GREEN, hooks=(hook,)))
    begin = service.now
    events = roll_out(service, revision("new"))
    assert at(events, Kind.HOOK_TIMED_OUT) == begin + HEALTHY_AFTER + 600
    assert tasks_of(service) == state


def test_a_pause_before_production_traffic_pauses_before_every_step() -> None:
    hook = pause(Stage.PRE_PRODUCTION_TRAFFIC_SHIFT)
    service = rolled(Shifting(strategy=Strategy.LINEAR, step=50, step_bake=60, hooks=(hook,)))
    service.deploy(revision("new"))
    service.advance(service.now + 600)
    assert service.continue_deployment(1, proceed=True)
    service.advance(service.now + 600)
    assert service.production == {1: 50, 2: 50}
    assert not service.continue_deployment(1, proceed=True)
    assert service.continue_deployment(2, proceed=True)
    assert service.production == {2: 100}


def test_a_function_that_never_answers_times_out() -> None:
    hook = function(Stage.PRE_SCALE_UP, after=inf, timeout=1800)
    service = rolled(Shifting(strategy=Strategy.BLUE_GREEN, hooks=(hook,)))
    events = roll_out(service, revision("new"))
    assert [event.cause for event in events if event.kind is Kind.DEPLOYMENT_FAILED] == [Cause.HOOK_TIMED_OUT]
    assert count([event for event in events if event.deployment == 2], Kind.TASKS_STARTED) == 0


# The way back


@pytest.mark.parametrize("behave", ["crash", "oom", "unhealthy", "missing"])
def test_a_bad_revision_never_gets_traffic_and_its_tasks_go(behave: str) -> None:
    service = rolled(BLUE_GREEN)
    events = roll_out(service, revision("new", behave))
    assert shares(events) == []
    assert Kind.ROLLBACK_COMPLETED in {event.kind for event in events}
    assert (tasks_of(service), service.count(1), set(service.deployments)) == ({1}, (0, 2), {1})


def test_an_alarm_in_the_bake_time_puts_all_traffic_back_at_that_moment() -> None:
    service = rolled(BLUE_GREEN, alarms=ALARMS)
    service.deploy(revision("new"))
    service.advance(service.now + HEALTHY_AFTER + 100)
    service.take_events()
    service.set_alarm("errors", alarming=True)
    now, events = service.now, service.take_events()
    assert shares(events) == [(now, 1, 100)]
    assert service.production == service.test == {1: 100}
    service.run()
    assert tasks_of(service) == {1}


def test_an_alarm_in_the_middle_of_the_steps_takes_the_share_back() -> None:
    service = rolled(LINEAR, alarms=ALARMS)
    service.deploy(revision("new"))
    service.advance(service.now + HEALTHY_AFTER + 70)
    assert service.production == {1: 50, 2: 50}
    service.set_alarm("errors", alarming=True)
    assert service.production == {1: 100}


def test_a_person_can_stop_it_at_any_stage_with_all_its_old_tasks_there() -> None:
    service = rolled(CANARY)
    service.deploy(revision("new"))
    service.advance(service.now + HEALTHY_AFTER + 300)
    assert service.stop_deployment()
    assert service.production == {1: 100}
    assert service.count(1) == (0, 2)
    service.run()
    assert service.primary.state is State.COMPLETED


def test_a_stop_while_the_old_tasks_go_brings_them_back_before_the_traffic() -> None:
    service = rolled(BLUE_GREEN)
    service.deploy(revision("new"))
    service.advance(service.now + HEALTHY_AFTER + 310)
    assert service.count(1) == (0, 0)
    assert service.stop_deployment()
    assert service.production == {2: 100}
    service.advance(service.now + HEALTHY_AFTER)
    assert service.production == {1: 100}
    service.run()
    assert (tasks_of(service), service.count(1)) == ({1}, (0, 2))


def test_load_balancing_that_cannot_be_shifted_fails_the_deployment_before_any_task_starts() -> None:
    service = rolled(Shifting(strategy=Strategy.BLUE_GREEN, broken=True))
    events = roll_out(service, revision("new"))
    assert [event.cause for event in events if event.kind is Kind.DEPLOYMENT_FAILED] == [Cause.NETWORKING]
    assert count([event for event in events if event.deployment == 2], Kind.TASKS_STARTED) == 0
    assert service.primary.id == 1


def test_a_stage_that_lasts_a_day_fails_the_deployment() -> None:
    service = rolled(BLUE_GREEN, breaker=Breaker())
    begin = service.now
    service.deploy(revision("new", "unhealthy"))
    service.run(begin + 2 * HORIZON)
    events = service.take_events()
    assert at(events, Kind.DEPLOYMENT_FAILED) == begin + HORIZON
    assert tasks_of(service) == {1}


# In between


def test_a_task_of_the_old_revision_that_ends_is_replaced() -> None:
    service = rolled(BLUE_GREEN)
    service.deploy(revision("new"))
    service.advance(service.now + HEALTHY_AFTER + 10)
    service.stop_task(1)
    service.advance(service.now + 100)
    assert service.count(1) == (0, 2)


def test_scaling_in_between_scales_both_revisions() -> None:
    service = rolled(BLUE_GREEN)
    service.deploy(revision("new"))
    service.advance(service.now + HEALTHY_AFTER + 10)
    service.scale(4)
    service.advance(service.now + 100)
    assert (service.count(1), service.count(2)) == ((0, 4), (0, 4))
    service.run()
    assert service.count(2) == (0, 4)


def test_a_new_deployment_in_the_middle_first_brings_traffic_and_tasks_back_to_one_revision() -> None:
    service = rolled(LINEAR)
    service.deploy(revision("new"))
    service.advance(service.now + HEALTHY_AFTER + 70)
    service.take_events()
    service.deploy(revision("newer"))
    assert service.production == {1: 100}
    events = roll_to_end(service)
    assert stages(events)[:2] == [Stage.RECONCILE_SERVICE, Stage.PRE_SCALE_UP]
    started = [event.at for event in events if event.kind is Kind.TASKS_STARTED and event.deployment == 3]
    gone = [event.at for event in events if event.kind is Kind.STOPPED and event.deployment == 2]
    assert min(started) >= max(gone)
    assert service.production == {3: 100}
    assert tasks_of(service) == {3}


def roll_to_end(service: Service) -> list[Event]:
    service.run(service.now + HORIZON)
    return service.take_events()


def test_a_service_changes_from_rolling_to_blue_green_and_back() -> None:
    service = steady(2)
    rolling = service.settings
    service.configure(replace(rolling, shifting=BLUE_GREEN))
    assert shares(roll_out(service, revision("green")))
    assert service.production == {2: 100}
    service.configure(rolling)
    events = roll_out(service, revision("rolled"))
    assert not shares(events)
    assert not stages(events)
    assert (service.steady, tasks_of(service), service.production) == (True, {3}, {3: 100})
    assert set(service.deployments) == {3}, "what has neither tasks nor traffic is listed no more"


def test_a_deployment_can_be_stored_at_any_moment_and_goes_on_as_if_nothing_had_been() -> None:
    whole, parts = rolled(CANARY), rolled(CANARY)
    expected = roll_out(whole, revision("new"))
    parts.deploy(revision("new"))
    told: list[Event] = []
    while (moment := parts.next_event_at()) is not None and moment < HORIZON:
        parts = pickle.loads(pickle.dumps(parts))  # noqa: S301 - our own bytes
        parts.advance(moment)
        told += parts.take_events()
    assert told == expected


# Whatever happens

WITHOUT_HOOKS = {Stage.SCALE_UP, Stage.BAKE_TIME, Stage.CLEAN_UP}
HOOKS = st.builds(
    Hook,
    stages=st.frozensets(st.sampled_from(sorted(set(Stage) - WITHOUT_HOOKS)), max_size=3),
    pause=st.booleans(),
    passes=st.booleans(),
    after=st.sampled_from([0.0, 45.0, inf]),
    timeout=st.sampled_from([60.0, 3600.0]),
    proceeds_on_timeout=st.booleans(),
)
SHIFTINGS = st.builds(
    Shifting,
    strategy=st.sampled_from([Strategy.BLUE_GREEN, Strategy.LINEAR, Strategy.CANARY]),
    step=st.sampled_from([3.0, 10.0, 33.3, 50.0, 100.0]),
    step_bake=st.sampled_from([0.0, 60.0]),
    bake=st.sampled_from([0.0, 300.0]),
    hooks=st.tuples(HOOKS) | st.just(()) | st.tuples(HOOKS, HOOKS),
    broken=st.sampled_from([False, False, False, True]),
)
BEHAVIOURS = st.sampled_from(
    ["", "", "", "crash:after=20", "unhealthy", "unhealthy:after=200", "missing", "slow:start=90"]
)


@settings(deadline=None, derandomize=True)
@given(
    shifting=SHIFTINGS,
    behave=BEHAVIOURS,
    second=st.none() | BEHAVIOURS,
    interruption=st.sampled_from(["", "stop", "alarm", "deploy", "scale"]),
    after=st.floats(0, 1500),
)
def test_weights_add_up_and_every_deployment_ends_with_one_revision_that_has_all_the_traffic(
    shifting: Shifting, behave: str, second: str | None, interruption: str, after: float
) -> None:
    service = rolled(shifting, alarms=ALARMS)
    service.deploy(revision("new", behave))
    follow(service, service.now + after)
    interrupt(service, interruption, revision("newer", second or ""))
    follow(service, service.now + 3 * HORIZON)
    assert service.primary.state is not State.IN_PROGRESS
    if service.primary.state is State.FAILED:  # the rollback was interrupted in its turn, and there is no other
        assert interruption in {"stop", "alarm"}
        return
    assert tasks_of(service) == {service.primary.id}
    assert service.production == {service.primary.id: 100}


def interrupt(service: Service, how: str, newer: Revision) -> None:
    match how:
        case "stop":
            service.stop_deployment()
        case "alarm":
            service.set_alarm("errors", alarming=True)
            service.set_alarm("errors", alarming=False)
        case "deploy":
            service.deploy(newer)
        case "scale":
            service.scale(3)


def follow(service: Service, until: float) -> None:
    """Let time pass and look at the weights at every moment."""
    while (moment := service.next_event_at()) is not None and moment <= until:
        service.advance(moment)
        for table in (service.production, service.test):
            assert not table or sum(table.values()) == pytest.approx(100)
            assert set(table) <= tasks_of(service) | {service.primary.id}
    service.advance(until)
