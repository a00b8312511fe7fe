"""Ten thousand random rollouts of every strategy: what holds for each of them at every moment.

Hypothesis chooses the seeds, and a seed makes ten worlds: drawing each world by Hypothesis would take longer than
rolling it out. A failing world is shown whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from hypothesis import given, note, settings, strategies

from rollout.reactions import AT_ONCE, PUBLISHED
from rollout.revision import ContainerCheck, Revision, TargetCheck
from rollout.service import Service
from rollout.settings import Breaker, EarlySuccess, Settings
from rollout.strategy import Shifting, Strategy
from rollout.timeline import Event, Kind
from tests.rollout.worlds import limits, revision

EXAMPLES, WORLDS = 1000, 10
HORIZON = 30_000.0
SOUND = ("", "healthy:start=4", "errors", "healthy:pull=60", "stubborn")
BROKEN = ("crash", "crash:after=100", "oom", "unhealthy", "missing", "flapping")
ENDS = {Kind.DEPLOYMENT_COMPLETED, Kind.DEPLOYMENT_FAILED, Kind.BLOCKED}


@dataclass(frozen=True)
class World:
    """A service that runs ``old``, and what is to take its place."""

    settings: Settings
    old: Revision
    new: Revision
    sound: bool
    scaled_to: int | None
    """The desired count that is set in the middle of it."""
    superseded: bool
    """Whether another deployment takes its place in the middle of it."""


def test_there_are_ten_thousand() -> None:
    assert EXAMPLES * WORLDS >= 10_000


def shifting(random: Random) -> Shifting | None:
    if random.random() < 0.5:
        return None
    return Shifting(
        strategy=random.choice([Strategy.BLUE_GREEN, Strategy.LINEAR, Strategy.CANARY]),
        step=random.choice([10.0, 33.3, 100.0]),
        step_bake=random.choice([0, 60]),
        bake=random.choice([0, 120]),
    )


def any_revision(random: Random, name: str, behave: str) -> Revision:
    target = TargetCheck(interval=random.choice([5, 10, 30]), deregistration_delay=random.choice([0, 15, 120]))
    return revision(
        name,
        behave,
        target=random.choice([None, target, target]),
        container=random.choice([None, None, ContainerCheck(interval=10)]),
        zones=random.choice([(), ("a", "b", "c")]),
    )


def world(random: Random) -> World:
    sound, shift = random.random() < 0.5, shifting(random)
    config = Settings(
        desired_count=random.randint(1, 9),
        minimum_healthy_percent=random.choice([0, 50, 90, 100]),
        maximum_percent=random.choice([100, 125, 150, 200]),
        grace_period=random.choice([0, 30, 300]),
        breaker=Breaker(enabled=True, rollback=random.random() < 0.8, reset_on_healthy_task=False),
        early_success=None if shift or random.random() < 0.8 else EarlySuccess(healthy_percent=100),
        rebalancing=shift is None and random.random() < 0.3,
        shifting=shift,
        reactions=random.choice([AT_ONCE, PUBLISHED]),
    )
    middle = random.random()
    return World(
        settings=config,
        old=any_revision(random, "old", random.choice(SOUND)),
        new=any_revision(random, "new", random.choice(SOUND if sound else BROKEN)),
        sound=sound,
        scaled_to=random.randint(0, 9) if middle < 0.15 else None,
        superseded=0.15 <= middle < 0.3,
    )


def roll_out(one: World) -> list[Event]:
    """Checks at every moment what must hold; returns what happened."""
    service = Service(one.settings, one.old)
    service.run(HORIZON)
    service.take_events()
    begun, disturbed = service.now, one.scaled_to is not None or one.superseded
    lower, upper = limits(one.settings)
    service.deploy(one.new)
    middle = begun + 50 if disturbed else float("inf")
    while (at := service.next_event_at()) is not None and at <= begun + HORIZON:
        if at >= middle:
            middle = float("inf")
            disturb(service, one)
            continue
        service.advance(at)
        wanted = service.fleet.wanted()
        healthy, tasks = (sum(len(b.tasks) for b in wanted if b.healthy or not only) for only in (True, False))
        assert service.fleet.deployments() <= set(service.deployments), "a task without an owner"
        for shares in (service.production, service.test):
            assert not shares or abs(sum(shares.values()) - 100) < 1e-6, "weights that do not add up"
        if not disturbed and one.settings.shifting is None:
            assert tasks <= upper, "more tasks than the maximum"
            assert healthy >= lower or not one.sound, "fewer healthy tasks than the minimum"
    events = service.take_events()
    kinds = {event.kind for event in events}
    assert kinds & ENDS, "it never ends"
    if Kind.ROLLBACK_COMPLETED in kinds and not disturbed:
        assert service.primary.revision == one.old
        assert service.fleet.deployments() == {service.primary.id}
        assert service.fleet.tasks() == one.settings.desired_count
        assert not service.production or service.production == {service.primary.id: 100}
    return events


def disturb(service: Service, one: World) -> None:
    if one.scaled_to is not None:
        service.scale(one.scaled_to)
    else:
        service.deploy(one.old)


@given(strategies.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=EXAMPLES, derandomize=True)
def test_every_rollout_keeps_its_limits_its_weights_and_its_owners_ends_and_goes_back_to_exactly_the_old_revision(
    seed: int,
) -> None:
    random = Random(seed)  # noqa: S311 - nothing secret
    for number in range(WORLDS):
        one = world(random)
        note(f"world {number} of seed {seed}: {one}")
        events = roll_out(one)
        if number == 0:
            assert roll_out(one) == events, "the same input gives another timeline"
