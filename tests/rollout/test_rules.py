"""The single rules of a rollout, as tables of what AWS documents."""

from __future__ import annotations

import pytest

from rollout import breaker, steps
from rollout.behaviour import HEALTHY, Behaviour, Kind, parse
from rollout.limits import maximum_tasks, minimum_healthy_tasks
from rollout.revision import ContainerCheck, TargetCheck
from rollout.settings import Breaker, ThresholdType
from rollout.steps import Step
from rollout.throttle import wait_before_retry
from tests.rollout.worlds import revision

COUNT, BOUNDED, UNBOUNDED = ThresholdType


@pytest.mark.parametrize(
    ("desired", "percent", "tasks"),
    [(4, 50, 2), (3, 50, 2), (1, 50, 1), (1, 1, 1), (10, 75, 8), (7, 100, 7), (5, 0, 0), (0, 100, 0)],
)
def test_the_minimum_is_rounded_up(desired: int, percent: int, tasks: int) -> None:
    assert minimum_healthy_tasks(desired, percent) == tasks


@pytest.mark.parametrize(
    ("desired", "percent", "tasks"),
    [(4, 200, 8), (3, 150, 4), (1, 150, 1), (1, 199, 1), (7, 110, 7), (10, 125, 12), (0, 200, 0)],
)
def test_the_maximum_is_rounded_down(desired: int, percent: int, tasks: int) -> None:
    assert maximum_tasks(desired, percent) == tasks


@pytest.mark.parametrize(
    ("desired", "threshold"),
    [(0, 3), (1, 3), (2, 3), (6, 3), (7, 4), (10, 5), (25, 13), (100, 50), (399, 200), (400, 200), (5000, 200)],
)
def test_the_breaker_s_threshold_is_half_the_desired_count_between_3_and_200(desired: int, threshold: int) -> None:
    assert breaker.threshold(Breaker(enabled=True), desired) == threshold


@pytest.mark.parametrize(
    ("kind", "value", "desired", "threshold"),
    [
        (COUNT, 5, 100, 5),
        (COUNT, 1, 1, 1),
        (COUNT, 500, 1, 500),
        (BOUNDED, 10, 100, 10),
        (BOUNDED, 10, 10, 3),
        (BOUNDED, 100, 1000, 200),
        (UNBOUNDED, 10, 10, 1),
        (UNBOUNDED, 25, 10, 3),
        (UNBOUNDED, 100, 1000, 1000),
        (UNBOUNDED, 10, 0, 1),
    ],
)
def test_a_configured_threshold_is_a_count_or_a_percentage_with_or_without_bounds(
    kind: ThresholdType, value: int, desired: int, threshold: int
) -> None:
    configured = Breaker(enabled=True, threshold_type=kind, threshold_value=value)
    assert breaker.threshold(configured, desired) == threshold


def test_a_breaker_that_is_off_never_trips() -> None:
    assert not breaker.trips(Breaker(enabled=False), 1000, 1)
    assert breaker.trips(Breaker(enabled=True), 3, 1)
    assert not breaker.trips(Breaker(enabled=True), 2, 1)


def test_the_waits_between_launches_that_never_run_grow_to_27_minutes() -> None:
    waits = [wait_before_retry(rounds) for rounds in range(1, 9)]
    assert waits == [30, 30, 300, 600, 1200, 1620, 1620, 1620]
    assert wait_before_retry(10_000) == 1620


def at(plan: steps.Plan, step: Step) -> float:
    """When a step of a plan is due."""
    return next(moment for moment, one in plan if one is step)


def test_a_task_provisions_pulls_activates_and_runs() -> None:
    plan = steps.starting(revision("r", target=None), 0)
    assert [step for _, step in plan] == [
        Step.PROVISIONING,
        Step.PENDING,
        Step.ACTIVATING,
        Step.RUNNING,
        Step.HEALTHY,
    ]
    moments = [moment for moment, _ in plan]
    assert moments == sorted(moments)


def test_a_task_without_any_health_check_counts_as_healthy_after_40_seconds_of_running() -> None:
    plan = steps.starting(revision("r", target=None), 0)
    assert at(plan, Step.HEALTHY) - at(plan, Step.RUNNING) == 40


@pytest.mark.parametrize(("interval", "threshold", "seconds"), [(30, 5, 150), (10, 2, 20), (5, 2, 10), (5, 10, 50)])
def test_a_target_is_healthy_after_interval_times_threshold(interval: float, threshold: int, seconds: float) -> None:
    check = TargetCheck(interval=interval, healthy_threshold=threshold)
    plan = steps.starting(revision("r", target=check), 0)
    assert at(plan, Step.TARGET_HEALTHY) - at(plan, Step.REGISTERED) == seconds
    assert at(plan, Step.HEALTHY) == at(plan, Step.TARGET_HEALTHY)


