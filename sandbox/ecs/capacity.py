"""Which capacity provider of a strategy the next task goes to (AWS: "CapacityProviderStrategyItem").

That the base comes first and the weights share the rest is documented; that each task goes where most are missing from
its share, the first named of equals, is assumed.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


def chosen(strategy: Sequence[dict[str, Any]], living: Sequence[str | None]) -> str | None:
    """The next task's provider, where ``living`` are those of the deployment's tasks; None without a strategy."""
    for item in strategy:
        if living.count(item["capacityProvider"]) < item.get("base", 0):
            return str(item["capacityProvider"])
    shares = [item for item in strategy if item.get("weight", 0)]
    if not shares:
        return None

    def filled(item: dict[str, Any]) -> Fraction:
        beyond_base = living.count(item["capacityProvider"]) - item.get("base", 0)
        return Fraction(beyond_base + 1, item["weight"])

    return str(min(shares, key=filled)["capacityProvider"])
