"""In which order services are deployed that call each other: who is called comes first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter


class CallsInACircle(ValueError):  # noqa: N818 - what is wrong is its name
    """Services that call each other, so that none of them comes first."""

    def __init__(self, services: Sequence[str]) -> None:
        """`services` as they call each other, the first one again at the end."""
        super().__init__(" calls ".join(services))


def call_order(calls: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The services of `calls`, each behind all that it calls. Raises `CallsInACircle` where there is no such order."""
    try:
        return tuple(TopologicalSorter(calls).static_order())
    except CycleError as error:
        # Each one in the list is called by the one behind it.
        raise CallsInACircle(tuple(reversed(error.args[1]))) from None