def test_one_success_makes_a_container_healthy_and_as_many_failures_as_retries_unhealthy() -> None:
    check = ContainerCheck(interval=10, retries=3)
    good = steps.starting(revision("r", target=None, container=check), 0)
    bad = steps.starting(revision("r", "unhealthy", target=None, container=check), 0)
    assert at(good, Step.CONTAINER_HEALTHY) - at(good, Step.RUNNING) == 10
    assert at(bad, Step.CONTAINER_UNHEALTHY) - at(bad, Step.RUNNING) == 30


def test_failures_within_the_start_period_of_a_container_do_not_count() -> None:
    check = ContainerCheck(interval=10, retries=3, start_period=60)
    bad = steps.starting(revision("r", "unhealthy", target=None, container=check), 0)
    assert at(bad, Step.CONTAINER_UNHEALTHY) - at(bad, Step.RUNNING) == 90


def test_with_both_checks_a_task_counts_only_when_both_have_passed() -> None:
    slow_target = TargetCheck(interval=30, healthy_threshold=5)
    plan = steps.starting(revision("r", target=slow_target, container=ContainerCheck(interval=5)), 0)
    assert at(plan, Step.CONTAINER_HEALTHY) < at(plan, Step.TARGET_HEALTHY) == at(plan, Step.HEALTHY)


def test_an_unhealthy_task_is_condemned_only_when_its_grace_period_is_over() -> None:
    early, late = (steps.starting(revision("r", "unhealthy"), grace) for grace in (0, 300))
    assert at(early, Step.CONDEMNED) == at(early, Step.TARGET_UNHEALTHY)
    assert at(late, Step.CONDEMNED) - at(late, Step.RUNNING) == 300


def test_a_task_that_turns_healthy_within_the_grace_period_is_not_condemned() -> None:
    plan = steps.starting(revision("r", "slow:start=60"), 120)
    taken = [step for _, step in plan]
    assert Step.TARGET_UNHEALTHY in taken
    assert taken[-1] is Step.HEALTHY
    assert Step.CONDEMNED not in taken


def test_a_task_that_turns_unhealthy_later_is_condemned_at_once() -> None:
    plan = steps.starting(revision("r", "unhealthy:after=100"), 0)
    assert at(plan, Step.HEALTHY) < at(plan, Step.UNHEALTHY) == at(plan, Step.CONDEMNED)


def test_a_stopping_task_drains_is_asked_to_end_and_gives_its_interface_back() -> None:
    check = TargetCheck(deregistration_delay=30)
    plan = steps.stopping(revision("r", target=check), running=True, registered=True)
    assert [(moment, step.name) for moment, step in plan] == [
        (0, "DEACTIVATING"),
        (30, "STOPPING"),
        (32, "DEPROVISIONING"),
        (42, "STOPPED"),
    ]


def test_a_task_that_never_ran_stops_without_draining() -> None:
    plan = steps.stopping(revision("r"), running=False, registered=False)
    assert [step for _, step in plan] == [Step.DEPROVISIONING, Step.STOPPED]


def test_the_stop_timeout_bounds_the_time_after_sigterm() -> None:
    patient = revision("r", target=None, stop_timeout=1)
    assert at(steps.stopping(patient, running=True, registered=False), Step.DEPROVISIONING) == 1


def test_a_container_that_does_not_heed_sigterm_is_killed_at_the_stop_timeout() -> None:
    plan = steps.stopping(revision("r", "stubborn", target=None, stop_timeout=45), running=True, registered=False)
    assert at(plan, Step.KILLED) == 45
    assert at(plan, Step.DEPROVISIONING) == 45


def test_a_container_that_ends_within_the_stop_timeout_is_not_killed() -> None:
    plan = steps.stopping(revision("r", "stubborn:stop=20", stop_timeout=30), running=True, registered=False)
    assert Step.KILLED not in [step for _, step in plan]
    assert at(plan, Step.DEPROVISIONING) == 20


def test_the_time_to_pull_is_the_image_s_where_it_names_one() -> None:
    quick, named = (steps.starting(revision("r", behave), 0) for behave in ("", "healthy:pull=100"))
    assert at(named, Step.RUNNING) - at(quick, Step.RUNNING) == 82


def test_a_flapping_task_is_condemned_when_its_checks_have_failed_as_often_as_they_may() -> None:
    plan = steps.starting(revision("r", "flapping:healthy=100,unhealthy=40"), 0)
    running = at(plan, Step.RUNNING)
    assert [(when - running, step) for when, step in plan if step >= Step.TARGET_HEALTHY] == [
        (20, Step.TARGET_HEALTHY),
        (20, Step.HEALTHY),
        (120, Step.TARGET_UNHEALTHY),
        (120, Step.UNHEALTHY),
        (120, Step.CONDEMNED),
    ]


