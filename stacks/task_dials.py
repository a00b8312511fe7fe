"""The dials of how a service's tasks run: on which of Fargate's capacity."""

from __future__ import annotations

from pydantic import model_validator

from release.capacity import CapacityError, CapacityMix
from stacks.dial_rules import Dials, problem


class CapacityDials(Dials):
    """How tasks are shared between Fargate and Fargate Spot, which costs less and can be taken back."""

    base: int = 0
    """Tasks that run on Fargate whatever the weights say."""
    on_demand: int = 1
    """Weight of Fargate."""
    spot: int = 0
    """Weight of Fargate Spot."""

    @property
    def mix(self) -> CapacityMix:
        """The same as the components take it."""
        return CapacityMix(base=self.base, on_demand=self.on_demand, spot=self.spot)

    @model_validator(mode="after")
    def _ecs_takes_it(self) -> CapacityDials:
        try:
            _ = self.mix
        except CapacityError as error:
            raise problem(str(error).replace("on_demand", "onDemand")) from error
        return self
