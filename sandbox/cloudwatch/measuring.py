"""Looks how services stand, and keeps what their metrics follow from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, Protocol

from sandbox.cloudwatch.metric import Metric, Place
from sandbox.cloudwatch.requests import Served, traffic
from sandbox.cloudwatch.service_levels import UNITS, added, levels

if TYPE_CHECKING:
    from sandbox.caller import Caller
    from sandbox.cloudwatch.levels import Level, Levels
    from sandbox.cloudwatch.traffic_settings import TrafficSettings
    from sandbox.ecs.measured import ServiceFacts
    from sandbox.ecs.ports import RouteFacts

_MINUTE = 60


class Tasks(Protocol):
    """The ECS control plane, as far as it is measured."""

    def measured(self) -> list[ServiceFacts]:
        """All services as they stand."""

    def log(self, now: datetime, lines: Iterable[tuple[str, str]]) -> None:
        """Let tasks, by id, write lines into their log streams."""


class Routes(Protocol):
    """Elastic Load Balancing, as far as requests need it."""

    def routes(self, caller: Caller) -> Sequence[RouteFacts]:
        """All listener rules of the caller's account and region that forward."""


class _Seen(NamedTuple):
    """All that the metrics of a service follow from."""

    service: ServiceFacts
    routes: tuple[RouteFacts, ...]
    rate: float


class _Made(NamedTuple):
    """What was made of it."""

    seen: _Seen
    levels: dict[Metric, Level]
    failing: list[Served]


class Measuring:
    """Called whenever something may have changed; only what has is computed anew.

    It also writes what tasks say of the requests that they fail.
    """

    def __init__(self, tasks: Tasks, routes: Routes, settings: TrafficSettings, kept: Levels) -> None:
        self._tasks = tasks
        self._routes = routes
        self._settings = settings
        self._kept = kept
        self._failing: list[Served] = []
        self._seen: list[_Seen] | None = None
        self._known: dict[tuple[str, ...], _Made] = {}

    def measure(self, now: datetime) -> None:
        """From ``now`` on, things are as they stand."""
        seen = self._look()
        if seen == self._seen:
            return
        self._seen = seen
        found: dict[tuple[Place, Metric], Level] = {}
        self._failing = []
        for service, routes, rate in seen:
            made = self._known.get(service.key)
            if made is None or made.seen != (service, routes, rate):
                met = traffic(service, routes, rate)
                failing = [served for served in met.by_task.values() if served.failing]
                made = _Made(_Seen(service, routes, rate), added(levels(service, met)), failing)
                self._known[service.key] = made
            self._failing += made.failing
            place = Place(service.owner.account, service.owner.region)
            for metric, level in made.levels.items():
                found[place, metric] = _sum(found.get((place, metric), ()), level)
        self._kept.observe(now.timestamp(), found, UNITS)

    def _look(self) -> list[_Seen]:
        routes: dict[Place, tuple[RouteFacts, ...]] = {}
        seen = []
        for service in self._tasks.measured():
            place = Place(service.owner.account, service.owner.region)
            if place not in routes:
                routes[place] = tuple(self._routes.routes(service.owner))
            leading = tuple(route for route in routes[place] if service.groups & route.weights.keys())
            seen.append(_Seen(service, leading, self._settings.rate(place.account, service.name)))
        return seen

    def is_due(self) -> bool:
        """Whether tasks have failures to tell of."""
        return bool(self._failing)

    def at_minute(self, now: datetime) -> None:
        """Let each failing task tell of the last minute: one line, where a real one would write one a request."""
        self._tasks.log(now, [(served.task.id, _failures(served)) for served in self._failing])


def _failures(served: Served) -> str:
    failing, all_of_them = round(served.failing * _MINUTE), round(served.rate * _MINUTE)
    return f"ERROR {failing} of {all_of_them} requests of the last minute were answered with status 500"


def _sum(one: Level, other: Level) -> Level:
    """Of a load balancer that serves several services."""
    return added((Metric("", ""), level) for level in (one, other))[Metric("", "")] if one else other
