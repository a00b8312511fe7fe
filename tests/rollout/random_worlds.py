"""Random services to roll out, cheap to draw: a seed says all about each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from rollout.alarms import Alarms
from rollout.reactions import AT_ONCE, PUBLISHED
from rollout.revision import ContainerCheck, Revision, TargetCheck
from rollout.settings import Breaker, EarlySuccess, Settings, ThresholdType
from rollout.strategy import Hook, Shifting, Stage, Strategy
from tests.rollout.worlds import revision

if TYPE_CHECKING:
    from random import Random

    from rollout.service import Service

ALARM = "errors"
SOUND = ("", "healthy:start=4", "errors", "healthy:pull=60", "stubborn")
BROKEN = (
    "crash",
    "crash:after=100",
    "oom",
    "unhealthy",
    "unhealthy:after=200",
    "missing",
    "flapping",
    "slow:start=300",
)
HOOKED = sorted(set(Stage) - {Stage.SCALE_UP, Stage.BAKE_TIME, Stage.CLEAN_UP})
SHIFTS = (Strategy.BLUE_GREEN, Strategy.LINEAR, Strategy.CANARY)


class Act(StrEnum):
    """What somebody, or something, does to a service in the middle of a rollout."""

    SCALE = "scale"
    SUPERSEDE = "supersede"
    STOP_TASK = "stop a task"
    STOP = "stop the deployment"
    ALARM = "alarm"
    SHORTAGE = "shortage"
    PLENTY = "no shortage any more"
    PROTECT = "protect a task"
    ANSWER = "answer a hook"


@dataclass(frozen=True)
class Disturbance:
    """An act, so many seconds after the deployment's begin; ``number`` says how many, or which."""

    after: float
    act: Act
    number: int


@dataclass(frozen=True)
class World:
    """A service that runs ``old``, what is to take its place, and what comes between."""

    settings: Settings
    old: Revision
    new: Revision
    newer: Revision
    sound: bool
    """Whether nothing is wrong with ``new`` and ``newer``."""
    alarming: bool
    """Whether the alarm is in ALARM before the deployment begins."""
    disturbances: tuple[Disturbance, ...]

    @property
    def acts(self) -> set[Act]:
        """What disturbs it."""
        return {disturbance.act for disturbance in self.disturbances}


def draw(random: Random) -> World:
    """Any world."""
    sound, shift = random.random() < 0.5, _shifting(random)
    behaviours = SOUND if sound else BROKEN
    disturbances = [
        Disturbance(round(random.uniform(0, 500), 1), random.choice(list(Act)), random.randint(0, 9))
        for _ in range(random.choice([0, 0, 0, 1, 1, 2, 3]))
    ]
    return World(
        settings=_settings(random, shift),
        old=_revision(random, "old", random.choice(SOUND)),
        new=_revision(random, "new", random.choice(behaviours)),
        newer=_revision(random, "newer", random.choice(behaviours)),
        sound=sound,
        alarming=random.random() < 0.1,
        disturbances=tuple(sorted(disturbances, key=lambda one: one.after)),
    )


def disturb(service: Service, world: World, disturbance: Disturbance) -> None:
    """Do to the service what the disturbance says."""
    number = disturbance.number
    match disturbance.act:
        case Act.SCALE:
            service.scale(number)
        case Act.SUPERSEDE:
            service.deploy(world.newer)
        case Act.STOP_TASK:
            service.stop_task(number)
        case Act.STOP:
            service.stop_deployment()
        case Act.ALARM:
            service.set_alarm(ALARM, alarming=True)
        case Act.SHORTAGE:
            service.limit(dict.fromkeys(("", "a", "b", "c"), number))
        case Act.PLENTY:
            service.limit({})
        case Act.PROTECT:
            service.protect(number, service.now + 600 * number)
        case Act.ANSWER:
            service.continue_deployment(1, proceed=number % 2 == 0)
            service.answer_hook(1, passes=number % 3 == 0)


def _settings(random: Random, shift: Shifting | None) -> Settings:
    early = None
    if shift is None and random.random() < 0.2:
        early = EarlySuccess(healthy_percent=random.choice([50, 100]), leaves_old_tasks=random.random() < 0.5)
    return Settings(
        desired_count=random.randint(1, 9),
        minimum_healthy_percent=random.choice([0, 50, 90, 100]),
        maximum_percent=random.choice([100, 125, 150, 200]),
        grace_period=random.choice([0, 30, 300]),
        breaker=Breaker(
            enabled=True,
            rollback=random.random() < 0.8,
            threshold_type=random.choice(list(ThresholdType)),
            threshold_value=random.choice([1, 3, 3, 15]),
            reset_on_healthy_task=False,
        ),
        alarms=Alarms(
            names=frozenset({ALARM}),
            enabled=random.random() < 0.8,
            rollback=random.random() < 0.7,
            bake_time=random.choice([0, 0, 120]),
        ),
        early_success=early,
        rebalancing=shift is None and random.random() < 0.3,
        shifting=shift,
        reactions=random.choice([AT_ONCE, PUBLISHED]),
    )


def _shifting(random: Random) -> Shifting | None:
    if random.random() < 0.5:
        return None
    return Shifting(
        strategy=random.choice(SHIFTS),
        step=random.choice([10.0, 33.3, 100.0]),
        step_bake=random.choice([0, 60]),
        bake=random.choice([0, 120]),
        hooks=tuple(_hook(random) for _ in range(random.choice([0, 0, 0, 1, 2]))),
        broken=random.random() < 0.02,
    )


def _hook(random: Random) -> Hook:
    return Hook(
        stages=frozenset(random.sample(HOOKED, random.randint(1, 3))),
        pause=random.random() < 0.3,
        passes=random.random() < 0.8,
        after=random.choice([0, 45, 400]),
        timeout=random.choice([60, 600]),
        proceeds_on_timeout=random.random() < 0.5,
    )


def _revision(random: Random, name: str, behave: str) -> Revision:
    target = TargetCheck(
        interval=random.choice([5, 10, 30]),
        healthy_threshold=random.randint(2, 5),
        deregistration_delay=random.choice([0, 15, 120]),
    )
    return revision(
        name,
        behave,
        target=random.choice([None, target, target]),
        container=random.choice([None, None, ContainerCheck(interval=10, retries=5)]),
        zones=random.choice([(), ("a", "b", "c")]),
    )
