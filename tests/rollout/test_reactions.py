"""How long ECS takes to act, as published timelines show it, and what a failing task holds up meanwhile."""

from __future__ import annotations

from rollout import steps
from rollout.reactions import PUBLISHED
from rollout.revision import TargetCheck
from rollout.service import Service
from rollout.settings import Breaker, Settings
from rollout.steps import Step
from rollout.timeline import Kind
from tests.rollout.worlds import revision


def at(plan: steps.Plan, wanted: Step) -> float:
    return next(when for when, step in plan if step is wanted)


def test_as_published_a_new_target_is_healthy_after_one_check_and_its_task_counts_after_40_seconds_of_running() -> None:
    check = TargetCheck(interval=30, healthy_threshold=5)
    plan = steps.starting(revision("r", target=check), 0, PUBLISHED)
    assert at(plan, Step.TARGET_HEALTHY) - at(plan, Step.REGISTERED) == 2
    assert at(plan, Step.HEALTHY) - at(plan, Step.RUNNING) == 40


def test_as_published_a_task_is_deregistered_some_seconds_after_it_was_told_to_stop_and_takes_longer_to_stop() -> None:
    check = TargetCheck(deregistration_delay=30)
    plan = steps.stopping(revision("r", target=check), PUBLISHED, running=True, registered=True)
    assert [(when, step) for when, step in plan] == [
        (10, Step.DEACTIVATING), (40, Step.STOPPING), (42, Step.DEPROVISIONING), (75, Step.STOPPED)
    ]  # fmt: skip


def test_as_published_ecs_lets_some_seconds_pass_before_it_begins_a_deployment() -> None:
    settings = Settings(desired_count=2, reactions=PUBLISHED)
    service = Service(settings, revision("old"))
    service.run()
    service.take_events()
    begun = service.now
    service.deploy(revision("new"))
    service.run()
    first = next(event for event in service.take_events() if event.kind is Kind.TASKS_STARTED)
    assert first.at - begun == PUBLISHED.first_action


def test_a_task_that_fails_its_checks_in_a_deployment_keeps_its_place_until_it_has_stopped() -> None:
    settings = Settings(desired_count=1, breaker=Breaker(enabled=True, rollback=True))
    service = Service(settings, revision("old"))
    service.run()
    service.take_events()
    service.deploy(revision("new", "unhealthy", target=TargetCheck(deregistration_delay=100)))
    service.run()
    events = service.take_events()
    started = [event.at for event in events if event.kind is Kind.TASKS_STARTED and event.deployment == 2]
    stopped = [event.at for event in events if event.kind is Kind.STOPPED and event.deployment == 2]
    assert started[1:] == stopped[:2]
