"""What each number costs: the seconds by which a deployment would be shorter with the least that AWS allows for it.

The model answers, once with the settings as they are and once with one of them changed; nothing is computed here. Costs
do not add up: two settings may hold the same second.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from rollout.behaviour import HEALTHY, Behaviour, Kind
from rollout.phases import bake_time
from rollout.prediction import Outcome, predict
from rollout.timing_lint import Setting

if TYPE_CHECKING:
    from collections.abc import Callable

    from rollout.revision import Revision, TargetCheck
    from rollout.settings import Settings
    from rollout.strategy import Shifting

World = tuple["Settings", "Revision | None", "Revision"]
"""The settings, the running revision and the new one."""

SHORTEST_INTERVAL: Final = 5
FEWEST_CHECKS: Final = 2
"""AWS: "Health checks for Application Load Balancer target groups", "CreateTargetGroup": documented."""
_DEAD: Final = Behaviour(kind=Kind.UNHEALTHY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """One setting and what it costs. Negative seconds are what it saves."""

    setting: Setting
    value: str
    least: str
    """What it is compared with."""
    good: float
    """Seconds of every good deployment."""
    bad: float
    """Seconds until a release that never turns healthy is given up; 0 too when nothing ever gives it up."""


@dataclass(frozen=True, slots=True)
class _Knob:
    setting: Setting
    least: str
    value: Callable[[World], str | None]
    """None when the service has no such setting."""
    turned: Callable[[World], World]


def costs(settings: Settings, old: Revision | None, new: Revision) -> tuple[Cost, ...]:
    """The cost of each setting that this service has."""
    world = settings, old, _behaving(new, sound(new))
    good, bad = _duration(world), _given_up_at(world)
    found = []
    for knob in KNOBS:
        value = knob.value(world)
        if value is None:
            continue
        turned = knob.turned(world)
        found.append(
            Cost(
                setting=knob.setting,
                value=value,
                least=knob.least,
                good=_difference(good, _duration(turned)),
                bad=_difference(bad, _given_up_at(turned)),
            )
        )
    return tuple(found)


def sound(revision: Revision) -> Behaviour:
    """What the tasks of the revision would do if nothing were wrong with it."""
    is_sound = revision.behaviour.kind in {Kind.HEALTHY, Kind.SLOW}
    return revision.behaviour if is_sound else replace(HEALTHY, start=revision.behaviour.start)


def _duration(world: World) -> float | None:
    prediction = predict(*world)
    return prediction.duration if prediction.outcome is Outcome.COMPLETED else None


def _given_up_at(world: World) -> float | None:
    settings, old, new = world
    return predict(settings, old, _behaving(new, _DEAD)).tripped_at


def _difference(now: float | None, then: float | None) -> float:
    return 0.0 if now is None or then is None else now - then


def _behaving(revision: Revision, behaviour: Behaviour) -> Revision:
    return replace(revision, behaviour=behaviour)


def _revisions(world: World, change: Callable[[Revision], Revision]) -> World:
    settings, old, new = world
    return settings, change(old) if old else None, change(new)


def _target(world: World, change: Callable[[TargetCheck], TargetCheck]) -> World:
    return _revisions(world, lambda one: replace(one, target=change(one.target) if one.target else None))


def _of_target(text: Callable[[TargetCheck], str]) -> Callable[[World], str | None]:
    return lambda world: text(world[2].target) if world[2].target else None


def _shifted(world: World, change: Callable[[Shifting], Shifting]) -> World:
    settings, old, new = world
    return replace(settings, shifting=change(settings.shifting) if settings.shifting else None), old, new


def _of_steps(shifting: Shifting | None) -> str | None:
    return f"{shifting.step_bake:g} s" if shifting and len(shifting.shares()) > 1 else None


def _without_alarms_bake(world: World) -> World:
    settings, old, new = world
    return replace(settings, alarms=replace(settings.alarms, bake_time=0)), old, new


KNOBS: Final = (
    _Knob(
        Setting.IMAGE,
        "0 s pull",
        lambda world: f"{world[2].timings.pull:g} s pull",
        lambda world: _revisions(world, lambda one: replace(one, timings=replace(one.timings, pull=0))),
    ),
    _Knob(
        Setting.INTERVAL,
        f"{SHORTEST_INTERVAL} s",
        _of_target(lambda target: f"{target.interval:g} s"),
        lambda world: _target(world, lambda target: replace(target, interval=SHORTEST_INTERVAL)),
    ),
    _Knob(
        Setting.HEALTHY_THRESHOLD,
        f"{FEWEST_CHECKS}",
        _of_target(lambda target: f"{target.healthy_threshold}"),
        lambda world: _target(world, lambda target: replace(target, healthy_threshold=FEWEST_CHECKS)),
    ),
    _Knob(
        Setting.UNHEALTHY_THRESHOLD,
        f"{FEWEST_CHECKS}",
        _of_target(lambda target: f"{target.unhealthy_threshold}"),
        lambda world: _target(world, lambda target: replace(target, unhealthy_threshold=FEWEST_CHECKS)),
    ),
    _Knob(
        Setting.GRACE_PERIOD,
        "0 s",
        lambda world: f"{world[0].grace_period:g} s",
        lambda world: (replace(world[0], grace_period=0), *world[1:]),
    ),
    _Knob(
        Setting.DEREGISTRATION_DELAY,
        "0 s",
        _of_target(lambda target: f"{target.deregistration_delay:g} s"),
        lambda world: _target(world, lambda target: replace(target, deregistration_delay=0)),
    ),
    _Knob(
        Setting.STOP_TIMEOUT,
        "0 s",
        lambda world: f"{world[2].stop_timeout:g} s",
        lambda world: _revisions(world, lambda one: replace(one, stop_timeout=0)),
    ),
    _Knob(
        Setting.MAXIMUM_PERCENT,
        "200 %",
        lambda world: f"{world[0].maximum_percent} %",
        lambda world: (replace(world[0], maximum_percent=max(200, world[0].maximum_percent)), *world[1:]),
    ),
    _Knob(
        Setting.STEP_BAKE_TIME,
        "0 s",
        lambda world: _of_steps(world[0].shifting),
        lambda world: _shifted(world, lambda shifting: replace(shifting, step_bake=0)),
    ),
    _Knob(
        Setting.BAKE_TIME,
        "0 s",
        lambda world: f"{bake_time(world[0]):g} s" if world[0].alarms.enabled or world[0].shifting else None,
        lambda world: _shifted(_without_alarms_bake(world), lambda shifting: replace(shifting, bake=0)),
    ),
)
"""Every setting that holds a deployment up, in the order in which a task meets them."""
