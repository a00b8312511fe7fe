"""When a deployment can never succeed: the same cause, which no waiting mends, befalls its tasks again and again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from release.cause import Cause, Confidence, diagnose

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from release.evidence import Evidence

REPEATS: Final = 2
"""So many tasks must have ended for the same cause. One may have been bad luck."""


@dataclass(frozen=True, kw_only=True)
class Ended:
    """A task that was wanted and ended."""

    at: datetime
    evidence: Evidence


def hopeless(ended: Sequence[Ended], *, some_serve: bool) -> Cause | None:
    """The cause for which the deployment can never succeed; None while there is hope, or doubt.

    ``ended`` are the tasks of this deployment alone, oldest first. All of them must have ended for the same cause, at
    least `REPEATS` of them, over a time in which AWS would have mended it by itself. A deployment some of whose tasks
    serve (``some_serve``) is never hopeless: what one task can do, the next one may.
    """
    if some_serve or len(ended) < REPEATS:
        return None
    causes = [diagnose(task.evidence) for task in ended]
    first = causes[0]
    if not first.deterministic or first.confidence is not Confidence.CERTAIN:
        return None
    if any(cause.name != first.name or not cause.deterministic for cause in causes):
        return None
    if len({task.evidence.exit_code for task in ended}) > 1:
        return None
    lasted = (ended[-1].at - ended[0].at).total_seconds()
    return first if lasted >= first.mends_within else None
