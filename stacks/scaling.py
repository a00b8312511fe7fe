"""How a service is scaled, as a stack file writes it: the model of `slipway:services.<name>.scaling`."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from stacks.dial_rules import Dials, as_tuple, between, matching, problem
from stacks.releases import a_zone

MOST_TASKS: Final = 5000
"""AWS: "Amazon ECS service quotas", tasks per service."""
MOST_STEPS: Final = 20
"""AWS: "Quotas for Application Auto Scaling", step adjustments per policy: documented."""
MOST_ADDED: Final = 100
"""Tasks at once. Who needs more has another minimum."""


def _percent(value: float) -> float:
    if not 1 <= value <= 100:  # noqa: PLR2004 - percent
        raise problem("allowed are 1 to 100 percent")
    return value


def _positive(value: float) -> float:
    if value <= 0:
        raise problem("must be above 0")
    return value


Tasks = Annotated[int, between(0, MOST_TASKS)]
Percent = Annotated[float, AfterValidator(_percent)]
Amount = Annotated[float, AfterValidator(_positive)]
TimeZone = Annotated[str, AfterValidator(a_zone)]
When = Annotated[
    str,
    matching(r"(cron|rate|at)\([^()]+\)", "write cron(0 7 ? * MON-FRI *), rate(1 hour) or at(2026-12-24T18:00:00)"),
]
ScheduleName = Annotated[
    str, matching(r"[a-z][a-z0-9-]{0,31}", "a name has up to 32 lower-case letters, digits and hyphens")
]

QueueName = Annotated[str, matching(r"[A-Za-z0-9_-]{1,80}(\.fifo)?", "write the queue's name, not its URL or ARN")]


class Limits(Dials):
    """Fewest and most tasks."""

    min: Tasks
    max: Tasks

    @model_validator(mode="after")
    def _in_order(self) -> Limits:
        if self.min > self.max:
            raise problem(f"min is {self.min} and max {self.max}: max must be no less")
        return self


class QueueDials(Dials):
    """A queue that the tasks work off."""

    name: QueueName | None = None
    """None: that of the service's own queue, which the catalogue gives it."""
    messages_per_task: Amount


class StepDials(Dials):
    """Tasks to add at once."""

    cpu_above: Percent
    add: Annotated[int, between(1, MOST_ADDED)]


class ScheduleDials(Limits):
    """Other limits from a moment on."""

    name: ScheduleName
    when: When
    time_zone: TimeZone = "UTC"


class ScalingDials(Limits):
    """Scaling owns the number of tasks: `desiredCount` is then only what the service begins with."""

    cpu: Percent | None = None
    memory: Percent | None = None
    requests_per_task: Amount | None = None
    """A minute."""
    queue: QueueDials | None = None
    steps: Annotated[tuple[StepDials, ...], BeforeValidator(as_tuple), Field(max_length=MOST_STEPS)] = ()
    schedules: Annotated[tuple[ScheduleDials, ...], BeforeValidator(as_tuple)] = ()

    @model_validator(mode="after")
    def _says_when(self) -> ScalingDials:
        targets = (self.cpu, self.memory, self.requests_per_task, self.queue)
        if not (self.steps or self.schedules or any(target is not None for target in targets)):
            raise problem("nothing says when to scale; add cpu, memory, requestsPerTask, queue, steps or schedules")
        return self

    @model_validator(mode="after")
    def _told_apart(self) -> ScalingDials:
        for what, values in (
            ("schedules with the name", [one.name for one in self.schedules]),
            ("steps above", [one.cpu_above for one in self.steps]),
        ):
            twice = [value for value, times in Counter(values).items() if times > 1]
            if twice:
                raise problem(f"there are two {what} {twice[0]}; each needs its own")
        return self
