"""What holds for every rollout, whatever its settings: checked on random ones."""

from __future__ import annotations

import pickle
from dataclasses import replace

from hypothesis import assume, given, settings, strategies

from rollout.deployment import State
from rollout.revision import ContainerCheck, Revision, TargetCheck
from rollout.service import Service
from rollout.settings import Breaker, Settings, ThresholdType
from rollout.timeline import Kind
from tests.rollout.worlds import HORIZON, Watch, kinds, limits, never_counts_as_healthy, revision, roll_out

target_checks = strategies.builds(
    TargetCheck,
    interval=strategies.sampled_from([5, 10, 30]),
    healthy_threshold=strategies.integers(2, 5),
    unhealthy_threshold=strategies.integers(2, 5),
    deregistration_delay=strategies.sampled_from([0, 15, 300]),
)
container_checks = strategies.builds(
    ContainerCheck,
    interval=strategies.sampled_from([5, 30]),
    retries=strategies.integers(1, 5),
    start_period=strategies.sampled_from([0, 60]),
)
breakers = strategies.builds(
    Breaker,
    enabled=strategies.booleans(),
    rollback=strategies.booleans(),
    threshold_type=strategies.sampled_from(ThresholdType),
    threshold_value=strategies.integers(1, 100),
    reset_on_healthy_task=strategies.booleans(),
)
services = strategies.builds(
    Settings,
    desired_count=strategies.integers(0, 25),
    minimum_healthy_percent=strategies.integers(0, 100),
    maximum_percent=strategies.integers(100, 200),
    grace_period=strategies.sampled_from([0, 30, 300]),
    breaker=breakers,
    rebalancing=strategies.booleans(),
)
sound = strategies.sampled_from(["", "healthy:start=4", "errors"])
broken = strategies.sampled_from(["crash", "crash:after=100", "oom", "unhealthy", "unhealthy:after=200", "missing"])


@strategies.composite
def revisions(draw: strategies.DrawFn, behaviours: strategies.SearchStrategy[str]) -> Revision:
    """A revision with any health checks."""
    return revision(
        draw(strategies.sampled_from(["new", "newer"])),
        draw(behaviours),
        target=draw(strategies.none() | target_checks),
        container=draw(strategies.none() | container_checks),
        zones=draw(strategies.sampled_from([(), ("a",), ("a", "b", "c")])),
    )


def started(config: Settings, old: Revision) -> Service:
    """A service that has settled on ``old``."""
    service = Service(config, old)
    service.run(HORIZON)
    service.take_events()
    return service


@given(services, revisions(sound), revisions(sound))
@settings(deadline=None, max_examples=400, derandomize=True)
def test_healthy_tasks_never_fall_below_the_minimum_nor_tasks_exceed_the_maximum_while_the_new_revision_is_sound(
    config: Settings, old: Revision, new: Revision
) -> None:
    service = started(config, old)
    watch = Watch(service)
    service.deploy(new)
    watch.follow(service.now + HORIZON)
    lower, upper = limits(config)
    assert watch.lowest_healthy >= lower
    assert watch.most_tasks <= upper


@given(services, revisions(sound), revisions(broken))
@settings(deadline=None, max_examples=400, derandomize=True)
def test_tasks_never_exceed_the_maximum_when_the_new_revision_is_broken_either(
    config: Settings, old: Revision, new: Revision
) -> None:
    service = started(config, old)
    watch = Watch(service)
    service.deploy(new)
    watch.follow(service.now + 7200)
    assert watch.most_tasks <= limits(config)[1]


@given(services, revisions(sound), revisions(sound | broken))
@settings(deadline=None, max_examples=300, derandomize=True)
def test_every_rollout_ends_when_the_breaker_watches_it_and_keeps_its_count(
    config: Settings, old: Revision, new: Revision
) -> None:
    breaker = replace(config.breaker, enabled=True, reset_on_healthy_task=False)
    service = started(replace(config, breaker=breaker), old)
    events = roll_out(service, new)
    assert {Kind.DEPLOYMENT_COMPLETED, Kind.DEPLOYMENT_FAILED, Kind.BLOCKED} & set(kinds(events))


@given(
    services, revisions(sound), revisions(sound | broken), strategies.lists(strategies.floats(0.1, 500), max_size=20)
)
@settings(deadline=None, max_examples=300, derandomize=True)
def test_the_same_input_gives_the_same_timeline_however_time_passes_and_across_pickling(
    config: Settings, old: Revision, new: Revision, naps: list[float]
) -> None:
    at_once, in_steps = started(config, old), started(config, old)
    until = at_once.now + 3000
    for service in (at_once, in_steps):
        service.deploy(new)
    at_once.advance(until)
    for nap in naps:
        in_steps.advance(min(until, in_steps.now + nap))
        in_steps = pickle.loads(pickle.dumps(in_steps))  # noqa: S301 - our own bytes
    in_steps.advance(until)
    assert at_once.take_events() == in_steps.take_events()


@given(services, revisions(sound), revisions(strategies.sampled_from(["crash", "oom", "unhealthy", "missing"])))
@settings(deadline=None, max_examples=300, derandomize=True)
def test_a_rolled_back_service_runs_exactly_the_old_revision(config: Settings, old: Revision, new: Revision) -> None:
    assume(never_counts_as_healthy(new, config.grace_period))
    config = replace(
        config,
        desired_count=max(1, config.desired_count),
        maximum_percent=200,
        breaker=Breaker(enabled=True, rollback=True),
    )
    service = started(config, old)
    events = roll_out(service, new)
    assert Kind.ROLLBACK_COMPLETED in kinds(events)
    assert service.steady
    assert service.primary.revision == old
    assert service.fleet.tasks() == config.desired_count
    assert service.fleet.deployments() == {service.primary.id}


@given(
    services,
    revisions(sound | broken),
    strategies.lists(
        strategies.tuples(strategies.floats(0, 400), strategies.sampled_from(["deploy", "scale", "stop", "back"])),
        max_size=8,
    ),
    revisions(sound | broken),
    strategies.integers(0, 12),
)
@settings(deadline=None, max_examples=300, derandomize=True)
def test_no_task_is_without_an_owner_whatever_is_done_to_a_service(
    config: Settings, first: Revision, commands: list[tuple[float, str]], other: Revision, number: int
) -> None:
    service = Service(config, first)
    for nap, command in commands:
        service.advance(service.now + nap)
        if command == "deploy":
            service.deploy(other)
        elif command == "scale":
            service.scale(number)
        elif command == "back":
            service.stop_deployment()
        else:
            service.stop_task(number)
        assert service.fleet.deployments() <= set(service.deployments)
    service.delete()
    service.run(service.now + HORIZON)
    assert service.inactive
    assert not service.fleet.batches
    started_tasks = [
        task for event in service.take_events() if event.kind is Kind.TASKS_STARTED for task in event.tasks
    ]
    assert len(started_tasks) == len(set(started_tasks))


def test_a_completed_deployment_is_told_as_completed() -> None:
    service = started(Settings(desired_count=3), revision("old"))
    roll_out(service, revision("new"))
    assert service.primary.state is State.COMPLETED
