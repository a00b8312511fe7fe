"""Deployment strategies that shift traffic from one revision to another: what they are told, and their course.

AWS: "Amazon ECS blue/green service deployments workflow", "Amazon ECS linear deployments", "Amazon ECS canary
deployments" and "Lifecycle hooks for Amazon ECS service deployments": documented, where nothing else is said.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from math import ceil, inf
from typing import NamedTuple


class Strategy(StrEnum):
    """How a new revision takes over (AWS: "DeploymentConfiguration", ECS API reference)."""

    ROLLING = "ROLLING"
    """Old tasks are replaced by new ones by and by."""
    BLUE_GREEN = "BLUE_GREEN"
    """All new tasks come up beside the old ones, then all traffic moves at once."""
    LINEAR = "LINEAR"
    """The same, and traffic moves in equal steps."""
    CANARY = "CANARY"
    """The same, and a small share of the traffic moves first."""


class Stage(StrEnum):
    """The lifecycle stages of a deployment that shifts traffic, in their order."""

    RECONCILE_SERVICE = "RECONCILE_SERVICE"
    """Only if a former deployment was still under way: its tasks go, and traffic is where it was before that one."""
    PRE_SCALE_UP = "PRE_SCALE_UP"
    """Nothing of the new revision is there yet."""
    SCALE_UP = "SCALE_UP"
    """Its tasks start, without traffic."""
    POST_SCALE_UP = "POST_SCALE_UP"
    """Its tasks are healthy."""
    TEST_TRAFFIC_SHIFT = "TEST_TRAFFIC_SHIFT"
    """Test traffic moves to it."""
    POST_TEST_TRAFFIC_SHIFT = "POST_TEST_TRAFFIC_SHIFT"
    """It has all of the test traffic."""
    PRE_PRODUCTION_TRAFFIC_SHIFT = "PRE_PRODUCTION_TRAFFIC_SHIFT"
    """Production traffic is about to move."""
    PRODUCTION_TRAFFIC_SHIFT = "PRODUCTION_TRAFFIC_SHIFT"
    """Production traffic moves, at once or in steps."""
    POST_PRODUCTION_TRAFFIC_SHIFT = "POST_PRODUCTION_TRAFFIC_SHIFT"
    """It has all of the production traffic."""
    BAKE_TIME = "BAKE_TIME"
    """Both revisions run, so that going back is a matter of traffic alone."""
    CLEAN_UP = "CLEAN_UP"
    """The old tasks go."""


LONGEST_STAGE = 24 * 3600.0
"""Seconds after which a stage without a pause fails the deployment."""

ALL = 100.0
"""Percent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """A lifecycle hook: a function that answers, or a pause that waits for a person; seconds."""

    stages: frozenset[Stage]
    """When it is asked."""
    pause: bool = False
    """Whether it waits for a person instead of a function."""
    passes: bool = True
    """What a function answers in the end."""
    after: float = 0
    """How long a function takes until it can answer; ``inf``: it never does."""
    call_back_delay: float = 0
    """How long ECS waits before it calls a function again that has answered IN_PROGRESS; 0: it answers in one call.

    AWS: "Lifecycle hooks for Amazon ECS service deployments": 30 seconds unless the function names another time:
    documented.
    """
    timeout: float = 24 * 3600.0
    """After which nobody has answered in time."""
    proceeds_on_timeout: bool = False
    """Whether the deployment goes on, instead of back, when nobody has answered in time."""

    @property
    def answers_at(self) -> float:
        """Seconds from its start until it comes to an end by itself."""
        return self.timeout if self.pause else min(self._answered, self.timeout)

    @property
    def _answered(self) -> float:
        delay = self.call_back_delay
        return ceil(self.after / delay) * delay if delay and self.after < inf else self.after

    @property
    def times_out(self) -> bool:
        """Whether nobody has answered when it comes to an end by itself."""
        return self.pause or self._answered > self.timeout


@dataclass(frozen=True, slots=True, kw_only=True)
class Shifting:
    """How traffic is shifted: percent and seconds."""

    strategy: Strategy
    """Any but ROLLING, in which no traffic is shifted."""
    step: float = ALL
    """LINEAR: the share of every step; CANARY: that of the first one."""
    step_bake: float = 0
    """LINEAR: seconds between two steps; CANARY: seconds between the first share and all."""
    bake: float = 0
    """Seconds from the last shift until the old tasks go."""
    hooks: tuple[Hook, ...] = ()
    """What is asked on the way."""
    broken: bool = False
    """Whether the load balancing is configured so that no traffic can be shifted: the deployment fails at once."""

    def shares(self) -> tuple[float, ...]:
        """The share of production traffic that the new revision has after each shift.

        The last step of a linear deployment takes what is left: assumed.
        """
        if self.strategy is Strategy.CANARY:
            return (self.step, ALL) if self.step < ALL else (ALL,)
        if self.strategy is Strategy.LINEAR:
            whole = int(round(ALL / self.step, 6))
            shares = [round(self.step * number, 1) for number in range(1, whole + 1)]
            return tuple(shares if shares[-1] >= ALL else [*shares, ALL])
        return (ALL,)


class Leg(NamedTuple):
    """One stretch of a deployment's course."""

    stage: Stage
    production: float | None = None
    """The share of production traffic that the revision has from the leg's begin on; None: what it had."""
    test: float | None = None
    bake: float = 0
    """Seconds that the leg lasts at least."""


def course(shifting: Shifting, *, reconciles: bool, first: bool = False) -> tuple[Leg, ...]:
    """The legs of a deployment; ``first`` when no other one has the traffic.

    A step's bake time does not apply after all traffic has been shifted (AWS: "LinearConfiguration"): documented. That
    the stages of the test traffic are gone through without a test listener too is assumed. That a service's first
    deployment runs its hooks but bakes nothing is observed (Terraform's AWS provider, pull request 43434: it waits for
    the hooks of a creation and for the bake time of updates only); that it takes the traffic in one step is assumed.
    """
    if first:
        shifting = replace(shifting, strategy=Strategy.BLUE_GREEN, bake=0)
    legs = [Leg(Stage.RECONCILE_SERVICE)] if reconciles else []
    legs += [Leg(Stage.PRE_SCALE_UP), Leg(Stage.SCALE_UP), Leg(Stage.POST_SCALE_UP)]
    legs += [Leg(Stage.TEST_TRAFFIC_SHIFT, test=ALL), Leg(Stage.POST_TEST_TRAFFIC_SHIFT)]
    for share in shifting.shares():
        legs.append(Leg(Stage.PRE_PRODUCTION_TRAFFIC_SHIFT))
        bake = shifting.step_bake if share < ALL else 0
        legs.append(Leg(Stage.PRODUCTION_TRAFFIC_SHIFT, production=share, bake=bake))
    legs.append(Leg(Stage.POST_PRODUCTION_TRAFFIC_SHIFT))
    return (*legs, Leg(Stage.BAKE_TIME, bake=shifting.bake), Leg(Stage.CLEAN_UP))


RETURN_AT_ONCE = (Leg(Stage.PRODUCTION_TRAFFIC_SHIFT, production=ALL, test=ALL), Leg(Stage.CLEAN_UP))
"""The course of a rollback while the old tasks still run."""
RETURN = (Leg(Stage.SCALE_UP), *RETURN_AT_ONCE)
"""The course of a rollback after old tasks were stopped."""
