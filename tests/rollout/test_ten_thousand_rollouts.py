"""Ten thousand random rollouts of every strategy: what holds for each of them at every moment, and at its end.

Hypothesis chooses the seeds, and a seed makes ten worlds: drawing each world by Hypothesis would take longer than
rolling it out. A failing world is shown whole.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from random import Random
from typing import TYPE_CHECKING

from hypothesis import given, note, settings, strategies

from rollout.deployment import State
from rollout.service import Service
from rollout.timeline import Kind
from tests.rollout.random_worlds import ALARM, Act, disturb, draw
from tests.rollout.worlds import limits

if TYPE_CHECKING:
    from rollout.timeline import Event
    from tests.rollout.random_worlds import World

EXAMPLES, WORLDS = 1000, 10
HORIZON = 50_000.0
REST = 6000.0
"""Seconds for which a rollout is followed after its end: longer than tasks drain, or are protected."""
ROUNDING = 1e-6


@dataclass
class Rollout:
    """One rollout of a world, judged at every moment at which something happens."""

    world: World
    service: Service = field(init=False)
    events: list[Event] = field(default_factory=list)
    lower: int = field(init=False)
    """Healthy tasks that it must not fall below."""
    upper: int = field(init=False)
    """Tasks that it must not exceed."""

    def __post_init__(self) -> None:
        world = self.world
        rolled = replace(world.settings, shifting=None)  # no hook of the first deployment is to fail
        self.service = Service(rolled, world.old, alarming=[ALARM] if world.alarming else [])
        self.service.run(HORIZON)
        assert self.service.steady
        self.service.configure(world.settings)
        self.service.take_events()
        self.lower, self.upper = self._limits()

    def follow(self) -> None:
        """Roll out, with all that disturbs it."""
        service, begun = self.service, self.service.now
        service.deploy(self.world.new)
        for disturbance in self.world.disturbances:
            self._advance(begun + disturbance.after)
            disturb(service, self.world, disturbance)
            lower, upper = self._limits()
            self.lower, self.upper = min(self.lower, lower), max(self.upper, upper)
            self._judge()
        self._advance(begun + HORIZON)
        self.events = service.take_events()
        self._judge_end()

    def _advance(self, until: float) -> None:
        self._judge()
        while (at := self.service.next_event_at()) is not None and at <= until:
            self.service.advance(at)
            self._judge()
            if self._rests():
                return
        self.service.advance(until)

    def _rests(self) -> bool:
        """Whether nothing is to be learnt any more, as of a service whose tasks crash for ever."""
        primary = self.service.primary
        return primary.state is not State.IN_PROGRESS and self.service.now > primary.updated_at + REST

    def _limits(self) -> tuple[int, int]:
        """Both revisions run in full while traffic is shifted, whatever the percentages of a rolling deployment."""
        lower, upper = limits(self.service.settings)
        return (
            (lower, upper) if self.world.settings.shifting is None else (lower, 2 * self.service.settings.desired_count)
        )

    def _judge(self) -> None:
        service, world = self.service, self.world
        batches = service.fleet.wanted()
        assert service.fleet.deployments() <= set(service.deployments), "a task has no owner"
        for shares in (service.production, service.test):
            assert not shares or abs(sum(shares.values()) - 100) < ROUNDING, "weights do not add up to 100"
            assert set(shares) <= set(service.deployments), "traffic goes to a deployment that is gone"
        assert sum(len(batch.tasks) for batch in batches) <= self.upper, "more tasks than the maximum"
        if world.sound and Act.STOP_TASK not in world.acts:
            healthy = sum(len(batch.tasks) for batch in batches if batch.healthy)
            assert healthy >= self.lower, "fewer healthy tasks than the minimum"

    def _judge_end(self) -> None:
        service, primary = self.service, self.service.primary
        assert primary.state is not State.IN_PROGRESS or service.blocked, "it does not end"
        started = [task for event in self.events if event.kind is Kind.TASKS_STARTED for task in event.tasks]
        assert len(started) == len(set(started)), "a task was started twice"
        went_back = _last_return(self.events)
        if went_back:
            revisions = {1: self.world.old, 2: self.world.new}
            completed = {1} | {event.deployment for event in self.events if event.kind is Kind.DEPLOYMENT_COMPLETED}
            assert went_back in completed, "it went back to what never was completed"
            assert primary.id == went_back
            assert primary.revision == revisions.get(went_back, self.world.newer)
        # After an early success the limits, or missing places, can keep the last tasks from being moved.
        if went_back == 1 and not service.places and not service.blocked:
            assert service.steady, "it rolled back and does not rest"
            assert service.fleet.deployments() <= {1}
            assert service.fleet.tasks() == service.settings.desired_count
            assert service.production in ({}, {1: 100})


def _last_return(events: list[Event]) -> int:
    """The deployment that a rollback went back to, unless something was deployed afterwards; else 0."""
    back = 0
    for event in events:
        if event.kind is Kind.ROLLBACK_COMPLETED:
            back = event.other
        elif event.kind in {Kind.DEPLOYMENT_STARTED, Kind.ROLLBACK_STARTED}:
            back = 0
    return back


def test_there_are_ten_thousand() -> None:
    assert EXAMPLES * WORLDS >= 10_000


@given(strategies.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=EXAMPLES, derandomize=True)
def test_every_rollout_keeps_its_limits_its_weights_and_its_owners_ends_and_goes_back_to_exactly_the_old_revision(
    seed: int,
) -> None:
    random = Random(seed)  # noqa: S311 - nothing secret
    for number in range(WORLDS):
        world = draw(random)
        note(f"world {number} of seed {seed}: {world}")
        rollout = Rollout(world)
        rollout.follow()
        if number == 0:
            again = Rollout(world)
            again.follow()
            assert again.events == rollout.events, "the same input gives another timeline"
