"""The service scheduler's decision: which tasks to stop and how many to start right now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(slots=True)
class Tally:
    """The tasks of a service at one moment."""

    own: int = 0
    """Wanted tasks of the primary deployment: running, or about to."""
    own_healthy: int = 0
    own_protected: int = 0
    """Those of ``own`` that may not be stopped for having too many (AWS: scale-in protection)."""
    own_condemned: int = 0
    """Tasks of the primary deployment that failed their health checks and wait for their replacement."""
    own_failing: int = 0
    """Tasks of the primary deployment that ended by themselves and have not stopped yet."""
    own_replaced: int = 0
    """Tasks of the primary deployment that failed their health checks and have not stopped yet."""
    old: int = 0
    """Wanted tasks of all other deployments, condemned ones included."""
    old_healthy: int = 0
    old_protected: int = 0
    """Those of ``old`` that may not be stopped for being old."""
    old_protected_healthy: int = 0
    old_failing: int = 0

    @property
    def occupied(self) -> int:
        """Places taken under the maximum."""
        return self.own + self.own_condemned + self.own_failing + self.old + self.old_failing

    @property
    def healthy(self) -> int:
        """Tasks that count towards the minimum."""
        return self.own_healthy + self.old_healthy


class Decision(NamedTuple):
    """Numbers of tasks. Stops come first, so that what they free can be started in the same moment."""

    stop_old: int = 0
    stop_own: int = 0
    stop_condemned: int = 0
    start: int = 0


def decide(
    tally: Tally, desired: int, *, lower: int, upper: int, launching: bool, stalled: bool, in_progress: bool
) -> Decision:
    """What to stop and what to start.

    ``lower`` and ``upper`` are the deployment's limits as task counts, ``launching`` is whether the primary deployment
    may start tasks now, ``in_progress`` whether it has not ended yet, ``stalled`` whether it has failed for good: then
    only its unhealthy tasks are stopped.

    A task that failed its health checks during the deployment keeps its place under the maximum until it has drained
    and stopped: observed (docs/replays.md: pulumi-awsx#1848, nextagency-demo, legalworkflows).
    """
    if stalled:
        return Decision(stop_condemned=tally.own_condemned)
    stop_own = min(max(0, tally.own - desired), tally.own - tally.own_protected)
    stop_old = _old_to_stop(tally, desired, lower)
    missing = max(0, desired - tally.own - tally.own_failing)
    room = upper - (tally.occupied - stop_own - stop_old) - tally.own_replaced * in_progress
    stop_condemned = _condemned_to_stop(tally, desired, missing, room, in_progress=in_progress)
    freed = 0 if in_progress else stop_condemned
    start = min(missing, room + freed) if launching else 0
    return Decision(stop_old, stop_own, stop_condemned, max(0, start))


def _old_to_stop(tally: Tally, desired: int, lower: int) -> int:
    """Tasks of former deployments that the minimum lets go.

    AWS: "DeploymentConfiguration" (ECS API reference): never fewer healthy tasks than the minimum: documented. That
    tasks which are not healthy go first, all at once and at any time, is assumed; so is that with a minimum under 100 %
    healthy ones go as soon as the minimum allows, even if the maximum leaves room to start the new ones first.

    AWS: "Protect your Amazon ECS tasks from being terminated by scale-in events": protected tasks stay until their
    protection ends, and the deployment with them: documented. That they count towards both limits is assumed.
    """
    stoppable, healthy = tally.old - tally.old_protected, tally.old_healthy - tally.old_protected_healthy
    if desired == 0:
        return stoppable
    return stoppable - healthy + min(healthy, max(0, tally.healthy - lower))


def _condemned_to_stop(tally: Tally, desired: int, missing: int, room: int, *, in_progress: bool) -> int:
    """Tasks with failed health checks that are stopped now.

    AWS: "Amazon ECS services" (replacement of unhealthy tasks): the replacement starts first and the unhealthy task
    goes when it is healthy; where the maximum leaves no room, unhealthy tasks are stopped first, one at a time:
    documented. That during a deployment they are stopped at once is assumed.
    """
    if in_progress or tally.own_healthy >= desired:
        return tally.own_condemned
    is_replacing = tally.own > tally.own_healthy or tally.own_failing > 0
    return min(1, tally.own_condemned) if missing > 0 >= room and not is_replacing else 0
