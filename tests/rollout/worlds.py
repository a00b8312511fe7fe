"""Services to roll out in the tests, and what can be read off their timelines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rollout import steps
from rollout.behaviour import MISSING, Behaviour, parse
from rollout.limits import maximum_tasks, minimum_healthy_tasks
from rollout.revision import Revision, TargetCheck
from rollout.service import Service
from rollout.settings import Breaker, Settings
from rollout.steps import Step
from rollout.timeline import Event, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

BREAKER = Breaker(enabled=True, rollback=True)
QUICK = TargetCheck(interval=10, healthy_threshold=2, deregistration_delay=30)
HORIZON = 86_400.0
"""A day: whatever still moves by then moves for ever."""


def revision(name: str, behave: str = "", **changes: Any) -> Revision:
    """A revision behind a load balancer with quick checks; ``behave`` is "missing" or what an image's label says."""
    behaviour: Behaviour = MISSING if behave == "missing" else parse(behave)
    return Revision(**({"name": name, "behaviour": behaviour, "target": QUICK} | changes))


def steady(desired: int = 2, **settings: Any) -> Service:
    """A service that runs revision "old", its events so far taken."""
    service = Service(Settings(**({"desired_count": desired, "breaker": BREAKER} | settings)), revision("old"))
    service.run()
    assert service.steady
    service.take_events()
    return service


def roll_out(service: Service, new: Revision) -> list[Event]:
    """Deploy ``new`` and let everything happen that follows from it."""
    service.deploy(new)
    service.run(service.now + HORIZON)
    return service.take_events()


def never_counts_as_healthy(new: Revision, grace_period: float = 0) -> bool:
    """Whether a task of ``new`` fails before it has counted as healthy."""
    return Step.HEALTHY not in [step for _, step in steps.starting(new, grace_period)]


def kinds(events: Iterable[Event], *of: Kind) -> list[Kind]:
    """The kinds of the events, of those in ``of`` if any are named."""
    return [event.kind for event in events if not of or event.kind in of]


def count(events: Iterable[Event], kind: Kind) -> int:
    """How many tasks the events of a kind concern."""
    return sum(len(event.tasks) for event in events if event.kind is kind)


@dataclass
class Watch:
    """Follows a service event by event and remembers the extremes."""

    service: Service
    lowest_healthy: int = 10**9
    most_tasks: int = 0

    def look(self) -> None:
        """Note the present numbers of healthy tasks and of tasks that run or are about to."""
        alive = self.service.fleet.wanted()
        self.lowest_healthy = min(self.lowest_healthy, sum(len(b.tasks) for b in alive if b.healthy))
        self.most_tasks = max(self.most_tasks, sum(len(b.tasks) for b in alive))

    def follow(self, until: float = HORIZON) -> None:
        """Let the service run, looking at every moment at which something happens."""
        self.look()
        while (at := self.service.next_event_at()) is not None and at <= until:
            self.service.advance(at)
            self.look()


def limits(settings: Settings) -> tuple[int, int]:
    """(minimum healthy, maximum) tasks."""
    return (
        minimum_healthy_tasks(settings.desired_count, settings.minimum_healthy_percent),
        maximum_tasks(settings.desired_count, settings.maximum_percent),
    )
