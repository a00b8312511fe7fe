"""Which of Fargate's two kinds of capacity a service's tasks run on. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

WEIGHTS: Final = range(1001)
BASES: Final = range(100_001)
"""AWS: "CapacityProviderStrategyItem", weight and base: *documented*."""
PLATFORM_VERSIONS: Final = ("LATEST", "1.4.0")
"""AWS: "Fargate platform versions for Amazon ECS": *documented*. Older ones have neither EFS nor larger disks."""


class CapacityError(ValueError):
    """A mix that ECS does not take. Its text names the value and what is allowed."""


@dataclass(frozen=True, kw_only=True)
class CapacityMix:
    """How tasks are shared between Fargate and Fargate Spot.

    Spot costs up to 70 % less, and AWS takes a task back with two minutes' warning when it needs the capacity (AWS:
    "Amazon ECS clusters for Fargate"): *documented*. The base comes first, then the weights share what is left.
    """

    base: int = 0
    """Tasks that run on Fargate whatever the weights say."""
    on_demand: int = 1
    """Weight of Fargate."""
    spot: int = 0
    """Weight of Fargate Spot."""

    def __post_init__(self) -> None:
        for name, value in (("on_demand", self.on_demand), ("spot", self.spot)):
            if value not in WEIGHTS:
                raise CapacityError(f"{name} is {value}; a weight is {WEIGHTS[0]} to {WEIGHTS[-1]}")
        if self.base not in BASES:
            raise CapacityError(f"base is {self.base}; allowed are {BASES[0]} to {BASES[-1]} tasks")
        if not self.on_demand and not self.spot:
            raise CapacityError("on_demand and spot are both 0: no task could be placed; give one a weight")
        if self.base and not self.on_demand:
            raise CapacityError(
                f"base is {self.base} and on_demand 0: ECS places nothing on capacity without a weight; "
                "set on_demand to 1 or more"
            )

    @property
    def strategy(self) -> tuple[dict[str, Any], ...]:
        """The strategy in ECS's words, without what gets no task."""
        shares = (("FARGATE", self.base, self.on_demand), ("FARGATE_SPOT", 0, self.spot))
        return tuple(
            {"capacityProvider": name, "base": base, "weight": weight} for name, base, weight in shares if weight
        )

    def on_fargate(self, tasks: int) -> int:
        """How many of so many tasks run on Fargate, the base counted in: the least that Spot cannot take back."""
        first = min(self.base, tasks)
        return first + (tasks - first) * self.on_demand // (self.on_demand + self.spot)
