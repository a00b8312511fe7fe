"""Which Availability Zones new tasks go to, and when a service is out of balance."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_BALANCED = 1
"""The greatest difference between two zones of a service in balance."""


def spread(
    number: int, zones: Sequence[str], held: Mapping[str, int], own: Mapping[str, int], free: Mapping[str, int]
) -> list[str]:
    """The zones for ``number`` new tasks: each goes to the zone that then has fewest.

    ``held`` are the service's tasks in each zone, ``own`` those of the deployment among them; ``free`` the places left
    where a zone has only so many. The answer is shorter where no place is left. No ``zones`` at all are one without a
    name.

    AWS: "Update Amazon ECS service parameters": a new task goes to the zone where the service has fewest tasks:
    documented (of container instances). That between equals the deployment's own tasks decide, then the order of the
    subnets, is assumed.
    """
    counts = {zone: (held.get(zone, 0), own.get(zone, 0)) for zone in zones or ("",)}
    left = {zone: free[zone] for zone in counts if zone in free}
    chosen: list[str] = []
    while len(chosen) < number:
        open_zones = [zone for zone in counts if left.get(zone, 1) > 0]
        if not open_zones:
            break
        zone = min(open_zones, key=counts.__getitem__)
        counts[zone] = (counts[zone][0] + 1, counts[zone][1] + 1)
        if zone in left:
            left[zone] -= 1
        chosen.append(zone)
    return chosen


def moves(zones: Sequence[str], held: Mapping[str, int], free: Mapping[str, int]) -> int:
    """How many tasks have to move for no zone to have two tasks more than another that has places left.

    AWS: "Balancing an Amazon ECS service across Availability Zones": the number of tasks in the zones is evened out:
    documented. That a difference of one is balanced follows from the numbers.
    """
    counts = {zone: held.get(zone, 0) for zone in zones}
    left = {zone: free.get(zone, sum(counts.values())) for zone in counts}
    number = 0
    while takers := [zone for zone in counts if left[zone] > 0]:
        fewest, most = min(takers, key=counts.__getitem__), max(counts, key=counts.__getitem__)
        if counts[most] - counts[fewest] <= _BALANCED:
            break
        counts[most] -= 1
        counts[fewest] += 1
        left[fewest] -= 1
        number += 1
    return number
