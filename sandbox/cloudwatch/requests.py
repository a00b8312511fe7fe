"""Where the requests of users go: from listener rules to target groups to tasks, and how they are answered.

No request is really made: their number a second is a setting, and the rest follows from it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from sandbox.ecs.measured import ServiceFacts, TaskFacts
    from sandbox.ecs.ports import RouteFacts

_ALL_FAIL = 100.0


class Served(NamedTuple):
    """The requests a second that one task gets of one target group, and how many of them it answers with an error."""

    task: TaskFacts
    rate: float
    failing: float


@dataclass(frozen=True)
class GroupTraffic:
    """A target group behind one load balancer; rates are requests a second."""

    group: str
    load_balancer: str
    healthy: int
    unhealthy: int
    served: tuple[Served, ...] = ()
    refused: float = 0
    """Requests that the load balancer answers itself, with 503, because no target is there."""

    @property
    def rate(self) -> float:
        """Requests that reach a target."""
        return sum(served.rate for served in self.served)


@dataclass(frozen=True)
class Traffic:
    """What users of a service meet."""

    groups: tuple[GroupTraffic, ...] = ()
    by_task: Mapping[str, Served] = field(default_factory=dict)
    """By task id, over all its target groups."""


def traffic(service: ServiceFacts, routes: Sequence[RouteFacts], rate: float) -> Traffic:
    """How ``rate`` requests a second to the service are spread and answered.

    They are spread evenly over the listener rules that lead to it (assumed), but for those that are not its production
    rules where it names these; from a rule to its target groups by their weights, and evenly over a group's healthy
    targets (AWS: "Target groups for your Application Load Balancers": documented).
    """
    own = service.groups
    leading = [route for route in routes if own & route.weights.keys()]
    leading = [route for route in leading if route.arn in service.production] or leading
    shares: dict[tuple[str, str], float] = {}
    for route in leading:
        total = sum(route.weights.values())
        for group in own & route.weights.keys():
            share = route.weights[group] / total if total else 0
            key = (group, route.load_balancer)
            shares[key] = shares.get(key, 0) + share / len(leading)
    groups = tuple(_group(service, *key, rate * share) for key, share in sorted(shares.items()))
    return Traffic(groups, _by_task(groups))


def _group(service: ServiceFacts, group: str, load_balancer: str, rate: float) -> GroupTraffic:
    """With no healthy target, requests go to all unhealthy ones (AWS: "Target group health"): documented.

    That these answer all with errors is assumed.
    """
    states = [(task, state) for task in service.tasks for name, state in task.targets if name == group]
    healthy = [task for task, state in states if state == "healthy"]
    unhealthy = [task for task, state in states if state == "unhealthy"]
    taking = healthy or unhealthy
    served = [Served(task, rate / len(taking), _failing(task, rate / len(taking), healthy)) for task in taking if rate]
    refused = 0.0 if taking else rate
    return GroupTraffic(group, load_balancer, len(healthy), len(unhealthy), tuple(served), refused)


def _failing(task: TaskFacts, rate: float, healthy: Sequence[TaskFacts]) -> float:
    return rate * (task.behaviour.rate if healthy else _ALL_FAIL) / 100


def _by_task(groups: Sequence[GroupTraffic]) -> dict[str, Served]:
    found: dict[str, Served] = {}
    for group in groups:
        for served in group.served:
            before = found.get(served.task.id, Served(served.task, 0, 0))
            found[served.task.id] = Served(served.task, before.rate + served.rate, before.failing + served.failing)
    return found
