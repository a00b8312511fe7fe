"""How long a release takes, and for how long it is worth following."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING, Final

from rollout.behaviour import HEALTHY, MISSING, Behaviour, Kind
from rollout.prediction import Outcome, predict

if TYPE_CHECKING:
    from rollout.revision import Revision
    from rollout.settings import Settings

SHORTEST: Final = 900
"""Seconds for which any release is followed: clouds have slow days. Assumed."""
SLACK: Final = 3
"""How many times the predicted duration a release may take, or ECS to give a bad one up. Where the model foretold too
little, published deployments took up to 2.5 times as long (docs/replays.md): observed."""
BAD: Final = (MISSING, Behaviour(kind=Kind.UNHEALTHY), Behaviour(kind=Kind.CRASH, after=5, code=1))
"""What a bad release does, for how long ECS takes to give it up."""
_ENDED: Final = frozenset({Outcome.COMPLETED, Outcome.ROLLED_BACK, Outcome.FAILED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """Whole seconds."""

    predicted: int
    """Until a sound release is deployed, its bakes and its hooks as the settings know them included."""
    limit: int
    """For which its deployment is followed."""


def expect(settings: Settings, old: Revision | None, new: Revision) -> Expectation:
    """What to expect of a release of ``new`` on these settings.

    limit = the longest of `SHORTEST`, `SLACK` x the predicted duration, and `SLACK` x what ECS takes to give a bad
    release up and go back (endless ones left out: no limit is long enough for those). A change of the formula is a
    change of how long people wait at worst.
    """
    sound = predict(settings, old, replace(new, behaviour=HEALTHY)).duration
    bad = [predict(settings, old, replace(new, behaviour=one)) for one in BAD] if settings.breaker.enabled else []
    given_up = max((one.duration for one in bad if one.outcome in _ENDED), default=0.0)
    return Expectation(predicted=ceil(sound), limit=ceil(max(SHORTEST, SLACK * sound, SLACK * given_up)))
