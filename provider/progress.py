"""How far a deployment has come, for the resource's row: traffic, bake, and when it should be done. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from provider.facts import Deployment

BAKING: Final = "BAKE_TIME"
"""The lifecycle stage in which both revisions run, after the traffic has moved (AWS: "ServiceDeployment")."""


def course(own: Deployment, now: datetime, predicted: float | None) -> str:
    """What a deployment under way adds to its count of tasks: `, traffic 10 %, bake 3:20 left, predicted end 14:05`.

    ``now`` is AWS's time, ``predicted`` the seconds that the deployment should take. What is not known is left out.
    """
    return "".join(f", {part}" for part in _parts(own, now, predicted))


def _parts(own: Deployment, now: datetime, predicted: float | None) -> Iterator[str]:
    if own.traffic is not None:
        yield f"traffic {own.traffic:g} %"
    if own.stage == BAKING and own.bake_minutes:
        yield _bake(own, now)
    if predicted is not None:
        end = (own.created_at + timedelta(seconds=predicted)).astimezone()
        yield (
            f"predicted end {end:%H:%M}"
            if now <= own.created_at + timedelta(seconds=predicted)
            else (f"later than predicted ({end:%H:%M})")
        )


def _bake(own: Deployment, now: datetime) -> str:
    """What is left of the bake. ECS does not say when a stage began; ``updatedAt`` moves when a deployment enters one:
    assumed. Where that cannot be, only the whole is told."""
    whole = timedelta(minutes=own.bake_minutes)
    gone = now - own.updated_at if own.updated_at else None
    if gone is None or not timedelta(0) <= gone <= whole:
        return f"bakes, {own.bake_minutes:g} min in all"
    left = round((whole - gone).total_seconds())
    return f"bake {left // 60}:{left % 60:02} left"
