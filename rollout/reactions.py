"""How long ECS and the load balancer take to notice and to act, beside what anybody configures.

AWS publishes none of these times. The rules hold without them (``AT_ONCE``); a prediction that is compared with a clock
needs them (``PUBLISHED``, from docs/replays.md: observed).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Reactions:
    """Seconds, but for the counts; 0: at once."""

    first_action: float = 0
    """From a deployment's creation to its first task started or stopped."""
    first_check: float | None = None
    """From a target's registration to the load balancer's first check of it; None: one interval."""
    target_successes: int | None = None
    """Passed checks after which a target that was just registered is healthy; None: the healthy threshold."""
    counted_after: float = 0
    """Of RUNNING, before a task counts as healthy to ECS whatever its checks have found."""
    deregistration: float = 0
    """From a task's being told to stop to its target's deregistration."""
    stopping: float = 0
    """From its containers' end to STOPPED, for a task that was told to stop, beside the detaching of its interface."""
    ending: float = 0
    """The same for a task that ended by itself."""
    stage: float = 0
    """From a lifecycle stage's end to the next one's begin."""


AT_ONCE = Reactions()
PUBLISHED = Reactions(
    first_action=15,
    first_check=2,
    target_successes=1,
    counted_after=40,
    deregistration=10,
    stopping=23,
    ending=7,
    stage=8,
)
"""What published timelines show (docs/replays.md, "What the errors teach"): observed.

One success of a new target is AWS's own rule as well ("Health checks for Application Load Balancer target groups").
"""