def test_a_task_that_flaps_too_briefly_for_the_threshold_stays_healthy() -> None:
    plan = steps.starting(revision("r", "flapping:healthy=100,unhealthy=10"), 0)
    assert plan[-1][1] is Step.HEALTHY


def test_a_task_flaps_again_and_again_within_its_grace_period() -> None:
    plan = steps.starting(revision("r", "flapping:healthy=60,unhealthy=60"), 600)
    found = [step for _, step in plan if step in {Step.HEALTHY, Step.UNHEALTHY}]
    assert found == [Step.HEALTHY, Step.UNHEALTHY] * 5
    assert plan[-1][1] is Step.CONDEMNED


def test_a_target_slower_than_its_health_check_s_timeout_never_turns_healthy() -> None:
    slow, slower = (steps.starting(revision("r", f"healthy:latency={ms}ms"), 0) for ms in (4900, 5000))
    assert slow[-1][1] is Step.HEALTHY
    assert slower[-1][1] is Step.CONDEMNED


def test_a_success_within_the_start_period_ends_it() -> None:
    check = ContainerCheck(interval=10, retries=2, start_period=100)
    plan = steps.starting(revision("r", "unhealthy:after=25", target=None, container=check), 0)
    running = at(plan, Step.RUNNING)
    assert at(plan, Step.CONTAINER_UNHEALTHY) - running == 40


@pytest.mark.parametrize(
    ("text", "behaviour"),
    [
        ("", HEALTHY),
        ("healthy", HEALTHY),
        ("crash", Behaviour(kind=Kind.CRASH, after=5, code=1)),
        ("crash:after=20s,code=3", Behaviour(kind=Kind.CRASH, after=20, code=3)),
        ("oom:after=1", Behaviour(kind=Kind.OOM, after=1, code=137)),
        ("slow:start=90", Behaviour(kind=Kind.SLOW, start=90)),
        ("errors:rate=5", Behaviour(kind=Kind.ERRORS, rate=5)),
        ("errors:rate=5%,latency=800ms", Behaviour(kind=Kind.ERRORS, rate=5, latency=0.8)),
        ("healthy:latency=250", Behaviour(latency=0.25)),
        ("slow:start=90s,pull=1m", Behaviour(kind=Kind.SLOW, start=90, pull=60)),
        ("flapping", Behaviour(kind=Kind.FLAPPING, healthy=120, unhealthy=120)),
        ("flapping:healthy=30,unhealthy=10", Behaviour(kind=Kind.FLAPPING, healthy=30, unhealthy=10)),
        ("stubborn", Behaviour(kind=Kind.STUBBORN, stop=3600)),
        ("crash:after=60,rate=20,stop=5", Behaviour(kind=Kind.CRASH, after=60, code=1, rate=20, stop=5)),
    ],
)
def test_a_behaviour_is_named_with_its_parameters(text: str, behaviour: Behaviour) -> None:
    assert parse(text) == behaviour


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("explode", "behaviour 'explode' is unknown; choose one of healthy, crash, oom, unhealthy, flapping, slow"),
        (
            "crash:when=5",
            "'when=5' is not understood; it takes after, code, pull, start, stop, latency, rate, as in crash:after=20s",
        ),
        ("slow:after=5", "it takes pull, start, stop, latency, rate, as in slow:pull=20s"),
        ("crash:after=soon", "behaviour crash: after must be a number, with ms, s, m or without, got 'soon'"),
        ("crash:after=5h", "behaviour crash: after must be a number, with ms, s, m or without, got '5h'"),
        ("crash:code=2.5", "behaviour crash: code must be a whole number, got '2.5'"),
        ("crash:after=5,after=6", "behaviour crash: after is named twice in 'crash:after=5,after=6'; name it once"),
        ("flapping:healthy=0", "behaviour flapping: healthy must be from 1 to 86400, got 0"),
        ("errors:rate=101%", "behaviour errors: rate must be from 0 to 100, got 101%"),
        ("crash:code=256", "behaviour crash: code must be from 0 to 255, got 256"),
        ("errors:rate=nan", "behaviour errors: rate must be from 0 to 100, got nan"),
        ("absent", "behaviour 'absent' is unknown"),
    ],
)
def test_a_behaviour_that_is_not_understood_is_refused_with_what_is_allowed(text: str, message: str) -> None:
    with pytest.raises(ValueError, match="behaviour") as refusal:
        parse(text)
    assert message in str(refusal.value)


def test_a_task_that_flaps_within_a_grace_period_without_end_has_a_plan_that_ends() -> None:
    plan = steps.starting(revision("r", "flapping:healthy=60,unhealthy=60"), 2_147_483_647)
    assert len(plan) < 100_000
