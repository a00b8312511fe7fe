"""Strategies as people write them on a command line: ``canary:10%,5m``, ``linear:20%,5m,bake=10m``, ``blue_green``."""

from __future__ import annotations

import re
from dataclasses import replace

from rollout.strategy import ALL, Shifting, Strategy

MINUTE = 60.0
LONGEST_BAKE = 1440 * MINUTE
"""AWS: "LinearConfiguration", "CanaryConfiguration" (ECS API reference): documented. That the bake time of the whole
deployment has the same limit is observed (Terraform's AWS provider allows 0 to 1440 minutes)."""

LEAST_STEP = {Strategy.LINEAR: 3.0, Strategy.CANARY: 0.1}
"""Percent.

AWS: "LinearConfiguration", "CanaryConfiguration" (ECS API reference): multiples of 0.1 from these to 100: documented.
"""

DEFAULTS = {
    Strategy.BLUE_GREEN: Shifting(strategy=Strategy.BLUE_GREEN),
    Strategy.LINEAR: Shifting(strategy=Strategy.LINEAR, step=10, step_bake=6 * MINUTE),
    Strategy.CANARY: Shifting(strategy=Strategy.CANARY, step=5, step_bake=10 * MINUTE),
}
"""What is not named.

AWS: "LinearConfiguration", "CanaryConfiguration" (ECS API reference), default values: documented. That a deployment
whose bake time nobody names has none is assumed: ECS demands it for BLUE_GREEN and names no default for the others.
"""

_SECONDS = {"s": 1.0, "m": MINUTE, "h": 60 * MINUTE}
_SHAPES = {
    Strategy.ROLLING: "it takes nothing more",
    Strategy.BLUE_GREEN: "write blue_green or blue_green:bake=10m",
    Strategy.LINEAR: "write linear:20%,5m or linear:20%,5m,bake=10m",
    Strategy.CANARY: "write canary:10%,5m or canary:10%,5m,bake=10m",
}


def parse(text: str) -> Shifting | None:
    """How the strategy that ``text`` names shifts traffic; None for ``rolling``, which does not.

    After a colon: the percentage of a step, the time between steps, and ``bake=`` the bake time of the deployment;
    times carry ``s``, ``m`` or ``h``. What is left out is ECS's default. Raises ValueError, worded for people.
    """
    name, _, rest = text.strip().partition(":")
    parts = [part.strip() for part in rest.split(",") if part.strip()]
    try:
        strategy = Strategy(name.strip().upper().replace("-", "_"))
    except ValueError:
        names = ", ".join(one.lower() for one in Strategy)
        raise ValueError(f"strategy {name!r} is unknown; choose one of {names}") from None
    if strategy is Strategy.ROLLING:
        if parts:
            raise _misunderstood(strategy, parts[0])
        return None
    shifting = DEFAULTS[strategy]
    for part in parts:
        shifting = _with_part(shifting, part)
    return shifting


def _with_part(shifting: Shifting, part: str) -> Shifting:
    strategy = shifting.strategy
    if part.startswith("bake="):
        return replace(shifting, bake=_bake(strategy, part, part.removeprefix("bake=")))
    if strategy not in LEAST_STEP:
        raise _misunderstood(strategy, part)
    if part.endswith("%"):
        return replace(shifting, step=_step(strategy, part))
    return replace(shifting, step_bake=_bake(strategy, part, part))


def _step(strategy: Strategy, part: str) -> float:
    try:
        percent = float(part.removesuffix("%"))
    except ValueError:
        raise _misunderstood(strategy, part) from None
    if not LEAST_STEP[strategy] <= percent <= ALL or round(percent, 1) != percent:
        raise ValueError(
            f"strategy {strategy.lower()}: ECS takes a step from {LEAST_STEP[strategy]:g}% to 100% "
            f"in tenths of a percent, got {part}"
        )
    return percent


def _bake(strategy: Strategy, part: str, value: str) -> float:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh])", value)
    if not found:
        raise _misunderstood(strategy, part)
    seconds = float(found[1]) * _SECONDS[found[2]]
    if seconds > LONGEST_BAKE or seconds % MINUTE:
        raise ValueError(
            f"strategy {strategy.lower()}: ECS takes bake times of whole minutes from 0m to 1440m, got {part}"
        )
    return seconds


def _misunderstood(strategy: Strategy, part: str) -> ValueError:
    return ValueError(f"strategy {strategy.lower()}: {part!r} is not understood; {_SHAPES[strategy]}")
